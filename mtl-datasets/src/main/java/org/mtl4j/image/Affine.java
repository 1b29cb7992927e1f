package org.mtl4j.image;

/**
 * Maps the plane affinely: {@code (u, v) -> (xu * u + xv * v + x0, yu * u + yv * v + y0)}. Sampling takes a map from
 * the unit square (the output: u to the right, v downwards, both 0 to 1) to the coordinates of an image.
 *
 * @param xu change of x with u; all six are finite
 * @param xv change of x with v
 * @param x0 x of the origin
 * @param yu change of y with u
 * @param yv change of y with v
 * @param y0 y of the origin
 */
public record Affine(double xu, double xv, double x0, double yu, double yv, double y0) {

    /**
     * Checks that all values are finite.
     *
     * @param xu change of x with u; all six are finite
     * @param xv change of x with v
     * @param x0 x of the origin
     * @param yu change of y with u
     * @param yv change of y with v
     * @param y0 y of the origin
     * @throws IllegalArgumentException if one is not
     */
    public Affine {
        if (!Double.isFinite(xu + xv + x0 + yu + yv + y0)) {
            throw new IllegalArgumentException("an affine map has finite values, got x: %s, %s, %s, y: %s, %s, %s"
                    .formatted(xu, xv, x0, yu, yv, y0));
        }
    }

    /**
     * {@return the map of the unit square onto an upright rectangle: (0, 0) to its left top corner, (1, 1) to its right
     * bottom corner}
     *
     * @param left x of the left edge
     * @param top y of the upper edge
     * @param right x of the right edge
     * @param bottom y of the lower edge
     */
    public static Affine rectangle(double left, double top, double right, double bottom) {
        return new Affine(right - left, 0, left, 0, bottom - top, top);
    }

    /**
     * {@return x of the image of (u, v)}
     *
     * @param u to the right in the unit square
     * @param v downwards in the unit square
     */
    public double x(double u, double v) {
        return xu * u + xv * v + x0;
    }

    /**
     * {@return y of the image of (u, v)}
     *
     * @param u to the right in the unit square
     * @param v downwards in the unit square
     */
    public double y(double u, double v) {
        return yu * u + yv * v + y0;
    }
}
