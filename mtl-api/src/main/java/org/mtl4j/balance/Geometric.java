package org.mtl4j.balance;

/** The gradient of the geometric mean, (Π L)^(1/T)/(T·L) for each. */
record Geometric() implements StepWeighting {

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.LOSSES;
    }

    @Override
    public double[] factors(LossStep step) {
        double mean = objective(step);
        double[] factors = step.losses();
        for (int i = 0; i < factors.length; i++) {
            factors[i] = mean / (factors.length * factors[i]);
        }
        return factors;
    }

    @Override
    public double objective(LossStep step) {
        double logarithms = 0;
        for (double loss : step.lossesAboveZero("GLS")) {
            logarithms += Math.log(loss);
        }
        return Math.exp(logarithms / step.size());
    }
}
