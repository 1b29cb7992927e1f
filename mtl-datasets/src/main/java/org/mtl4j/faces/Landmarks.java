package org.mtl4j.faces;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The points of a face, in pixels: those that a {@link LandmarkScheme} names, each of which may be unknown, but not
 * all. Immutable; two with the same scheme and coordinates are equal.
 *
 * <p>The usual five points ({@link LandmarkScheme#FIVE_POINTS}) have constructors and methods of their own; with
 * another scheme these say where its points have the five.
 */
public final class Landmarks {

    /** How many the usual five points are. */
    public static final int POINTS = 5;

    private final LandmarkScheme scheme;
    /** x1, y1, x2, y2, …; both NaN where a point is unknown. */
    private final double[] xy;

    private Landmarks(LandmarkScheme scheme, double[] xy) {
        this.scheme = scheme;
        this.xy = xy;
    }

    /**
     * Holds the usual five points.
     *
     * @param leftEye centre of the eye on the left of the image
     * @param rightEye centre of the eye on the right of the image
     * @param nose tip of the nose
     * @param leftMouthCorner corner of the mouth on the left of the image
     * @param rightMouthCorner corner of the mouth on the right of the image
     */
    public Landmarks(Point leftEye, Point rightEye, Point nose, Point leftMouthCorner, Point rightMouthCorner) {
        this(LandmarkScheme.FIVE_POINTS, new double[] {
            leftEye.x(), leftEye.y(),
            rightEye.x(), rightEye.y(),
            nose.x(), nose.y(),
            leftMouthCorner.x(), leftMouthCorner.y(),
            rightMouthCorner.x(), rightMouthCorner.y()
        });
    }

    /**
     * {@return the usual five points at these coordinates}
     *
     * @param xy x1, y1, x2, y2, … x5, y5 in the order of {@link LandmarkName}, in pixels, finite
     * @throws IllegalArgumentException if there are not ten, or one is not finite
     */
    public static Landmarks of(double... xy) {
        checkLength(LandmarkScheme.FIVE_POINTS, xy);
        for (int i = 0; i < xy.length; i += 2) {
            checkFinite(xy[i], xy[i + 1]);
        }
        return new Landmarks(LandmarkScheme.FIVE_POINTS, xy.clone());
    }

    private static void checkFinite(double x, double y) {
        if (!Double.isFinite(x) || !Double.isFinite(y)) {
            throw new IllegalArgumentException("a point has finite coordinates, got (%s, %s)".formatted(x, y));
        }
    }

    /**
     * {@return the points of a scheme at these coordinates}
     *
     * @param scheme which points they are
     * @param xy x1, y1, x2, y2, … in its order, in pixels, finite; both NaN where a point is unknown
     * @throws IllegalArgumentException if there is another number of coordinates, no point is known, or a point has one
     *     coordinate that is not finite; the message names it
     */
    public static Landmarks of(LandmarkScheme scheme, double[] xy) {
        checkLength(scheme, xy);
        boolean known = false;
        for (int i = 0; i < xy.length; i += 2) {
            if (Double.isNaN(xy[i]) && Double.isNaN(xy[i + 1])) {
                continue;
            }
            if (!Double.isFinite(xy[i]) || !Double.isFinite(xy[i + 1])) {
                throw new IllegalArgumentException(
                        "%s (point %d): a point has finite coordinates, or NaN twice if it is unknown, got (%s, %s)"
                                .formatted(scheme.names().get(i / 2), i / 2 + 1, xy[i], xy[i + 1]));
            }
            known = true;
        }
        if (!known) {
            throw new IllegalArgumentException("none of %d points is known".formatted(scheme.size()));
        }
        return new Landmarks(scheme, xy.clone());
    }

    /**
     * {@return the usual five points in pixels from coordinates relative to a box; the opposite of {@link #relativeTo}}
     *
     * @param box the box that coordinates are relative to
     * @param relative x1, y1, … x5, y5; (0, 0) is the left top corner of the box, (1, 1) its right bottom corner
     * @throws IllegalArgumentException if there are not ten, or one is not finite
     */
    public static Landmarks fromRelative(double[] relative, Box box) {
        checkLength(LandmarkScheme.FIVE_POINTS, relative);
        return of(pixels(relative, box));
    }

    /**
     * {@return the points of a scheme in pixels from coordinates relative to a box; the opposite of
     * {@link #relativeTo}}
     *
     * @param scheme which points they are
     * @param box the box that coordinates are relative to
     * @param relative x1, y1, x2, y2, …; (0, 0) is the left top corner of the box, (1, 1) its right bottom corner
     * @throws IllegalArgumentException as {@link #of(LandmarkScheme, double[])}
     */
    public static Landmarks fromRelative(LandmarkScheme scheme, double[] relative, Box box) {
        checkLength(scheme, relative);
        return of(scheme, pixels(relative, box));
    }

    /** Converts as {@link #fromRelative} numbers that may be no coordinates: what is not finite stays so. */
    static double[] pixels(double[] relative, Box box) {
        double[] xy = new double[relative.length];
        for (int i = 0; i < xy.length; i += 2) {
            xy[i] = box.left() + relative[i] * box.width();
            xy[i + 1] = box.top() + relative[i + 1] * box.height();
        }
        return xy;
    }

    private static void checkLength(LandmarkScheme scheme, double[] coordinates) {
        int points = scheme.size();
        if (coordinates.length != 2 * points) {
            throw new IllegalArgumentException("%d points have %d coordinates x1, y1, … x%d, y%d, got %d"
                    .formatted(points, 2 * points, points, points, coordinates.length));
        }
    }

    /** {@return which points these are} */
    public LandmarkScheme scheme() {
        return scheme;
    }

    /**
     * {@return a point; empty if it is unknown}
     *
     * @param point its place in the scheme, from 0
     * @throws IndexOutOfBoundsException if there is no such place
     */
    public Optional<Point> point(int point) {
        Objects.checkIndex(point, scheme.size());
        return isKnown(point) ? Optional.of(new Point(xy[2 * point], xy[2 * point + 1])) : Optional.empty();
    }

    /** {@return whether a point is known} */
    boolean isKnown(int point) {
        return !Double.isNaN(xy[2 * point]);
    }

    /** {@return whether all points are known} */
    public boolean isComplete() {
        for (double coordinate : xy) {
            if (Double.isNaN(coordinate)) {
                return false;
            }
        }
        return true;
    }

    /** {@return the usual five points, as far as the scheme says where they are and they are known; else empty} */
    public Optional<Landmarks> fivePoints() {
        if (scheme.equals(LandmarkScheme.FIVE_POINTS)) {
            return isComplete() ? Optional.of(this) : Optional.empty();
        }
        double[] five = scheme.fivePoints(xy);
        return five == null ? Optional.empty() : Optional.of(of(five));
    }

    /**
     * {@return one of the usual five points}
     *
     * @param name which of the five
     * @throws IllegalStateException if the five are not known
     */
    @SuppressWarnings("EnumOrdinal") // the constants are in the order of the points
    public Point get(LandmarkName name) {
        double[] five = scheme.fivePoints(xy);
        if (five == null) {
            throw new IllegalStateException("the usual five points are not known of a face with %s".formatted(scheme));
        }
        return new Point(five[2 * name.ordinal()], five[2 * name.ordinal() + 1]);
    }

    /**
     * {@return the centre of the eye on the left of the image}
     *
     * @throws IllegalStateException if the usual five points are not known
     */
    public Point leftEye() {
        return get(LandmarkName.LEFT_EYE);
    }

    /**
     * {@return the centre of the eye on the right of the image}
     *
     * @throws IllegalStateException if the usual five points are not known
     */
    public Point rightEye() {
        return get(LandmarkName.RIGHT_EYE);
    }

    /**
     * {@return the tip of the nose}
     *
     * @throws IllegalStateException if the usual five points are not known
     */
    public Point nose() {
        return get(LandmarkName.NOSE);
    }

    /**
     * {@return the corner of the mouth on the left of the image}
     *
     * @throws IllegalStateException if the usual five points are not known
     */
    public Point leftMouthCorner() {
        return get(LandmarkName.LEFT_MOUTH_CORNER);
    }

    /**
     * {@return the corner of the mouth on the right of the image}
     *
     * @throws IllegalStateException if the usual five points are not known
     */
    public Point rightMouthCorner() {
        return get(LandmarkName.RIGHT_MOUTH_CORNER);
    }

    /** {@return x1, y1, x2, y2, … in pixels, NaN where a point is unknown; a new array} */
    public double[] toArray() {
        return xy.clone();
    }

    /**
     * Returns the coordinates relative to a box: {@code ((x - left) / width, (y - top) / height)}, so 0 to 1 inside it.
     *
     * @param box the box that coordinates are relative to
     * @return x1, y1, x2, y2, …, NaN where a point is unknown; a new array
     */
    public double[] relativeTo(Box box) {
        double[] relative = toArray();
        for (int i = 0; i < relative.length; i += 2) {
            relative[i] = (relative[i] - box.left()) / box.width();
            relative[i + 1] = (relative[i + 1] - box.top()) / box.height();
        }
        return relative;
    }

    /**
     * Mirrors coordinates relative to a box, as they are when the face is mirrored in the box: x becomes 1 - x, and
     * partners are exchanged.
     *
     * @param relative x1, y1, x2, y2, …; not changed
     * @return a new array
     */
    static double[] mirrored(LandmarkScheme scheme, double[] relative) {
        double[] result = new double[relative.length];
        for (int point = 0; point < scheme.size(); point++) {
            int from = 2 * scheme.mirrored(point);
            result[2 * point] = 1 - relative[from];
            result[2 * point + 1] = relative[from + 1];
        }
        return result;
    }

    /**
     * {@return the distance between the centres of the eyes in pixels, the normaliser of Zhang et al. 2014}
     *
     * @throws IllegalStateException if the scheme does not say where they are, or they are unknown
     */
    public double eyeDistance() {
        double[] eyes = scheme.eyes(xy);
        if (eyes == null) {
            throw new IllegalStateException("the eyes are not known of a face with %s".formatted(scheme));
        }
        return Math.hypot(eyes[0] - eyes[2], eyes[1] - eyes[3]);
    }

    /**
     * {@return the smallest box around all known points}
     *
     * @throws IllegalArgumentException if they are all on one line across or down, or one point
     */
    public Box bounds() {
        double[] edges = edges();
        if (!(edges[0] < edges[2] && edges[1] < edges[3])) {
            throw new IllegalArgumentException(
                    "no box around points that are all on one line, from (%s, %s) to (%s, %s)"
                            .formatted(edges[0], edges[1], edges[2], edges[3]));
        }
        return new Box(edges[0], edges[1], edges[2], edges[3]);
    }

    /** {@return left, top, right and bottom of the known points} */
    double[] edges() {
        double[] edges = {
            Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY
        };
        for (int i = 0; i < xy.length; i++) {
            if (!Double.isNaN(xy[i])) {
                edges[i % 2] = Math.min(edges[i % 2], xy[i]);
                edges[i % 2 + 2] = Math.max(edges[i % 2 + 2], xy[i]);
            }
        }
        return edges;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Landmarks theirs && Arrays.equals(xy, theirs.xy) && scheme.equals(theirs.scheme);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(xy);
    }

    /** {@return the points with their coordinates} */
    @Override
    public String toString() {
        if (scheme.equals(LandmarkScheme.FIVE_POINTS) && isComplete()) { // the form that fingerprints of crops know
            return "Landmarks[leftEye=%s, rightEye=%s, nose=%s, leftMouthCorner=%s, rightMouthCorner=%s]"
                    .formatted(leftEye(), rightEye(), nose(), leftMouthCorner(), rightMouthCorner());
        }
        StringBuilder text = new StringBuilder("Landmarks[");
        for (int point = 0; point < scheme.size(); point++) {
            text.append(point == 0 ? "" : ", ").append(scheme.names().get(point));
            text.append(isKnown(point) ? " (%s, %s)".formatted(xy[2 * point], xy[2 * point + 1]) : " unknown");
        }
        return text.append(']').toString();
    }
}
