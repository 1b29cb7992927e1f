package org.mtl4j.dl4j.internal.inference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.task.Task;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Computes the mean loss of each task over the examples that have its label, weighted by what they weigh in it. */
public final class TaskMeans {
    private final List<Task> tasks;
    private final double[] sums;
    private final double[] labelled;

    /** Starts with no batch. */
    public TaskMeans(List<Task> tasks) {
        this.tasks = tasks;
        this.sums = new double[tasks.size()];
        this.labelled = new double[tasks.size()];
    }

    /**
     * {@return per task how many examples of a batch have its label: the sum of what they weigh in its loss}
     *
     * @param tasks in the order of the labels
     */
    public static double[] labelled(MultiDataSet batch, List<Task> tasks) {
        double[] counts = new double[tasks.size()];
        double[] examples = LossWeights.ofExamples(batch);
        for (int t = 0; t < counts.length; t++) {
            double[] weights = LossWeights.of(batch.getLabels(t), examples, classWeights(tasks.get(t)));
            counts[t] = LossWeights.labelled(
                    Masks.ofLabels(batch, t), batch.getFeatures(0).size(0), weights);
        }
        return counts;
    }

    /** {@return what each class of a task weighs; null if each weighs 1} */
    public static double @Nullable [] classWeights(Task task) {
        return task.classWeights().isEmpty()
                ? null
                : task.classWeights().stream().mapToDouble(Double::doubleValue).toArray();
    }

    /**
     * Adds a batch.
     *
     * @param means per task over the labelled examples of the batch
     * @param counts per task how many these are, or the sum of what they weigh
     */
    public void add(double[] means, double[] counts) {
        for (int t = 0; t < sums.length; t++) {
            if (counts[t] > 0) {
                sums[t] += counts[t] * means[t];
                labelled[t] += counts[t];
            }
        }
    }

    /** {@return the means by task; without those that had no label at all} */
    public Map<String, Double> result() {
        Map<String, Double> byTask = new LinkedHashMap<>();
        for (int t = 0; t < sums.length; t++) {
            if (labelled[t] > 0) {
                byTask.put(tasks.get(t).name(), sums[t] / labelled[t]);
            }
        }
        return byTask;
    }
}
