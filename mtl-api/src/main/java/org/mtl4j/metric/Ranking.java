package org.mtl4j.metric;

import java.io.Serializable;
import java.util.List;
import org.mtl4j.internal.sum.ExactSum;

/**
 * Collects the numbers by which examples are told apart, and ranks them. Exact, and independent of the order of
 * examples.
 */
final class Ranking implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Numbers positives = new Numbers();
    private final Numbers negatives = new Numbers();

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
        (positive ? positives : negatives).add(ranked, weight);
    }

    /**
     * Adds examples of the weight 1, whose numbers are finite.
     *
     * @param positive 1 or 0 for each
     * @param floats whether the numbers are known to be
     */
    void add(double[] numbers, double[] positive, int count, boolean floats) {
        if (floats && arePlain()) {
            positives.addEither(negatives, numbers, positive, count);
        } else {
            for (int i = 0; i < count; i++) {
                add(numbers[i], positive[i] == 1, 1);
            }
        }
    }

    private boolean arePlain() {
        return positives.arePlain() && negatives.arePlain();
    }

    /**
     * Adds a column of examples of the weight 1, whose numbers are finite.
     *
     * @param batch whose predictions the numbers are
     * @param places where each example begins in them; the column is added to it
     * @param ofClass which examples are positive, from place {@code from} to before {@code to}, the last example first
     */
    void add(ScoredBatch batch, int[] places, int column, int[] ofClass, int from, int to) {
        float[] numbers = batch.floatPredictions();
        if (numbers != null && arePlain()) {
            negatives.addFloats(numbers, places, column);
            for (int i = from; i < to; i++) { // the last one first, so that the others stay where they are
                positives.add(numbers[places[ofClass[i]] + column] + 0f, 1);
                negatives.remove(places.length - ofClass[i] - (i - from));
            }
            return;
        }
        boolean[] positive = new boolean[places.length];
        for (int i = from; i < to; i++) {
            positive[ofClass[i]] = true;
        }
        for (int i = 0; i < places.length; i++) {
            add(batch.predictionAt(places[i] + column), positive[i], 1);
        }
    }

    void add(Ranking other) {
        positives.add(other.positives);
        negatives.add(other.negatives);
    }

    /** How well high numbers stand for the positive ones. */
    RankingScore score() {
        if (arePlain()) {
            return PlainRanking.score(positives, negatives);
        }
        return new Curve(new Side(positives, true), new Side(negatives, true)).score();
    }

    /** How well low numbers stand for the negative ones, and high ones for the positive ones. */
    List<RankingScore> both() {
        if (arePlain()) {
            PlainRanking plain = new PlainRanking(positives, negatives);
            return List.of(plain.opposite(), plain.score());
        }
        RankingScore opposite = new Curve(new Side(negatives, false), new Side(positives, false)).score();
        return List.of(opposite, score());
    }

    /** How many examples are ranked. */
    int size() {
        return positives.size() + negatives.size();
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
