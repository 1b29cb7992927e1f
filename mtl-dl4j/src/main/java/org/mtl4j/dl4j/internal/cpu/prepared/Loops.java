package org.mtl4j.dl4j.internal.cpu.prepared;

/**
 * Loops over Java's arrays, each so plain that the virtual machine makes vector instructions of it: one statement, one
 * array that is written, and where it matters all arrays from their first number on: of sums with another place the
 * machine makes none on JDK 17. A result may be one of the arrays that are read, at the same place.
 */
final class Loops {
    private Loops() {}

    /** Sets each number to the largest of four, plus a bias, and not below 0. */
    static void rectifiedMaximum(float[] a, float[] b, float[] c, float[] d, float[] bias, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Math.max(0f, Math.max(Math.max(a[i], b[i]), Math.max(c[i], d[i])) + bias[i]);
        }
    }

    /** Sets each number to the larger of two. */
    static void maximum(float[] a, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Math.max(a[i], to[i]);
        }
    }

    /** Adds. */
    static void add(float[] bias, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += bias[i];
        }
    }

    /** Adds four. */
    static void addFour(float[] a, float[] b, float[] c, float[] d, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += a[i] + b[i] + (c[i] + d[i]);
        }
    }

    /** Adds, and leaves nothing below 0. */
    static void addRectified(float[] bias, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Math.max(0f, to[i] + bias[i]);
        }
    }

    /** Adds two, and leaves nothing below 0. */
    static void rectifiedSum(float[] a, float[] b, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = Math.max(0f, a[i] + b[i]);
        }
    }

    /** Leaves nothing below 0. */
    static void rectify(float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] = Math.max(0f, from[at + i]);
        }
    }

    /** Sets each number to a multiple of another. */
    static void scale(float[] by, float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] = by[i] * from[at + i];
        }
    }

    /** Adds multiples. */
    static void addScaled(float[] by, float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] += by[i] * from[at + i];
        }
    }

    /** Mixes two. */
    static void mix(float[] by, float[] a, float[] byOther, float[] b, int at, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] = by[i] * a[at + i] + byOther[i] * b[at + i];
        }
    }

    /** Scales and shifts differences. */
    static void scaleAndShift(float[] less, float[] by, float[] plus, float[] from, float[] to, int at, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] = by[i] * (from[at + i] - less[i]) + plus[i];
        }
    }

    /** Adds numbers. */
    static void add(float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] += from[at + i];
        }
    }

    /** Subtracts numbers. */
    static void subtract(float[] from, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] -= from[i];
        }
    }

    /** Multiplies numbers. */
    static void multiply(float[] from, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] *= from[i];
        }
    }

    /** Multiplies by one number. */
    static void multiply(float by, float[] to, int at, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] *= by;
        }
    }

    /** Adds multiples by one number. */
    static void addMultiple(float by, float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] += by * from[at + i];
        }
    }

    /** Sets each number to the larger of two, at places of their own. */
    static void maximum(float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] = Math.max(from[at + i], to[offset + i]);
        }
    }
}
