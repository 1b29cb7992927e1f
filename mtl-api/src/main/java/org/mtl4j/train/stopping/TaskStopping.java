package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Optional;
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
}
