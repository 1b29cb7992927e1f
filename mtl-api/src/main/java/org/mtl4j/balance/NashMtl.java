package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Weights with {@code G·w = 1/w}, and a direction that is no longer than a number. */
record NashMtl(double greatestNorm, int every) implements GradientBalance {
    NashMtl {
        if (!(greatestNorm > 0)) {
            throw new IllegalArgumentException("Nash-MTL: greatest norm must be above 0, got " + greatestNorm);
        }
        Check.atLeast(1, every, "Nash-MTL: steps between new weights");
    }

    /** Weights that were found last, 0 for tasks that took no part; and after how many steps they are found anew. */
    @Override
    public BalanceState initialState(int tasks) {
        return every == 1
                ? BalanceState.nothing()
                : BalanceState.byTask(new double[tasks]).withNumbers(0);
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        if (every == 1) {
            return step.balanced(shortened(step.gramian(), FairWeights.of(step.gramian(), 1)));
        }
        double wait = step.state().numbers()[0];
        double[] weights = step.state().byTask(0);
        boolean known = wait > 0;
        for (double weight : weights) {
            known &= weight > 0;
        }
        if (!known) {
            weights = FairWeights.of(step.gramian(), 1);
            wait = every;
        }
        return new BalancedStep(
                shortened(step.gramian(), weights), BalanceState.byTask(weights).withNumbers(wait - 1));
    }

    private double[] shortened(Gramian gramian, double[] weights) {
        double factor = Math.min(1, greatestNorm / gramian.norm(weights));
        double[] shortened = weights.clone();
        for (int i = 0; i < shortened.length && factor < 1; i++) {
            shortened[i] *= factor;
        }
        return shortened;
    }
}
