package org.mtl4j.metric;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.sum.ExactSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well independent yes/no labels were predicted: a {@link ClassificationScore} with the classes "no" and "yes" for
 * each label.
 *
 * @param labelNames names of the labels, at least 1, in the order of the label columns
 * @param labels one score per label, in that order
 */
public record MultiLabelScore(List<String> labelNames, List<ClassificationScore> labels) implements TaskScore {

    private static final ImmutableList<String> NO_YES = ImmutableList.of("no", "yes");

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if there is no label, the number of scores is not that of the names, or a score
     *     has other classes than "no" and "yes"
     */
    public MultiLabelScore {
        labelNames = ImmutableList.copyOf(labelNames);
        labels = ImmutableList.copyOf(labels);
        if (labelNames.isEmpty() || labelNames.size() != labels.size()) {
            throw new IllegalArgumentException(
                    "expected one score for each of the labels %s, got %d".formatted(labelNames, labels.size()));
        }
        for (ClassificationScore score : labels) {
            if (!score.classNames().equals(NO_YES)) {
                throw new IllegalArgumentException(
                        "expected scores with the classes %s, got %s".formatted(NO_YES, score.classNames()));
            }
        }
    }

    /** {@return an empty accumulator for these labels, at least 1, in the order of the label columns} */
    public static Accumulator accumulator(List<String> labelNames) {
        return new Accumulator(labelNames);
    }

    /** {@return the score of one label} */
    public ClassificationScore label(int index) {
        return labels.get(index);
    }

    /** {@return the mean of the labels' accuracies, over the labels that have examples; NaN if none has} */
    public double accuracy() {
        return mean(ClassificationScore::accuracy);
    }

    /** {@return the mean of the labels' majority baselines, over the labels that have examples; NaN if none has} */
    public double majorityBaseline() {
        return mean(ClassificationScore::majorityBaseline);
    }

    /** {@return the mean F1 of "yes" over the labels with a yes among labels or predictions; NaN if there is none} */
    public double macroF1() {
        return meanWhereKnown(score -> score.f1(1));
    }

    /**
     * {@return F1 of "yes" of all labels' hits and misses together; NaN without any yes among labels or predictions}
     */
    public double microF1() {
        double hits = 0;
        double all = 0;
        for (ClassificationScore score : labels) {
            hits += score.weight(1, 1);
            all += score.weight(1) + score.weightPredicted(1);
        }
        return 2 * hits / all;
    }

    /** {@return the macro F1 of always predicting "yes"; NaN if no label has a yes} */
    public double macroF1Baseline() {
        return meanWhereKnown(score -> {
            double share = score.weight(1) / score.weight();
            return share > 0 ? 2 * share / (1 + share) : Double.NaN;
        });
    }

    /** {@return the micro F1 of always predicting "yes"; NaN if no label has a yes} */
    public double microF1Baseline() {
        double yes = 0;
        double all = 0;
        for (ClassificationScore score : labels) {
            yes += score.weight(1);
            all += score.weight();
        }
        return yes > 0 ? 2 * yes / (yes + all) : Double.NaN;
    }

    /** {@return the mean balanced accuracy of always giving one answer; NaN if no label has examples} */
    public double balancedAccuracyBaseline() {
        return mean(ClassificationScore::balancedAccuracyBaseline);
    }

    /** {@return the mean of the labels' balanced accuracies, over the labels that have examples; NaN if none has} */
    public double balancedAccuracy() {
        return mean(ClassificationScore::balancedAccuracy);
    }

    /** {@return the mean area under the receiver operating characteristic, over the labels with both answers} */
    public double rocAuc() {
        return meanWhereKnown(ClassificationScore::rocAuc);
    }

    /** {@return the mean area under the precision-recall curve, over the labels with a yes; NaN if none has} */
    public double averagePrecision() {
        return meanWhereKnown(ClassificationScore::averagePrecision);
    }

    /** {@return what {@link #averagePrecision()} is, if probabilities say nothing} */
    public double averagePrecisionBaseline() {
        return meanWhereKnown(score -> score.weight(1) > 0 ? score.averagePrecisionBaseline() : Double.NaN);
    }

    /** {@return the mean of the labels' log losses in nats, over the labels that have examples; NaN if none has} */
    public double logLoss() {
        return mean(ClassificationScore::logLoss);
    }

    /** {@return the mean log loss of always predicting the labels' frequencies} */
    public double logLossBaseline() {
        return mean(ClassificationScore::logLossBaseline);
    }

    /** {@return the mean of the labels' calibration errors, over the labels that have examples; NaN if none has} */
    public double calibrationError() {
        return mean(ClassificationScore::calibrationError);
    }

    private double mean(ToDoubleFunction<ClassificationScore> measure) {
        return mean(labels.stream().filter(score -> score.count() > 0).mapToDouble(measure));
    }

    private double meanWhereKnown(ToDoubleFunction<ClassificationScore> measure) {
        return mean(labels.stream().mapToDouble(measure).filter(value -> !Double.isNaN(value)));
    }

    private static double mean(DoubleStream values) {
        double[] array = values.toArray();
        return ExactSum.of(array) / array.length;
    }

    /**
     * Counts the examples of batches, and keeps their answers and probabilities, 4 bytes for each label of an example.
     * Not thread-safe.
     */
    public static final class Accumulator implements ScoreAccumulator {
        private static final long serialVersionUID = 2L;

        private static final int ONE = Float.floatToRawIntBits(1);
        private static final int HALF = Float.floatToRawIntBits(0.5f);

        /** Is no key: those have no sign. */
        private static final int ABSENT = -1;

        /** About so many counters are kept beside each other: those of several rows, to be counted in vectors. */
        private static final int COUNTERS = 128;

        private final ImmutableList<String> labelNames;
        /** The examples that have weights, or other numbers. */
        private final ImmutableList<ClassificationScore.Accumulator> labels;
        /**
         * Keys of all other examples, and {@value #ABSENT} where a label is missing; measures are computed when they
         * are asked for.
         */
        private final RowBlocks kept;

        /** By label how often it is there in what is kept. */
        private final long[] there;

        private final long[] labelled;
        private final long[] predicted;
        private final long[] both;

        private Accumulator(List<String> labelNames) {
            this.labelNames = ImmutableList.copyOf(labelNames);
            if (this.labelNames.isEmpty()) {
                throw new IllegalArgumentException("at least 1 label is needed");
            }
            labels = this.labelNames.stream()
                    .map(name -> ClassificationScore.accumulator(NO_YES))
                    .collect(ImmutableList.toImmutableList());
            int width = labels.size();
            kept = new RowBlocks(width);
            there = new long[width];
            labelled = new long[width];
            predicted = new long[width];
            both = new long[width];
        }

        /**
         * Adds a batch.
         *
         * @param labels {@code [examples, labels]}, 0 or 1 where present
         * @param prediction {@code [examples, labels]}, probabilities; "yes" from 0.5 on. What is not finite counts as
         *     wrong
         * @param mask {@code [examples, 1]} or {@code [examples, labels]}, 0 where labels are missing and left out;
         *     null for none
         * @return this
         * @throws IllegalArgumentException if shapes or counts do not fit, or a label is neither 0 nor 1; the message
         *     names the row. Nothing has been added then
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
            add(ScoredBatch.of(labelNames.size(), true, labels, prediction, mask, weights));
            return this;
        }

        @Override
        public void add(ScoredBatch batch) {
            requireZeroOrOne(batch);
            int[] answers = batch.labelBits();
            int[] probabilities = batch.predictionBits();
            if (answers == null
                    || probabilities == null
                    || !batch.hasNoWeights()
                    || !keep(answers, probabilities, batch.present())) {
                batch.forEachColumn((label, yes, probability, weights, count) ->
                        labels.get(label).addYesOrNo(yes, probability, weights, count));
            }
        }

        /** Keeps examples of the weight 1, unless a probability is none, or a label is -0. */
        private boolean keep(int[] answers, int[] probabilities, boolean @Nullable [] present) {
            if (present == null
                    ? outOfRange(answers, probabilities) > 0
                    : anyOutOfRange(answers, probabilities, present)) {
                return false;
            }
            int[] keys = new int[answers.length];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = Ranking.key(probabilities[i], answers[i] >>> 29); // which is 1 of the number 1, 0 of 0
            }
            for (int i = 0; present != null && i < keys.length; i++) {
                keys[i] = present[i] ? keys[i] : ABSENT;
            }
            count(keys);
            kept.add(keys, 0, keys.length / labels.size());
            return true;
        }

        /** Counts those that cannot be kept; the compiler adds up in vectors. */
        private static int outOfRange(int[] answers, int[] probabilities) {
            int wrong = 0;
            for (int i = 0; i < answers.length; i++) {
                wrong += outOfRange(answers[i], probabilities[i]);
            }
            return wrong;
        }

        /** The same of those that are there. */
        private static boolean anyOutOfRange(int[] answers, int[] probabilities, boolean[] present) {
            int wrong = 0;
            for (int i = 0; i < answers.length; i++) {
                wrong |= present[i] ? outOfRange(answers[i], probabilities[i]) : 0;
            }
            return wrong > 0;
        }

        /** 1 where the bits are not those of a probability and an answer, and else 0. */
        private static int outOfRange(int answer, int probability) {
            return (probability | ONE - probability | answer) >>> Integer.SIZE - 1;
        }

        private void count(int[] keys) {
            int width = labels.size();
            int together = width * Math.max(1, COUNTERS / width);
            int[] some = new int[together];
            int[][] counters = new int[4][together];
            for (int from = 0; from < keys.length; from += together) {
                int count = Math.min(together, keys.length - from);
                System.arraycopy(keys, from, some, 0, count);
                count(some, counters[0], counters[1], counters[2], counters[3], count);
            }
            for (int i = 0; i < together; i++) {
                there[i % width] += counters[0][i];
                labelled[i % width] += counters[1][i];
                predicted[i % width] += counters[2][i];
                both[i % width] += counters[3][i];
            }
        }

        private static void count(int[] keys, int[] there, int[] yes, int[] decided, int[] right, int count) {
            for (int i = 0; i < count; i++) {
                int present = ~keys[i] >>> Integer.SIZE - 1;
                int answer = keys[i] & present;
                int decision = HALF - 1 - (keys[i] >>> 1) >>> Integer.SIZE - 1 & present; // 1 from a half on
                there[i] += present;
                yes[i] += answer;
                decided[i] += decision;
                right[i] += answer & decision;
            }
        }

        /** The keys of a label of the examples that have it. */
        private static int[] keys(RowBlocks kept, int label, long count) {
            int[] keys = kept.column(label);
            if (count == keys.length) {
                return keys;
            }
            int found = 0;
            for (int key : keys) {
                keys[found] = key;
                found += key == ABSENT ? 0 : 1;
            }
            return Arrays.copyOf(keys, found);
        }

        int outputs() {
            return labelNames.size();
        }

        private void requireZeroOrOne(ScoredBatch batch) {
            boolean right = batch.isWhole() && areZeroOrOne(batch.labelBits());
            for (int row = 0; !right && row < batch.examples(); row++) {
                for (int label = 0; label < labelNames.size(); label++) {
                    double value = batch.label(row, label);
                    if (batch.isPresent(row, label) && value != 0 && value != 1) {
                        String hint = value > 0 && value < 1 ? "; soft labels have losses, but no score" : "";
                        throw new IllegalArgumentException("labels, row %d: '%s' must be 0 or 1, got %s%s"
                                .formatted(batch.number(row), labelNames.get(label), value, hint));
                    }
                }
            }
        }

        /** Tells whether all numbers are 0 or 1, none of them -0; false if that is not quickly seen. */
        private static boolean areZeroOrOne(int @Nullable [] labels) {
            if (labels == null) {
                return false;
            }
            int wrong = 0;
            for (int bits : labels) {
                wrong |= bits ^ (ONE & -(bits >>> 29)); // which is 1 of the number 1, 0 of 0
            }
            return wrong == 0;
        }

        /**
         * Adds the examples that another accumulator has counted.
         *
         * @return this
         * @throws IllegalArgumentException if it has other labels
         */
        public Accumulator merge(Accumulator other) {
            if (!other.labelNames.equals(labelNames)) {
                throw new IllegalArgumentException(
                        "cannot merge labels %s with %s".formatted(labelNames, other.labelNames));
            }
            for (int label = 0; label < labels.size(); label++) {
                labels.get(label).merge(other.labels.get(label));
                there[label] += other.there[label];
                labelled[label] += other.labelled[label];
                predicted[label] += other.predicted[label];
                both[label] += other.both[label];
            }
            kept.add(other.kept);
            return this;
        }

        /** {@return what has been counted so far; more may be added afterwards} */
        @Override
        public MultiLabelScore result() {
            int width = labels.size();
            RowBlocks rows = kept.now();
            long[] counts = there.clone();
            long numbers = rows.rows() * width;
            List<ProbabilityMeasures> now =
                    labels.stream().map(label -> label.probabilities().now()).toList();
            // of all labels at once, on all threads
            Supplier<List<List<RankingScore>>> rankings = Suppliers.memoize(() ->
                    EachOutput.of(width, numbers, label -> now.get(label).rankings(keys(rows, label, counts[label]))));
            Supplier<List<ProbabilityMeasures.Losses>> losses = Suppliers.memoize(() -> EachOutput.of(
                    width, numbers, label -> now.get(label).losses(keys(rows, label, counts[label]), null)));
            return new MultiLabelScore(
                    labelNames,
                    IntStream.range(0, width)
                            .mapToObj(label -> labels.get(label)
                                    .result(
                                            counts(label),
                                            new DeferredList<>(
                                                    2, () -> rankings.get().get(label)),
                                            () -> losses.get().get(label)))
                            .toList());
        }

        /** Those of the examples that are kept, as a confusion matrix has them. */
        private long[] counts(int label) {
            long examples = there[label];
            long yes = labelled[label];
            long decided = predicted[label];
            long right = both[label];
            return new long[] {examples - yes - decided + right, decided - right, 0, yes - right, right, 0};
        }
    }

    /** Says mean accuracy and baseline in one line, or that no label has examples. */
    @Override
    public String toString() {
        if (labels.stream().allMatch(score -> score.count() == 0)) {
            return "MultiLabelScore[no labels]";
        }
        return String.format(
                Locale.ROOT,
                "MultiLabelScore[%d labels, mean accuracy %.2f %%, majority %.2f %%]",
                labels.size(),
                100 * accuracy(),
                100 * majorityBaseline());
    }
}
