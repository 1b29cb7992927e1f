package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.TaskGradients;

/** Gathers over the steps of an epoch how long the tasks' gradients are and what angles are between them. */
final class GradientStatistics {
    private final List<Task> tasks;
    private final Range[] norms;
    private final Range[][] cosines;
    private long steps;

    GradientStatistics(List<Task> tasks) {
        this.tasks = tasks;
        this.norms = new Range[tasks.size()];
        this.cosines = new Range[tasks.size()][tasks.size()];
        startEpoch();
    }

    void startEpoch() {
        steps = 0;
        Arrays.setAll(norms, t -> new Range());
        for (Range[] row : cosines) {
            Arrays.setAll(row, t -> new Range());
        }
    }

    /**
     * Adds a step. One whose gradients are not finite is left out; the step's score will tell.
     *
     * @param present which tasks took part, ascending
     * @param products inner products of their gradients
     */
    void add(int[] present, double[][] products) {
        if (!Arrays.stream(products).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return;
        }
        steps++;
        for (int i = 0; i < present.length; i++) {
            double norm = Math.sqrt(products[i][i]);
            norms[present[i]].add(norm);
            for (int j = i + 1; j < present.length; j++) {
                double length = norm * Math.sqrt(products[j][j]);
                if (length > 0) {
                    double cosine = products[i][j] / length;
                    cosines[present[i]][present[j]].add(Math.max(-1, Math.min(1, cosine)));
                }
            }
        }
    }

    /** {@return what the steps since the epoch began came to; empty if there were none} */
    Optional<TaskGradients> result() {
        if (steps == 0) {
            return Optional.empty();
        }
        List<TaskGradients.Norm> lengths = new ArrayList<>();
        List<TaskGradients.Cosine> angles = new ArrayList<>();
        for (int i = 0; i < norms.length; i++) {
            String task = tasks.get(i).name();
            Range norm = norms[i];
            if (norm.count > 0) {
                lengths.add(new TaskGradients.Norm(task, norm.count, norm.mean(), norm.least, norm.largest));
            }
            for (int j = i + 1; j < norms.length; j++) {
                Range cosine = cosines[i][j];
                if (cosine.count > 0) {
                    angles.add(new TaskGradients.Cosine(
                            task,
                            tasks.get(j).name(),
                            cosine.count,
                            cosine.mean(),
                            cosine.least,
                            cosine.largest,
                            (double) cosine.below / cosine.count));
                }
            }
        }
        return Optional.of(new TaskGradients(steps, lengths, angles));
    }

    /** Numbers, as far as they are told of. */
    private static final class Range {
        private long count;
        private long below;
        private double sum;
        private double least = Double.POSITIVE_INFINITY;
        private double largest = Double.NEGATIVE_INFINITY;

        void add(double number) {
            count++;
            below += number < 0 ? 1 : 0;
            sum += number;
            least = Math.min(least, number);
            largest = Math.max(largest, number);
        }

        double mean() {
            return sum / count;
        }
    }
}
