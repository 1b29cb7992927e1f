package org.mtl4j.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.image.GrayImage;
import org.mtl4j.internal.check.Check;

/**
 * Draws faces with exact landmarks, attributes and a box like a face detector's: a head in space, turned, nodded and
 * tilted, with hair, brows, beard, glasses, light from one side, noise, blur, and a cluttered background. Frequencies
 * of the attributes and the spread of the points in their boxes resemble MTFL; the labels are partly ambiguous, as on
 * photographs. Pictures are 100 to 160 pixels wide and high, boxes about 85.
 *
 * <p>Nothing is read from files, and pictures are drawn when they are asked for, about 600 a second on one core. Labels
 * and pictures depend on seed and index only, bit for bit, on every platform: they are drawn with basic arithmetic and
 * {@link StrictMath}.
 */
public final class SyntheticFaces {

    /** Changes whenever the same seed gives other faces. */
    private static final int VERSION = 1;

    private SyntheticFaces() {}

    /**
     * {@return a corpus of drawn faces, all of them with box, landmarks and all four attributes} A corpus of the same
     * seed with more faces starts with the same faces.
     *
     * @param count number of faces, at least 0
     * @param seed decides everything; other seeds give other, independent faces
     * @throws IllegalArgumentException if count is negative
     */
    public static FaceCorpus corpus(int count, long seed) {
        Check.atLeast(0, count, "the number of faces");
        List<FaceSample> samples = new ArrayList<>(count);
        for (int index = 0; index < count; index++) {
            Scene scene = new Scene(seed, index);
            samples.add(FaceSample.of(id(index), new Drawing(seed, index))
                    .withBox(scene.box())
                    .withLandmarks(scene.landmarks())
                    .withAttributes(scene.attributes()));
        }
        return FaceCorpus.of(samples);
    }

    /**
     * {@return the same faces, marked as another layout says} Points lie where the parts of the face are painted;
     * attributes are those that can be seen, and the second class where nothing of the kind is drawn (as hats). With
     * {@link FaceLayout#AFLW_21} points that are turned away from the viewer are unknown, as there.
     *
     * @param count number of faces, at least 0
     * @param seed decides everything; other seeds give other, independent faces
     * @param layout one of those that {@link FaceLayout} has, or some of their points and attributes
     * @throws IllegalArgumentException if count is negative, or the layout has a point or an attribute that faces are
     *     not drawn with; the message names it
     */
    public static FaceCorpus corpus(int count, long seed, FaceLayout layout) {
        if (layout.equals(FaceLayout.MTFL)) {
            return corpus(count, seed);
        }
        Check.atLeast(0, count, "the number of faces");
        boolean hide = layout.scheme().equals(LandmarkScheme.AFLW_21);
        List<FaceSample> samples = new ArrayList<>(count);
        for (int index = 0; index < count; index++) {
            Scene scene = new Scene(seed, index);
            samples.add(FaceSample.of(id(index), new Drawing(seed, index))
                    .withBox(scene.box())
                    .withLandmarks(scene.landmarks(layout.scheme(), hide))
                    .withAttributes(scene.attributes(layout.attributes())));
        }
        return FaceCorpus.of(samples, layout);
    }

    private static String id(int index) {
        return String.format(Locale.ROOT, "synthetic/%06d.png", index);
    }

    /** Draws a picture each time it is asked for. */
    private record Drawing(long seed, int index) implements ImageSource {
        @Override
        public GrayImage load() {
            return new Scene(seed, index).paint();
        }

        @Override
        public String fingerprint() {
            return "synthetic version " + VERSION + " seed " + seed + " index " + index;
        }
    }
}
