package org.mtl4j.faces;

import java.util.ArrayList;
import java.util.List;

/**
 * Names the points of published corpora, so that partners have one name but for their side: what is counted is counted
 * from the outside to the middle of the face, on both sides.
 */
final class PointNames {
    private final List<String> names = new ArrayList<>();

    private PointNames() {}

    /** The 68 points of 300-W, in their order. */
    static LandmarkScheme ibug68() {
        PointNames points = new PointNames();
        points.jaw(8);
        points.up("left brow", 5).down("right brow", 5);
        points.up("nose bridge", 3).add("nose tip");
        points.up("left nostril", 2).add("nose base").down("right nostril", 2);
        points.add("left eye outer corner").up("left upper eyelid", 2);
        points.add("left eye inner corner").down("left lower eyelid", 2);
        points.add("right eye inner corner").down("right upper eyelid", 2);
        points.add("right eye outer corner").up("right lower eyelid", 2);
        points.add("left mouth corner").up("left upper lip", 2).add("upper lip").down("right upper lip", 2);
        points.add("right mouth corner")
                .up("right lower lip", 2)
                .add("lower lip")
                .down("left lower lip", 2);
        points.add("left inner mouth corner").up("left inner upper lip", 1).add("inner upper lip");
        points.down("right inner upper lip", 1).add("right inner mouth corner").up("right inner lower lip", 1);
        points.add("inner lower lip").down("left inner lower lip", 1);
        return points.scheme(points.names.subList(36, 42), points.names.subList(42, 48));
    }

    /** The 98 points of WFLW, in their order. */
    static LandmarkScheme wflw98() {
        PointNames points = new PointNames();
        points.jaw(16);
        points.up("left upper brow", 5).down("left lower brow", 4);
        points.down("right upper brow", 5).up("right lower brow", 4);
        points.up("nose bridge", 3).add("nose tip");
        points.up("left nostril", 2).add("nose base").down("right nostril", 2);
        points.add("left eye outer corner").up("left upper eyelid", 3);
        points.add("left eye inner corner").down("left lower eyelid", 3);
        points.add("right eye inner corner").down("right upper eyelid", 3);
        points.add("right eye outer corner").up("right lower eyelid", 3);
        points.add("left mouth corner").up("left upper lip", 2).add("upper lip").down("right upper lip", 2);
        points.add("right mouth corner")
                .up("right lower lip", 2)
                .add("lower lip")
                .down("left lower lip", 2);
        points.add("left inner mouth corner").up("left inner upper lip", 1).add("inner upper lip");
        points.down("right inner upper lip", 1).add("right inner mouth corner").up("right inner lower lip", 1);
        points.add("inner lower lip").down("left inner lower lip", 1);
        points.add("left pupil").add("right pupil");
        return points.scheme(List.of("left pupil"), List.of("right pupil"));
    }

    /** The 21 points of AFLW, in their order, or the 19 without the ears. */
    static LandmarkScheme aflw(boolean ears) {
        PointNames points = new PointNames();
        points.add("left brow outer corner").add("left brow centre").add("left brow inner corner");
        points.add("right brow inner corner").add("right brow centre").add("right brow outer corner");
        points.add("left eye outer corner").add("left eye centre").add("left eye inner corner");
        points.add("right eye inner corner").add("right eye centre").add("right eye outer corner");
        if (ears) {
            points.add("left ear");
        }
        points.add("left nostril").add("nose tip").add("right nostril");
        if (ears) {
            points.add("right ear");
        }
        points.add("left mouth corner")
                .add("mouth centre")
                .add("right mouth corner")
                .add("chin");
        return points.scheme(List.of("left eye centre"), List.of("right eye centre"));
    }

    private void jaw(int side) {
        up("left jaw", side).add("chin").down("right jaw", side);
    }

    private PointNames add(String name) {
        names.add(name);
        return this;
    }

    /** Adds points 1 to {@code count}; a single one has no number. */
    private PointNames up(String name, int count) {
        for (int i = 1; i <= count; i++) {
            names.add(count == 1 ? name : name + " " + i);
        }
        return this;
    }

    private PointNames down(String name, int count) {
        for (int i = count; i >= 1; i--) {
            names.add(count == 1 ? name : name + " " + i);
        }
        return this;
    }

    /** {@return the points with what all of these corpora mark: eyes and their outer corners, nose, and mouth} */
    private LandmarkScheme scheme(List<String> leftEye, List<String> rightEye) {
        return LandmarkScheme.of(names)
                .withEyes(leftEye, rightEye)
                .withOuterEyeCorners("left eye outer corner", "right eye outer corner")
                .withNoseAndMouth("nose tip", "left mouth corner", "right mouth corner");
    }
}
