package org.mtl4j.metric;

import java.util.Arrays;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;

/** Ranks examples without weights, whose pairs are counted in whole numbers. */
final class PlainRanking {
    /** Of so many examples of a class, each is compared with all others; of more, all are sorted. */
    private static final int MOST_COMPARED = 63;

    /** In rising order, without a sign: the number of each example, twice, and 1 more for a positive one. */
    private final int[] keys;

    private PlainRanking(int[] keys) {
        this.keys = keys;
    }

    /**
     * Sorts what is to be ranked.
     *
     * @param keys the number of each example, twice, and 1 more for a positive one, without a sign; gets sorted
     */
    static PlainRanking of(int[] keys) {
        FloatOrder.sortUnsigned(keys);
        return new PlainRanking(keys);
    }

    /** Sorts numbers of any sign, that are {@linkplain Numbers#arePlain plain}. */
    static PlainRanking of(Numbers positives, Numbers negatives) {
        long[] wide = new long[Numbers.checkedSize((long) positives.size() + negatives.size())];
        for (int i = 0; i < wide.length; i++) {
            int n = i - positives.size();
            float number = n < 0 ? positives.plain()[i] : negatives.plain()[n];
            wide[i] = (long) FloatOrder.key(number) << 1 | (n < 0 ? 1 : 0);
        }
        Arrays.sort(wide);
        int[] keys = new int[wide.length];
        int different = 0; // takes the place of the number, which has a sign
        for (int i = 0; i < keys.length; i++) {
            different += i > 0 && wide[i] >> 1 != wide[i - 1] >> 1 ? 1 : 0;
            keys[i] = different << 1 | (int) (wide[i] & 1);
        }
        return new PlainRanking(keys);
    }

    /**
     * How well high probabilities of a class stand for it.
     *
     * @param bits of the probabilities, from 0 to 1 and no -0, which are in their order
     * @param actual the class of each
     * @param own the class
     * @param rows which of the examples are of the class
     */
    static RankingScore score(int[] bits, int[] actual, int own, int[] rows) {
        if (rows.length <= MOST_COMPARED) {
            int[] few = new int[rows.length];
            for (int i = 0; i < few.length; i++) {
                few[i] = bits[rows[i]];
            }
            Arrays.sort(few);
            return compared(few, bits);
        }
        int[] keys = new int[bits.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = bits[i] << 1 | (actual[i] == own ? 1 : 0);
        }
        return of(keys).score();
    }

    /** Goes through the few examples of a class from the highest on, counting how many of all are above. */
    private static RankingScore compared(int[] own, int[] all) {
        Counts counts = new Counts(own.length);
        int[] places = new int[2];
        int above = 0; // of others
        int i = own.length;
        while (i > 0) {
            int bits = own[i - 1];
            int to = i;
            while (i > 0 && own[i - 1] == bits) {
                i--;
            }
            Positions.count(all, bits, places);
            int othersAbove = all.length - places[1] - (own.length - to);
            int othersEqual = places[1] - places[0] - (to - i);
            counts.pass(0, othersAbove - above);
            counts.pass(to - i, othersEqual);
            above = othersAbove + othersEqual;
        }
        counts.pass(0, all.length - own.length - above);
        return counts.score();
    }

    /** How well high numbers stand for the positive ones. */
    RankingScore score() {
        Counts counts = new Counts(keys.length);
        int i = keys.length;
        while (i > 0) {
            int to = i--;
            int right = keys[i] & 1;
            while (i > 0 && keys[i - 1] >>> 1 == keys[i] >>> 1) {
                i--;
                right += keys[i] & 1;
            }
            counts.pass(right, to - i - right);
        }
        return counts.score();
    }

    /** How well low numbers stand for the negative ones. */
    RankingScore opposite() {
        Counts counts = new Counts(keys.length);
        int i = 0;
        while (i < keys.length) {
            int from = i++;
            int wrong = keys[from] & 1;
            while (i < keys.length && keys[i] >>> 1 == keys[from] >>> 1) {
                wrong += keys[i] & 1;
                i++;
            }
            counts.pass(i - from - wrong, wrong);
        }
        return counts.score();
    }

    /** Counts what passes threshold after threshold, the surest first. */
    private static final class Counts {
        private final ExactSum precisions = new ExactSum();
        private final BlockSum adder = new BlockSum();
        /** Of thresholds that something right passes first, not yet summed: how much, and of all that have passed. */
        private final double[] right;

        private final double[] rightSoFar;
        private final double[] soFar;
        private int found;
        private long rightly;
        private long wrongly;
        /** Twice the number of the pairs that are in order, those that are equal counting half. */
        private long pairs;

        Counts(int most) {
            int room = Math.min(most, BlockSum.BLOCK) + 1; // the last is written over unless something right passes
            right = new double[room];
            rightSoFar = new double[room];
            soFar = new double[room];
        }

        void pass(int right, int wrong) {
            pairs += wrong * (2 * rightly + right);
            rightly += right;
            wrongly += wrong;
            this.right[found] = right;
            rightSoFar[found] = rightly;
            soFar[found] = rightly + wrongly;
            found += -right >>> Integer.SIZE - 1; // 1 if something was right
            if (found == BlockSum.BLOCK) {
                sum();
            }
        }

        private void sum() {
            for (int i = 0; i < found; i++) {
                right[i] *= rightSoFar[i] / soFar[i];
            }
            adder.add(precisions, right, found);
            found = 0;
        }

        RankingScore score() {
            sum();
            boolean both = rightly > 0 && wrongly > 0;
            return new RankingScore(
                    rightly,
                    wrongly,
                    both ? (double) pairs / (2.0 * rightly * wrongly) : Double.NaN,
                    rightly > 0 ? precisions.value() / rightly : Double.NaN);
        }
    }
}
