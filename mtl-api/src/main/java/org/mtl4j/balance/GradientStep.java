package org.mtl4j.balance;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What a {@link GradientBalance} is told in a step, of the tasks that take part in it: those with labels in the batch
 * and a gradient that is not 0.
 *
 * @param gramian of their gradients, each of λ·L, the loss times the task's weight
 * @param losses λ·L of each task, mean over the labelled examples of the batch; finite
 * @param state what the balance remembers, of these tasks
 * @param random numbers of this step: the same ones in a run that is taken up again
 * @param shared the gradients themselves, if the balance {@linkplain GradientBalance#needsGradients needs them}
 */
public record GradientStep(
        Gramian gramian,
        double[] losses,
        BalanceState state,
        RandomGenerator random,
        Optional<SharedGradients> shared) {

    /**
     * Copies the losses.
     *
     * @throws IllegalArgumentException if there are more or fewer of them, or of gradients, than tasks
     */
    public GradientStep {
        Objects.requireNonNull(gramian, "gramian");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(random, "random");
        shared.ifPresent(gradients -> {
            if (gradients.rows().size() != gramian.size()) {
                throw new IllegalArgumentException("GradientStep: %d gradients for %d tasks"
                        .formatted(gradients.rows().size(), gramian.size()));
            }
        });
        if (losses.length != gramian.size()) {
            throw new IllegalArgumentException(
                    "GradientStep: %d losses for %d tasks".formatted(losses.length, gramian.size()));
        }
        losses = losses.clone();
    }

    /** Makes a step of which the Gramian is known, and not the gradients themselves. */
    public GradientStep(Gramian gramian, double[] losses, BalanceState state, RandomGenerator random) {
        this(gramian, losses, state, random, Optional.empty());
    }

    /**
     * {@return the gradients}
     *
     * @throws IllegalStateException if the balance does not say that it needs them
     */
    public SharedGradients gradients() {
        return shared.orElseThrow(() -> new IllegalStateException(
                "the step has the Gramian alone: let needsGradients() of the balance answer true"));
    }

    @Override
    public double[] losses() {
        return losses.clone();
    }

    /** {@return the number of tasks that take part} */
    public int size() {
        return gramian.size();
    }

    /** {@return the losses, for a method that needs them at least 0} */
    double[] lossesAtLeastZero(String method) {
        for (double loss : losses) {
            if (!(loss >= 0)) {
                throw new IllegalArgumentException(
                        "%s: losses must be at least 0, got %s".formatted(method, Arrays.toString(losses)));
            }
        }
        return losses();
    }

    /** {@return the answer of a balance that remembers nothing} */
    public BalancedStep balanced(double... weights) {
        return new BalancedStep(weights, state);
    }
}
