package org.mtl4j.balance;

/** The gradient of the sum of logarithms. */
record Logarithmic() implements StepWeighting {
    private static final double EPSILON = 1e-8;

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.LOSSES;
    }

    @Override
    public double[] factors(LossStep step) {
        double[] factors = step.lossesAtLeastZero("Logarithmic weighting");
        for (int i = 0; i < factors.length; i++) {
            factors[i] = 1 / (factors[i] + EPSILON);
        }
        return factors;
    }

    @Override
    public double objective(LossStep step) {
        double sum = 0;
        for (double loss : step.lossesAtLeastZero("Logarithmic weighting")) {
            sum += Math.log(loss + EPSILON);
        }
        return sum;
    }
}
