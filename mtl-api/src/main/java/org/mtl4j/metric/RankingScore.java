package org.mtl4j.metric;

import java.io.Serializable;

/**
 * How well a number tells the examples of one class from all others, whatever threshold is set: the areas under the
 * receiver operating characteristic and under the precision-recall curve.
 *
 * @param positives weight of the labelled examples of the class; their number, where examples have no weights
 * @param negatives weight of the labelled examples of other classes
 * @param rocAuc the probability that an example of the class is ranked above one of another class, ties counting half
 *     (Hanley and McNeil, Radiology 1982): 1 for a perfect order, {@value #ROC_AUC_BASELINE} for none; NaN without
 *     examples of both kinds
 * @param averagePrecision {@code sum over thresholds of (recall - recall at the next higher threshold) * precision},
 *     the area under the precision-recall curve without interpolation: 1 for a perfect order; NaN without examples of
 *     the class
 */
public record RankingScore(double positives, double negatives, double rocAuc, double averagePrecision)
        implements Serializable {

    /** What {@link #rocAuc()} is, if the number says nothing. */
    public static final double ROC_AUC_BASELINE = 0.5;

    /**
     * {@return what {@link #averagePrecision()} is, if the number says nothing: the share of the class among the
     * labelled examples} NaN if there are none.
     */
    public double averagePrecisionBaseline() {
        return positives / (positives + negatives);
    }
}
