package org.mtl4j.synthetic;

/** Holds what the painters of the parts of a picture work with. Lengths in head units unless said; see {@link Head}. */
abstract class PartPainter {

    final Traits traits;
    final Head head;
    final RandomNumbers random;
    final Canvas canvas;

    /** How much of each pixel belongs to the head. */
    final double[] skinMask;

    PartPainter(Picture picture) {
        traits = picture.traits;
        head = picture.head;
        random = picture.random;
        canvas = picture.canvas;
        skinMask = picture.skinMask;
    }

    /** Paints a line over the face, bent by {@code bend}, that darkens by a factor. */
    void curve(double x, double y, double half, double bend, double width, double factor) {
        Outline line = new Outline();
        for (int i = 0; i <= 6; i++) {
            double t = i / 3.0 - 1;
            head.add(line, x + half * t, y + bend * (1 - t * t));
        }
        double pixels = width * head.scale();
        canvas.contour(line.stroke(0, pixels, 0)).darken(factor);
    }
}
