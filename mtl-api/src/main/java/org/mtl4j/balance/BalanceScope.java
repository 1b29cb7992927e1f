package org.mtl4j.balance;

/** Which of the parameters that tasks share a {@link GradientBalance} combines gradients of. */
public enum BalanceScope {
    /** All of them: layers, α and whatever else units learn, gates, the choice of branches. */
    EVERYTHING_SHARED,
    /**
     * Layers alone. What mixes towers and experts, such as α of units and gates, gets the sum of the tasks' gradients
     * of λ·L, as without a balance, and is no part of the Gramian.
     */
    SHARED_LAYERS
}
