package org.mtl4j.balance;

import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * What a {@link GradientBalance} is told in a step, of the tasks that take part in it: those with labels in the batch
 * and a gradient that is not 0.
 *
 * @param gramian of their gradients, each of λ·L, the loss times the task's weight
 * @param losses λ·L of each task, mean over the labelled examples of the batch; finite
 * @param state what the balance remembers, of these tasks
 * @param random numbers of this step: the same ones in a run that is taken up again
 */
public record GradientStep(Gramian gramian, double[] losses, BalanceState state, RandomGenerator random) {

    /**
     * Copies the losses.
     *
     * @throws IllegalArgumentException if there are more or fewer of them than tasks
     */
    public GradientStep {
        Objects.requireNonNull(gramian, "gramian");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(random, "random");
        if (losses.length != gramian.size()) {
            throw new IllegalArgumentException(
                    "GradientStep: %d losses for %d tasks".formatted(losses.length, gramian.size()));
        }
        losses = losses.clone();
    }

    @Override
    public double[] losses() {
        return losses.clone();
    }

    /** {@return the number of tasks that take part} */
    public int size() {
        return gramian.size();
    }

    /** {@return the answer of a balance that remembers nothing} */
    public BalancedStep balanced(double... weights) {
        return new BalancedStep(weights, state);
    }
}
