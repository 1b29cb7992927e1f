package org.mtl4j.balance;

import java.util.Arrays;
import java.util.List;
import org.mtl4j.internal.check.Check;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Dynamic weight average (Liu, Johns, Davison, CVPR 2019, eq. 7): T times the softmax over tasks of {@code r_t /
 * temperature}, where r_t is the task's training loss of the last epoch over that of the one before. What falls slowly
 * weighs more. One for the first two epochs, and for tasks without labels in one of the two.
 *
 * @param temperature above 0 and finite; the paper's is 2, and large values make all weights alike
 */
public record DynamicWeightAverage(double temperature) implements LossWeighting {
    /** @throws IllegalArgumentException if the temperature is out of its range */
    public DynamicWeightAverage {
        Check.finiteAboveZero(temperature, "DynamicWeightAverage: temperature");
    }

    @Override
    public double[] factors(List<Task> tasks, List<EpochResult> run) {
        double[] weights = new double[tasks.size()];
        for (int t = 0; t < weights.length; t++) {
            weights[t] = ratio(tasks.get(t).name(), run) / temperature;
        }
        double most = Arrays.stream(weights).max().orElse(0);
        double sum = 0;
        for (int t = 0; t < weights.length; t++) {
            weights[t] = Math.exp(weights[t] - most); // at most 1, with the same quotients
            sum += weights[t];
        }
        for (int t = 0; t < weights.length; t++) {
            weights[t] *= weights.length / sum;
        }
        return weights;
    }

    private static double ratio(String task, List<EpochResult> run) {
        if (run.size() < 2) {
            return 1;
        }
        Double last = run.get(run.size() - 1).trainingLoss().get(task);
        Double before = run.get(run.size() - 2).trainingLoss().get(task);
        return last == null || before == null || before <= 0 || last < 0 ? 1 : last / before;
    }
}
