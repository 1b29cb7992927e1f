package org.mtl4j.metric;

import java.io.Serializable;
import java.util.Arrays;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;

/**
 * Collects how sure predictions were and how often they were right, in bins of equal width: {@code sum over bins of
 * (weight of the bin / whole weight) * |share that was right - mean probability|} (expected calibration error; Naeini
 * et al., AAAI 2015; Guo et al., ICML 2017, with its 15 bins, each open below and closed above).
 */
final class Calibration implements Serializable {
    private static final long serialVersionUID = 1L;

    static final int BINS = 15;

    private static final int UNIT_BITS = 42;

    /** Floats from 2^-18 on are whole numbers of 1 / this, and those of a block add up to at most 2^52. */
    private static final double UNITS = 1L << UNIT_BITS;

    /** So many of a block can be right. */
    private static final int RIGHT_BITS = 11;

    private static final long RIGHTS = (1L << RIGHT_BITS) - 1;

    private final ExactSum[] probability = sums();
    private final ExactSum[] right = sums();
    private final ExactSum weight = new ExactSum();
    /** Examples of weight 1, which are counted: how many in all, and how many right in each bin. */
    private long ones;

    private final long[] rightOnes = new long[BINS];

    private static ExactSum[] sums() {
        ExactSum[] sums = new ExactSum[BINS];
        Arrays.setAll(sums, bin -> new ExactSum());
        return sums;
    }

    /** Adds an example; what is no probability makes the error NaN, unless it has no weight. */
    void add(double probability, boolean right, double weight) {
        if (weight == 0) {
            return;
        }
        double clipped = probability >= 0 && probability <= 1 ? probability : Double.NaN;
        int bin = Math.max(0, Math.min(BINS - 1, (int) Math.ceil(clipped * BINS) - 1));
        if (weight == 1) {
            this.probability[bin].add(clipped);
            rightOnes[bin] += right ? 1 : 0;
            ones++;
            return;
        }
        this.probability[bin].add(weight * clipped);
        this.right[bin].add(right ? weight : 0);
        this.weight.add(weight);
    }

    /**
     * Adds examples of the weight 1, with probabilities that are some, and no -0.
     *
     * @param right 1 or 0 for each
     * @param count at most {@link BlockSum#BLOCK}
     * @param floats whether the probabilities are known to be
     */
    void add(double[] probabilities, double[] right, int count, boolean floats) {
        if (!floats) {
            for (int i = 0; i < count; i++) {
                add(probabilities[i], right[i] == 1, 1);
            }
            return;
        }
        long[] sums = new long[BINS]; // the sum of whole units, and below it the number of those that were right
        for (int i = 0; i < count; i++) {
            double inUnits = probabilities[i] * UNITS; // exact
            long whole = (long) inUnits;
            int bin = Math.max(0, (int) (whole * BINS - 1 >> UNIT_BITS)); // what is not whole is in the first anyway
            if (whole != inUnits) {
                probability[bin].add(probabilities[i]);
                whole = 0;
            }
            sums[bin] += (whole << RIGHT_BITS) + (long) right[i];
        }
        for (int bin = 0; bin < BINS; bin++) {
            probability[bin].add((sums[bin] >>> RIGHT_BITS) / UNITS); // a whole number below 2^53, and so exact
            rightOnes[bin] += sums[bin] & RIGHTS;
        }
        ones += count;
    }

    void add(Calibration other) {
        for (int bin = 0; bin < BINS; bin++) {
            probability[bin].add(other.probability[bin]);
            right[bin].add(other.right[bin]);
            rightOnes[bin] += other.rightOnes[bin];
        }
        weight.add(other.weight);
        ones += other.ones;
    }

    /** The error; NaN without examples. */
    double error() {
        ExactSum sum = new ExactSum();
        for (int bin = 0; bin < BINS; bin++) {
            sum.add(Math.abs(plus(right[bin], rightOnes[bin]) - probability[bin].value()));
        }
        return sum.value() / plus(weight, ones);
    }

    private static double plus(ExactSum weighted, long ones) {
        ExactSum sum = new ExactSum();
        sum.add(weighted);
        sum.add(ones);
        return sum.value();
    }
}
