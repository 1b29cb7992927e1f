package org.mtl4j.report;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Probabilities of an answer, whether it was right, and the weights of the examples. */
final class Sureness implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Bins of the calibration error that {@code ClassificationScore} tells. */
    static final int BINS = 15;

    /** A curve has at most about so many points; the corners that are left out are too near to be seen. */
    private static final int MOST_POINTS = 300;

    private final String answer;
    private double[] probabilities = new double[64];
    private boolean[] right = new boolean[64];
    private double[] weights = new double[64];
    private int size;

    /** @param answer whose probabilities these are; empty for the surest of several */
    Sureness(String answer) {
        this.answer = answer;
    }

    String answer() {
        return answer;
    }

    void add(double probability, boolean isRight, double weight) {
        if (!(weight > 0) || !Double.isFinite(probability)) {
            return; // without a place in a curve
        }
        if (size == probabilities.length) {
            probabilities = Arrays.copyOf(probabilities, 2 * size);
            right = Arrays.copyOf(right, 2 * size);
            weights = Arrays.copyOf(weights, 2 * size);
        }
        probabilities[size] = probability;
        right[size] = isRight;
        weights[size] = weight;
        size++;
    }

    /** Points of a curve. */
    @SuppressWarnings("ArrayRecordComponent") // nobody writes to them
    record Curve(double[] x, double[] y) {}

    /** Whether there are examples of both kinds, so that there are curves. */
    boolean hasBoth() {
        return IntStream.range(0, size).anyMatch(i -> right[i])
                && IntStream.range(0, size).anyMatch(i -> !right[i]);
    }

    /** Mean probability and share that was right of each bin that has examples. */
    Curve reliability() {
        double[] sure = new double[BINS];
        double[] hits = new double[BINS];
        double[] weight = new double[BINS];
        for (int i = 0; i < size; i++) {
            int bin = Math.max(0, Math.min(BINS - 1, (int) Math.ceil(probabilities[i] * BINS) - 1));
            sure[bin] += weights[i] * probabilities[i];
            hits[bin] += right[i] ? weights[i] : 0;
            weight[bin] += weights[i];
        }
        int[] filled = IntStream.range(0, BINS).filter(bin -> weight[bin] > 0).toArray();
        return new Curve(
                Arrays.stream(filled)
                        .mapToDouble(bin -> sure[bin] / weight[bin])
                        .toArray(),
                Arrays.stream(filled)
                        .mapToDouble(bin -> hits[bin] / weight[bin])
                        .toArray());
    }

    /** The share of the right ones above each threshold, over that of the wrong ones. */
    Curve roc() {
        return curve(false);
    }

    /** The share of the right ones among those above each threshold, over the share of all right ones. */
    Curve precisionOverRecall() {
        return curve(true);
    }

    private Curve curve(boolean ofPrecision) {
        Integer[] order = IntStream.range(0, size).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble((Integer i) -> -probabilities[i]));
        double allRight = 0;
        double allWrong = 0;
        for (int i = 0; i < size; i++) {
            allRight += right[i] ? weights[i] : 0;
            allWrong += right[i] ? 0 : weights[i];
        }
        double[] x = new double[size + 1];
        double[] y = new double[size + 1];
        int points = 0;
        double rightly = 0;
        double wrongly = 0;
        if (!ofPrecision) {
            points++; // the origin
        }
        for (int i = 0; i < size; i++) {
            int place = order[i];
            rightly += right[place] ? weights[place] : 0;
            wrongly += right[place] ? 0 : weights[place];
            boolean threshold = i + 1 == size || probabilities[order[i + 1]] != probabilities[place];
            double nextX = ofPrecision ? rightly / allRight : wrongly / allWrong;
            double nextY = ofPrecision ? rightly / (rightly + wrongly) : rightly / allRight;
            boolean seen = points == 0
                    || Math.abs(nextX - x[points - 1]) + Math.abs(nextY - y[points - 1]) > 1.0 / MOST_POINTS
                    || i + 1 == size;
            if (threshold && seen) {
                x[points] = nextX;
                y[points] = nextY;
                points++;
            }
        }
        return new Curve(Arrays.copyOf(x, points), Arrays.copyOf(y, points));
    }
}
