package org.mtl4j.dl4j.internal.fit;

import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.model.LabelRule;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Sums up the labels of all tasks, from which the biases of fresh output layers are set to the best constant
 * prediction; see {@link org.mtl4j.task.OutputStart#TARGET_MEAN}.
 */
public final class LabelSums implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Frequencies are kept this far from 0 and 1, where their logarithm and logit are infinite. */
    private static final double LEAST_FREQUENCY = 1e-3;

    private final transient List<Task> tasks;
    private final double[][] sums;
    private final double[][] counts;

    /** Starts with no batch. */
    public LabelSums(List<Task> tasks) {
        this.tasks = tasks;
        this.sums = tasks.stream().map(task -> new double[task.outputs()]).toArray(double[][]::new);
        this.counts = Arrays.stream(sums).map(double[]::clone).toArray(double[][]::new);
    }

    /** Adds a batch. */
    public void add(MultiDataSet batch) {
        double[] examples = LossWeights.ofExamples(batch);
        for (int t = 0; t < sums.length; t++) {
            INDArray labels = batch.getLabels(t);
            INDArray mask = Masks.ofLabels(batch, t);
            double[] weights = LossWeights.of(labels, examples, TaskMeans.classWeights(tasks.get(t)));
            if (weights != null) {
                addWeighted(sums[t], counts[t], labels, mask, weights);
                continue;
            }
            INDArray values = labels.dataType() == DataType.DOUBLE ? labels.dup() : labels.castTo(DataType.DOUBLE);
            addTo(
                    sums[t],
                    (mask == null ? values : LabelMask.clear(values, mask))
                            .sum(0)
                            .toDoubleVector());
            addTo(counts[t], LabelMask.labelledPerOutput(mask, labels.size(0), counts[t].length));
        }
    }

    private static void addWeighted(
            double[] sums, double[] counts, INDArray labels, @Nullable INDArray mask, double[] weights) {
        double[] values = MatrixValues.of(labels);
        double[] there = mask == null ? null : MatrixValues.of(mask);
        int columns = mask == null ? 0 : (int) mask.size(1);
        for (int row = 0; row < weights.length; row++) {
            for (int i = 0; i < sums.length; i++) {
                if (there == null || there[row * columns + (columns == 1 ? 0 : i)] != 0) {
                    sums[i] += weights[row] * values[row * sums.length + i];
                    counts[i] += weights[row];
                }
            }
        }
    }

    /** Adds the sums of other data with the same tasks. */
    public void add(LabelSums other) {
        for (int t = 0; t < sums.length; t++) {
            addTo(sums[t], other.sums[t]);
            addTo(counts[t], other.counts[t]);
        }
    }

    private static void addTo(double[] values, double[] more) {
        for (int i = 0; i < more.length; i++) {
            values[i] += more[i];
        }
    }

    /**
     * Sets the biases of the output layers of tasks; those of outputs without any label stay as they are.
     *
     * @param names of the tasks
     * @return those of them that have a label
     */
    public Set<String> setOutputStarts(ComputationGraph graph, Set<String> names) {
        Set<String> started = new LinkedHashSet<>();
        for (int t = 0; t < sums.length; t++) {
            Task task = tasks.get(t);
            if (names.contains(task.name())) {
                INDArray bias = graph.getLayer(task.name()).getParam(DefaultParamInitializer.BIAS_KEY);
                for (int i = 0; i < sums[t].length; i++) {
                    if (counts[t][i] > 0) {
                        bias.putScalar(i, constantPrediction(task, sums[t][i] / counts[t][i]));
                        started.add(task.name());
                    }
                }
            }
        }
        return started;
    }

    private static double constantPrediction(Task task, double mean) {
        double frequency = LabelRule.of(task).isOfSigns() ? (mean + 1) / 2 : mean;
        return switch (task.kind()) {
            case REGRESSION -> mean;
            case MULTI_CLASS -> Math.log(Math.max(frequency, LEAST_FREQUENCY));
            case MULTI_LABEL -> {
                double p = Math.min(Math.max(frequency, LEAST_FREQUENCY), 1 - LEAST_FREQUENCY);
                yield Math.log(p / (1 - p));
            }
        };
    }
}
