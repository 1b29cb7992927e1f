package org.mtl4j.faces.internal;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Tells whether boxes lie by the points of their own row, or by those of a row beside it. A box may hold the points of
 * many a face in other photos, where all faces are in the middle; but from one row to the next box and points move
 * together. So what is correlated are the steps from row to row, of place and size, at every distance of the rows.
 * Steps are taken by their ranks, so that single wild ones do not matter.
 *
 * @param rows how many there are
 * @param own correlation of boxes and points of the same row, the mean over place and size
 * @param best distance at which it is largest among those but 0: 1 if row i + 1 has the box that belongs to row i
 * @param other correlation at that distance
 * @param opposite correlation at the same distance the other way
 * @param straight correlation of places along the same axis
 * @param crossed correlation of places along different axes
 * @param unit deviation of the difference of two correlations per root of a {@link #variance}, if boxes and points had
 *     nothing to do with each other
 * @param movement how far faces move from row to row, in widths of a face (median)
 */
record BoxPairing(
        int rows,
        double own,
        int best,
        double other,
        double opposite,
        double straight,
        double crossed,
        double unit,
        double movement) {

    /** With fewer rows nothing is said. */
    static final int LEAST_ROWS = 30;

    /** The distances that are tried: a line or three too many or too few. */
    private static final int FARTHEST = 3;

    /** How many deviations are beyond doubt, with six distances tried. */
    private static final double CERTAIN = 5;

    /** How many deviations are a reason to look. */
    private static final double DOUBTFUL = 4.5;

    /** How many deviations a correlation is below another one that it would be expected to have. */
    private static final double BELOW = 3;

    /** A smaller correlation says nothing of the corpus as a whole, however certain it is. */
    private static final double SOME = 0.02;

    /** The correlation that another distance has at least, if it is that of most rows. */
    private static final double MUCH = 0.2;

    /** Boxes that follow their points by less than this do not follow them. */
    private static final double NOTHING = 0.1;

    /** Where faces move by less, in widths of a face, boxes need not follow. */
    private static final double MOVES = 0.05;

    private static final int FEATURES = 3;

    /** Width of a face box for the radius of its points; only its order matters. */
    private static final double WIDTH_PER_RADIUS = 3.25;

    /**
     * Compares boxes and points.
     *
     * @param shapes of the points, row by row
     * @param edges left, top, right, bottom, row by row; all of them boxes
     */
    static BoxPairing of(List<FaceShape> shapes, List<double[]> edges) {
        int steps = shapes.size() - 1;
        double[][] points = new double[FEATURES][steps];
        double[][] boxes = new double[FEATURES][steps];
        double[] movements = new double[steps];
        for (int i = 0; i < steps; i++) {
            FaceShape from = shapes.get(i);
            FaceShape to = shapes.get(i + 1);
            double[] a = edges.get(i);
            double[] b = edges.get(i + 1);
            points[0][i] = to.x() - from.x();
            points[1][i] = to.y() - from.y();
            points[2][i] = Math.log(to.radius() / from.radius());
            boxes[0][i] = b[0] + b[2] - a[0] - a[2];
            boxes[1][i] = b[1] + b[3] - a[1] - a[3];
            boxes[2][i] = Math.log((b[2] - b[0]) / (a[2] - a[0]));
            movements[i] = Math.hypot(points[0][i], points[1][i]) / (WIDTH_PER_RADIUS * to.radius());
        }
        for (int feature = 0; feature < FEATURES; feature++) {
            points[feature] = ranks(points[feature]);
            boxes[feature] = ranks(boxes[feature]);
        }
        double[] at = new double[2 * FARTHEST + 1];
        for (int distance = -FARTHEST; distance <= FARTHEST; distance++) {
            for (int feature = 0; feature < FEATURES; feature++) {
                at[FARTHEST + distance] += correlation(points[feature], boxes[feature], distance) / FEATURES;
            }
        }
        double shared = 0;
        for (int a = 0; a < FEATURES; a++) {
            for (int b = 0; b < FEATURES; b++) {
                shared += correlation(points[a], points[b], 0)
                        * correlation(boxes[a], boxes[b], 0)
                        / (FEATURES * FEATURES);
            }
        }
        int best = IntStream.rangeClosed(-FARTHEST, FARTHEST)
                .filter(distance -> distance != 0)
                .boxed()
                .max(Comparator.comparingDouble(distance -> at[FARTHEST + distance]))
                .orElseThrow();
        Arrays.sort(movements);
        double straight = (correlation(points[0], boxes[0], 0) + correlation(points[1], boxes[1], 0)) / 2;
        double crossed = (correlation(points[0], boxes[1], 0) + correlation(points[1], boxes[0], 0)) / 2;
        return new BoxPairing(
                shapes.size(),
                at[FARTHEST],
                best,
                at[FARTHEST + best],
                at[FARTHEST - best],
                straight,
                crossed,
                Math.sqrt(Math.max(shared, 1.0 / FEATURES) / steps),
                movements[steps / 2]);
    }

    /**
     * Counts rows whose points fit the box of the row so far down better than their own, and those that fit the one so
     * far up better. With boxes that are right both happen alike often, by chance.
     *
     * @return both numbers at the distance where they differ most, and that distance; negative if up is more often
     */
    static int[] better(List<FaceShape> shapes, List<double[]> edges) {
        int n = shapes.size();
        double[][] places = new double[FEATURES][n];
        double[][] boxes = new double[FEATURES][n];
        for (int i = 0; i < n; i++) {
            FaceShape shape = shapes.get(i);
            double[] box = edges.get(i);
            places[0][i] = shape.x();
            places[1][i] = shape.y();
            places[2][i] = Math.log(shape.radius());
            boxes[0][i] = (box[0] + box[2]) / 2;
            boxes[1][i] = (box[1] + box[3]) / 2;
            boxes[2][i] = Math.log(box[2] - box[0]);
        }
        double[] usual = new double[FEATURES];
        double[] spread = new double[FEATURES];
        for (int feature = 0; feature < FEATURES; feature++) {
            int f = feature;
            usual[f] = median(IntStream.range(0, n).mapToDouble(i -> offset(places, boxes, f, i, i)));
            spread[f] = Math.max(
                    1e-6,
                    median(IntStream.range(0, n)
                            .mapToDouble(i -> Math.abs(offset(places, boxes, f, i, i) - usual[f]))));
        }
        int[] most = {0, 0, 1};
        for (int distance = 1; distance <= FARTHEST; distance++) {
            int down = 0;
            int up = 0;
            for (int i = distance; i < n - distance; i++) {
                double own = misfit(places, boxes, usual, spread, i, i);
                boolean below = misfit(places, boxes, usual, spread, i, i + distance) < own;
                boolean above = misfit(places, boxes, usual, spread, i, i - distance) < own;
                down += below && !above ? 1 : 0;
                up += above && !below ? 1 : 0;
            }
            if (Math.abs(down - up) > Math.abs(most[0] - most[1])) {
                most = new int[] {Math.max(down, up), Math.min(down, up), down > up ? distance : -distance};
            }
        }
        return most;
    }

    /** {@return whether so many more rows fit the boxes one way than the other that it cannot be chance} */
    static boolean isBeyondChance(int[] better, int rows) {
        return rows >= LEAST_ROWS
                && better[0] - better[1] > SOME * rows
                && better[0] - better[1] > CERTAIN * Math.sqrt(better[0] + better[1]);
    }

    private static double offset(double[][] places, double[][] boxes, int feature, int row, int box) {
        double difference = boxes[feature][box] - places[feature][row];
        return feature < 2 ? difference / (WIDTH_PER_RADIUS * Math.exp(places[2][row])) : difference;
    }

    private static double misfit(
            double[][] places, double[][] boxes, double[] usual, double[] spread, int row, int box) {
        double squares = 0;
        for (int feature = 0; feature < FEATURES; feature++) {
            double off = (offset(places, boxes, feature, row, box) - usual[feature]) / spread[feature];
            squares += off * off;
        }
        return squares;
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** {@return ranks less their mean, over their length; equal values have equal ranks. All 0 if all are equal} */
    private static double[] ranks(double[] values) {
        int n = values.length;
        Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[n];
        double squares = 0;
        for (int from = 0; from < n; ) {
            int to = from;
            while (to < n && values[order[to]] == values[order[from]]) {
                to++;
            }
            double rank = (from + to - 1) / 2.0 - (n - 1) / 2.0;
            for (int i = from; i < to; i++) {
                ranks[order[i]] = rank;
            }
            squares += (to - from) * rank * rank;
            from = to;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < n && length > 0; i++) {
            ranks[i] /= length;
        }
        return ranks;
    }

    /** {@return the sum of a[i] * b[i + distance]} */
    private static double correlation(double[] a, double[] b, int distance) {
        double sum = 0;
        for (int i = Math.max(0, -distance); i < a.length - Math.max(0, distance); i++) {
            sum += a[i] * b[i + distance];
        }
        return sum;
    }

    /**
     * {@return the variance, times the number of steps, of the difference of correlations at two distances of which one
     * is so much larger} Steps of neighbours have a correlation of -1/2, having a row in common (Bartlett's formula).
     */
    private static double variance(int difference) {
        return switch (Math.abs(difference)) {
            case 1 -> 5;
            case 2 -> 2.5;
            default -> 3;
        };
    }

    /** {@return how many deviations the boxes at the best distance are better than their own} */
    private double overOwn() {
        return (other - own) / (unit * Math.sqrt(variance(best)));
    }

    /** {@return whether boxes belong to other rows, beyond doubt} */
    boolean isShifted() {
        return rows >= LEAST_ROWS && other >= MUCH && overOwn() > CERTAIN;
    }

    /** {@return whether some boxes seem to belong to other rows: boxes that are right go with both neighbours alike} */
    boolean isPartlyShifted() {
        double overOpposite = (other - opposite) / (unit * Math.sqrt(variance(2 * best)));
        return rows >= LEAST_ROWS && other - opposite > SOME && (overOpposite > DOUBTFUL || overOwn() > DOUBTFUL);
    }

    /** {@return whether boxes have x and y exchanged} */
    boolean isCrossed() {
        return rows >= LEAST_ROWS && crossed >= MUCH && (crossed - straight) / (unit * Math.sqrt(3)) > CERTAIN;
    }

    /** {@return whether boxes do not follow their points, though these move} */
    boolean isUnrelated() {
        boolean below = overOwn() > DOUBTFUL || movement > MOVES && own + BELOW * unit * Math.sqrt(1.5) < 2 * MUCH;
        return rows >= LEAST_ROWS && own < NOTHING && below;
    }
}
