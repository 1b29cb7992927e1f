package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Weights with {@code G·w = w^(−1/α)}. */
record FairGrad(double alpha) implements GradientBalance {
    FairGrad {
        Check.finiteAboveZero(alpha, "FairGrad: alpha");
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        return step.balanced(FairWeights.of(step.gramian(), 1 / alpha));
    }
}
