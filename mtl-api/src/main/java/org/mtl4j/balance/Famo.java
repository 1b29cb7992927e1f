package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Factors c·z/L with z = softmax(w), where w follows how much each loss fell. */
record Famo(double learningRate, double decay) implements StepWeighting {
    private static final double EPSILON = 1e-8;

    Famo {
        Check.finiteAboveZero(learningRate, "FAMO: learning rate");
        Check.finiteAtLeastZero(decay, "FAMO: decay");
    }

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.LOSSES_AND_AFTER;
    }

    @Override
    public BalanceState initialState(int tasks) {
        return LearnedNumbers.initial(tasks);
    }

    @Override
    public double[] factors(LossStep step) {
        double[] losses = step.lossesAboveZero("FAMO");
        double[] factors = Softmax.of(LearnedNumbers.values(step.state()));
        double sum = 0;
        for (int i = 0; i < factors.length; i++) {
            factors[i] /= losses[i] + EPSILON;
            sum += factors[i];
        }
        for (int i = 0; i < factors.length; i++) {
            factors[i] /= sum;
        }
        return factors;
    }

    @Override
    public BalanceState next(LossStep step, double... after) {
        double[] w = LearnedNumbers.values(step.state());
        double[] shares = Softmax.of(w);
        double[] fallen = new double[w.length];
        double mean = 0;
        for (int i = 0; i < w.length; i++) {
            double later = Math.max(0, after[i]); // a loss that was above 0 may fall to it
            fallen[i] = Math.log(step.loss(i) + EPSILON) - Math.log(later + EPSILON);
            mean += shares[i] * fallen[i];
        }
        double[] gradients = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            gradients[i] = shares[i] * (fallen[i] - mean) + decay * w[i];
        }
        return LearnedNumbers.stepped(step.state(), gradients, learningRate, Double.MAX_VALUE);
    }
}
