package org.mtl4j.synthetic;

/**
 * Holds what the painters of all parts share: whose face it is, where random numbers come from, and what is painted on.
 */
final class Picture {

    final Traits traits;
    final Head head;
    final RandomNumbers random;
    final Canvas canvas;

    /** How much of each pixel belongs to the head; only there the light falls on a rounded body. */
    final double[] skinMask;

    Picture(Traits traits, Head head, int width, int height, RandomNumbers random) {
        this.traits = traits;
        this.head = head;
        this.random = random;
        canvas = new Canvas(width, height);
        skinMask = new double[width * height];
    }
}
