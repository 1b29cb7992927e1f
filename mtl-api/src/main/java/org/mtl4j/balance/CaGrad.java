package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.linear.QuadraticProgram;

/**
 * Lowers the worst task most, within a ball round the mean gradient g₀. Its dual is the minimum over the simplex of
 * {@code g_w·g₀ + r‖g_w‖}, where r = c‖g₀‖ is the ball's radius. Since ‖g_w‖ is the minimum over s of {@code (‖g_w‖²/s
 * + s)/2}, that is a quadratic program for each s; the right s, where ‖g_w‖ = s, is found by bisection, and then
 * {@code d = g₀ + r/s·g_w}.
 */
record CaGrad(double c) implements GradientBalance {
    private static final int BISECTIONS = 60;
    private static final double LEAST_LENGTH = 1e-6; // of g_w, with a trace of 1

    CaGrad {
        Check.finiteAtLeastZero(c, "CAGrad: c");
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        int n = step.size();
        double[] weights = new double[n];
        Arrays.fill(weights, 1.0 / n);
        Gramian unit = Gramian.of(step.gramian().normalized());
        double radius = c * unit.norm(weights);
        if (radius > 0) {
            double[] products = unit.times(weights);
            double low = LEAST_LENGTH;
            double high = 1; // no combination is longer than the square root of the trace
            for (int i = 0; i < BISECTIONS && high - low > Math.ulp(high); i++) {
                double middle = (low + high) / 2;
                if (unit.norm(worst(unit, products, middle / radius)) > middle) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            double[] worst = worst(unit, products, low / radius);
            for (int i = 0; i < n; i++) {
                weights[i] += radius / low * worst[i];
            }
        }
        return step.balanced(weights);
    }

    /** {@return the w over the simplex with the least g_w·g₀ + r/2s·‖g_w‖²} */
    private static double[] worst(Gramian unit, double[] productsWithMean, double lengthPerRadius) {
        return QuadraticProgram.overSimplex(
                unit.toArray(),
                Arrays.stream(productsWithMean).map(p -> lengthPerRadius * p).toArray());
    }
}
