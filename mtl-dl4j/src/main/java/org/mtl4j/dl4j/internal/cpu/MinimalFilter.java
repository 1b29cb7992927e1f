package org.mtl4j.dl4j.internal.cpu;

/**
 * Has the matrices of Winograd's minimal filtering F(m, r): m neighbouring results of a filter of r weights by {@code n
 * = m + r - 1} multiplications in place of {@code m r}, as {@code y = Aᵀ ((G g) ⊙ (Bᵀ d))} of weights g {@code [r]} and
 * numbers d {@code [n]} (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.1).
 * They are those of interpolation at n - 1 small numbers and at infinity (Toom and Cook): row k of Bᵀ is the product of
 * all {@code x - p} but the k-th, whose value at the k-th divides row k of G.
 */
public final class MinimalFilter {
    /** Most results at once: with more points, errors of rounding grow faster than multiplications become fewer. */
    public static final int MOST_RESULTS = 6;

    /** Points of interpolation, those first with which little is lost by rounding. */
    private static final double[] POINTS = {0, 1, -1, 2, -2, 0.5, -0.5};

    /** Most points, with the one at infinity. */
    public static final int MOST_READS = POINTS.length + 1;

    private final int results;

    private final int reads;

    private final double[][] ofReads;

    private final double[][] ofWeights;

    private final double[][] ofResults;

    /**
     * Computes the matrices of F(m, r).
     *
     * @param results m, 1 to {@value #MOST_RESULTS}
     * @param weights r, from 2; n is at most {@link #MOST_READS}
     */
    public MinimalFilter(int results, int weights) {
        this.results = results;
        this.reads = results + weights - 1;
        ofReads = new double[reads][reads];
        ofWeights = new double[reads][weights];
        ofResults = new double[results][reads];
        int infinity = reads - 1;
        for (int k = 0; k < infinity; k++) {
            double[] others = productOfFactors(k);
            fill(ofReads[k], others, 1);
            fill(ofWeights[k], powers(POINTS[k], weights), value(others, POINTS[k]));
            for (int i = 0; i < results; i++) {
                ofResults[i][k] = Math.pow(POINTS[k], i);
            }
        }
        fill(ofReads[infinity], productOfFactors(infinity), 1);
        ofWeights[infinity][weights - 1] = 1;
        ofResults[results - 1][infinity] = 1;
    }

    /** {@return the number of results: m} */
    public int results() {
        return results;
    }

    /** {@return the number of numbers that are read, and of multiplications: n} */
    public int reads() {
        return reads;
    }

    /** {@return Bᵀ, {@code [n, n]}} */
    public double[][] ofReads() {
        return ofReads;
    }

    /** {@return G, {@code [n, r]}} */
    public double[][] ofWeights() {
        return ofWeights;
    }

    /** {@return Aᵀ, {@code [m, n]}} */
    public double[][] ofResults() {
        return ofResults;
    }

    /** {@return the coefficients of the product of {@code x - p} for all points but the k-th, the lowest first} */
    private double[] productOfFactors(int k) {
        double[] product = new double[reads];
        product[0] = 1;
        for (int l = 0; l < reads - 1; l++) {
            if (l != k) {
                for (int power = reads - 1; power >= 0; power--) {
                    product[power] = (power == 0 ? 0 : product[power - 1]) - POINTS[l] * product[power];
                }
            }
        }
        return product;
    }

    private static double value(double[] coefficients, double x) {
        double value = 0;
        for (int power = coefficients.length - 1; power >= 0; power--) {
            value = value * x + coefficients[power];
        }
        return value;
    }

    private static double[] powers(double x, int count) {
        double[] powers = new double[count];
        for (int i = 0; i < count; i++) {
            powers[i] = Math.pow(x, i);
        }
        return powers;
    }

    private static void fill(double[] row, double[] numbers, double divisor) {
        for (int i = 0; i < row.length; i++) {
            row[i] = numbers[i] / divisor;
        }
    }
}
