package org.mtl4j.metric;

import com.google.common.base.Suppliers;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;

/**
 * Collects what the measures of one class of several need that are taken of probabilities: ranks, losses and
 * calibration. Examples without weights whose probabilities are floats from 0 to 1, as they mostly are, are only kept;
 * all others are summed as they come, to the same bits. Not thread-safe.
 */
final class ProbabilityMeasures implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The least probability that the logarithm is taken of: 0 would make one example outweigh all others. */
    static final double LEAST_PROBABILITY = 1e-15;

    /** No logarithm of it is larger. */
    private static final double LARGEST_LOSS = 35;

    /** How far beyond 0 and 1 rounding carries a probability. */
    private static final double ROUNDING = 1e-6;

    private final int classes;
    /** By the probability of the second of two classes. */
    private final Ranking ofSecond = new Ranking();
    /** Of more than two classes. */
    private final ClassRankings ofClasses;
    /** Of two classes the examples that are kept: the key of each, and the bits of the labelled class's probability. */
    private final RowBlocks ofTwo = new RowBlocks(2);

    private final Calibration calibration = new Calibration();
    private final ExactSum logLoss = new ExactSum();
    private boolean unknown;

    /**
     * What comes out.
     *
     * @param logLoss the sum over all examples
     */
    record Losses(double logLoss, double calibrationError) {
        /** The mean loss, by the weight of all examples. */
        Losses dividedBy(double weight) {
            return new Losses(logLoss / weight, calibrationError);
        }
    }

    /** Computes the measures when they are asked for. */
    record Results(List<RankingScore> rankings, Supplier<Losses> losses) {}

    ProbabilityMeasures(int classes) {
        this.classes = classes;
        ofClasses = new ClassRankings(classes);
    }

    /** Says that probabilities of some examples are not known, and so what is measured by them. */
    void addUnknown() {
        unknown = true;
    }

    /** Keeps examples of the weight 1, with floats from 0 to 1 and no -0; see {@link ClassRankings#add}. */
    void addClasses(int[] bits, int[] rows, int[] actual) {
        ofClasses.add(bits, rows, actual);
    }

    /** Keeps examples of two classes, of the weight 1: the {@link Ranking#key} and the bits of each, in turn. */
    void addTwo(int[] keysAndBits, int examples) {
        ofTwo.add(keysAndBits, 0, examples);
    }

    /** Adds an example of a question with two answers by the probability of the second. */
    void addYesOrNo(boolean yes, double probability, double weight) {
        boolean finite = Double.isFinite(probability);
        ofSecond.add(probability, yes, weight);
        addSureness(finite ? probability : (yes ? 0 : 1), yes, weight);
        addLoss(finite, yes ? probability : 1 - probability, weight);
    }

    /**
     * Adds an example.
     *
     * @param best the predicted class; the number of classes if a number is not finite
     */
    void addRow(int actual, double[] predicted, int best, double weight) {
        boolean finite = best < classes;
        if (classes == 2) {
            boolean second = actual == 1;
            ofSecond.add(finite ? predicted[1] : Double.NaN, second, weight);
            addSureness(finite ? predicted[1] : (second ? 0 : 1), second, weight);
        } else {
            addSureness(finite ? predicted[best] : 1, finite && actual == best, weight);
        }
        addLoss(finite, areProbabilities(predicted) ? predicted[actual] : Double.NaN, weight);
        for (int c = 0; classes > 2 && c < classes; c++) {
            ofClasses.add(c, finite ? predicted[c] : Double.NaN, actual == c, weight);
        }
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

    void add(ProbabilityMeasures other) {
        ofSecond.add(other.ofSecond);
        ofClasses.add(other.ofClasses);
        ofTwo.add(other.ofTwo);
        calibration.add(other.calibration);
        logLoss.add(other.logLoss);
        unknown |= other.unknown;
    }

    /** What has been collected as it is now; more may be added to this while the other is read. */
    ProbabilityMeasures now() {
        ProbabilityMeasures now = new ProbabilityMeasures(classes);
        now.add(this);
        return now;
    }

    /** The measures of what has been added so far. */
    Results results() {
        ProbabilityMeasures now = now();
        return new Results(new DeferredList<>(classes, now::rankings), Suppliers.memoize(now::losses));
    }

    private List<RankingScore> rankings() {
        return classes == 2 ? rankings(ofTwo.column(0)) : unknown ? unknown() : ofClasses.scores();
    }

    private List<RankingScore> unknown() {
        return Collections.nCopies(classes, new RankingScore(0, 0, Double.NaN, Double.NaN));
    }

    private Losses losses() {
        if (classes == 2) {
            return losses(ofTwo.column(0), ofTwo.column(1));
        }
        Sums sums = new Sums();
        ofClasses.forEach((bits, actual, rows, first) -> {
            for (int row = 0; row < rows; row++) {
                sums.add(bits, row * classes, actual[first + row]);
            }
        });
        return sums.result();
    }

    /** The rankings of two classes, of these examples, too. */
    List<RankingScore> rankings(int[] keys) {
        if (unknown) {
            return unknown();
        }
        Ranking all = new Ranking();
        all.add(ofSecond);
        all.add(keys);
        return all.both();
    }

    /**
     * The losses of two classes, of these examples, too.
     *
     * @param ofLabelled the bits of the probabilities of the labelled class; null if they are those of the second and
     *     what is left to 1
     */
    Losses losses(int[] keys, int @Nullable [] ofLabelled) {
        Sums sums = new Sums();
        for (int i = 0; i < keys.length; i++) {
            double probability = Float.intBitsToFloat(keys[i] >>> 1);
            int answer = keys[i] & 1;
            sums.add(
                    probability,
                    answer,
                    ofLabelled == null ? Math.abs(1 - answer - probability) : Float.intBitsToFloat(ofLabelled[i]));
        }
        return sums.result();
    }

    /** Sums up examples of the weight 1 in blocks, beside what has been summed. */
    private final class Sums {
        private final BlockSum adder = new BlockSum();
        private final Calibration calibrationOfAll = new Calibration();
        private final ExactSum logLossOfAll = new ExactSum();
        private final double[] sureness = new double[BlockSum.BLOCK];
        private final double[] right = new double[BlockSum.BLOCK];
        private final double[] losses = new double[BlockSum.BLOCK];
        private int count;

        Sums() {
            calibrationOfAll.add(calibration);
            logLossOfAll.add(logLoss);
        }

        void add(double sureness, int right, double ofLabelled) {
            this.sureness[count] = sureness;
            this.right[count] = right;
            losses[count] = ofLabelled;
            if (++count == BlockSum.BLOCK) {
                sum();
            }
        }

        /** Adds an example of more than two classes, whose probabilities begin at a place. */
        void add(int[] bits, int place, int actual) {
            int best = 0;
            for (int c = 0; c < classes; c++) {
                best = Math.max(best, bits[place + c]);
            }
            // the first of several that are the largest is predicted
            boolean isBest = bits[place + actual] == best;
            for (int c = 0; isBest && c < actual; c++) {
                isBest = bits[place + c] != best;
            }
            add(Float.intBitsToFloat(best), isBest ? 1 : 0, Float.intBitsToFloat(bits[place + actual]));
        }

        private void sum() {
            calibrationOfAll.add(sureness, right, count, true);
            for (int i = 0; i < count; i++) {
                losses[i] = -Logarithm.of(Math.max(LEAST_PROBABILITY, losses[i]));
            }
            // of floats the largest below 1 has a loss of 2^-24, so that none is far smaller than the bound
            adder.add(logLossOfAll, losses, count, LARGEST_LOSS);
            count = 0;
        }

        Losses result() {
            sum();
            return unknown
                    ? new Losses(Double.NaN, Double.NaN)
                    : new Losses(logLossOfAll.value(), calibrationOfAll.error());
        }
    }
}
