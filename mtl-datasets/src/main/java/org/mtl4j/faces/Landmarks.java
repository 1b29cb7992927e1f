package org.mtl4j.faces;

import java.util.Objects;

/**
 * The five points of a face, in pixels.
 *
 * @param leftEye centre of the eye on the left of the image
 * @param rightEye centre of the eye on the right of the image
 * @param nose tip of the nose
 * @param leftMouthCorner corner of the mouth on the left of the image
 * @param rightMouthCorner corner of the mouth on the right of the image
 */
public record Landmarks(Point leftEye, Point rightEye, Point nose, Point leftMouthCorner, Point rightMouthCorner) {

    /** Points per face. */
    public static final int POINTS = 5;

    /**
     * Checks that no point is missing.
     *
     * @param leftEye centre of the eye on the left of the image
     * @param rightEye centre of the eye on the right of the image
     * @param nose tip of the nose
     * @param leftMouthCorner corner of the mouth on the left of the image
     * @param rightMouthCorner corner of the mouth on the right of the image
     */
    public Landmarks {
        Objects.requireNonNull(leftEye, "leftEye");
        Objects.requireNonNull(rightEye, "rightEye");
        Objects.requireNonNull(nose, "nose");
        Objects.requireNonNull(leftMouthCorner, "leftMouthCorner");
        Objects.requireNonNull(rightMouthCorner, "rightMouthCorner");
    }

    /**
     * {@return the landmarks at these coordinates}
     *
     * @param xy x1, y1, x2, y2, … x5, y5 in the order of {@link LandmarkName}, in pixels, finite
     * @throws IllegalArgumentException if there are not ten, or one is not finite
     */
    public static Landmarks of(double... xy) {
        checkLength(xy);
        return new Landmarks(
                new Point(xy[0], xy[1]),
                new Point(xy[2], xy[3]),
                new Point(xy[4], xy[5]),
                new Point(xy[6], xy[7]),
                new Point(xy[8], xy[9]));
    }

    /**
     * {@return the landmarks in pixels from coordinates relative to a box; the opposite of {@link #relativeTo}}
     *
     * @param box the box that coordinates are relative to
     * @param relative x1, y1, … x5, y5; (0, 0) is the left top corner of the box, (1, 1) its right bottom corner
     * @throws IllegalArgumentException if there are not ten, or one is not finite
     */
    public static Landmarks fromRelative(double[] relative, Box box) {
        return of(pixels(relative, box));
    }

    /** Converts as {@link #fromRelative} numbers that may be no coordinates: what is not finite stays so. */
    static double[] pixels(double[] relative, Box box) {
        checkLength(relative);
        double[] xy = new double[2 * POINTS];
        for (int i = 0; i < xy.length; i += 2) {
            xy[i] = box.left() + relative[i] * box.width();
            xy[i + 1] = box.top() + relative[i + 1] * box.height();
        }
        return xy;
    }

    private static void checkLength(double[] coordinates) {
        if (coordinates.length != 2 * POINTS) {
            throw new IllegalArgumentException(
                    "5 points have 10 coordinates x1, y1, … x5, y5, got %d".formatted(coordinates.length));
        }
    }

    /**
     * {@return the point of this name}
     *
     * @param name which of the five
     */
    public Point get(LandmarkName name) {
        return switch (name) {
            case LEFT_EYE -> leftEye;
            case RIGHT_EYE -> rightEye;
            case NOSE -> nose;
            case LEFT_MOUTH_CORNER -> leftMouthCorner;
            case RIGHT_MOUTH_CORNER -> rightMouthCorner;
        };
    }

    /** {@return x1, y1, x2, y2, … x5, y5 in pixels; a new array} */
    public double[] toArray() {
        return new double[] {
            leftEye.x(), leftEye.y(),
            rightEye.x(), rightEye.y(),
            nose.x(), nose.y(),
            leftMouthCorner.x(), leftMouthCorner.y(),
            rightMouthCorner.x(), rightMouthCorner.y()
        };
    }

    /**
     * Returns the coordinates relative to a box: {@code ((x - left) / width, (y - top) / height)}, so 0 to 1 inside it.
     *
     * @param box the box that coordinates are relative to
     * @return x1, y1, … x5, y5; a new array
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
     * left and right are exchanged.
     *
     * @param relative x1, y1, … x5, y5; not changed
     * @return a new array
     */
    static double[] mirrored(double[] relative) {
        double[] result = new double[relative.length];
        for (LandmarkName name : LandmarkName.values()) {
            int from = 2 * name.mirrored().ordinal();
            int to = 2 * name.ordinal();
            result[to] = 1 - relative[from];
            result[to + 1] = relative[from + 1];
        }
        return result;
    }

    /** {@return the distance between the eyes in pixels, the normaliser of Zhang et al. 2014} */
    public double eyeDistance() {
        return leftEye.distanceTo(rightEye);
    }
}
