package org.mtl4j.balance;

/** T times the softmax of normal numbers. */
record RandomWeights() implements StepWeighting {

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.NOTHING;
    }

    @Override
    public double[] factors(LossStep step) {
        double[] numbers = new double[step.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = step.random().nextGaussian();
        }
        double[] shares = Softmax.of(numbers);
        for (int i = 0; i < shares.length; i++) {
            shares[i] *= shares.length;
        }
        return shares;
    }
}
