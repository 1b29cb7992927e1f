package org.mtl4j.faces;

/**
 * A point of an image.
 *
 * @param x pixels to the right, finite
 * @param y pixels downwards, finite
 */
public record Point(double x, double y) {

    /**
     * Checks that both are finite.
     *
     * @param x pixels to the right, finite
     * @param y pixels downwards, finite
     * @throws IllegalArgumentException if one is not
     */
    public Point {
        if (!Double.isFinite(x) || !Double.isFinite(y)) {
            throw new IllegalArgumentException("a point has finite coordinates, got (%s, %s)".formatted(x, y));
        }
    }

    /**
     * {@return the Euclidean distance in pixels}
     *
     * @param other another point
     */
    public double distanceTo(Point other) {
        return Math.hypot(x - other.x, y - other.y);
    }
}
