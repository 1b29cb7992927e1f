package org.mtl4j.balance;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.mtl4j.internal.check.Check;

/** Learned weights by which the gradients of one layer become as long as the tasks' rates of training say. */
record GradNorm(double alpha, double learningRate, Optional<String> layer) implements WithGradients {
    /** Weights are not let below this part of their mean, so that none turns negative. */
    private static final double LEAST = 0.01;

    /** The row of the state behind those of {@link LearnedNumbers}. */
    private static final int FIRST_LOSSES = 4;

    GradNorm {
        Check.finiteAtLeastZero(alpha, "GradNorm: alpha");
        Check.finiteAboveZero(learningRate, "GradNorm: learning rate");
    }

    /** Weights, what Adam remembers of them, and the loss of each task's first step; 0 before it. */
    @Override
    public BalanceState initialState(int tasks) {
        double[] ones = new double[tasks];
        Arrays.fill(ones, 1);
        return BalanceState.byTask(ones, new double[tasks], new double[tasks], new double[tasks], new double[tasks]);
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        int n = step.size();
        double[] losses = step.lossesAtLeastZero("GradNorm");
        double[] weights = LearnedNumbers.values(step.state());
        double[] first = step.state().byTask(FIRST_LOSSES);
        double[] rates = new double[n];
        for (int i = 0; i < n; i++) {
            first[i] = first[i] > 0 ? first[i] : losses[i];
            rates[i] = first[i] > 0 ? losses[i] / first[i] : 1;
        }
        double meanRate = WithGradients.sum(rates) / n;
        List<SharedGradients.Part> parts = layer.map(step.gradients()::called).orElseGet(step.gradients()::lastLayer);
        double[] lengths = new double[n];
        double meanLength = 0;
        for (int i = 0; i < n; i++) {
            lengths[i] = step.gradients().norm(i, parts);
            meanLength += weights[i] * lengths[i] / n;
        }
        double[] slopes = new double[n];
        for (int i = 0; i < n; i++) {
            double wanted = meanLength * (meanRate > 0 ? Math.pow(rates[i] / meanRate, alpha) : 1);
            slopes[i] = lengths[i] * Math.signum(weights[i] * lengths[i] - wanted);
        }
        return new BalancedStep(weights, learned(step.state(), slopes, weights, first));
    }

    private BalanceState learned(BalanceState state, double[] slopes, double[] weights, double[] first) {
        BalanceState moved = LearnedNumbers.stepped(
                BalanceState.byTask(state.byTask(0), state.byTask(1), state.byTask(2), state.byTask(3)),
                slopes,
                learningRate,
                Double.MAX_VALUE);
        double sum = WithGradients.sum(weights);
        double[] next = LearnedNumbers.values(moved);
        for (int i = 0; i < next.length; i++) {
            next[i] = Math.max(next[i], LEAST * sum / next.length);
        }
        return state.withByTask(
                WithGradients.withSum(next, sum), moved.byTask(1), moved.byTask(2), moved.byTask(3), first);
    }
}
