package org.mtl4j.synthetic;

import java.util.List;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.image.GrayImage;

/** Draws one picture: who is in it, where, and what a face detector says of it. */
final class Scene {

    private static final long FACE = 1;
    private static final long PAINT = 2;

    private final long seed;
    private final int index;
    private final Traits traits;
    private final Head head;
    private final Box box;
    private final int width;
    private final int height;

    Scene(long seed, int index) {
        this.seed = seed;
        this.index = index;
        RandomNumbers random = RandomNumbers.of(seed * 3 + FACE, index);
        traits = new Traits(random);
        double boxWidth = random.normal(90, 9, 65, 115);
        double scale = boxWidth / 1.56;
        width = size(boxWidth * random.uniform(1.4, 1.75));
        height = size(boxWidth * random.uniform(1.45, 1.8));
        double roomX = (width - boxWidth) / 2;
        double roomY = (height - boxWidth) / 2;
        head = new Head(
                traits,
                scale,
                width / 2.0 + roomX * random.uniform(-0.6, 0.6),
                height / 2.0 + roomY * random.uniform(-0.5, 0.5));
        box = detected(head.landmarks(), random);
    }

    private static int size(double pixels) {
        return (int) Math.max(100, Math.min(160, pixels));
    }

    /**
     * {@return a box that is off like those of a detector} It is in size by 7.5 %, in place by 4.2 % and 3.2 % of the
     * width.
     */
    private static Box detected(Landmarks landmarks, RandomNumbers random) {
        Box ideal = Box.around(landmarks);
        double x = (ideal.left() + ideal.right()) / 2 + random.normal(0, 0.042) * ideal.width();
        double y = (ideal.top() + ideal.bottom()) / 2 + random.normal(-0.01, 0.032) * ideal.height();
        double half = ideal.width() / 2 * (1 + random.normal(0, 0.075));
        return new Box(Math.rint(x - half), Math.rint(y - half), Math.rint(x + half), Math.rint(y + half));
    }

    Box box() {
        return box;
    }

    Landmarks landmarks() {
        return head.landmarks();
    }

    /**
     * {@return the points of another scheme}
     *
     * @param hide whether points that are turned away are unknown
     */
    Landmarks landmarks(LandmarkScheme scheme, boolean hide) {
        return new FacePoints(head, traits).of(scheme, hide);
    }

    /** {@return what is to be seen of these attributes} */
    FaceAttributes attributes(List<FaceAttribute> attributes) {
        return traits.attributes(attributes);
    }

    FaceAttributes attributes() {
        return traits.attributes();
    }

    GrayImage paint() {
        RandomNumbers random = RandomNumbers.of(seed * 3 + PAINT, index);
        return new Painter(new Picture(traits, head, width, height, random)).paint();
    }
}
