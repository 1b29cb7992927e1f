package org.mtl4j.metric;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Labels and predictions of one task for some examples, as metrics see them: plain numbers, checked. Immutable.
 *
 * @see MetricAccumulator
 */
public final class ScoredBatch {
    /** So many neighbouring numbers share a line of the cache. */
    static final int TOGETHER = 8;

    /** So many numbers are read at a time, twice as many with the labels; they stay in the cache. */
    private static final int AT_ONCE = 1 << 14;

    private final int examples;
    private final int outputs;
    private final Values labels;
    private final Values predictions;
    /** Null where all labels are there. */
    private final boolean @Nullable [] present;

    /** Null where each is 1. */
    private final double @Nullable [] weights;

    /** The number of the first example, in messages. */
    private final int first;

    private ScoredBatch(
            int first,
            int outputs,
            Values labels,
            Values predictions,
            boolean @Nullable [] present,
            double @Nullable [] weights) {
        this.first = first;
        this.examples = labels.length() / outputs;
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
        Values truth = Values.of(labels, "labels", outputs);
        Values predicted = Values.of(prediction, "prediction", outputs);
        int examples = truth.length() / outputs;
        BatchMatrix.checkSameCount("labels", examples, "prediction", predicted.length() / outputs);
        boolean[] present = mask == null ? null : BatchMatrix.present(mask, examples, outputs, maskPerOutput);
        return new ScoredBatch(
                0, outputs, truth, predicted, present, weights == null ? null : BatchMatrix.weights(weights, examples));
    }

    /**
     * Holds the arrays into which rows are read that nobody keeps: fresh ones for each batch would have to be cleared,
     * and push others out of the cache. For one thread at a time.
     */
    static final class Memory {
        private int[] labels = new int[0];
        private int[] predictions = new int[0];

        /** Gives both arrays this length. */
        private void resize(int length) {
            if (labels.length != length) {
                labels = new int[length];
                predictions = new int[length];
            }
        }
    }

    /**
     * Reads a batch of arrays some rows at a time, so that they stay in the cache.
     *
     * @param first the number of the first row, for messages
     * @param memory where they are read into
     * @param look gets some rows, which are not to be kept: the next are read into the same arrays
     */
    static void forEachRows(
            int outputs,
            boolean maskPerOutput,
            INDArray labels,
            INDArray prediction,
            @Nullable INDArray mask,
            @Nullable INDArray weights,
            int first,
            Memory memory,
            Consumer<ScoredBatch> look) {
        Rows.Floats truth = BatchMatrix.inFloats(labels, "labels", outputs);
        Rows.Floats predicted = BatchMatrix.inFloats(prediction, "prediction", outputs);
        if (truth == null || predicted == null || labels.size(0) != prediction.size(0)) {
            look.accept(of(outputs, maskPerOutput, labels, prediction, mask, weights)
                    .numberedFrom(first));
            return;
        }
        int examples = (int) labels.size(0);
        int rows = Math.min(examples, Math.max(1, AT_ONCE / outputs));
        boolean[] present = mask == null ? null : BatchMatrix.present(mask, examples, outputs, maskPerOutput);
        double[] weight = weights == null ? null : BatchMatrix.weights(weights, examples);
        for (int from = 0; from < examples; from += rows) {
            int to = Math.min(examples, from + rows);
            memory.resize((to - from) * outputs);
            truth.read(from * outputs, memory.labels);
            predicted.read(from * outputs, memory.predictions);
            look.accept(new ScoredBatch(
                    first + from,
                    outputs,
                    new Values(memory.labels, new double[0]),
                    new Values(memory.predictions, new double[0]),
                    present == null ? null : Arrays.copyOfRange(present, from * outputs, to * outputs),
                    weight == null ? null : Arrays.copyOfRange(weight, from, to)));
        }
    }

    /** Numbers row by row; of floats the bits, which need no conversion to be looked at and kept. */
    private static final class Values {
        private final int @Nullable [] bits;
        private final double[] doubles;

        private Values(int @Nullable [] bits, double[] doubles) {
            this.bits = bits;
            this.doubles = doubles;
        }

        static Values of(INDArray array, String what, int columns) {
            boolean narrow = array.dataType() == DataType.FLOAT || array.dataType() == DataType.HALF;
            return narrow
                    ? new Values(BatchMatrix.bits(array, what, columns), new double[0])
                    : new Values(null, BatchMatrix.values(array, what, columns));
        }

        int length() {
            return bits == null ? doubles.length : bits.length;
        }

        double at(int place) {
            return bits == null ? doubles[place] : Float.intBitsToFloat(bits[place]);
        }

        /** Takes every so many numbers from a place on. */
        void take(int from, int step, double[] into, int count) {
            if (bits == null) {
                for (int i = 0, place = from; i < count; i++, place += step) {
                    into[i] = doubles[place];
                }
            } else {
                for (int i = 0, place = from; i < count; i++, place += step) {
                    into[i] = Float.intBitsToFloat(bits[place]);
                }
            }
        }
    }

    /** {@return the same, being a part of a larger batch, whose rows messages count from this number on} */
    public ScoredBatch numberedFrom(int first) {
        return new ScoredBatch(first, outputs, labels, predictions, present, weights);
    }

    /** The bits of the predictions, row by row, where they are floats; not to be changed. */
    int @Nullable [] predictionBits() {
        return predictions.bits;
    }

    /** The bits of the labels, row by row, where they are floats; not to be changed. */
    int @Nullable [] labelBits() {
        return labels.bits;
    }

    /** A label by its place, row by row. */
    double labelAt(int place) {
        return labels.at(place);
    }

    /** A prediction by its place, row by row. */
    double predictionAt(int place) {
        return predictions.at(place);
    }

    /** The number of an example, for messages. */
    int number(int example) {
        return first + example;
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
        return labels.at(place(example, output));
    }

    /** {@return a prediction; NaN and infinite where a network has diverged} */
    public double prediction(int example, int output) {
        return predictions.at(place(example, output));
    }

    /** {@return the weight of an example, finite and at least 0; 1 where examples have no weights} */
    public double weight(int example) {
        return weights == null ? 1 : weights[example];
    }

    /** Looks at what is there of one output. */
    @FunctionalInterface
    interface Column {
        /**
         * Looks at some examples of it.
         *
         * @param labels the first {@code count} of these
         * @param predictions beside each label
         * @param weights beside each label; null where each is 1
         * @param count at least 1, at most {@link BlockSum#BLOCK}
         */
        void look(int output, double[] labels, double[] predictions, double @Nullable [] weights, int count);
    }

    /**
     * Has the labels that are there looked at, output by output, some examples at a time. Neighbouring outputs are read
     * together, as they share the lines of the cache.
     */
    void forEachColumn(Column look) {
        int together = Math.min(TOGETHER, outputs);
        double[][] truth = new double[together][BlockSum.BLOCK];
        double[][] predicted = new double[together][BlockSum.BLOCK];
        double[][] weight = weights == null ? null : new double[together][BlockSum.BLOCK];
        int[] counts = new int[together];
        for (int column = 0; column < outputs; column += together) {
            int columns = Math.min(together, outputs - column);
            for (int from = 0; from < examples; from += BlockSum.BLOCK) {
                int to = Math.min(examples, from + BlockSum.BLOCK);
                Arrays.fill(counts, 0);
                for (int c = 0; c < columns; c++) {
                    counts[c] = gather(column + c, from, to, truth[c], predicted[c], weight == null ? null : weight[c]);
                }
                for (int c = 0; c < columns; c++) {
                    if (counts[c] > 0) {
                        look.look(column + c, truth[c], predicted[c], weight == null ? null : weight[c], counts[c]);
                    }
                }
            }
        }
    }

    private int gather(int output, int from, int to, double[] truth, double[] predicted, double @Nullable [] weight) {
        if (present == null) {
            labels.take(from * outputs + output, outputs, truth, to - from);
            predictions.take(from * outputs + output, outputs, predicted, to - from);
            if (weight != null && weights != null) {
                System.arraycopy(weights, from, weight, 0, to - from);
            }
            return to - from;
        }
        int count = 0;
        for (int example = from, place = from * outputs + output; example < to; example++, place += outputs) {
            if (present[place]) {
                truth[count] = labels.at(place);
                predicted[count] = predictions.at(place);
                if (weight != null && weights != null) {
                    weight[count] = weights[example];
                }
                count++;
            }
        }
        return count;
    }

    /** For each label, row by row, whether it is there; null where all are; not to be changed. */
    boolean @Nullable [] present() {
        return present;
    }

    /** Whether all labels are there. */
    boolean isWhole() {
        return present == null;
    }

    /** Whether each example has the weight 1. */
    boolean hasNoWeights() {
        return weights == null;
    }

    private int place(int example, int output) {
        if (output < 0 || output >= outputs) {
            throw new IndexOutOfBoundsException("output %d of %d".formatted(output, outputs));
        }
        return example * outputs + output;
    }
}
