package org.mtl4j.metric;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
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
        squaredErrors = ImmutableDoubleArray.copyOf(squaredErrors).asList();
        absoluteErrors = ImmutableDoubleArray.copyOf(absoluteErrors).asList();
        squaredErrorBaselines =
                ImmutableDoubleArray.copyOf(squaredErrorBaselines).asList();
        absoluteErrorBaselines =
                ImmutableDoubleArray.copyOf(absoluteErrorBaselines).asList();
        residualVariances = ImmutableDoubleArray.copyOf(residualVariances).asList();
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
        private static final long serialVersionUID = 1L;

        private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

        private final Output[] outputs;

        private Accumulator(int outputs) {
            Check.atLeast(1, outputs, "RegressionScore: outputs");
            this.outputs = new Output[outputs];
            Arrays.setAll(this.outputs, output -> new Output());
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
            BlockSum adder = new BlockSum();
            boolean floats = batch.areFloats();
            batch.forEachColumn((output, labels, predictions, weights, count) -> {
                if (weights == null) {
                    outputs[output].add(labels, predictions, count, floats, adder);
                } else {
                    outputs[output].add(labels, predictions, weights, count);
                }
            });
        }

        int outputs() {
            return outputs.length;
        }

        /** Tells whether all numbers are finite; false if that is not quickly seen. */
        private static boolean areFinite(float @Nullable [] labels) {
            if (labels == null) {
                return false;
            }
            int below = -1;
            for (float label : labels) {
                int size = Float.floatToRawIntBits(label) & Integer.MAX_VALUE;
                below &= size - INFINITE; // is negative of finite numbers
            }
            return below < 0;
        }

        private void requireFinite(ScoredBatch batch) {
            boolean finite = batch.isWhole() && areFinite(batch.floatLabels());
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
            for (int output = 0; output < outputs.length; output++) {
                outputs[output].add(other.outputs[output]);
            }
            return this;
        }

        /** {@return what has been summed so far; more may be added afterwards} */
        @Override
        public RegressionScore result() {
            long numbers = Arrays.stream(outputs).mapToLong(Output::count).sum();
            List<Figures> figures = EachOutput.of(outputs.length, numbers, output -> outputs[output].figures());
            return new RegressionScore(
                    Arrays.stream(outputs).map(Output::count).toList(),
                    each(figures, Figures::weight),
                    each(figures, Figures::squaredError),
                    each(figures, Figures::absoluteError),
                    each(figures, Figures::squaredErrorBaseline),
                    each(figures, Figures::absoluteErrorBaseline),
                    each(figures, Figures::residualVariance));
        }

        private static List<Double> each(List<Figures> figures, ToDoubleFunction<Figures> which) {
            return figures.stream().mapToDouble(which).boxed().toList();
        }
    }

    /** What is known of one output. */
    private record Figures(
            double weight,
            double squaredError,
            double absoluteError,
            double squaredErrorBaseline,
            double absoluteErrorBaseline,
            double residualVariance) {}

    /** What is collected of one output. */
    private static final class Output implements Serializable {
        private static final long serialVersionUID = 1L;

        private long count;
        private final ExactSum absolute = new ExactSum();
        private final Moments residuals = new Moments();
        private final Moments labelMoments = new Moments();
        private final Numbers labels = new Numbers();

        void add(double label, double prediction, double weight) {
            count++;
            if (weight == 0) {
                return;
            }
            double error = prediction - label;
            double size = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.abs(error);
            absolute.add(weight * size);
            residuals.add(Double.isNaN(error) ? size : error, weight);
            labelMoments.add(label, weight);
            labels.add(label, weight);
        }

        void add(double[] label, double[] prediction, double[] weight, int examples) {
            for (int i = 0; i < examples; i++) {
                add(label[i], prediction[i], weight[i]);
            }
        }

        /**
         * Adds examples of the weight 1; the same to the bit as one after the other.
         *
         * @param floats whether all are known to be
         */
        void add(double[] label, double[] prediction, int examples, boolean floats, BlockSum adder) {
            double[] error = new double[examples];
            for (int i = 0; i < examples; i++) {
                error[i] = prediction[i] - label[i];
            }
            if (!floats || !residuals.addDifferences(error, examples, adder, absolute)) {
                for (int i = 0; i < examples; i++) {
                    add(label[i], prediction[i], 1);
                }
                return;
            }
            count += examples;
            labelMoments.addFloats(label, examples, adder);
            labels.add(label, examples, true);
        }

        void add(Output other) {
            count += other.count;
            absolute.add(other.absolute);
            residuals.add(other.residuals);
            labelMoments.add(other.labelMoments);
            labels.add(other.labels);
        }

        long count() {
            return count;
        }

        Figures figures() {
            double weight = labelMoments.weight();
            return new Figures(
                    weight,
                    residuals.squares() / weight,
                    absolute.value() / weight,
                    labelMoments.variance(),
                    labels.meanDistance(labels.median()),
                    residuals.variance());
        }
    }
}
