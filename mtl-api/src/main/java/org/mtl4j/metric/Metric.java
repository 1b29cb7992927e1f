package org.mtl4j.metric;

import java.io.Serializable;
import org.mtl4j.task.Task;

/**
 * One number that says how well a task is done: for comparing epochs, trials and models. {@link StandardMetric} has the
 * usual ones; implement this for one of your own, which then serves wherever they do.
 *
 * <p>A metric is immutable; two that measure the same are equal.
 */
public interface Metric extends Serializable {

    /** {@return what it is called in histories, tables and messages, such as {@code ROC_AUC}} */
    String name();

    /** {@return whether more is better, as of accuracy; false where less is, as of an error} */
    boolean higherIsBetter();

    /** {@return whether it measures tasks like this one} */
    boolean appliesTo(Task task);

    /**
     * {@return an accumulator that nothing has been added to}
     *
     * @param task one that it {@linkplain #appliesTo applies to}
     * @throws IllegalArgumentException if it does not
     */
    MetricAccumulator accumulator(Task task);

    /** {@return whether {@code value} is better than {@code other}; any number is better than NaN} */
    default boolean isBetter(double value, double other) {
        if (Double.isNaN(value) || Double.isNaN(other)) {
            return !Double.isNaN(value);
        }
        return higherIsBetter() ? value > other : value < other;
    }
}
