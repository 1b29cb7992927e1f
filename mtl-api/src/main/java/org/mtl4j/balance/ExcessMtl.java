package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.check.Check;

/** Weights that grow with how far each task still is from its least loss, as far as its gradients tell. */
record ExcessMtl(double rate) implements WithGradients {
    private static final double EPSILON = 1e-7;

    ExcessMtl {
        Check.finiteAtLeastZero(rate, "ExcessMTL: rate");
    }

    /** Weights; the excess of each task's first step, 0 before it; the sums of squares of its gradients. */
    @Override
    public BalanceState initialState(int tasks, int parameters) {
        double[] ones = new double[tasks];
        Arrays.fill(ones, 1);
        return BalanceState.byTask(ones, new double[tasks]).withByParameter(TaskVectors.zeros(tasks, parameters));
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        TaskVectors rows = step.gradients().rows();
        TaskVectors before = step.state().byParameter(0);
        TaskVectors squares = TaskVectors.of(
                step.size(), rows.length(), (i, k) -> before.get(i, k) + rows.get(i, k) * rows.get(i, k));
        double[] weights = step.state().byTask(0);
        double[] first = step.state().byTask(1);
        double sum = WithGradients.sum(weights);
        double[] logs = new double[weights.length];
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < weights.length; i++) {
            double excess = 0;
            for (int k = 0; k < rows.length(); k++) {
                double g = rows.get(i, k);
                excess += g * g / Math.sqrt(squares.get(i, k) + EPSILON);
            }
            boolean known = first[i] > 0;
            first[i] = known ? first[i] : excess;
            logs[i] = Math.log(weights[i]) + (known ? rate * excess / first[i] : 0);
            largest = Math.max(largest, logs[i]);
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(logs[i] - largest);
        }
        double[] next = WithGradients.withSum(weights, sum);
        return new BalancedStep(next, step.state().withByTask(next, first).withByParameter(squares));
    }
}
