package org.mtl4j.balance;

import java.util.Objects;

/**
 * What a balance answers in a step.
 *
 * @param weights by what each task's gradient is multiplied before they are added up; finite. Beside a direction of
 *     another kind, what the history is to have as the tasks' weights
 * @param direction what goes to the updater in the place of {@code Σ w_i·g_i}, as long as the gradients; empty for that
 *     sum
 * @param state what the balance remembers for the next step, of the form of the state that it was given
 */
public record BalancedStep(double[] weights, double[] direction, BalanceState state) {

    /** Copies the arrays. */
    public BalancedStep {
        weights = weights.clone();
        direction = direction.clone();
        Objects.requireNonNull(state, "state");
    }

    /** Answers with {@code Σ w_i·g_i}. */
    public BalancedStep(double[] weights, BalanceState state) {
        this(weights, new double[0], state);
    }

    @Override
    public double[] weights() {
        return weights.clone();
    }

    @Override
    public double[] direction() {
        return direction.clone();
    }

    /** {@return whether the direction is no combination of the step's gradients by these weights} */
    public boolean hasDirection() {
        return direction.length > 0;
    }
}
