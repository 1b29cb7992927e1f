package org.mtl4j.metric;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well one class of several was predicted: by the confusion matrix (accuracy, recall, precision, F1), by the order
 * of the probabilities (areas under curves), and by the probabilities themselves (log loss, calibration). Each measure
 * stands beside what a prediction comes to that knows nothing but how frequent the classes are.
 *
 * <p>Where examples have weights, all measures are weighted; {@link #count()} counts examples.
 *
 * @param classNames names of the classes, at least 2, in the order of the label columns
 * @param counts the confusion matrix by rows: for each labelled class, how often each class was predicted, and last how
 *     often the prediction was not finite and so no class at all; {@code classes * (classes + 1)} numbers, at least 0
 * @param weights the same as weight of the examples; equal to the counts where examples have no weights
 * @param rankings how well each class is told from all others by its probability, in the order of the classes; both of
 *     two classes by the probability of the second
 * @param logLoss mean of {@code -log(probability of the labelled class)} in nats; infinite if a prediction is not
 *     finite, NaN without examples, if a prediction is none of probabilities, or if only classes were counted
 * @param calibrationError how far probabilities and frequencies differ, in [0, 1]: in 15 bins of the largest
 *     probability in a row, the weighted mean of |share of examples predicted right - mean probability| (Guo et al.,
 *     ICML 2017); of two classes the same by the probability of the second and its frequency. NaN as {@code logLoss},
 *     and where a prediction is not finite
 */
public record ClassificationScore(
        List<String> classNames,
        List<Long> counts,
        List<Double> weights,
        List<RankingScore> rankings,
        double logLoss,
        double calibrationError)
        implements TaskScore {

    /** The least probability that the logarithm is taken of: 0 would make one example outweigh all others. */
    static final double LEAST_PROBABILITY = 1e-15;

    /** No logarithm of it is larger. */
    private static final double LARGEST_LOSS = 35;

    /** How far beyond 0 and 1 rounding carries a probability. */
    private static final double ROUNDING = 1e-6;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if there are fewer than 2 classes, the counts and weights are not {@code classes
     *     * (classes + 1)}, the rankings not as many as classes, or a count is negative
     */
    public ClassificationScore {
        classNames = ImmutableList.copyOf(classNames);
        rankings = ImmutableList.copyOf(rankings);
        ImmutableLongArray numbers = ImmutableLongArray.copyOf(counts);
        counts = numbers.asList();
        weights = Confusion.of(weights);
        int classes = classNames.size();
        checkClasses(classNames);
        if (counts.size() != classes * (classes + 1) || weights.size() != counts.size()) {
            throw new IllegalArgumentException("%d classes need %d counts, got %d, and %d weights"
                    .formatted(classes, classes * (classes + 1), counts.size(), weights.size()));
        }
        for (int i = 0; i < numbers.length(); i++) {
            if (numbers.get(i) < 0) {
                throw new IllegalArgumentException("counts must be at least 0, got " + counts);
            }
        }
        if (rankings.size() != classes) {
            throw new IllegalArgumentException(
                    "%d classes need as many rankings, got %d".formatted(classes, rankings.size()));
        }
    }

    /** {@return an empty accumulator for these classes, at least 2, in the order of the label columns} */
    public static Accumulator accumulator(List<String> classNames) {
        return new Accumulator(classNames);
    }

    /** {@return the number of labelled examples} */
    public long count() {
        return sum(counts);
    }

    /** {@return the number of examples labelled as {@code actual} and predicted as {@code predicted}} */
    public long count(int actual, int predicted) {
        return counts.get(place(actual, predicted));
    }

    /** {@return the number of examples labelled as {@code actual}} */
    public long count(int actual) {
        int width = classNames.size() + 1;
        Objects.checkIndex(actual, classNames.size());
        return sum(counts.subList(actual * width, (actual + 1) * width));
    }

    private static long sum(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).sum();
    }

    private int place(int actual, int predicted) {
        Objects.checkIndex(actual, classNames.size());
        Objects.checkIndex(predicted, classNames.size());
        return actual * (classNames.size() + 1) + predicted;
    }

    double weight(int actual, int predicted) {
        return confusion().at(place(actual, predicted));
    }

    double weight(int actual) {
        Objects.checkIndex(actual, classNames.size());
        return confusion().sums(classNames.size()).ofRows()[actual];
    }

    double weightPredicted(int predicted) {
        Objects.checkIndex(predicted, classNames.size());
        return confusion().sums(classNames.size()).ofColumns()[predicted];
    }

    double weight() {
        return confusion().sums(classNames.size()).ofAll();
    }

    private Confusion confusion() {
        return (Confusion) weights;
    }

    private IntStream classes() {
        return IntStream.range(0, classNames.size());
    }

    /** The mean over the classes for which it is a number; NaN if it is for none. */
    private double macro(IntToDoubleFunction measure) {
        double[] known = classes()
                .mapToDouble(measure)
                .filter(value -> !Double.isNaN(value))
                .toArray();
        return ExactSum.of(known) / known.length;
    }

    /** {@return the share of the labelled examples predicted right, 0 to 1; NaN if there are none} */
    public double accuracy() {
        return ExactSum.of(classes().mapToDouble(c -> weight(c, c)).toArray()) / weight();
    }

    /** {@return the index of the most frequent labelled class, the first of several} */
    public int majorityClass() {
        int majority = 0;
        double most = weight(0);
        for (int c = 1; c < classNames.size(); c++) {
            double weight = weight(c);
            majority = weight > most ? c : majority;
            most = Math.max(weight, most);
        }
        return majority;
    }

    /**
     * {@return the accuracy of always predicting {@link #majorityClass()}: what an accuracy on these examples must beat
     * to mean anything} NaN if there are no examples.
     */
    public double majorityBaseline() {
        return weight(majorityClass()) / weight();
    }

    /** {@return the share of the examples of this class predicted as it, 0 to 1; NaN if the class has no examples} */
    public double recall(int actual) {
        return weight(actual, actual) / weight(actual);
    }

    /**
     * {@return the share of what was predicted as this class that is it, 0 to 1; NaN if nothing was predicted as it}
     */
    public double precision(int predicted) {
        return weight(predicted, predicted) / weightPredicted(predicted);
    }

    /** {@return balanced accuracy: the mean recall over the classes that have examples; NaN if none has} */
    public double balancedAccuracy() {
        return macro(this::recall);
    }

    /** {@return the balanced accuracy of always predicting one class: 1 by the number of classes that have examples} */
    public double balancedAccuracyBaseline() {
        return 1.0 / classes().filter(c -> weight(c) > 0).count();
    }

    /**
     * {@return the harmonic mean of precision and recall of a class, {@code 2 tp / (2 tp + fp + fn)}, 0 to 1} NaN if
     * the class was neither labelled nor predicted.
     */
    public double f1(int index) {
        return 2 * weight(index, index) / (weight(index) + weightPredicted(index));
    }

    /** {@return the mean F1 over the classes that were labelled or predicted; NaN if there are no examples} */
    public double macroF1() {
        return macro(this::f1);
    }

    /** {@return the macro F1 of always predicting {@link #majorityClass()}; NaN if there are no examples} */
    public double macroF1Baseline() {
        double share = majorityBaseline();
        return 2 * share / (1 + share) / classes().filter(c -> weight(c) > 0).count();
    }

    /**
     * {@return F1 of all classes' hits and misses together} It is the accuracy, unless predictions were no class: these
     * are misses of the labelled class, and false alarms of none.
     */
    public double microF1() {
        double decided =
                ExactSum.of(classes().mapToDouble(this::weightPredicted).toArray());
        return 2 * ExactSum.of(classes().mapToDouble(c -> weight(c, c)).toArray()) / (weight() + decided);
    }

    /**
     * {@return the area under the receiver operating characteristic: of two classes that of the second, of more the
     * mean over the classes, each against all others, that have examples of both kinds} 0.5 means no order at all; NaN
     * if there is none.
     */
    public double rocAuc() {
        return classNames.size() == 2
                ? rankings.get(1).rocAuc()
                : macro(c -> rankings.get(c).rocAuc());
    }

    /**
     * {@return the area under the precision-recall curve (average precision): of two classes that of the second, of
     * more the mean over the classes that have examples} NaN if there is none.
     */
    public double averagePrecision() {
        return classNames.size() == 2
                ? rankings.get(1).averagePrecision()
                : macro(c -> rankings.get(c).averagePrecision());
    }

    /** {@return what {@link #averagePrecision()} is, if probabilities say nothing; NaN without examples} */
    public double averagePrecisionBaseline() {
        return classNames.size() == 2
                ? rankings.get(1).averagePrecisionBaseline()
                : macro(c -> rankings.get(c).positives() > 0 ? rankings.get(c).averagePrecisionBaseline() : Double.NaN);
    }

    /** {@return the log loss of always predicting the frequencies of the labelled classes, their entropy in nats} */
    public double logLossBaseline() {
        double all = weight();
        return all == 0
                ? Double.NaN
                : ExactSum.of(classes()
                        .mapToDouble(c -> weight(c) / all)
                        .map(share -> share == 0 ? 0 : -share * StrictMath.log(share))
                        .toArray());
    }

    /** Says accuracy, baseline and count in one line, or that there are no labels. */
    @Override
    public String toString() {
        if (count() == 0) {
            return "ClassificationScore[no labels]";
        }
        return String.format(
                Locale.ROOT,
                "ClassificationScore[%d examples, accuracy %.2f %%, always '%s' %.2f %%]",
                count(),
                100 * accuracy(),
                classNames.get(majorityClass()),
                100 * majorityBaseline());
    }

    private static void checkClasses(List<String> classNames) {
        if (classNames.size() < 2) {
            throw new IllegalArgumentException("at least 2 classes are needed, got " + classNames);
        }
    }

    /**
     * Counts the examples of batches, and keeps their probabilities, 4 bytes for each class of an example: ranks are of
     * all examples at once. Not thread-safe.
     */
    public static final class Accumulator implements ScoreAccumulator {
        private static final long serialVersionUID = 1L;

        /** So many rows are added at a time; a column of them stays in the cache while its neighbours are read. */
        private static final int ROWS = 256;

        private static final long ONE = Double.doubleToRawLongBits(1);

        private static final int FLOAT_ONE = Float.floatToRawIntBits(1);

        private final ImmutableList<String> classNames;
        private final int classes;
        private final long[] counts;
        /** The weight at each place; null as long as it is the count, all weights having been 1; null for none. */
        private @Nullable ExactSum @Nullable [] weights;

        /** By the probability of the second of two classes. */
        private final Ranking ofSecond = new Ranking();
        /** Of more than two classes. */
        private final ClassRankings ofClasses;

        private final Calibration calibration = new Calibration();
        private final ExactSum logLoss = new ExactSum();
        private boolean withoutProbabilities;

        private Accumulator(List<String> classNames) {
            this.classNames = ImmutableList.copyOf(classNames);
            checkClasses(this.classNames);
            classes = this.classNames.size();
            counts = new long[classes * (classes + 1)];
            ofClasses = new ClassRankings(classes);
        }

        /** Adds one example by the indices of its classes; what is measured by probabilities is then not known. */
        public Accumulator add(int actual, int predicted) {
            Objects.checkIndex(actual, classes);
            Objects.checkIndex(predicted, classes);
            count(actual, predicted, 1);
            withoutProbabilities = true;
            return this;
        }

        private void count(int actual, int predicted, double weight) {
            int place = actual * (classes + 1) + predicted;
            addWeight(place, weight);
            counts[place]++;
        }

        private void addWeight(int place, double weight) {
            if (weight != 1) {
                weightAt(place).add(weight);
            } else if (weights != null && weights[place] != null) {
                weights[place].add(weight);
            }
        }

        /** The weight at a place, which is summed from now on. */
        private ExactSum weightAt(int place) {
            if (weights == null) {
                weights = new ExactSum[counts.length];
            }
            ExactSum weight = weights[place];
            if (weight == null) {
                weight = new ExactSum();
                weight.add(counts[place]);
                weights[place] = weight;
            }
            return weight;
        }

        /**
         * Adds examples of a question with two answers by the probability of the second.
         *
         * @param yes 1 or 0 for each
         * @param weights null where each is 1
         * @param examples at most {@link BlockSum#BLOCK}
         * @param floats whether the probabilities are known to be
         */
        void addYesOrNo(
                double[] yes,
                double[] probability,
                double @Nullable [] weights,
                int examples,
                boolean floats,
                BlockSum adder) {
            if (weights != null || !areWithinZeroAndOne(probability, examples)) {
                for (int i = 0; i < examples; i++) {
                    addYesOrNo(yes[i] == 1, probability[i], weights == null ? 1 : weights[i]);
                }
                return;
            }
            double[] ofLabelled = new double[examples];
            int labelled = 0;
            int predicted = 0;
            int both = 0;
            for (int i = 0; i < examples; i++) {
                int answer = (int) yes[i];
                int decision = probability[i] >= 0.5 ? 1 : 0;
                labelled += answer;
                predicted += decision;
                both += answer & decision;
                ofLabelled[i] = Math.abs(1 - answer - probability[i]);
            }
            countTwo(examples, labelled, predicted, both);
            addTwoClasses(yes, probability, ofLabelled, examples, floats, adder);
        }

        /** Counts examples of the weight 1, by how many were labelled and predicted as the second class. */
        private void countTwo(int examples, int labelled, int predicted, int both) {
            count(1, 1, both);
            count(1, 0, labelled - both);
            count(0, 1, predicted - both);
            count(0, 0, examples - labelled - predicted + both);
        }

        /** Adds examples of the weight 1 whose probabilities are some, and which have been counted. */
        private void addTwoClasses(
                double[] second,
                double[] probability,
                double[] ofLabelled,
                int examples,
                boolean floats,
                BlockSum adder) {
            ofSecond.add(probability, second, examples, floats);
            calibration.add(probability, second, examples, floats);
            addLosses(ofLabelled, examples, floats, adder);
        }

        /** Tells whether numbers are between 0 and 1, by their bits, which are in the order of positive numbers. */
        private static boolean areWithinZeroAndOne(double[] numbers, int count) {
            long least = 0;
            long most = 0;
            for (int i = 0; i < count; i++) {
                long bits = Double.doubleToRawLongBits(numbers[i]);
                least = Math.min(least, bits);
                most = Math.max(most, bits);
            }
            return least == 0 && most <= ONE;
        }

        /** Counts examples of the weight 1. */
        private void count(int actual, int predicted, int examples) {
            int place = actual * (classes + 1) + predicted;
            if (weights != null && weights[place] != null) {
                weights[place].add(examples);
            }
            counts[place] += examples;
        }

        /** Adds the losses of examples of the weight 1, whose probabilities are some; these are changed. */
        private void addLosses(double[] probability, int examples, boolean floats, BlockSum adder) {
            for (int i = 0; i < examples; i++) {
                probability[i] = -Logarithm.of(Math.max(LEAST_PROBABILITY, probability[i]));
            }
            if (floats) { // of which the largest below 1 has a loss of 2^-24, so that none is far smaller than the
                // bound
                adder.add(logLoss, probability, examples, LARGEST_LOSS);
            } else {
                adder.add(logLoss, probability, examples);
            }
        }

        /** Adds an example of a question with two answers by the probability of the second. */
        void addYesOrNo(boolean yes, double probability, double weight) {
            boolean finite = Double.isFinite(probability);
            int predicted = probability >= 0.5 ? 1 : 0;
            count(yes ? 1 : 0, finite ? predicted : classes, weight);
            ofSecond.add(probability, yes, weight);
            addSureness(finite ? probability : (yes ? 0 : 1), yes, weight);
            addLoss(finite, yes ? probability : 1 - probability, weight);
        }

        /** Adds everything but ranks of several classes; false if the prediction is not finite. */
        private boolean addRow(int actual, double[] predicted, double weight) {
            int best = largest(predicted);
            boolean finite = best < classes;
            count(actual, best, weight);
            if (classes == 2) {
                boolean second = actual == 1;
                ofSecond.add(finite ? predicted[1] : Double.NaN, second, weight);
                addSureness(finite ? predicted[1] : (second ? 0 : 1), second, weight);
            } else {
                addSureness(finite ? predicted[best] : 1, finite && actual == best, weight);
            }
            addLoss(finite, areProbabilities(predicted) ? predicted[actual] : Double.NaN, weight);
            return finite;
        }

        private static boolean areProbabilities(double[] predicted) {
            boolean all = true;
            for (double p : predicted) {
                all &= p >= -ROUNDING & p <= 1 + ROUNDING; // false of NaN
            }
            return all;
        }

        private void addSureness(double probability, boolean right, double weight) {
            calibration.add(probability(probability), right, weight);
        }

        private void addLoss(boolean finite, double probability, double weight) {
            if (weight > 0) {
                double loss = -Logarithm.of(Math.max(LEAST_PROBABILITY, probability(probability)));
                logLoss.add(weight * (finite ? loss : Double.POSITIVE_INFINITY));
            }
        }

        /** NaN for what is none, by more than rounding. */
        private static double probability(double value) {
            return value >= -ROUNDING && value <= 1 + ROUNDING ? Math.max(0, Math.min(1, value)) : Double.NaN;
        }

        /**
         * Adds a batch.
         *
         * @param labels one-hot {@code [examples, classes]}: one 1 in each row that is present, 0 elsewhere
         * @param prediction {@code [examples, classes]}, probabilities or scores; the largest in a row is the predicted
         *     class, the first of several. A row with a number that is not finite predicts nothing and counts as wrong
         * @param mask {@code [examples, 1]}, 0 where the label is missing and the example is left out; null for none
         * @return this
         * @throws IllegalArgumentException if shapes or counts do not fit, or a label is not one-hot; the message names
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
            add(ScoredBatch.of(classes, false, labels, prediction, mask, weights));
            return this;
        }

        @Override
        public void add(ScoredBatch batch) {
            int[] rows = new int[batch.examples()];
            int[] actual = new int[rows.length];
            int there = 0;
            for (int row = 0; row < rows.length; row++) {
                if (batch.isPresent(row, 0)) {
                    actual[there] = labelledClass(batch, row);
                    rows[there++] = row;
                }
            }
            BlockSum adder = new BlockSum();
            for (int from = 0; from < there; from += ROWS) {
                int to = Math.min(there, from + ROWS);
                add(batch, Arrays.copyOfRange(rows, from, to), Arrays.copyOfRange(actual, from, to), adder);
            }
        }

        int outputs() {
            return classes;
        }

        long examples() {
            return Arrays.stream(counts).sum();
        }

        /** Adds some rows, all of which are there. */
        private void add(ScoredBatch batch, int[] rows, int[] actual, BlockSum adder) {
            float[] floats = classes == 2 ? null : batch.floatPredictions();
            if (floats != null && batch.hasNoWeights()) {
                if (addFloats(floats, rows, actual, adder)) {
                    return;
                }
            } else if (classes == 2 && batch.hasNoWeights() && areProbabilities(batch, rows)) {
                addTwoClasses(batch, rows, actual, adder);
                return;
            }
            addOneByOne(batch, rows, actual);
        }

        /** Adds rows of the weight 1, unless one has another number than 0 to 1. */
        private boolean addFloats(float[] predictions, int[] rows, int[] actual, BlockSum adder) {
            int[] places = new int[rows.length];
            int[] most = new int[rows.length];
            for (int i = 0; i < rows.length; i++) {
                places[i] = rows[i] * classes;
                most[i] = mostBits(predictions, places[i], places[i] + classes);
                if (most[i] > FLOAT_ONE) {
                    return false;
                }
            }
            double[] sureness = new double[rows.length];
            double[] right = new double[rows.length];
            double[] ofLabelled = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                int best = 0;
                while (Float.floatToRawIntBits(predictions[places[i] + best]) != most[i]) {
                    best++;
                }
                count(actual[i], best, 1);
                sureness[i] = Float.intBitsToFloat(most[i]);
                right[i] = best == actual[i] ? 1 : 0;
                ofLabelled[i] = predictions[places[i] + actual[i]];
            }
            calibration.add(sureness, right, rows.length, true);
            addLosses(ofLabelled, rows.length, true, adder);
            ofClasses.add(predictions, places, actual);
            return true;
        }

        /**
         * The most that the bits of some numbers are, which is in the order of positive numbers, and more than those of
         * 1 if there is a number above it, a negative one, or NaN.
         */
        private static int mostBits(float[] numbers, int from, int to) {
            int a = 0;
            int b = 0;
            int all = 0;
            int i = from;
            for (; i + 1 < to; i += 2) {
                int one = Float.floatToRawIntBits(numbers[i]);
                int other = Float.floatToRawIntBits(numbers[i + 1]);
                a = Math.max(a, one);
                b = Math.max(b, other);
                all |= one | other;
            }
            if (i < to) {
                a = Math.max(a, Float.floatToRawIntBits(numbers[i]));
                all |= Float.floatToRawIntBits(numbers[i]);
            }
            return all < 0 ? Integer.MAX_VALUE : Math.max(a, b);
        }

        /** Tells whether all numbers of some rows are between 0 and 1. */
        private boolean areProbabilities(ScoredBatch batch, int[] rows) {
            long least = 0;
            long most = 0;
            for (int row : rows) {
                int from = row * classes;
                for (int place = from; place < from + classes; place++) {
                    long bits = Double.doubleToRawLongBits(batch.predictionAt(place));
                    least = Math.min(least, bits);
                    most = Math.max(most, bits);
                }
            }
            return least == 0 && most <= ONE;
        }

        private void addTwoClasses(ScoredBatch batch, int[] rows, int[] actual, BlockSum adder) {
            double[] second = new double[rows.length];
            double[] probability = new double[rows.length];
            double[] ofLabelled = new double[rows.length];
            int labelled = 0;
            int predicted = 0;
            int both = 0;
            for (int i = 0; i < rows.length; i++) {
                double first = batch.predictionAt(2 * rows[i]);
                probability[i] = batch.predictionAt(2 * rows[i] + 1);
                int decision = probability[i] > first ? 1 : 0;
                labelled += actual[i];
                predicted += decision;
                both += actual[i] & decision;
                second[i] = actual[i];
                ofLabelled[i] = actual[i] == 1 ? probability[i] : first;
            }
            countTwo(rows.length, labelled, predicted, both);
            addTwoClasses(second, probability, ofLabelled, rows.length, batch.areFloats(), adder);
        }

        private void addOneByOne(ScoredBatch batch, int[] rows, int[] actual) {
            double[] predicted = new double[classes];
            for (int i = 0; i < rows.length; i++) {
                double weight = batch.weight(rows[i]);
                for (int c = 0; c < classes; c++) {
                    predicted[c] = batch.predictionAt(rows[i] * classes + c);
                }
                boolean finite = addRow(actual[i], predicted, weight);
                for (int c = 0; classes > 2 && c < classes; c++) {
                    ofClasses.add(c, finite ? predicted[c] : Double.NaN, actual[i] == c, weight);
                }
            }
        }

        private int labelledClass(ScoredBatch batch, int row) {
            int place = row * classes;
            float[] floats = batch.floatLabels();
            if (floats != null) {
                int hot = hot(floats, place);
                if (hot >= 0) {
                    return hot;
                }
            }
            int hot = -1;
            for (int c = 0; c < classes; c++) {
                double label = batch.labelAt(place + c);
                if (label != 0) {
                    hot = label == 1 && hot < 0 ? c : classes;
                }
            }
            if (hot < 0 || hot == classes) {
                throw new IllegalArgumentException(
                        "labels, row %d: expected one 1 and else 0, got %s; soft labels have losses, but no score"
                                .formatted(
                                        batch.number(row),
                                        IntStream.range(place, place + classes)
                                                .mapToObj(at -> String.valueOf(batch.labelAt(at)))
                                                .toList()));
            }
            return hot;
        }

        /**
         * The class of a row of one 1 and else 0; -1 if it is not quickly seen to be one. No bits but those of 1 can
         * add up to them without another number.
         */
        private int hot(float[] labels, int place) {
            long sum = 0;
            int hot = 0;
            for (int c = 0; c < classes; c++) {
                int bits = Float.floatToRawIntBits(labels[place + c]);
                sum += bits & 0xffffffffL;
                hot += c * (bits >>> 29); // 1 of the number 1, 0 of 0
            }
            boolean one = sum == FLOAT_ONE && hot < classes && labels[place + hot] == 1;
            return one ? hot : -1;
        }

        /** Index of the largest score, the first of several; the number of scores if one is not finite. */
        private static int largest(double[] scores) {
            int best = 0;
            for (int c = 0; c < scores.length; c++) {
                if (!Double.isFinite(scores[c])) {
                    return scores.length;
                }
                best = scores[c] > scores[best] ? c : best;
            }
            return best;
        }

        /**
         * Adds the examples that another accumulator has counted.
         *
         * @return this
         * @throws IllegalArgumentException if it has other classes
         */
        public Accumulator merge(Accumulator other) {
            if (!other.classNames.equals(classNames)) {
                throw new IllegalArgumentException(
                        "cannot merge classes %s with %s".formatted(classNames, other.classNames));
            }
            ExactSum[] more = other.weights;
            for (int i = 0; (weights != null || more != null) && i < counts.length; i++) {
                if (more != null && more[i] != null) {
                    weightAt(i).add(more[i]);
                } else if (weights != null && weights[i] != null) {
                    weights[i].add(other.counts[i]);
                }
            }
            for (int i = 0; i < counts.length; i++) {
                counts[i] += other.counts[i];
            }
            ofSecond.add(other.ofSecond);
            ofClasses.add(other.ofClasses);
            calibration.add(other.calibration);
            logLoss.add(other.logLoss);
            withoutProbabilities |= other.withoutProbabilities;
            return this;
        }

        /** {@return what has been counted so far; more may be added afterwards} */
        @Override
        public ClassificationScore result() {
            double[] weight = new double[counts.length];
            for (int i = 0; i < weight.length; i++) { // up to a million
                weight[i] = counts[i];
            }
            ExactSum[] sums = weights;
            for (int i = 0; sums != null && i < sums.length; i++) {
                weight[i] = sums[i] == null ? weight[i] : sums[i].value();
            }
            Confusion confusion = Confusion.ofOwn(weight);
            return new ClassificationScore(
                    classNames,
                    Longs.asList(counts),
                    confusion,
                    rankings(),
                    withoutProbabilities
                            ? Double.NaN
                            : logLoss.value() / confusion.sums(classes).ofAll(),
                    withoutProbabilities ? Double.NaN : calibration.error());
        }

        private List<RankingScore> rankings() {
            if (withoutProbabilities) {
                return Collections.nCopies(classes, new RankingScore(0, 0, Double.NaN, Double.NaN));
            }
            return classes == 2 ? ofSecond.both() : ofClasses.scores();
        }
    }
}
