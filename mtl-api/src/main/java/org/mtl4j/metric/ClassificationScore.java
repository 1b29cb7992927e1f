package org.mtl4j.metric;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
        counts = ImmutableLongArray.copyOf(counts).asList();
        weights = ImmutableDoubleArray.copyOf(weights).asList();
        int classes = classNames.size();
        checkClasses(classNames);
        if (counts.size() != classes * (classes + 1) || weights.size() != counts.size()) {
            throw new IllegalArgumentException("%d classes need %d counts, got %d, and %d weights"
                    .formatted(classes, classes * (classes + 1), counts.size(), weights.size()));
        }
        if (counts.stream().anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException("counts must be at least 0, got " + counts);
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
        return weights.get(place(actual, predicted));
    }

    double weight(int actual) {
        int width = classNames.size() + 1;
        Objects.checkIndex(actual, classNames.size());
        ExactSum sum = new ExactSum();
        for (int i = actual * width; i < (actual + 1) * width; i++) {
            sum.add(weights.get(i));
        }
        return sum.value();
    }

    double weightPredicted(int predicted) {
        ExactSum sum = new ExactSum();
        for (int c = 0; c < classNames.size(); c++) {
            sum.add(weight(c, predicted));
        }
        return sum.value();
    }

    double weight() {
        return ExactSum.of(Doubles.toArray(weights));
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
        for (int c = 1; c < classNames.size(); c++) {
            majority = weight(c) > weight(majority) ? c : majority;
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

        /** So many neighbouring numbers share a line of the cache. */
        private static final int TOGETHER = 8;

        /** From so many numbers on it is worth several threads to rank them. */
        private static final long MANY = 1 << 20;

        private final ImmutableList<String> classNames;
        private final int classes;
        private final long[] counts;
        /** The weight at each place; null as long as it is the count, all weights having been 1. */
        private final @Nullable ExactSum[] weights;

        private final Ranking[] rankings;
        private final Calibration calibration = new Calibration();
        private final ExactSum logLoss = new ExactSum();
        private boolean withoutProbabilities;

        private Accumulator(List<String> classNames) {
            this.classNames = ImmutableList.copyOf(classNames);
            checkClasses(this.classNames);
            classes = this.classNames.size();
            counts = new long[classes * (classes + 1)];
            weights = new ExactSum[counts.length];
            rankings = new Ranking[classes == 2 ? 1 : classes];
            Arrays.setAll(rankings, i -> new Ranking());
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
            if (weights[place] == null && weight != 1) {
                weights[place] = weightAt(place);
            }
            if (weights[place] != null) {
                weights[place].add(weight);
            }
        }

        /** A copy. */
        private ExactSum weightAt(int place) {
            ExactSum weight = new ExactSum();
            if (weights[place] == null) {
                weight.add(counts[place]);
            } else {
                weight.add(weights[place]);
            }
            return weight;
        }

        /** Adds an example of a question with two answers by the probability of the second. */
        void addYesOrNo(boolean yes, double probability, double weight) {
            boolean finite = Double.isFinite(probability);
            int predicted = probability >= 0.5 ? 1 : 0;
            count(yes ? 1 : 0, finite ? predicted : classes, weight);
            rankings[0].add(probability, yes, weight);
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
                rankings[0].add(finite ? predicted[1] : Double.NaN, second, weight);
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

        /** Adds to the ranks of some classes at a time, whose columns of the batch are read together. */
        private void rank(ScoredBatch batch, int[] actual, boolean[] finite) {
            for (int first = 0; first < classes; first += TOGETHER) {
                int end = Math.min(classes, first + TOGETHER);
                for (int row = 0; row < actual.length; row++) {
                    if (actual[row] >= 0) {
                        double weight = batch.weight(row);
                        for (int c = first; c < end; c++) {
                            double p = finite[row] ? batch.prediction(row, c) : Double.NaN;
                            rankings[c].add(p, actual[row] == c, weight);
                        }
                    }
                }
            }
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
            int[] actual = new int[batch.examples()];
            for (int row = 0; row < actual.length; row++) {
                actual[row] = batch.isPresent(row, 0) ? labelledClass(batch, row) : -1;
            }
            double[] predicted = new double[classes];
            boolean[] finite = new boolean[actual.length];
            for (int row = 0; row < actual.length; row++) {
                if (actual[row] >= 0) {
                    for (int c = 0; c < classes; c++) {
                        predicted[c] = batch.prediction(row, c);
                    }
                    finite[row] = addRow(actual[row], predicted, batch.weight(row));
                }
            }
            if (classes > 2) {
                rank(batch, actual, finite);
            }
        }

        private int labelledClass(ScoredBatch batch, int row) {
            int hot = -1;
            for (int c = 0; c < classes; c++) {
                double label = batch.label(row, c);
                if (label == 1 && hot < 0) {
                    hot = c;
                } else if (label != 0) {
                    hot = classes;
                }
            }
            if (hot < 0 || hot == classes) {
                double[] label = IntStream.range(0, classes)
                        .mapToDouble(c -> batch.label(row, c))
                        .toArray();
                throw new IllegalArgumentException(
                        "labels, row %d: expected one 1 and else 0, got %s; soft labels have losses, but no score"
                                .formatted(row, Arrays.toString(label)));
            }
            return hot;
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
            for (int i = 0; i < counts.length; i++) {
                if (weights[i] != null || other.weights[i] != null) {
                    ExactSum weight = weightAt(i);
                    weight.add(other.weightAt(i));
                    weights[i] = weight;
                }
                counts[i] += other.counts[i];
            }
            for (int i = 0; i < rankings.length; i++) {
                rankings[i].add(other.rankings[i]);
            }
            calibration.add(other.calibration);
            logLoss.add(other.logLoss);
            withoutProbabilities |= other.withoutProbabilities;
            return this;
        }

        /** {@return what has been counted so far; more may be added afterwards} */
        @Override
        public ClassificationScore result() {
            double[] weight = new double[counts.length];
            Arrays.setAll(weight, i -> weights[i] == null ? counts[i] : weights[i].value());
            return new ClassificationScore(
                    classNames,
                    Longs.asList(counts),
                    Doubles.asList(weight),
                    rankings(),
                    withoutProbabilities ? Double.NaN : logLoss.value() / ExactSum.of(weight),
                    withoutProbabilities ? Double.NaN : calibration.error());
        }

        private List<RankingScore> rankings() {
            if (withoutProbabilities) {
                return Collections.nCopies(classes, new RankingScore(0, 0, Double.NaN, Double.NaN));
            }
            if (classes == 2) {
                return rankings[0].both();
            }
            boolean many = (long) classes * rankings[0].size() > MANY;
            Stream<Ranking> all = Arrays.stream(rankings);
            return (many ? all.parallel() : all).map(Ranking::score).toList();
        }
    }
}
