package org.mtl4j.metric;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;
import org.mtl4j.internal.sum.Moments;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well real numbers were predicted: mean squared and mean absolute error, per output and over all, in the unit of
 * the labels (squared for the former), and the share of their variance that the predictions explain. Each stands beside
 * what always predicting one number comes to.
 *
 * <p>Where examples have weights, all measures are weighted; the counts are of examples. All arrays have one entry per
 * output, NaN for an output without examples.
 *
 * <p>What takes long is computed when it is first asked for, once, whichever thread asks: medians of the labels. Until
 * they have been, a score of an accumulator refers to the labels, 4 bytes each; to send or to compare it computes all.
 *
 * @param counts labelled examples per output, at least 1 output
 * @param weights their weight; equal to the counts where examples have no weights
 * @param squaredErrors mean of {@code (prediction - label)^2}
 * @param absoluteErrors mean of {@code |prediction - label|}
 * @param squaredErrorBaselines the squared error of always predicting the labels' mean: their variance
 * @param absoluteErrorBaselines the absolute error of always predicting the labels' median
 * @param residualVariances variance of {@code prediction - label}
 */
public record RegressionScore(
        List<Long> counts,
        List<Double> weights,
        List<Double> squaredErrors,
        List<Double> absoluteErrors,
        List<Double> squaredErrorBaselines,
        List<Double> absoluteErrorBaselines,
        List<Double> residualVariances)
        implements TaskScore {

    /**
     * Checks that all speak of the same outputs.
     *
     * @throws IllegalArgumentException if there is no output, or the lengths differ
     */
    public RegressionScore {
        counts = ImmutableLongArray.copyOf(counts).asList();
        weights = ImmutableDoubleArray.copyOf(weights).asList();
        squaredErrors = copy(squaredErrors);
        absoluteErrors = copy(absoluteErrors);
        squaredErrorBaselines = copy(squaredErrorBaselines);
        absoluteErrorBaselines = copy(absoluteErrorBaselines);
        residualVariances = copy(residualVariances);
        int[] lengths = {
            counts.size(),
            weights.size(),
            squaredErrors.size(),
            absoluteErrors.size(),
            squaredErrorBaselines.size(),
            absoluteErrorBaselines.size(),
            residualVariances.size()
        };
        if (counts.isEmpty() || Arrays.stream(lengths).distinct().count() > 1) {
            throw new IllegalArgumentException(
                    "expected one entry per output everywhere, at least 1, got " + Arrays.toString(lengths));
        }
    }

    private static List<Double> copy(List<Double> numbers) {
        return numbers instanceof DeferredList<Double> deferred
                ? deferred
                : ImmutableDoubleArray.copyOf(numbers).asList();
    }

    /** {@return an empty accumulator for this number of outputs, at least 1} */
    public static Accumulator accumulator(int outputs) {
        return new Accumulator(outputs);
    }

    /** {@return the number of outputs} */
    public int outputs() {
        return counts.size();
    }

    /** {@return the number of labelled examples of an output} */
    public long count(int output) {
        return counts.get(output);
    }

    /** {@return the mean squared error of an output; NaN if it has no examples} */
    public double squaredError(int output) {
        return squaredErrors.get(output);
    }

    /** {@return the mean absolute error of an output; NaN if it has no examples} */
    public double absoluteError(int output) {
        return absoluteErrors.get(output);
    }

    /**
     * {@return R², the share of the labels' variance that the predictions explain: {@code 1 - squared error /
     * variance}} 1 is perfect, 0 what the labels' mean comes to, and less is possible. NaN for fewer than two examples,
     * and where all labels are equal.
     */
    public double r2(int output) {
        return share(squaredErrors.get(output), output);
    }

    /**
     * {@return the explained variance: {@code 1 - variance of (prediction - label) / variance of labels}} As
     * {@link #r2(int)}, but an error that is the same for all examples does not count.
     */
    public double explainedVariance(int output) {
        return share(residualVariances.get(output), output);
    }

    private double share(double left, int output) {
        double variance = squaredErrorBaselines.get(output);
        return variance > 0 ? 1 - left / variance : Double.NaN;
    }

    /** {@return the mean squared error over all labelled numbers; NaN if there are none} */
    public double squaredError() {
        return overall(squaredErrors);
    }

    /** {@return the root of the mean squared error over all labelled numbers; NaN if there are none} */
    public double rootSquaredError() {
        return Math.sqrt(squaredError());
    }

    /** {@return the mean absolute error over all labelled numbers; NaN if there are none} */
    public double absoluteError() {
        return overall(absoluteErrors);
    }

    /** {@return the mean squared error over all labelled numbers of always predicting each output's mean} */
    public double squaredErrorBaseline() {
        return overall(squaredErrorBaselines);
    }

    /** {@return the mean absolute error over all labelled numbers of always predicting each output's median} */
    public double absoluteErrorBaseline() {
        return overall(absoluteErrorBaselines);
    }

    /** {@return the mean of {@link #r2(int)} over the outputs for which it is a number; NaN if it is for none} */
    public double r2() {
        return meanWhereKnown(this::r2);
    }

    /** {@return the mean of {@link #explainedVariance(int)} over the outputs for which it is a number} */
    public double explainedVariance() {
        return meanWhereKnown(this::explainedVariance);
    }

    private double meanWhereKnown(IntToDoubleFunction measure) {
        double[] known = IntStream.range(0, outputs())
                .mapToDouble(measure)
                .filter(value -> !Double.isNaN(value))
                .toArray();
        return ExactSum.of(known) / known.length;
    }

    private double overall(List<Double> means) {
        ExactSum sum = new ExactSum();
        for (int output = 0; output < outputs(); output++) {
            if (weights.get(output) > 0) {
                sum.add(weights.get(output) * means.get(output));
            }
        }
        return sum.value() / ExactSum.of(Doubles.toArray(weights));
    }

    /** Says errors beside those of always predicting one number, in one line, or that there are no labels. */
    @Override
    public String toString() {
        long examples = Collections.max(counts);
        return examples == 0
                ? "RegressionScore[no labels]"
                : String.format(
                        Locale.ROOT,
                        "RegressionScore[%d examples, squared error %.5g (always the mean %.5g), absolute error %.5g"
                                + " (always the median %.5g)]",
                        examples,
                        squaredError(),
                        squaredErrorBaseline(),
                        absoluteError(),
                        absoluteErrorBaseline());
    }

    /** Sums the errors of batches, and keeps their labels, 4 bytes each, for the median. Not thread-safe. */
    public static final class Accumulator implements ScoreAccumulator {
        private static final long serialVersionUID = 3L;

        private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

        private final Output[] outputs;
        /** The labels of examples without weights that are floats, bits of these: NaN where one is missing. */
        private final RowBlocks keptLabels;
        /** Has a part of what was added last; null if there is none. */
        private transient @Nullable ErrorSums sums;

        private Accumulator(int outputs) {
            Check.atLeast(1, outputs, "RegressionScore: outputs");
            this.outputs = new Output[outputs];
            Arrays.setAll(this.outputs, output -> new Output());
            keptLabels = new RowBlocks(outputs);
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            finishSums();
            out.defaultWriteObject();
        }

        /**
         * Adds a batch.
         *
         * @param labels {@code [examples, outputs]}, finite where present
         * @param prediction {@code [examples, outputs]}; NaN and infinities give an infinite error
         * @param mask {@code [examples, 1]} or {@code [examples, outputs]}, 0 where labels are missing and left out;
         *     null for none
         * @return this
         * @throws IllegalArgumentException if shapes or counts do not fit, or a label is not finite; the message names
         *     the row. Nothing has been added then
         */
        public Accumulator add(INDArray labels, INDArray prediction, @Nullable INDArray mask) {
            return add(labels, prediction, mask, null);
        }

        /**
         * Adds a batch of examples that have weights.
         *
         * @param weights {@code [examples, 1]}, finite and at least 0; null for 1 each
         * @return this
         * @throws IllegalArgumentException as without weights, and if a weight is out of its range
         */
        @Override
        public Accumulator add(
                INDArray labels, INDArray prediction, @Nullable INDArray mask, @Nullable INDArray weights) {
            add(ScoredBatch.of(outputs.length, true, labels, prediction, mask, weights));
            return this;
        }

        @Override
        public void add(ScoredBatch batch) {
            requireFinite(batch);
            int[] ofLabels = batch.labelBits();
            int[] ofPredictions = batch.predictionBits();
            if (ofLabels == null || ofPredictions == null || !batch.hasNoWeights()) {
                batch.forEachColumn((output, labels, predictions, weights, count) ->
                        outputs[output].add(labels, predictions, weights, count));
                return;
            }
            if (sums == null) {
                sums = new ErrorSums(List.of(outputs));
            }
            boolean[] present = batch.present();
            if (present == null) {
                sums.add(ofLabels, ofPredictions, batch.examples());
                keptLabels.add(ofLabels, 0, batch.examples());
            } else {
                sums.add(where(present, ofLabels, 0), where(present, ofPredictions, 0), batch.examples());
                leaveOut(present);
                keptLabels.add(where(present, ofLabels, Output.MISSING), 0, batch.examples());
            }
        }

        /** The numbers whose labels are there, and another one in place of all others. */
        private static int[] where(boolean[] present, int[] numbers, int other) {
            int[] found = new int[numbers.length];
            for (int i = 0; i < found.length; i++) {
                found[i] = present[i] ? numbers[i] : other;
            }
            return found;
        }

        private void leaveOut(boolean[] present) {
            int[] missing = new int[outputs.length];
            for (int from = 0; from < present.length; from += outputs.length) {
                for (int output = 0; output < outputs.length; output++) {
                    missing[output] += present[from + output] ? 0 : 1;
                }
            }
            for (int output = 0; output < outputs.length; output++) {
                outputs[output].leaveOutZeros(missing[output]);
            }
        }

        private void finishSums() {
            if (sums != null) {
                sums.finish();
            }
        }

        int outputs() {
            return outputs.length;
        }

        /** Tells whether all numbers are finite; false if that is not quickly seen. */
        private static boolean areFinite(int @Nullable [] labels) {
            if (labels == null) {
                return false;
            }
            int finite = 0;
            for (int bits : labels) {
                finite += (bits & Integer.MAX_VALUE) - INFINITE >>> Integer.SIZE - 1; // 1 of a finite number
            }
            return finite == labels.length;
        }

        private void requireFinite(ScoredBatch batch) {
            boolean finite = batch.isWhole() && areFinite(batch.labelBits());
            for (int row = 0; !finite && row < batch.examples(); row++) {
                for (int output = 0; output < outputs.length; output++) {
                    if (batch.isPresent(row, output) && !Double.isFinite(batch.label(row, output))) {
                        throw new IllegalArgumentException("labels, row %d, output %d: must be finite, got %s"
                                .formatted(batch.number(row), output, batch.label(row, output)));
                    }
                }
            }
        }

        /**
         * Adds the sums of another accumulator.
         *
         * @return this
         * @throws IllegalArgumentException if it has another number of outputs
         */
        public Accumulator merge(Accumulator other) {
            if (other.outputs.length != outputs.length) {
                throw new IllegalArgumentException(
                        "cannot merge %d outputs with %d".formatted(outputs.length, other.outputs.length));
            }
            finishSums();
            other.finishSums();
            for (int output = 0; output < outputs.length; output++) {
                outputs[output].add(other.outputs[output]);
            }
            keptLabels.add(other.keptLabels);
            return this;
        }

        /** {@return what has been summed so far; more may be added afterwards} */
        @Override
        public RegressionScore result() {
            finishSums();
            int size = outputs.length;
            RowBlocks labels = keptLabels.now();
            List<Output> now = Arrays.stream(outputs).map(Output::now).toList();
            long numbers = Arrays.stream(outputs).mapToLong(Output::count).sum();
            return new RegressionScore(
                    now.stream().map(Output::count).toList(),
                    now.stream().map(Output::weight).toList(),
                    each(now, Output::squaredError),
                    each(now, Output::absoluteError),
                    each(now, Output::variance),
                    new DeferredList<>(
                            size,
                            () -> EachOutput.of(
                                    size, numbers, output -> now.get(output).meanDistance(labels, output))),
                    each(now, Output::residualVariance));
        }

        /** By one thread at a time: exact sums carry when they are read. */
        private static List<Double> each(List<Output> sums, ToDoubleFunction<Output> measure) {
            return new DeferredList<>(sums.size(), () -> {
                synchronized (sums) {
                    return sums.stream().mapToDouble(measure).boxed().toList();
                }
            });
        }
    }

    /** What is collected of one output. */
    static final class Output implements Serializable {
        private static final long serialVersionUID = 2L;

        /** Bits of NaN, which no label is that is there. */
        static final int MISSING = Float.floatToRawIntBits(Float.NaN);

        private long count;
        private final ExactSum absolute = new ExactSum();
        private final Moments residuals = new Moments();
        private final Moments labelMoments = new Moments();
        private final Numbers labels = new Numbers();

        void add(double[] label, double[] prediction, double @Nullable [] weight, int examples) {
            for (int i = 0; i < examples; i++) {
                add(label[i], prediction[i], weight == null ? 1 : weight[i]);
            }
        }

        private void add(double label, double prediction, double weight) {
            count++;
            if (weight == 0) {
                return;
            }
            addError(prediction - label, weight);
            labelMoments.add(label, weight);
            labels.add(label, weight);
        }

        private void addError(double error, double weight) {
            double size = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.abs(error);
            absolute.add(weight * size);
            residuals.add(Double.isNaN(error) ? size : error, weight);
        }

        /** The labels that are there. */
        private static int[] labelled(int[] labels) {
            int[] labelled = new int[labels.length];
            int count = 0;
            for (int label : labels) {
                labelled[count] = label;
                count += label == MISSING ? 0 : 1;
            }
            return count == labels.length ? labels : Arrays.copyOf(labelled, count);
        }

        private void addErrors(int[] ofLabels, int[] ofPredictions, BlockSum adder) {
            double[] error = new double[Math.min(ofLabels.length, BlockSum.BLOCK)];
            for (int from = 0; from < ofLabels.length; from += BlockSum.BLOCK) {
                int some = Math.min(ofLabels.length - from, BlockSum.BLOCK);
                for (int i = 0; i < some; i++) {
                    error[i] = (double) Float.intBitsToFloat(ofPredictions[from + i])
                            - Float.intBitsToFloat(ofLabels[from + i]);
                }
                if (!residuals.addDifferences(error, some, adder, absolute)) {
                    for (int i = 0; i < some; i++) {
                        addError(error[i], 1);
                    }
                }
            }
        }

        private void addMoments(int[] ofLabels, BlockSum adder) {
            double[] some = new double[Math.min(ofLabels.length, BlockSum.BLOCK)];
            for (int from = 0; from < ofLabels.length; from += BlockSum.BLOCK) {
                int size = Math.min(ofLabels.length - from, BlockSum.BLOCK);
                for (int i = 0; i < size; i++) {
                    some[i] = Float.intBitsToFloat(ofLabels[from + i]);
                }
                labelMoments.addFloats(some, size, adder);
            }
        }

        void add(Output other) {
            count += other.count;
            absolute.add(other.absolute);
            residuals.add(other.residuals);
            labelMoments.add(other.labelMoments);
            labels.add(other.labels);
        }

        /** What has been collected as it is now. */
        Output now() {
            Output now = new Output();
            now.add(this);
            return now;
        }

        long count() {
            return count;
        }

        /** The weight of all examples. */
        double weight() {
            return labelMoments.weight();
        }

        /** Adds to the sums examples of the weight 1 by the bits of their floats. */
        void addSums(int[] ofLabels, int[] ofPredictions, BlockSum adder) {
            count += ofLabels.length;
            addErrors(ofLabels, ofPredictions, adder);
            addMoments(ofLabels, adder);
        }

        /** Takes away so many examples of the weight 1 whose labels and predictions were 0: they are missing. */
        void leaveOutZeros(long examples) {
            count -= examples;
            residuals.addZeros(-examples);
            labelMoments.addZeros(-examples);
        }

        /** Adds to the sums a column of so many examples of the weight 1. */
        void addSums(ColumnSums sums, int column, int examples) {
            count += examples;
            sums.addErrorsTo(residuals, absolute, column, examples);
            sums.addLabelsTo(labelMoments, column, examples);
        }

        double squaredError() {
            return residuals.squares() / weight();
        }

        double absoluteError() {
            return absolute.value() / weight();
        }

        double residualVariance() {
            return residuals.variance();
        }

        /** The variance of the labels. */
        double variance() {
            return labelMoments.variance();
        }

        /** The mean distance of the labels from their median, of these, too. */
        double meanDistance(RowBlocks keptLabels, int column) {
            Output all = new Output();
            all.labels.add(labels);
            all.labels.addFloats(labelled(keptLabels.column(column)));
            return all.labels.meanDistance(all.labels.median());
        }
    }
}
