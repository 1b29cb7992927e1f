package org.mtl4j.balance;

import java.util.Objects;
import org.mtl4j.internal.linear.QuadraticProgram;

/** The shortest convex combination of gradients. */
record Mgda(GradientNormalization normalization) implements GradientBalance {
    Mgda {
        Objects.requireNonNull(normalization, "normalization");
    }

    @Override
    public BalancedStep balance(GradientStep step) {
        double[] losses = step.losses();
        double[] factors = new double[step.size()];
        for (int i = 0; i < factors.length; i++) {
            double divisor =
                    switch (normalization) {
                        case NONE -> 1;
                        case L2 -> step.gramian().norm(i);
                        case LOSS -> losses[i];
                        case LOSS_TIMES_L2 -> losses[i] * step.gramian().norm(i);
                    };
            factors[i] = divisor > 0 ? 1 / divisor : 1; // a loss may be 0 or below, and says nothing then
        }
        Gramian scaled = Gramian.of(step.gramian().scaled(factors));
        double[] weights = shortest(scaled);
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= factors[i];
        }
        return step.balanced(weights);
    }

    /** {@return the weights of the shortest convex combination} */
    static double[] shortest(Gramian gramian) {
        if (gramian.size() == 2) { // Désidéri 2012; in closed form
            double difference = gramian.product(0, 0) - 2 * gramian.product(0, 1) + gramian.product(1, 1);
            double first = difference > 0
                    ? Math.max(0, Math.min(1, (gramian.product(1, 1) - gramian.product(0, 1)) / difference))
                    : 0.5;
            return new double[] {first, 1 - first};
        }
        return QuadraticProgram.overSimplex(gramian.normalized(), new double[gramian.size()]);
    }
}
