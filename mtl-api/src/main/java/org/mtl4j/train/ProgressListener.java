package org.mtl4j.train;

import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;

/** Told of a run's progress, in the thread that trains. An exception that a listener throws ends the run. */
public interface ProgressListener {

    /**
     * Runs after each step.
     *
     * @param epoch the present epoch, 0 for the first of the model's life
     * @param step the present step of this epoch, 0 for the first
     * @param examples how many examples the step learned from
     * @param score the objective before the step
     */
    default void onStep(int epoch, int step, int examples, double score) {}

    /** Runs after each epoch, with the validation losses if there is validation data. */
    default void onEpoch(EpochResult result) {}

    /**
     * Runs when a task or the run was stopped, or something else happened that the history has; before
     * {@link #onEpoch}.
     */
    default void onEvent(TrainingEvent event) {}
}
