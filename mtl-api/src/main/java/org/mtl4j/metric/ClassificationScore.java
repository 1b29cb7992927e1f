package org.mtl4j.metric;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well one class of several was predicted: accuracy beside the accuracy of always saying the most frequent class,
 * confusion matrix, recall per class.
 *
 * @param classNames names of the classes, at least 2, in the order of the label columns
 * @param counts the confusion matrix by rows: for each labelled class, how often each class was predicted, and last how
 *     often the prediction was not finite and so no class at all; {@code classes * (classes + 1)} numbers, at least 0
 */
public record ClassificationScore(List<String> classNames, ImmutableLongArray counts) implements TaskScore {

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if there are fewer than 2 classes, the counts are not {@code classes * (classes
     *     + 1)}, or one is negative
     */
    public ClassificationScore {
        classNames = ImmutableList.copyOf(classNames);
        Objects.requireNonNull(counts, "counts");
        int classes = classNames.size();
        checkClasses(classNames);
        if (counts.length() != classes * (classes + 1)) {
            throw new IllegalArgumentException(
                    "%d classes need %d counts, got %d".formatted(classes, classes * (classes + 1), counts.length()));
        }
        if (counts.stream().anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException("counts must be at least 0, got " + counts);
        }
    }

    /** {@return an empty accumulator for these classes, at least 2, in the order of the label columns} */
    public static Accumulator accumulator(List<String> classNames) {
        return new Accumulator(classNames);
    }

    /** {@return the number of labelled examples} */
    public long count() {
        return counts.stream().sum();
    }

    /** {@return the number of examples labelled as {@code actual} and predicted as {@code predicted}} */
    public long count(int actual, int predicted) {
        Objects.checkIndex(actual, classNames.size());
        Objects.checkIndex(predicted, classNames.size());
        return counts.get(actual * (classNames.size() + 1) + predicted);
    }

    /** {@return the number of examples labelled as {@code actual}} */
    public long count(int actual) {
        int width = classNames.size() + 1;
        Objects.checkIndex(actual, classNames.size());
        return counts.subArray(actual * width, (actual + 1) * width).stream().sum();
    }

    /** {@return the share of the labelled examples predicted right, 0 to 1; NaN if there are none} */
    public double accuracy() {
        long right = 0;
        for (int c = 0; c < classNames.size(); c++) {
            right += count(c, c);
        }
        return (double) right / count();
    }

    /** {@return the index of the most frequent labelled class, the first of several} */
    public int majorityClass() {
        int majority = 0;
        for (int c = 1; c < classNames.size(); c++) {
            majority = count(c) > count(majority) ? c : majority;
        }
        return majority;
    }

    /**
     * {@return the accuracy of always predicting {@link #majorityClass()}: what an accuracy on these examples must beat
     * to mean anything} NaN if there are no examples.
     */
    public double majorityBaseline() {
        return (double) count(majorityClass()) / count();
    }

    /** {@return the share of the examples of this class predicted as it, 0 to 1; NaN if the class has no examples} */
    public double recall(int actual) {
        return (double) count(actual, actual) / count(actual);
    }

    /** {@return the mean recall over the classes that have examples; NaN if none has} */
    public double meanRecall() {
        ExactSum sum = new ExactSum();
        int classes = 0;
        for (int c = 0; c < classNames.size(); c++) {
            if (count(c) > 0) {
                sum.add(recall(c));
                classes++;
            }
        }
        return sum.value() / classes;
    }

    /** Says accuracy, baseline and count in one line, or that there are no labels. */
    @Override
    public String toString() {
        if (count() == 0) {
            return "ClassificationScore[no labels]";
        }
        return String.format(Locale.ROOT, "ClassificationScore[%d examples, accuracy %.2f %%, always '%s' %.2f %%]", count(), 100 * accuracy(), classNames.get(majorityClass()), 100 * majorityBaseline());
    }

    private static void checkClasses(List<String> classNames) {
        if (classNames.size() < 2) {
            throw new IllegalArgumentException("at least 2 classes are needed, got " + classNames);
        }
    }

    /** Counts the examples of batches. Not thread-safe. */
    public static final class Accumulator implements ScoreAccumulator {
        private static final long serialVersionUID = 1L;

        private final ImmutableList<String> classNames;
        private final int classes;
        private final long[] counts;

        private Accumulator(List<String> classNames) {
            this.classNames = ImmutableList.copyOf(classNames);
            checkClasses(this.classNames);
            classes = this.classNames.size();
            counts = new long[classes * (classes + 1)];
        }

        /** Adds one example by the indices of its classes. */
        public Accumulator add(int actual, int predicted) {
            Objects.checkIndex(actual, classes);
            Objects.checkIndex(predicted, classes);
            counts[actual * (classes + 1) + predicted]++;
            return this;
        }

        /** Adds one example whose prediction was no class, as where a network has diverged. It counts as wrong. */
        Accumulator addUndecided(int actual) {
            counts[actual * (classes + 1) + classes]++;
            return this;
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
        @Override
        public Accumulator add(INDArray labels, INDArray prediction, @Nullable INDArray mask) {
            double[][] truth = BatchMatrix.of(labels, "labels", classes);
            double[][] predicted = BatchMatrix.of(prediction, "prediction", classes);
            BatchMatrix.checkSameCount("labels", truth.length, "prediction", predicted.length);
            boolean[] present = BatchMatrix.present(mask, truth.length);
            int[] actual = new int[truth.length];
            for (int row = 0; row < truth.length; row++) {
                actual[row] = present[row] ? hot(truth[row], row) : -1;
            }
            for (int row = 0; row < truth.length; row++) {
                if (present[row]) {
                    int best = largest(predicted[row]);
                    counts[actual[row] * (classes + 1) + best]++;
                }
            }
            return this;
        }

        private static int hot(double[] label, int row) {
            int hot = -1;
            for (int c = 0; c < label.length; c++) {
                if (label[c] == 1 && hot < 0) {
                    hot = c;
                } else if (label[c] != 0) {
                    hot = label.length;
                }
            }
            if (hot < 0 || hot == label.length) {
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
                counts[i] += other.counts[i];
            }
            return this;
        }

        /** {@return what has been counted so far; more may be added afterwards} */
        @Override
        public ClassificationScore result() {
            return new ClassificationScore(classNames, ImmutableLongArray.copyOf(counts));
        }
    }
}
