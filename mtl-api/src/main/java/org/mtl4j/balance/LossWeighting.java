package org.mtl4j.balance;

import java.util.List;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Weights of the tasks' losses that change over time. A function of the run so far and of nothing else, so that a run
 * that was cut off goes on with the same weights.
 *
 * @see ScheduledWeights
 * @see DynamicWeightAverage
 */
@FunctionalInterface
public interface LossWeighting {

    /**
     * Says by what each task's λ is multiplied in the next epoch.
     *
     * @param tasks the network's
     * @param run the epochs of this run so far, empty before the first
     * @return one factor per task, in their order, finite and at least 0
     */
    double[] factors(List<Task> tasks, List<EpochResult> run);
}
