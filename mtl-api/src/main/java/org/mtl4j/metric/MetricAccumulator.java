package org.mtl4j.metric;

import java.io.Serializable;

/**
 * Takes batches one after the other and says what a {@link Metric} is of all of them. Several of them, from other
 * threads or processes, can be merged; the value may not depend on how examples were divided. Not thread-safe.
 */
public interface MetricAccumulator extends Serializable {

    /**
     * Adds a batch.
     *
     * @throws IllegalArgumentException if a label is out of its range; nothing has been added then
     */
    void add(ScoredBatch batch);

    /**
     * Adds what another one has accumulated.
     *
     * @throws IllegalArgumentException if it is of another metric or task
     */
    void merge(MetricAccumulator other);

    /** {@return the metric so far; NaN if it has none, as without labelled examples} More may be added afterwards. */
    double value();

    /**
     * {@return what the metric is of a prediction that knows nothing but the labels' frequencies; NaN if that is not
     * known}
     */
    default double baseline() {
        return Double.NaN;
    }
}
