package org.mtl4j.balance;

/** Equal products with all unit gradients; weights that sum to 1. */
record ImtlG() implements GradientBalance {
    /** Of the sum of the weights' sizes: the least that they are divided by. */
    private static final double LEAST_SUM = 0.1;

    @Override
    public BalancedStep balance(GradientStep step) {
        double[] weights = Impartial.weightsOfUnits(step.gramian());
        double sum = 0;
        double sizes = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= step.gramian().norm(i);
            sum += weights[i];
            sizes += Math.abs(weights[i]);
        }
        double divisor = Math.max(sum, LEAST_SUM * sizes);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = divisor > 0 ? weights[i] / divisor : 0;
        }
        return step.balanced(weights);
    }
}
