package org.mtl4j.metric;

import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;

/** Ranks examples by floats, with weights in units; the same to the bit as with exact sums. */
final class WeightedRanking {
    /** In rising order of the numbers, as far as they differ. */
    private final int[] keys;
    /** Of each example its weight, of a negative one below 0. */
    private final long[] weights;

    private final double unit;

    private WeightedRanking(int[] keys, long[] weights, double unit) {
        this.keys = keys;
        this.weights = weights;
        this.unit = unit;
    }

    /**
     * Sorts what is to be ranked.
     *
     * @param numbers not NaN; those of positive examples first
     * @param weights beside each number
     * @param positives how many are positive
     */
    static WeightedRanking of(float[] numbers, WeightUnits weights, int positives) {
        int[] order = FloatOrder.order(numbers);
        int[] keys = new int[order.length];
        long[] sorted = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            int example = order[i];
            keys[i] = FloatOrder.key(numbers[example]);
            sorted[i] = example < positives ? weights.units()[example] : -weights.units()[example];
        }
        return new WeightedRanking(keys, sorted, weights.unit());
    }

    /** How well high numbers stand for the positive ones. */
    RankingScore score() {
        Sums sums = new Sums();
        int i = keys.length;
        while (i > 0) {
            long right = 0;
            long wrong = 0;
            int key = keys[i - 1];
            while (i > 0 && keys[i - 1] == key) {
                i--;
                right += Math.max(0, weights[i]);
                wrong += Math.max(0, -weights[i]);
            }
            sums.pass(right, wrong);
        }
        return sums.score();
    }

    /** How well low numbers stand for the negative ones. */
    RankingScore opposite() {
        Sums sums = new Sums();
        int i = 0;
        while (i < keys.length) {
            long right = 0;
            long wrong = 0;
            int key = keys[i];
            while (i < keys.length && keys[i] == key) {
                right += Math.max(0, -weights[i]);
                wrong += Math.max(0, weights[i]);
                i++;
            }
            sums.pass(right, wrong);
        }
        return sums.score();
    }

    /** Sums up what passes threshold after threshold, the surest first. */
    private final class Sums {
        private final BlockSum adder = new BlockSum();
        private final ExactSum pairs = new ExactSum(); // twice the weight of the pairs that are in order
        private final ExactSum precisions = new ExactSum();
        private final double[] somePairs = new double[BlockSum.BLOCK];
        private final double[] somePrecisions = new double[BlockSum.BLOCK];
        private int count;
        private long rightly;
        private long wrongly;
        private long allRight;
        private long allWrong;

        /** What passes a threshold is rounded before it is added to what has passed. */
        void pass(long rightUnits, long wrongUnits) {
            double right = rightUnits * unit;
            double wrong = wrongUnits * unit;
            double above = rightly * unit;
            allRight += rightUnits;
            allWrong += wrongUnits;
            rightly += (long) (double) rightUnits;
            wrongly += (long) (double) wrongUnits;
            double now = rightly * unit;
            somePairs[count] = wrong * (2 * above + right);
            somePrecisions[count] = right > 0 ? right * (now / (now + wrongly * unit)) : 0;
            if (++count == BlockSum.BLOCK) {
                sum();
            }
        }

        private void sum() {
            adder.add(pairs, somePairs, count);
            adder.add(precisions, somePrecisions, count);
            count = 0;
        }

        RankingScore score() {
            sum();
            double positives = allRight * unit;
            double negatives = allWrong * unit;
            return new RankingScore(
                    positives,
                    negatives,
                    positives > 0 && negatives > 0 ? pairs.value() / (2 * positives * negatives) : Double.NaN,
                    positives > 0 ? precisions.value() / positives : Double.NaN);
        }
    }
}
