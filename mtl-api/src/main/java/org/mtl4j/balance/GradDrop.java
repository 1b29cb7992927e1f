package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Keeps at each parameter the gradients of one sign, which is drawn. */
record GradDrop(double leak) implements WithGradients {
    GradDrop {
        Check.fraction(leak, "GradDrop: leak");
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        TaskVectors rows = step.gradients().rows();
        int n = step.size();
        double[] direction = new double[rows.length()];
        double[] kept = new double[n];
        double[] all = new double[n];
        for (int k = 0; k < direction.length; k++) {
            double sum = 0;
            double sizes = 0;
            for (int i = 0; i < n; i++) {
                double g = rows.get(i, k);
                sum += g;
                sizes += Math.abs(g);
            }
            double purity = sizes > 0 ? 0.5 * (1 + sum / sizes) : 0.5;
            double sign = purity > step.random().nextDouble() ? 1 : -1;
            for (int i = 0; i < n; i++) {
                double g = rows.get(i, k);
                double part = g * sign > 0 ? 1 : leak;
                direction[k] += part * g;
                kept[i] += part * Math.abs(g);
                all[i] += Math.abs(g);
            }
        }
        for (int i = 0; i < n; i++) {
            kept[i] = all[i] > 0 ? kept[i] / all[i] : 1;
        }
        return new BalancedStep(kept, direction, step.state());
    }
}
