package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Looks at masks of features: which steps of sequences are there. */
final class StepsMask {
    private final Shape input;
    private final String name;

    /** @param name what messages begin with that are about the input; may be empty */
    StepsMask(Shape input, String name) {
        this.input = input;
        this.name = name;
    }

    /**
     * Looks at a mask, and clears what it leaves out.
     *
     * @param features of the input's shape
     * @param mask {@code [batch, steps]}
     * @return the features themselves if there is nothing but 0 at the steps that are left out
     */
    INDArray checked(INDArray features, INDArray mask, BatchLayout.Rows rows) {
        if (!hasSteps()) {
            throw new IllegalArgumentException(
                    ("%s%sthe features have a mask of the shape %s, and the input %s is no sequence, which alone has"
                                    + " steps that can be left out; a label that is missing wants a mask of the labels")
                            .formatted(rows.place(), name, Arrays.toString(mask.shape()), input));
        }
        long examples = features.size(0);
        if (mask.rank() != 2 || mask.size(0) != examples || mask.size(1) != input.positions()) {
            throw new IllegalArgumentException("%s%sthe mask of the features must be [%s, %s], got %s"
                    .formatted(rows.place(), name, examples, input.positions(), Arrays.toString(mask.shape())));
        }
        double[] there = MatrixValues.of(mask);
        boolean whole = true;
        for (int row = 0; row < examples; row++) {
            whole &= isWhole(there, row, rows);
        }
        return whole ? features : cleared(features, there);
    }

    private boolean hasSteps() {
        return input.match(image -> false, vector -> false, sequence -> true, categories -> false, tokens -> true);
    }

    private boolean isWhole(double[] there, int row, BatchLayout.Rows rows) {
        int steps = there.length == 0 ? 0 : (int) input.positions();
        int count = 0;
        for (int step = 0; step < steps; step++) {
            double entry = there[row * steps + step];
            if (entry != 0 && entry != 1) {
                throw new IllegalArgumentException(
                        ("%s%sthe mask of the features, %s, step %s: a mask is 1 where there is a step and 0 where"
                                        + " there is none, got %s")
                                .formatted(rows.place(), name, rows.ofBatch(row), step, (float) entry));
            }
            count += entry == 1 ? 1 : 0;
        }
        if (count == 0) {
            throw new IllegalArgumentException(
                    ("%s%sthe mask of the features, %s: no step of the example is there, so there is nothing to learn"
                                    + " or to predict from; leave the example out")
                            .formatted(rows.place(), name, rows.ofBatch(row)));
        }
        return count == steps;
    }

    /** Gives the features with 0 where no step is. */
    private INDArray cleared(INDArray features, double[] there) {
        double[] values = MatrixValues.copied(features);
        boolean changed = false;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0 && there[place(i)] == 0) { // true of NaN, too
                values[i] = 0;
                changed = true;
            }
        }
        return changed ? Nd4j.create(values, features.shape(), features.dataType()) : features;
    }

    /** Where in the mask the step of a number is that stands at a place in the features, row by row. */
    private int place(int i) {
        int steps = (int) input.positions();
        int perExample = (int) input.elements();
        return i / perExample * steps + i % steps;
    }
}
