package org.mtl4j.balance;

import org.mtl4j.internal.check.Check;
import org.mtl4j.task.TaskKind;

/** Factors e^(−s), half of it for regressions. */
record Uncertainty(double learningRate, double bound) implements StepWeighting {
    Uncertainty {
        Check.finiteAboveZero(learningRate, "Uncertainty weighting: learning rate");
        checkBound(bound, "Uncertainty weighting: bound");
    }

    static void checkBound(double bound, String what) {
        if (!(bound > 1 && bound < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(what + " must be finite and above 1, got " + bound);
        }
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
            s[i] = half(step, i) * Math.exp(-s[i]);
        }
        return s;
    }

    @Override
    public BalanceState next(LossStep step, double... after) {
        double[] gradients = factors(step);
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = 0.5 - gradients[i] * step.loss(i);
        }
        return LearnedNumbers.stepped(step.state(), gradients, learningRate, Math.log(bound));
    }

    @Override
    public double objective(LossStep step) {
        double sum = StepWeighting.super.objective(step);
        for (double s : LearnedNumbers.values(step.state())) {
            sum += s / 2;
        }
        return sum;
    }

    private static double half(LossStep step, int task) {
        return step.tasks().get(task).kind() == TaskKind.REGRESSION ? 0.5 : 1;
    }
}
