package org.mtl4j.metric;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.sum.ExactSum;

/**
 * Collects the numbers by which examples are told apart, and ranks them: four bytes for an example of the weight 1
 * whose number is a float of at least 0, as a probability is. Exact, and independent of the order of examples. Not
 * thread-safe.
 */
final class Ranking implements Serializable {
    private static final long serialVersionUID = 2L;

    /** Such examples: the bits of the number, which are in the order of those without a sign, and 1 for a positive. */
    private int[] keys = new int[16];

    private int size;

    /** All other examples. */
    private final Numbers positives = new Numbers();

    private final Numbers negatives = new Numbers();

    /** Leaves out the room that there is for more. */
    private void writeObject(ObjectOutputStream out) throws IOException {
        keys = Arrays.copyOf(keys, size);
        out.defaultWriteObject();
    }

    private void makeRoom(int more) {
        int needed = Numbers.checkedSize((long) size + more);
        if (needed > keys.length) {
            keys = Arrays.copyOf(keys, Numbers.grown(keys.length, needed));
        }
    }

    /** A positive number's bits leave the lowest place free when they are moved up, as they have no sign. */
    static int key(int bits, int positive) {
        return bits << 1 | positive;
    }

    private static float number(int key) {
        return Float.intBitsToFloat(key >>> 1);
    }

    /**
     * Adds an example; a number that is not finite is as wrong as can be: below all others for a positive one, else
     * above.
     */
    void add(double number, boolean positive, double weight) {
        if (weight == 0) {
            return;
        }
        double wrong = positive ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        double ranked = Double.isFinite(number) ? number + 0.0 : wrong; // -0 is 0
        if (weight == 1 && ranked >= 0 && (float) ranked == ranked) {
            makeRoom(1);
            keys[size++] = key(Float.floatToRawIntBits((float) ranked), positive ? 1 : 0);
        } else {
            (positive ? positives : negatives).add(ranked, weight);
        }
    }

    /** Adds examples of the weight 1 by their {@linkplain #key keys}. */
    void add(int[] some) {
        makeRoom(some.length);
        System.arraycopy(some, 0, keys, size, some.length);
        size += some.length;
    }

    void add(Ranking other) {
        int count = other.size; // other may be this
        makeRoom(count);
        System.arraycopy(other.keys, 0, keys, size, count);
        size += count;
        positives.add(other.positives);
        negatives.add(other.negatives);
    }

    private boolean areKeys() {
        return positives.size() + negatives.size() == 0;
    }

    /** All examples of one side. */
    private Numbers all(Numbers others, int positive) {
        Numbers all = new Numbers();
        all.add(others);
        for (int i = 0; i < size; i++) {
            if ((keys[i] & 1) == positive) {
                all.add(number(keys[i]), 1);
            }
        }
        return all;
    }

    /** How well low numbers stand for the negative ones, and high ones for the positive ones. */
    List<RankingScore> both() {
        if (areKeys()) {
            return both(PlainRanking.of(Arrays.copyOf(keys, size)));
        }
        Numbers p = all(positives, 1);
        Numbers n = all(negatives, 0);
        if (p.arePlain() && n.arePlain()) {
            return both(PlainRanking.of(p, n));
        }
        WeightedRanking weighted = weighted(p, n);
        return weighted == null ? curves(p, n) : List.of(weighted.opposite(), weighted.score());
    }

    /** Ranks floats with weights that do not differ too much; null of others. */
    private static @Nullable WeightedRanking weighted(Numbers p, Numbers n) {
        if (p.areWide() || n.areWide()) {
            return null;
        }
        int size = Numbers.checkedSize((long) p.size() + n.size());
        float[] numbers = Arrays.copyOf(p.plain(), size);
        System.arraycopy(n.plain(), 0, numbers, p.size(), n.size());
        double[] weights = new double[size];
        for (int i = 0; i < size; i++) {
            weights[i] = i < p.size() ? p.weight(i) : n.weight(i - p.size());
        }
        WeightUnits units = WeightUnits.of(weights, size);
        return units == null ? null : WeightedRanking.of(numbers, units, p.size());
    }

    /** The same as {@link #both}, of any numbers and weights. */
    List<RankingScore> curves() {
        return curves(all(positives, 1), all(negatives, 0));
    }

    private static List<RankingScore> curves(Numbers p, Numbers n) {
        return List.of(
                new Curve(new Side(n, false), new Side(p, false)).score(),
                new Curve(new Side(p, true), new Side(n, true)).score());
    }

    private static List<RankingScore> both(PlainRanking plain) {
        return List.of(plain.opposite(), plain.score());
    }

    /** How well high numbers stand for the positive ones. */
    RankingScore score() {
        return both().get(1);
    }

    /** Goes through the thresholds, from the one that only the surest examples pass to the one that all do. */
    private record Curve(Side ofClass, Side ofOthers) {

        RankingScore score() {
            double positives = ofClass.weight();
            double negatives = ofOthers.weight();
            ExactSum rightly = new ExactSum();
            ExactSum wrongly = new ExactSum();
            ExactSum pairs = new ExactSum(); // twice the weight of the pairs that are in order
            ExactSum precisions = new ExactSum();
            while (!ofClass.isAtEnd() || !ofOthers.isAtEnd()) {
                double threshold = ofClass.isBefore(ofOthers) ? ofClass.next() : ofOthers.next();
                double above = rightly.value();
                double right = ofClass.take(threshold);
                double wrong = ofOthers.take(threshold);
                rightly.add(right);
                wrongly.add(wrong);
                pairs.add(wrong * (2 * above + right));
                if (right > 0) {
                    precisions.add(right * (rightly.value() / (rightly.value() + wrongly.value())));
                }
            }
            return new RankingScore(
                    positives,
                    negatives,
                    positives > 0 && negatives > 0 ? pairs.value() / (2 * positives * negatives) : Double.NaN,
                    positives > 0 ? precisions.value() / positives : Double.NaN);
        }
    }

    /** The numbers of one side, taken from the highest or from the lowest on. */
    private static final class Side {
        private final Numbers sorted;
        private final boolean falling;
        private int taken;

        Side(Numbers numbers, boolean falling) {
            this.sorted = numbers.sorted();
            this.falling = falling;
        }

        double weight() {
            return sorted.totalWeight();
        }

        boolean isAtEnd() {
            return taken == sorted.size();
        }

        double next() {
            return sorted.value(falling ? sorted.size() - 1 - taken : taken);
        }

        boolean isBefore(Side other) {
            if (isAtEnd() || other.isAtEnd()) {
                return other.isAtEnd();
            }
            return falling ? next() > other.next() : next() < other.next();
        }

        /** The weight of the numbers that equal this one, which is not behind the next; they are taken. */
        double take(double value) {
            int from = taken;
            while (!isAtEnd() && next() == value) {
                taken++;
            }
            int size = sorted.size();
            return falling ? sorted.weight(size - taken, size - from) : sorted.weight(from, taken);
        }
    }
}
