package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;

/** Factors e^s, where weighted losses tend to 1. */
record ImtlL(double learningRate, double bound) implements StepWeighting {
    ImtlL {
        Check.finiteAboveZero(learningRate, "IMTL-L: learning rate");
        Uncertainty.checkBound(bound, "IMTL-L: bound");
    }

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.NOTHING;
    }

    @Override
    public BalanceState initialState(int tasks) {
        return LearnedNumbers.initial(tasks);
    }

    @Override
    public double[] factors(LossStep step) {
        double[] s = LearnedNumbers.values(step.state());
        for (int i = 0; i < s.length; i++) {
            s[i] = Math.exp(s[i]);
        }
        return s;
    }

    @Override
    public BalanceState next(LossStep step, double... after) {
        double[] gradients = factors(step);
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = gradients[i] * step.loss(i) - 1;
        }
        return LearnedNumbers.stepped(step.state(), gradients, learningRate, Math.log(bound));
    }

    @Override
    public double objective(LossStep step) {
        double sum = StepWeighting.super.objective(step);
        for (double s : LearnedNumbers.values(step.state())) {
            sum -= s;
        }
        return sum;
    }
}
