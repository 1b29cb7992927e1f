package org.mtl4j.balance;

import java.util.Objects;

/**
 * What a balance answers in a step.
 *
 * @param weights by what each task's gradient is multiplied before they are added up; finite
 * @param state what the balance remembers for the next step, of the form of the state that it was given
 */
public record BalancedStep(double[] weights, BalanceState state) {

    /** Copies the weights. */
    public BalancedStep {
        weights = weights.clone();
        Objects.requireNonNull(state, "state");
    }

    @Override
    public double[] weights() {
        return weights.clone();
    }
}
