package org.mtl4j.metric;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well real numbers were predicted: mean squared and mean absolute error, per output and over all, in the unit of
 * the labels (squared for the former).
 *
 * @param counts labelled examples per output, at least 1 output
 * @param squaredErrors mean of {@code (prediction - label)^2} per output; NaN for an output without examples
 * @param absoluteErrors mean of {@code |prediction - label|} per output; NaN for an output without examples
 */
public record RegressionScore(
        ImmutableLongArray counts, ImmutableDoubleArray squaredErrors, ImmutableDoubleArray absoluteErrors)
        implements TaskScore {

    /**
     * Checks that the three speak of the same outputs.
     *
     * @throws IllegalArgumentException if there is no output, or the lengths differ
     */
    public RegressionScore {
        Objects.requireNonNull(counts, "counts");
        if (counts.isEmpty()
                || counts.length() != squaredErrors.length()
                || counts.length() != absoluteErrors.length()) {
            throw new IllegalArgumentException("expected as many counts as errors, at least 1, got %d, %d and %d"
                    .formatted(counts.length(), squaredErrors.length(), absoluteErrors.length()));
        }
    }

    /** {@return an empty accumulator for this number of outputs, at least 1} */
    public static Accumulator accumulator(int outputs) {
        return new Accumulator(outputs);
    }

    /** {@return the number of outputs} */
    public int outputs() {
        return counts.length();
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

    /** {@return the mean squared error over all labelled numbers; NaN if there are none} */
    public double squaredError() {
        return overall(squaredErrors);
    }

    /** {@return the mean absolute error over all labelled numbers; NaN if there are none} */
    public double absoluteError() {
        return overall(absoluteErrors);
    }

    private double overall(ImmutableDoubleArray means) {
        ExactSum sum = new ExactSum();
        for (int output = 0; output < outputs(); output++) {
            if (counts.get(output) > 0) {
                sum.add(counts.get(output) * means.get(output));
            }
        }
        return sum.value() / counts.stream().sum();
    }

    /** Says counts and errors per output in one line, or that there are no labels. */
    @Override
    public String toString() {
        return counts.stream().allMatch(count -> count == 0)
                ? "RegressionScore[no labels]"
                : "RegressionScore[counts=%s, squaredErrors=%s, absoluteErrors=%s]"
                        .formatted(counts, squaredErrors, absoluteErrors);
    }

    /** Sums the errors of batches. Not thread-safe. */
    public static final class Accumulator implements ScoreAccumulator {
        private static final long serialVersionUID = 1L;

        private final long[] counts;
        private final ExactSum[] squared;
        private final ExactSum[] absolute;

        private Accumulator(int outputs) {
            Check.atLeast(1, outputs, "RegressionScore: outputs");
            counts = new long[outputs];
            squared = new ExactSum[outputs];
            absolute = new ExactSum[outputs];
            for (int output = 0; output < outputs; output++) {
                squared[output] = new ExactSum();
                absolute[output] = new ExactSum();
            }
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
        @Override
        public Accumulator add(INDArray labels, INDArray prediction, @Nullable INDArray mask) {
            double[][] truth = BatchMatrix.of(labels, "labels", counts.length);
            double[][] predicted = BatchMatrix.of(prediction, "prediction", counts.length);
            BatchMatrix.checkSameCount("labels", truth.length, "prediction", predicted.length);
            boolean[][] present = BatchMatrix.present(mask, truth.length, counts.length);
            for (int row = 0; row < truth.length; row++) {
                for (int output = 0; output < counts.length; output++) {
                    if (present[row][output] && !Double.isFinite(truth[row][output])) {
                        throw new IllegalArgumentException("labels, row %d, output %d: must be finite, got %s"
                                .formatted(row, output, truth[row][output]));
                    }
                }
            }
            for (int row = 0; row < truth.length; row++) {
                for (int output = 0; output < counts.length; output++) {
                    if (present[row][output]) {
                        double error = Math.abs(predicted[row][output] - truth[row][output]);
                        error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
                        counts[output]++;
                        absolute[output].add(error);
                        squared[output].add(error * error);
                    }
                }
            }
            return this;
        }

        /**
         * Adds the sums of another accumulator.
         *
         * @return this
         * @throws IllegalArgumentException if it has another number of outputs
         */
        public Accumulator merge(Accumulator other) {
            if (other.counts.length != counts.length) {
                throw new IllegalArgumentException(
                        "cannot merge %d outputs with %d".formatted(counts.length, other.counts.length));
            }
            for (int output = 0; output < counts.length; output++) {
                counts[output] += other.counts[output];
                squared[output].add(other.squared[output]);
                absolute[output].add(other.absolute[output]);
            }
            return this;
        }

        /** {@return what has been summed so far; more may be added afterwards} */
        @Override
        public RegressionScore result() {
            return new RegressionScore(ImmutableLongArray.copyOf(counts), means(squared), means(absolute));
        }

        private ImmutableDoubleArray means(ExactSum[] sums) {
            ImmutableDoubleArray.Builder means = ImmutableDoubleArray.builder(sums.length);
            for (int output = 0; output < sums.length; output++) {
                means.add(sums[output].value() / counts[output]);
            }
            return means.build();
        }
    }
}
