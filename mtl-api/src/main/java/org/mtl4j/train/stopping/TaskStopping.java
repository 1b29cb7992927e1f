package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Optional;
import org.mtl4j.metric.Metric;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Decides after each epoch whether a task is of no more use to the others (Zhang et al., ECCV 2014: auxiliary tasks
 * help at first, and overfit before the main task is done). A function of the run so far and of nothing else, so that a
 * run that was cut off decides the same.
 *
 * @see ValidationStopping
 * @see ZhangStopping
 */
@FunctionalInterface
public interface TaskStopping {

    /**
     * Decides whether to drop a task now.
     *
     * @param task the task
     * @param run the epochs of this run so far, at least one; the losses of a task that had no labels in an epoch are
     *     missing
     * @return why it is to be dropped; empty to keep it
     */
    Optional<String> reasonToStop(Task task, List<EpochResult> run);

    /**
     * {@return the metrics of a task that this rule goes by} They are measured on the validation data after each epoch,
     * and stand in {@link EpochResult#validationMetrics()}. None where a rule does not say so.
     */
    default List<Metric> metrics(Task task) {
        return List.of();
    }
}
