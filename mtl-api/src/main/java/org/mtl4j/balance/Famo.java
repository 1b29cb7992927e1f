package org.mtl4j.balance;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.mtl4j.internal.check.Check;

/** Factors c·z/L with z = softmax(w), where w follows how much each loss fell. */
record Famo(double learningRate, double decay, Map<String, Double> least) implements StepWeighting {
    private static final double EPSILON = 1e-8;

    Famo {
        least = ImmutableMap.copyOf(least);
        least.forEach((task, bound) -> Check.finite(bound, "FAMO: least loss of task '%s'".formatted(task)));
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
        double[] losses = above(step, step.losses());
        for (int i = 0; i < losses.length; i++) {
            if (!(losses[i] > 0)) {
                throw new IllegalArgumentException("FAMO: the loss of task '%s' must be above %s, got %s"
                        .formatted(step.tasks().get(i).name(), least(step, i), step.loss(i)));
            }
        }
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
        double[] before = above(step, step.losses());
        double[] later = above(step, after);
        double[] fallen = new double[w.length];
        double mean = 0;
        for (int i = 0; i < w.length; i++) {
            fallen[i] = Math.log(before[i] + EPSILON) - Math.log(Math.max(0, later[i]) + EPSILON);
            mean += shares[i] * fallen[i];
        }
        double[] gradients = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            gradients[i] = shares[i] * (fallen[i] - mean) + decay * w[i];
        }
        return LearnedNumbers.stepped(step.state(), gradients, learningRate, Double.MAX_VALUE);
    }

    private double[] above(LossStep step, double[] losses) {
        double[] above = losses.clone();
        for (int i = 0; i < above.length; i++) {
            above[i] -= least(step, i);
        }
        return above;
    }

    private double least(LossStep step, int task) {
        return least.getOrDefault(step.tasks().get(task).name(), 0.0);
    }
}
