package org.mtl4j.synthetic;

/** Holds points of the unit circle. */
final class Circle {

    static final int POINTS = 20;
    static final double[] COS = new double[POINTS];
    static final double[] SIN = new double[POINTS];

    static {
        for (int i = 0; i < POINTS; i++) {
            COS[i] = StrictMath.cos(2 * StrictMath.PI * i / POINTS);
            SIN[i] = StrictMath.sin(2 * StrictMath.PI * i / POINTS);
        }
    }

    private Circle() {}
}
