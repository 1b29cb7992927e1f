package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Moving averages of the gradients of the losses' logarithms, all made as long as the longest. */
record DbMtl(double beta, double sigma) implements WithGradients {
    private static final double EPSILON = 1e-8;

    DbMtl {
        Check.unitIntervalWithZero(beta, "DB-MTL: beta");
        Check.finiteAtLeastZero(sigma, "DB-MTL: sigma");
    }

    /** Counts the steps of each task; has the averages, unless there are none. */
    @Override
    public BalanceState initialState(int tasks, int parameters) {
        BalanceState steps = BalanceState.byTask(new double[tasks]);
        return beta == 0 ? steps : steps.withByParameter(TaskVectors.zeros(tasks, parameters));
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        TaskVectors rows = step.gradients().rows();
        int n = step.size();
        double[] inverse = step.lossesAtLeastZero("DB-MTL");
        double[] steps = step.state().byTask(0);
        double[] decay = new double[n];
        for (int i = 0; i < n; i++) {
            inverse[i] = 1 / (inverse[i] + EPSILON);
            steps[i]++;
            decay[i] = beta / Math.pow(steps[i], sigma);
        }
        BalanceState next = step.state().withByTask(steps);
        TaskVectors averages;
        if (beta == 0) {
            averages = TaskVectors.of(n, rows.length(), (i, k) -> inverse[i] * rows.get(i, k));
        } else {
            TaskVectors before = step.state().byParameter(0);
            averages = TaskVectors.of(n, rows.length(), (i, k) -> {
                double fresh = inverse[i] * rows.get(i, k);
                return fresh + decay[i] * (before.get(i, k) - fresh);
            });
            next = next.withByParameter(averages);
        }
        double[] factors = new double[n];
        double longest = 0;
        for (int i = 0; i < n; i++) {
            factors[i] = averages.norm(i);
            longest = Math.max(longest, factors[i]);
        }
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            factors[i] = longest / (factors[i] + EPSILON);
            weights[i] = factors[i] * inverse[i];
        }
        return new BalancedStep(weights, averages.combined(factors), next);
    }
}
