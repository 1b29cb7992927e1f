package org.mtl4j.metric;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
 * <p>A prediction that is not finite is as wrong as can be: a miss of the labelled class, and of two classes a false
 * alarm of the other one; of more it is a false alarm of none.
 *
 * <p>What takes long is computed when it is first asked for, once, whichever thread asks: {@link #rankings} and what
 * follows from them, {@link #logLoss} and {@link #calibrationError}. Until both have been asked for, a score of an
 * accumulator refers to the probabilities, 4 bytes for each class of an example; to send or to compare it computes all.
 */
public final class ClassificationScore implements TaskScore {
    private static final long serialVersionUID = 1L;

    private final ImmutableList<String> classNames;
    private final List<Long> counts;
    private final Confusion weights;
    private final List<RankingScore> rankings;
    private final transient Supplier<ProbabilityMeasures.Losses> losses;

    /**
     * Checks every value.
     *
     * @param classNames names of the classes, at least 2, in the order of the label columns
     * @param counts the confusion matrix by rows: for each labelled class, how often each class was predicted, and last
     *     how often the prediction was not finite and so no class at all; {@code classes * (classes + 1)} numbers, at
     *     least 0
     * @param weights the same as weight of the examples; equal to the counts where examples have no weights
     * @param rankings as of {@link #rankings()}
     * @param logLoss as of {@link #logLoss()}
     * @param calibrationError as of {@link #calibrationError()}
     * @throws IllegalArgumentException if there are fewer than 2 classes, the counts and weights are not {@code classes
     *     * (classes + 1)}, the rankings not as many as classes, or a count is negative
     */
    public ClassificationScore(
            List<String> classNames,
            List<Long> counts,
            List<Double> weights,
            List<RankingScore> rankings,
            double logLoss,
            double calibrationError) {
        this(
                classNames,
                ImmutableLongArray.copyOf(counts),
                Confusion.of(weights),
                ImmutableList.copyOf(rankings),
                Suppliers.ofInstance(new ProbabilityMeasures.Losses(logLoss, calibrationError)));
    }

    /** Takes rankings that nobody changes, and losses that are computed once; both may be computed later. */
    private ClassificationScore(
            List<String> classNames,
            ImmutableLongArray counts,
            Confusion weights,
            List<RankingScore> rankings,
            Supplier<ProbabilityMeasures.Losses> losses) {
        this.classNames = ImmutableList.copyOf(classNames);
        this.counts = counts.asList();
        this.weights = weights;
        this.rankings = rankings;
        this.losses = losses;
        int classes = classNames.size();
        checkClasses(classNames);
        if (counts.length() != classes * (classes + 1) || weights.size() != counts.length()) {
            throw new IllegalArgumentException("%d classes need %d counts, got %d, and %d weights"
                    .formatted(classes, classes * (classes + 1), counts.length(), weights.size()));
        }
        for (int i = 0; i < counts.length(); i++) {
            if (counts.get(i) < 0) {
                throw new IllegalArgumentException("counts must be at least 0, got " + counts);
            }
        }
        if (rankings.size() != classes) {
            throw new IllegalArgumentException(
                    "%d classes need as many rankings, got %d".formatted(classes, rankings.size()));
        }
    }

    /** {@return names of the classes, in the order of the label columns} */
    public List<String> classNames() {
        return classNames;
    }

    /**
     * {@return the confusion matrix by rows: for each labelled class, how often each class was predicted, and last how
     * often the prediction was not finite and so no class at all}
     */
    public List<Long> counts() {
        return counts;
    }

    /** {@return the same as weight of the examples; equal to the counts where examples have no weights} */
    public List<Double> weights() {
        return weights;
    }

    /**
     * {@return how well each class is told from all others by its probability, in the order of the classes; both of two
     * classes by the probability of the second}
     */
    public List<RankingScore> rankings() {
        return rankings;
    }

    /**
     * {@return mean of {@code -log(probability of the labelled class)} in nats; infinite if a prediction is not finite,
     * NaN without examples, if a prediction is none of probabilities, or if only classes were counted}
     */
    public double logLoss() {
        return losses.get().logLoss();
    }

    /**
     * {@return how far probabilities and frequencies differ, in [0, 1]: in 15 bins of the largest probability in a row,
     * the weighted mean of |share of examples predicted right - mean probability| (Guo et al., ICML 2017); of two
     * classes the same by the probability of the second and its frequency} NaN as {@link #logLoss}, and where a
     * prediction is not finite.
     */
    public double calibrationError() {
        return losses.get().calibrationError();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClassificationScore score
                && classNames.equals(score.classNames)
                && counts.equals(score.counts)
                && weights.equals(score.weights)
                && rankings.equals(score.rankings)
                && losses.get().equals(score.losses.get());
    }

    @Override
    public int hashCode() {
        return Objects.hash(classNames, counts, weights, rankings, losses.get());
    }

    private Object writeReplace() {
        return new Sent(classNames, counts, weights, rankings, logLoss(), calibrationError());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("a score is sent by its values");
    }

    /** What is sent of a score. */
    private record Sent(
            List<String> classNames,
            List<Long> counts,
            List<Double> weights,
            List<RankingScore> rankings,
            double logLoss,
            double calibrationError)
            implements Serializable {

        private Object readResolve() {
            return new ClassificationScore(classNames, counts, weights, rankings, logLoss, calibrationError);
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

    /** The weight predicted as a class; of two classes a prediction that is not finite is one of the wrong class. */
    double weightPredicted(int predicted) {
        int classes = classNames.size();
        Objects.checkIndex(predicted, classes);
        double weight = confusion().sums(classes).ofColumns()[predicted];
        return classes == 2 ? weight + confusion().at((1 - predicted) * (classes + 1) + classes) : weight;
    }

    double weight() {
        return confusion().sums(classNames.size()).ofAll();
    }

    private Confusion confusion() {
        return weights;
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
     * {@return F1 of all classes' hits and misses together} It is the accuracy, unless predictions of more than two
     * classes were no class: these are misses of the labelled class, and false alarms of none.
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
        private static final long serialVersionUID = 2L;

        /** So many rows are added at a time. */
        private static final int ROWS = 256;

        /** With more classes it is worth while to look for the labelled one by comparing rows with zeros. */
        private static final int MANY = 16;

        private static final int FLOAT_ONE = Float.floatToRawIntBits(1);

        private final ImmutableList<String> classNames;
        private final int classes;
        private final long[] counts;
        /** The weight at each place; null as long as it is the count, all weights having been 1; null for none. */
        private @Nullable ExactSum @Nullable [] weights;

        private final ProbabilityMeasures probabilities;
        /** Nothing but zeros, one for each class. */
        private final int[] zeros;

        private Accumulator(List<String> classNames) {
            this.classNames = ImmutableList.copyOf(classNames);
            checkClasses(this.classNames);
            classes = this.classNames.size();
            counts = new long[classes * (classes + 1)];
            probabilities = new ProbabilityMeasures(classes);
            zeros = new int[classes];
        }

        /** Adds one example by the indices of its classes; what is measured by probabilities is then not known. */
        public Accumulator add(int actual, int predicted) {
            Objects.checkIndex(actual, classes);
            Objects.checkIndex(predicted, classes);
            count(actual, predicted, 1);
            probabilities.addUnknown();
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

        /** Counts examples of the weight 1. */
        private void count(int actual, int predicted, int examples) {
            int place = actual * (classes + 1) + predicted;
            if (weights != null && weights[place] != null) {
                weights[place].add(examples);
            }
            counts[place] += examples;
        }

        /** Adds examples of a question with two answers by the probability of the second. */
        void addYesOrNo(double[] yes, double[] probability, double @Nullable [] weight, int examples) {
            for (int i = 0; i < examples; i++) {
                addYesOrNo(yes[i] == 1, probability[i], weight == null ? 1 : weight[i]);
            }
        }

        private void addYesOrNo(boolean yes, double probability, double weight) {
            int predicted = probability >= 0.5 ? 1 : 0;
            count(yes ? 1 : 0, Double.isFinite(probability) ? predicted : classes, weight);
            probabilities.addYesOrNo(yes, probability, weight);
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
            for (int from = 0; from < there; from += ROWS) {
                int to = Math.min(there, from + ROWS);
                add(batch, Arrays.copyOfRange(rows, from, to), Arrays.copyOfRange(actual, from, to));
            }
        }

        int outputs() {
            return classes;
        }

        /** Adds some rows, all of which are there. */
        private void add(ScoredBatch batch, int[] rows, int[] actual) {
            int[] bits = batch.predictionBits();
            if (bits == null
                    || !batch.hasNoWeights()
                    || !(classes == 2 ? addTwoClasses(bits, rows, actual) : addClasses(bits, rows, actual))) {
                addOneByOne(batch, rows, actual);
            }
        }

        /** Adds rows of the weight 1, unless one has another number than 0 to 1. */
        private boolean addClasses(int[] bits, int[] rows, int[] actual) {
            int[] most = new int[rows.length];
            for (int i = 0; i < rows.length; i++) {
                int from = rows[i] * classes;
                most[i] = mostBits(bits, from, from + classes);
                if (most[i] > FLOAT_ONE) {
                    return false;
                }
            }
            for (int i = 0; i < rows.length; i++) {
                int from = rows[i] * classes;
                int best = 0;
                while (bits[from + best] != most[i]) {
                    best++;
                }
                count(actual[i], best, 1);
            }
            probabilities.addClasses(bits, rows, actual);
            return true;
        }

        /**
         * The most that the bits of some numbers are, which is in the order of positive numbers, and more than those of
         * 1 if there is a number above it, a negative one, or NaN.
         */
        private static int mostBits(int[] bits, int from, int to) {
            int most = 0;
            int all = 0;
            for (int i = from; i < to; i++) {
                most = Math.max(most, bits[i]);
                all |= bits[i];
            }
            return all < 0 ? Integer.MAX_VALUE : most;
        }

        /** Adds rows of two classes of the weight 1, unless one has another number than 0 to 1. */
        private boolean addTwoClasses(int[] bits, int[] rows, int[] actual) {
            int[] keysAndBits = new int[2 * rows.length];
            int wrong = 0;
            int labelled = 0;
            int predicted = 0;
            int both = 0;
            for (int i = 0; i < rows.length; i++) {
                int first = bits[2 * rows[i]];
                int second = bits[2 * rows[i] + 1];
                wrong |= first | second | FLOAT_ONE - first | FLOAT_ONE - second; // negative if one is out of range
                int decision = first - second >>> Integer.SIZE - 1;
                labelled += actual[i];
                predicted += decision;
                both += actual[i] & decision;
                keysAndBits[2 * i] = Ranking.key(second, actual[i]);
                keysAndBits[2 * i + 1] = actual[i] == 1 ? second : first;
            }
            if (wrong < 0) {
                return false;
            }
            count(1, 1, both);
            count(1, 0, labelled - both);
            count(0, 1, predicted - both);
            count(0, 0, rows.length - labelled - predicted + both);
            probabilities.addTwo(keysAndBits, rows.length);
            return true;
        }

        private void addOneByOne(ScoredBatch batch, int[] rows, int[] actual) {
            double[] predicted = new double[classes];
            for (int i = 0; i < rows.length; i++) {
                double weight = batch.weight(rows[i]);
                for (int c = 0; c < classes; c++) {
                    predicted[c] = batch.predictionAt(rows[i] * classes + c);
                }
                int best = largest(predicted);
                count(actual[i], best, weight);
                probabilities.addRow(actual[i], predicted, best, weight);
            }
        }

        private int labelledClass(ScoredBatch batch, int row) {
            int place = row * classes;
            int[] bits = batch.labelBits();
            if (bits != null) {
                int hot = classes < MANY ? hot(bits, place) : hotOfMany(bits, place);
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
        private int hot(int[] labels, int place) {
            long sum = 0;
            int hot = 0;
            for (int c = 0; c < classes; c++) {
                int bits = labels[place + c];
                sum += bits & 0xffffffffL;
                hot += c * (bits >>> 29); // 1 of the number 1, 0 of 0
            }
            boolean one = sum == FLOAT_ONE && hot < classes && labels[place + hot] == FLOAT_ONE;
            return one ? hot : -1;
        }

        /** The same, by comparing rows, which the runtime does in vectors. */
        private int hotOfMany(int[] labels, int place) {
            int end = place + classes;
            int hot = Arrays.mismatch(labels, place, end, zeros, 0, classes);
            boolean one = hot >= 0
                    && labels[place + hot] == FLOAT_ONE
                    && Arrays.equals(labels, place + hot + 1, end, zeros, hot + 1, classes);
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
            probabilities.add(other.probabilities);
            return this;
        }

        /** {@return what has been counted so far; more may be added afterwards} */
        @Override
        public ClassificationScore result() {
            ProbabilityMeasures.Results results = probabilities.results();
            return result(null, results.rankings(), results.losses());
        }

        ProbabilityMeasures probabilities() {
            return probabilities;
        }

        /**
         * The score with measures that are computed elsewhere.
         *
         * @param more examples of the weight 1 that have been counted elsewhere; null for none
         * @param losses of all examples
         */
        ClassificationScore result(
                long @Nullable [] more, List<RankingScore> rankings, Supplier<ProbabilityMeasures.Losses> losses) {
            long[] sum = counts;
            if (more != null) {
                sum = counts.clone();
                for (int i = 0; i < more.length; i++) {
                    sum[i] += more[i];
                }
            }
            ImmutableLongArray all = ImmutableLongArray.copyOf(sum); // up to a million
            Confusion confusion = weights == null ? Confusion.of(all) : Confusion.ofOwn(weights(weights, all));
            return new ClassificationScore(classNames, all, confusion, rankings, Suppliers.memoize(() -> losses.get()
                    .dividedBy(confusion.sums(classNames.size()).ofAll())));
        }

        /** The weights at each place, by the counts of all examples. */
        private double[] weights(@Nullable ExactSum[] sums, ImmutableLongArray all) {
            double[] weight = new double[all.length()];
            for (int i = 0; i < weight.length; i++) {
                weight[i] = all.get(i);
                if (sums[i] != null) {
                    ExactSum sum = new ExactSum();
                    sum.add(sums[i]);
                    sum.add(all.get(i) - counts[i]); // elsewhere each has the weight 1
                    weight[i] = sum.value();
                }
            }
            return weight;
        }
    }
}
