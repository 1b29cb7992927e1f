package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;

/**
 * Counts the examples of a batch, and for each task those that have a label.
 *
 * @param examples all of them
 * @param counts per task those with a label
 * @param maskedSteps whether steps of sequences are masked
 */
record LabelCounts(long examples, double[] counts, boolean maskedSteps) implements Serializable {
    static LabelCounts none(int tasks) {
        return new LabelCounts(0, new double[tasks], false);
    }

    LabelCounts plus(LabelCounts other) {
        double[] sums = counts.clone();
        for (int t = 0; t < sums.length; t++) {
            sums[t] += other.counts[t];
        }
        return new LabelCounts(examples + other.examples, sums, maskedSteps || other.maskedSteps);
    }
}
