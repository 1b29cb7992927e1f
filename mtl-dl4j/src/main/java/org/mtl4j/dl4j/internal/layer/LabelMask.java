package org.mtl4j.dl4j.internal.layer;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Interprets masks of labels: {@code [batch, 1]}, or {@code [batch, outputs]} where an example may have some of a
 * task's labels; 1 where there is a label and 0 where there is none.
 */
public final class LabelMask {
    private LabelMask() {}

    /**
     * Counts the examples that have a label; one that has half of its labels counts half.
     *
     * @param mask a mask, or null if all have
     * @param examples size of the batch
     */
    public static double labelled(INDArray mask, long examples) {
        return mask == null
                ? examples
                : mask.neq(0).castTo(DataType.DOUBLE).sumNumber().doubleValue() / mask.size(1);
    }

    /**
     * Counts the examples that have each of a task's labels.
     *
     * @param mask a mask, or null if all have
     * @param examples size of the batch
     * @param outputs number of the task's labels
     */
    public static double[] labelledPerOutput(INDArray mask, long examples, int outputs) {
        double[] counts = new double[outputs];
        if (mask == null || mask.size(1) == 1) {
            Arrays.fill(counts, labelled(mask, examples));
            return counts;
        }
        return mask.neq(0).castTo(DataType.DOUBLE).sum(0).toDoubleVector();
    }

    /**
     * Sets masked labels to 0; multiplying by the mask would not do, as they may be NaN.
     *
     * @param labels {@code [batch, outputs]}; changed in place
     * @param mask mask of the labels
     * @return the labels
     * @throws IllegalArgumentException if the mask has other numbers than 0 and 1
     */
    public static INDArray clear(INDArray labels, INDArray mask) {
        double[] there = mask.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        int columns = (int) mask.size(1);
        for (int row = 0; row < mask.size(0); row++) {
            for (int column = 0; column < columns; column++) {
                double entry = there[row * columns + column];
                if (entry == 1) {
                    continue;
                }
                if (entry != 0) { // in a graph made by hand, whose batches nobody has looked at
                    throw new IllegalArgumentException(
                            "the mask of labels, row %s, counted from 0: a mask is 1 or 0 and no weight, got %s"
                                    .formatted(row, (float) entry));
                }
                if (columns == 1) {
                    labels.get(NDArrayIndex.point(row), NDArrayIndex.all()).assign(0);
                } else {
                    labels.putScalar(row, column, 0);
                }
            }
        }
        return labels;
    }

    /**
     * Checks the shape of a mask.
     *
     * @param task whose labels they are, for the message
     * @throws IllegalArgumentException if it does not fit the labels
     */
    public static void check(INDArray mask, long examples, long outputs, String task) {
        if (mask.rank() != 2 || mask.size(0) != examples || (mask.size(1) != 1 && mask.size(1) != outputs)) {
            throw new IllegalArgumentException("task '%s': the mask of its labels must be [%s, 1] or [%s, %s], got %s"
                    .formatted(task, examples, examples, outputs, Arrays.toString(mask.shape())));
        }
    }
}
