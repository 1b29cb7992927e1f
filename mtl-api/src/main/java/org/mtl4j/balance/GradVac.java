package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Turns gradients towards each other until their cosines are as remembered. */
record GradVac(double decay) implements GradientBalance {
    GradVac {
        Check.unitIntervalWithOne(decay, "GradVac: decay");
    }

    @Override
    public BalanceState initialState(int tasks) {
        return BalanceState.nothing().withByPair(new double[tasks][tasks]);
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        Gramian gramian = step.gramian();
        int n = step.size();
        double[][] remembered = step.state().byPair(0);
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            double[] turned = new double[n];
            turned[i] = 1;
            for (int j : PcGrad.orderOfOthers(n, i, step.random())) {
                double length = gramian.norm(turned);
                double cosine = length > 0 ? gramian.times(turned)[j] / (length * gramian.norm(j)) : 0;
                cosine = Math.max(-1, Math.min(1, cosine));
                double wanted = remembered[i][j];
                if (cosine < wanted && wanted < 1) {
                    double sine = Math.sqrt(1 - cosine * cosine);
                    double wantedSine = Math.sqrt(1 - wanted * wanted);
                    turned[j] += length * (wanted * sine - cosine * wantedSine) / (gramian.norm(j) * wantedSine);
                }
                remembered[i][j] = (1 - decay) * wanted + decay * cosine;
            }
            for (int j = 0; j < n; j++) {
                weights[j] += turned[j];
            }
        }
        return new BalancedStep(weights, step.state().withByPair(remembered));
    }
}
