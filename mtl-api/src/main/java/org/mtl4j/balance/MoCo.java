package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.linear.Simplex;

/** Gradients that are tracked over the steps, and weights that move towards those of their shortest combination. */
record MoCo(double beta, double gamma, double sigma, double rho) implements WithGradients {
    private static final double EPSILON = 1e-8;

    MoCo {
        Check.unitIntervalWithOne(beta, "MoCo: beta");
        Check.finiteAboveZero(gamma, "MoCo: gamma");
        Check.finiteAtLeastZero(sigma, "MoCo: sigma");
        Check.finiteAtLeastZero(rho, "MoCo: rho");
    }

    /** Weights, steps of each task, tracked gradients. */
    @Override
    public BalanceState initialState(int tasks, int parameters) {
        double[] equal = new double[tasks];
        Arrays.fill(equal, 1.0 / tasks);
        return BalanceState.byTask(equal, new double[tasks]).withByParameter(TaskVectors.zeros(tasks, parameters));
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        int n = step.size();
        TaskVectors rows = step.gradients().rows();
        TaskVectors before = step.state().byParameter(0);
        double[] scale = step.lossesAtLeastZero("MoCo"); // one below 0 would turn its gradient round
        double[] weights = step.state().byTask(0);
        double[] steps = step.state().byTask(1);
        double[] follow = new double[n];
        double latest = 0;
        for (int i = 0; i < n; i++) {
            scale[i] /= rows.norm(i) + EPSILON;
            steps[i]++;
            latest = Math.max(latest, steps[i]);
            follow[i] = beta / Math.pow(steps[i], sigma);
        }
        TaskVectors tracked = TaskVectors.of(n, rows.length(), (i, k) -> {
            double old = before.get(i, k);
            return old - follow[i] * (old - scale[i] * rows.get(i, k));
        });
        double[] slopes = tracked.gramian().times(weights);
        double mass = WithGradients.sum(weights); // less than 1 where a task takes no part
        double[] moved = new double[n];
        for (int i = 0; i < n; i++) {
            moved[i] = weights[i] - gamma / Math.pow(latest, sigma) * (slopes[i] + rho * weights[i]);
        }
        double[] next = mass > 0 ? Simplex.projected(moved, mass) : weights;
        double[] direction = mass > 0 ? WithGradients.withSum(next, 1) : equal(n);
        return new BalancedStep(
                direction,
                tracked.combined(direction),
                step.state().withByTask(next, steps).withByParameter(tracked));
    }

    private static double[] equal(int n) {
        double[] equal = new double[n];
        Arrays.fill(equal, 1.0 / n);
        return equal;
    }
}
