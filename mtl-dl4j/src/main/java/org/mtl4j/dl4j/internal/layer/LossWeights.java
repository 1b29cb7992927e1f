package org.mtl4j.dl4j.internal.layer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes what each example weighs in the loss of a task: its own weight, that of its class, and nothing where it has
 * no label. A loss is {@code sum of weight * loss / sum of weights} over the examples of a batch.
 */
public final class LossWeights {
    private LossWeights() {}

    /** {@return the weights of the examples of a batch; null if each is 1} */
    public static double @Nullable [] ofExamples(MultiDataSet batch) {
        return Batch.weightsOf(batch).map(MatrixValues::of).orElse(null);
    }

    /**
     * {@return what each example weighs, whether it has the label or not; null if each weighs 1}
     *
     * @param labels {@code [batch, outputs]}; those that are missing may be anything
     * @param examples the weights of the examples; null if each is 1
     * @param classes the weights of the classes; null if each is 1. A soft label weighs what its classes do in the mean
     */
    public static double @Nullable [] of(INDArray labels, double @Nullable [] examples, double @Nullable [] classes) {
        if (classes == null) {
            return examples;
        }
        double[] values = MatrixValues.of(labels);
        double[] weights = new double[(int) labels.size(0)];
        for (int row = 0; row < weights.length; row++) {
            double sum = 0;
            for (int c = 0; c < classes.length; c++) {
                double label = values[row * classes.length + c];
                sum += label > 0 ? label * classes[c] : 0; // not of NaN, nor of the -1 of a hinge loss
            }
            weights[row] = examples == null ? sum : examples[row] * sum;
        }
        return weights;
    }

    /**
     * {@return the sum of the weights of the examples that have a label; one that has half of its labels counts half}
     *
     * @param mask {@code [batch, 1]} or {@code [batch, outputs]}, or null if all have
     * @param count examples of the batch
     * @param weights of the examples, or null if each is 1
     */
    public static double labelled(@Nullable INDArray mask, long count, double @Nullable [] weights) {
        if (weights == null) {
            return LabelMask.labelled(mask, count);
        }
        if (mask == null) {
            return Arrays.stream(weights).sum();
        }
        double[] there = MatrixValues.of(mask);
        int columns = (int) mask.size(1);
        double sum = 0;
        for (int i = 0; i < there.length; i++) {
            sum += there[i] == 0 ? 0 : weights[i / columns];
        }
        return sum / columns;
    }

    /**
     * {@return a mask and weights in one array: the weight where there is a label, and else 0}
     *
     * @param mask {@code [batch, 1]} or {@code [batch, outputs]} of 0 and 1, or null if all labels are there
     * @param weights of the examples
     * @param like an array of the type that is wanted
     */
    public static INDArray masked(@Nullable INDArray mask, double[] weights, INDArray like) {
        int columns = mask == null ? 1 : (int) mask.size(1);
        double[] both = mask == null ? weights.clone() : MatrixValues.of(mask);
        for (int i = 0; mask != null && i < both.length; i++) {
            both[i] = both[i] == 0 ? 0 : weights[i / columns];
        }
        return Nd4j.create(both, new long[] {weights.length, columns}, like.dataType());
    }
}
