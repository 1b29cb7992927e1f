package org.mtl4j.metric;

import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Labels and predictions of one task for some examples, as metrics see them: plain numbers, checked. Immutable.
 *
 * @see MetricAccumulator
 */
public final class ScoredBatch {
    private final int examples;
    private final int outputs;
    private final double[] labels;
    private final double[] predictions;
    /** Null where all labels are there. */
    private final boolean @Nullable [] present;

    /** Null where each is 1. */
    private final double @Nullable [] weights;

    private ScoredBatch(
            int outputs,
            double[] labels,
            double[] predictions,
            boolean @Nullable [] present,
            double @Nullable [] weights) {
        this.examples = labels.length / outputs;
        this.outputs = outputs;
        this.labels = labels;
        this.predictions = predictions;
        this.present = present;
        this.weights = weights;
    }

    /**
     * Copies a batch of arrays.
     *
     * @param labels {@code [examples, outputs]}
     * @param prediction {@code [examples, outputs]}
     * @param mask {@code [examples, 1]}, or, but for multi-class tasks, {@code [examples, outputs]}: 1 where labels are
     *     present, 0 where they are missing; null where all are present
     * @param weights of the examples, {@code [examples, 1]}, finite and at least 0; null for 1 each
     * @throws IllegalArgumentException if shapes or counts do not fit, or a mask or weight is out of its range
     */
    public static ScoredBatch of(
            Task task, INDArray labels, INDArray prediction, @Nullable INDArray mask, @Nullable INDArray weights) {
        return of(task.outputs(), task.kind() != TaskKind.MULTI_CLASS, labels, prediction, mask, weights);
    }

    static ScoredBatch of(
            int outputs,
            boolean maskPerOutput,
            INDArray labels,
            INDArray prediction,
            @Nullable INDArray mask,
            @Nullable INDArray weights) {
        double[] truth = BatchMatrix.values(labels, "labels", outputs);
        double[] predicted = BatchMatrix.values(prediction, "prediction", outputs);
        int examples = truth.length / outputs;
        BatchMatrix.checkSameCount("labels", examples, "prediction", predicted.length / outputs);
        boolean[] present = mask == null ? null : BatchMatrix.present(mask, examples, outputs, maskPerOutput);
        return new ScoredBatch(
                outputs, truth, predicted, present, weights == null ? null : BatchMatrix.weights(weights, examples));
    }

    /** {@return the number of examples} */
    public int examples() {
        return examples;
    }

    /** {@return the number of outputs of the task} */
    public int outputs() {
        return outputs;
    }

    /**
     * {@return whether this label is there; those that are missing say nothing, whatever number stands in their place}
     */
    public boolean isPresent(int example, int output) {
        int place = place(example, output);
        return present == null || present[place];
    }

    /** {@return a label} */
    public double label(int example, int output) {
        return labels[place(example, output)];
    }

    /** {@return a prediction; NaN and infinite where a network has diverged} */
    public double prediction(int example, int output) {
        return predictions[place(example, output)];
    }

    /** {@return the weight of an example, finite and at least 0; 1 where examples have no weights} */
    public double weight(int example) {
        return weights == null ? 1 : weights[example];
    }

    private int place(int example, int output) {
        if (output < 0 || output >= outputs) {
            throw new IndexOutOfBoundsException("output %d of %d".formatted(output, outputs));
        }
        return example * outputs + output;
    }
}
