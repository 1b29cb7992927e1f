package org.mtl4j.metric;

import java.util.Arrays;
import org.mtl4j.internal.sum.ExactSum;

/** Ranks examples without weights, whose pairs are counted in whole numbers. */
final class PlainRanking {
    /** With more examples of a class sorting both sides is faster than searching. */
    private static final int MOST_SEARCHED = 63;

    private final float[] positives;
    private final float[] negatives;

    /** Sorts what is to be ranked. */
    PlainRanking(Numbers positives, Numbers negatives) {
        this.positives = sorted(positives);
        this.negatives = sorted(negatives);
    }

    private static float[] sorted(Numbers numbers) {
        float[] sorted = Arrays.copyOf(numbers.plain(), numbers.size());
        FloatOrder.sort(sorted);
        return sorted;
    }

    /** How well high numbers stand for the positive ones, of which there may be few. */
    static RankingScore score(Numbers positives, Numbers negatives) {
        return positives.size() <= MOST_SEARCHED && negatives.size() > MOST_SEARCHED
                ? new Few(sorted(positives), negatives).score()
                : new PlainRanking(positives, negatives).score();
    }

    /** How well high numbers stand for the positive ones. */
    RankingScore score() {
        Counts counts = new Counts();
        int p = positives.length - 1;
        int n = negatives.length - 1;
        while (p >= 0 || n >= 0) {
            float threshold = n < 0 || p >= 0 && positives[p] > negatives[n] ? positives[p] : negatives[n];
            int right = 0;
            while (p >= 0 && positives[p] == threshold) {
                right++;
                p--;
            }
            int wrong = 0;
            while (n >= 0 && negatives[n] == threshold) {
                wrong++;
                n--;
            }
            counts.pass(right, wrong);
        }
        return counts.score();
    }

    /** How well low numbers stand for the negative ones. */
    RankingScore opposite() {
        Counts counts = new Counts();
        int p = 0;
        int n = 0;
        while (p < positives.length || n < negatives.length) {
            boolean positive = n == negatives.length || p < positives.length && positives[p] < negatives[n];
            float threshold = positive ? positives[p] : negatives[n];
            int wrong = 0;
            while (p < positives.length && positives[p] == threshold) {
                wrong++;
                p++;
            }
            int right = 0;
            while (n < negatives.length && negatives[n] == threshold) {
                right++;
                n++;
            }
            counts.pass(right, wrong);
        }
        return counts.score();
    }

    /** Counts what passes threshold after threshold, the surest first. */
    private static final class Counts {
        private final ExactSum precisions = new ExactSum();
        private long rightly;
        private long wrongly;
        /** Twice the number of the pairs that are in order, those that are equal counting half. */
        private long pairs;

        void pass(int right, int wrong) {
            pairs += wrong * (2 * rightly + right);
            rightly += right;
            wrongly += wrong;
            if (right > 0) {
                precisions.add(right * ((double) rightly / (rightly + wrongly)));
            }
        }

        RankingScore score() {
            boolean both = rightly > 0 && wrongly > 0;
            return new RankingScore(
                    rightly,
                    wrongly,
                    both ? (double) pairs / (2.0 * rightly * wrongly) : Double.NaN,
                    rightly > 0 ? precisions.value() / rightly : Double.NaN);
        }
    }

    /** Counts how many examples of others lie between the few of a class, which alone are sorted. */
    private static final class Few {
        /** The numbers that differ, rising. */
        private final float[] thresholds;
        /** How many examples of the class have each. */
        private final int[] own;
        /** How many others have each. */
        private final int[] equal;
        /** How many others lie below a threshold and above the one before it; last those above all. */
        private final int[] between;

        Few(float[] sorted, Numbers others) {
            int distinct = 0;
            int[] counts = new int[sorted.length];
            for (float value : sorted) {
                if (distinct == 0 || sorted[distinct - 1] != value) {
                    sorted[distinct++] = value;
                }
                counts[distinct - 1]++;
            }
            thresholds = Arrays.copyOf(sorted, distinct);
            own = counts;
            equal = new int[distinct];
            between = new int[distinct + 1];
            place(others.plain(), others.size());
        }

        /** Searches without branches, which could not be foretold. */
        private void place(float[] others, int size) {
            int distinct = thresholds.length;
            int searched = Math.max(2, Integer.highestOneBit(distinct) * 2);
            long[] keys = new long[searched]; // those behind the last are above all numbers
            Arrays.fill(keys, Long.MAX_VALUE);
            for (int i = 0; i < distinct; i++) {
                keys[i] = FloatOrder.key(thresholds[i]);
            }
            for (int i = 0; i < size; i++) {
                long key = FloatOrder.key(others[i]);
                int below = 0; // how many thresholds are at or below the number
                for (int step = searched / 2; step > 0; step /= 2) {
                    below += step & (int) (keys[below + step - 1] - key - 1 >> Long.SIZE - 1);
                }
                if (below > 0 && keys[below - 1] == key) {
                    equal[below - 1]++;
                } else {
                    between[below]++;
                }
            }
        }

        RankingScore score() {
            Counts counts = new Counts();
            for (int i = thresholds.length - 1; i >= 0; i--) {
                counts.pass(0, between[i + 1]);
                counts.pass(own[i], equal[i]);
            }
            counts.pass(0, between[0]);
            return counts.score();
        }
    }
}
