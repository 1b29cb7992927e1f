package org.mtl4j.faces;

/**
 * An upright rectangle around a face, in pixels; may reach outside the image. Its width is {@code right - left}: the
 * normaliser of the mean error of Sun et al. 2013 and of the poster.
 *
 * @param left x of the left edge
 * @param top y of the top edge
 * @param right x of the right edge, above left
 * @param bottom y of the bottom edge, above top
 */
public record Box(double left, double top, double right, double bottom) {

    /** Width of a {@linkplain #around box from landmarks} per root mean square distance of the points to their mean. */
    private static final double WIDTH_PER_SPREAD = 3.25;

    /** How far that box lies away from the nose, as a part of the nose's horizontal offset. */
    private static final double AWAY_FROM_NOSE = 0.375;

    /**
     * Checks the edges.
     *
     * @param left x of the left edge
     * @param top y of the top edge
     * @param right x of the right edge, above left
     * @param bottom y of the bottom edge, above top
     * @throws IllegalArgumentException unless all are finite, left is below right and top above bottom
     */
    public Box {
        boolean finite = Double.isFinite(left)
                && Double.isFinite(top)
                && Double.isFinite(right - left)
                && Double.isFinite(bottom - top)
                && Double.isFinite(right)
                && Double.isFinite(bottom);
        if (!(finite && left < right && top < bottom)) {
            throw new IllegalArgumentException(("a box needs finite edges with left < right and top < bottom,"
                            + " got left %s, top %s, right %s, bottom %s")
                    .formatted(left, top, right, bottom));
        }
    }

    /**
     * {@return a square box for a face of which only the landmarks are known, like those that Sun et al. published with
     * their training faces} Its width is 3.25 times the root mean square distance of the five points from their mean.
     * Its centre lies at the middle of eyes and mouth (the mean of the middle between the eyes and the middle between
     * the mouth corners), moved in x by 0.375 of the nose's offset from there, away from the nose.
     *
     * <p>The constants were fitted on the 10,000 training faces, whose own boxes it meets with a mean intersection over
     * union of 0.84: the ratio of the widths is 1.00 on average (standard deviation 0.08), the centre is off by 0.01 of
     * the width on average in x and in y (standard deviation 0.04 and 0.03).
     *
     * @param landmarks points of which the usual five are known ({@link Landmarks#fivePoints}), in pixels; the others
     *     do not matter
     * @throws IllegalArgumentException if all five coincide, or are not known
     */
    public static Box around(Landmarks landmarks) {
        return aroundFive(landmarks
                .fivePoints()
                .orElseThrow(() ->
                        new IllegalArgumentException("no box without the usual five points, of %s they are not known"
                                .formatted(landmarks.scheme()))));
    }

    private static Box aroundFive(Landmarks landmarks) {
        double[] xy = landmarks.toArray();
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < xy.length; i += 2) {
            meanX += xy[i] / Landmarks.POINTS;
            meanY += xy[i + 1] / Landmarks.POINTS;
        }
        double squares = 0;
        for (int i = 0; i < xy.length; i += 2) {
            squares += (xy[i] - meanX) * (xy[i] - meanX) + (xy[i + 1] - meanY) * (xy[i + 1] - meanY);
        }
        double half = WIDTH_PER_SPREAD * Math.sqrt(squares / Landmarks.POINTS) / 2;
        if (!(half > 0)) {
            throw new IllegalArgumentException("no box around landmarks that all coincide at " + landmarks.nose());
        }
        // the sum of eyes and mouth corners is the sum of all points less the nose
        double middleX = (Landmarks.POINTS * meanX - landmarks.nose().x()) / 4;
        double middleY = (Landmarks.POINTS * meanY - landmarks.nose().y()) / 4;
        double x = middleX - AWAY_FROM_NOSE * (landmarks.nose().x() - middleX);
        return new Box(x - half, middleY - half, x + half, middleY + half);
    }

    /** {@return {@code right - left}, in pixels} */
    public double width() {
        return right - left;
    }

    /** {@return {@code bottom - top}, in pixels} */
    public double height() {
        return bottom - top;
    }

    /**
     * {@return this box with {@code fraction} of its width added on the left and on the right, and of its height at the
     * top and at the bottom}
     *
     * @param fraction above -0.5, finite; negative shrinks
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public Box enlarged(double fraction) {
        if (!(fraction > -0.5 && fraction < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("fraction must be finite and above -0.5, got " + fraction);
        }
        double dx = fraction * width();
        double dy = fraction * height();
        return new Box(left - dx, top - dy, right + dx, bottom + dy);
    }
}
