package org.mtl4j.balance;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.mtl4j.task.Task;

/**
 * What a {@link StepWeighting} is told in a step.
 *
 * @param tasks those that take part: with labels in the batch, and not stopped
 * @param losses λ·L of each, mean over the labelled examples of the whole batch; empty where they are not known yet
 * @param epoch of the run, 0 for its first
 * @param state what the weighting remembers, of these tasks
 * @param random numbers of this step: the same ones in a run that is taken up again
 */
public record LossStep(List<Task> tasks, double[] losses, int epoch, BalanceState state, RandomGenerator random) {

    /** What a weighting has to know of a batch before its gradients are computed, and what that costs. */
    public enum Known {
        /** Nothing: factors follow from what is remembered. No pass is added. */
        NOTHING,
        /** The losses of the batch, all of it. A forward pass is made before the step. */
        LOSSES,
        /** The losses of the batch, and those of the same batch after the step. Two forward passes are added. */
        LOSSES_AND_AFTER
    }

    /**
     * Copies lists and arrays.
     *
     * @throws IllegalArgumentException if there is not one loss for each task, unless there is none at all
     */
    public LossStep {
        tasks = ImmutableList.copyOf(tasks);
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(random, "random");
        if (losses.length != 0 && losses.length != tasks.size()) {
            throw new IllegalArgumentException(
                    "LossStep: %d losses for %d tasks".formatted(losses.length, tasks.size()));
        }
        losses = losses.clone();
    }

    @Override
    public double[] losses() {
        return losses.clone();
    }

    /** {@return the number of tasks that take part} */
    public int size() {
        return tasks.size();
    }

    /** {@return the loss of a task} */
    public double loss(int task) {
        return losses[task];
    }

    /**
     * {@return the losses, for a method that needs them above 0}
     *
     * @param method whose name is in the message
     */
    double[] lossesAboveZero(String method) {
        return lossesAbove(method, Math.nextUp(0.0), "above 0");
    }

    /** {@return the losses, for a method that needs them at least 0} */
    double[] lossesAtLeastZero(String method) {
        return lossesAbove(method, 0, "at least 0");
    }

    private double[] lossesAbove(String method, double least, String accepted) {
        for (int i = 0; i < losses.length; i++) {
            if (!(losses[i] >= least)) {
                throw new IllegalArgumentException("%s: the loss of task '%s' must be %s, got %s"
                        .formatted(method, tasks.get(i).name(), accepted, losses[i]));
            }
        }
        return losses();
    }
}
