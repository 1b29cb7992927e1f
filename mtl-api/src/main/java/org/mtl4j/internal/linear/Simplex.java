package org.mtl4j.internal.linear;

import java.util.Arrays;

/** Projects onto the simplex of numbers that are at least 0 and have a given sum. */
public final class Simplex {
    private Simplex() {}

    /**
     * {@return the point of the simplex that is nearest to x} Duchi et al., "Efficient Projections onto the l1-Ball",
     * ICML 2008, figure 1.
     *
     * @param x of at least one number, all finite
     * @param sum of the point's numbers, above 0
     */
    public static double[] projected(double[] x, double sum) {
        double[] descending = x.clone();
        Arrays.sort(descending);
        double above = 0;
        double shift = 0;
        for (int k = 1; k <= x.length; k++) {
            double value = descending[x.length - k];
            above += value;
            if (value - (above - sum) / k > 0) {
                shift = (above - sum) / k;
            }
        }
        double[] point = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            point[i] = Math.max(0, x[i] - shift);
        }
        return point;
    }
}
