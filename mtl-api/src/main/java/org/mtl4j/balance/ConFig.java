package org.mtl4j.balance;

/** Equal products with all unit gradients; as long as the gradients' projections onto it together. */
record ConFig() implements GradientBalance {

    @Override
    public BalancedStep balance(GradientStep step) {
        Gramian gramian = step.gramian();
        double[] weights = Impartial.weightsOfUnits(gramian);
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= gramian.norm(i);
        }
        double[] products = gramian.times(weights);
        double length = gramian.norm(weights);
        double projections = 0;
        for (double product : products) {
            projections += product;
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] = length > 0 ? weights[i] * projections / (length * length) : 0;
        }
        return step.balanced(weights);
    }
}
