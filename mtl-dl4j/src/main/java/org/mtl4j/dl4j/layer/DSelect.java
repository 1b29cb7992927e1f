package org.mtl4j.dl4j.layer;

import java.util.Arrays;

/**
 * The mathematics of a DSelect-k gate, for one example at a time.
 *
 * @param experts how many there are
 * @param selectors k
 * @param bits of an expert's number; numbers from {@code experts} on are nobody's
 * @param gamma how wide the smooth step is
 * @param entropy weight of the selectors' entropies in the penalty
 */
record DSelect(int experts, int selectors, int bits, double gamma, double entropy) {
    /** Keeps logarithms and quotients of nothing finite, as the authors' own program does. */
    private static final double TINY = 1e-6;

    /** Computes the smooth step: 0 below -γ/2, 1 above γ/2. */
    static double smoothStep(double t, double gamma) {
        if (t <= -gamma / 2) {
            return 0;
        }
        if (t >= gamma / 2) {
            return 1;
        }
        double u = t / gamma;
        return -2 * u * u * u + 1.5 * u + 0.5;
    }

    static double slopeOfSmoothStep(double t, double gamma) {
        if (Math.abs(t) >= gamma / 2) {
            return 0;
        }
        double u = t / gamma;
        return (1.5 - 6 * u * u) / gamma;
    }

    private int logits() {
        return selectors * bits + selectors;
    }

    boolean isPadded() {
        return experts < 1 << bits;
    }

    /**
     * Computes an example's weights.
     *
     * @param logits of all examples: z selector by selector, highest bit first, then a
     * @param n which example
     * @param weights of all examples; receives this one's
     * @return its penalty
     */
    double forward(double[] logits, int n, double[] weights) {
        double[][] choices = choices(logits, n);
        double[] shares = shares(logits, n);
        for (int i = 0; i < selectors; i++) {
            for (int e = 0; e < experts; e++) {
                weights[n * experts + e] += shares[i] * choices[i][e];
            }
        }
        double penalty = 0;
        for (double[] choice : choices) {
            for (double r : choice) {
                penalty -= entropy * r * Math.log(r + TINY);
            }
            if (isPadded()) {
                penalty += 1 / Math.max(TINY, Arrays.stream(choice).sum()) - 1;
            }
        }
        return penalty;
    }

    /**
     * Computes the gradient with respect to an example's logits.
     *
     * @param epsilon of all examples, with respect to their weights
     * @param ofPenalty by what the penalty's gradient is multiplied
     * @param delta of all examples; receives this one's
     */
    void backward(double[] logits, int n, double[] epsilon, double ofPenalty, double[] delta) {
        double[][] choices = choices(logits, n);
        double[] shares = shares(logits, n);
        int at = n * logits();
        double[] ofShares = new double[selectors];
        for (int i = 0; i < selectors; i++) {
            double real = Arrays.stream(choices[i]).sum();
            double ofReal = isPadded() && real > TINY ? -ofPenalty / (real * real) : 0;
            double[] ofChoice = new double[experts];
            for (int e = 0; e < experts; e++) {
                double eps = epsilon[n * experts + e];
                double r = choices[i][e];
                ofShares[i] += eps * r;
                ofChoice[e] = shares[i] * eps - ofPenalty * entropy * (Math.log(r + TINY) + r / (r + TINY)) + ofReal;
            }
            for (int b = 0; b < bits; b++) {
                double z = logits[at + i * bits + b];
                double slope = slopeOfSmoothStep(z, gamma);
                double sum = 0;
                for (int e = 0; slope != 0 && e < experts; e++) {
                    sum += ofChoice[e] * (isSet(e, b) ? slope : -slope) * others(logits, at + i * bits, e, b);
                }
                delta[at + i * bits + b] = sum;
            }
        }
        double mean = 0;
        for (int i = 0; i < selectors; i++) {
            mean += shares[i] * ofShares[i];
        }
        for (int i = 0; i < selectors; i++) {
            delta[at + selectors * bits + i] = shares[i] * (ofShares[i] - mean);
        }
    }

    private boolean isSet(int expert, int bit) {
        return (expert >> bits - 1 - bit & 1) == 1;
    }

    /** Computes what the other bits of a selector make of an expert. */
    private double others(double[] logits, int at, int expert, int without) {
        double product = 1;
        for (int b = 0; b < bits; b++) {
            if (b != without) {
                double step = smoothStep(logits[at + b], gamma);
                product *= isSet(expert, b) ? step : 1 - step;
            }
        }
        return product;
    }

    private double[][] choices(double[] logits, int n) {
        double[][] choices = new double[selectors][experts];
        for (int i = 0; i < selectors; i++) {
            for (int e = 0; e < experts; e++) {
                choices[i][e] = others(logits, n * logits() + i * bits, e, -1);
            }
        }
        return choices;
    }

    private double[] shares(double[] logits, int n) {
        int from = n * logits() + selectors * bits;
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < selectors; i++) {
            largest = Math.max(largest, logits[from + i]);
        }
        double[] shares = new double[selectors];
        double sum = 0;
        for (int i = 0; i < selectors; i++) {
            shares[i] = Math.exp(logits[from + i] - largest);
            sum += shares[i];
        }
        for (int i = 0; i < selectors; i++) {
            shares[i] /= sum;
        }
        return shares;
    }
}
