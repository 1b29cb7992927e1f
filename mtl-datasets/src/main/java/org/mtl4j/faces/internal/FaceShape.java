package org.mtl4j.faces.internal;

/**
 * Compares five points with those of a face, wherever in the image it is, however large and however turned.
 *
 * @param residual root mean square distance to the points of the face that fits best, as part of {@code radius}: 0 is a
 *     face, 1 has nothing of one. Photographed faces have up to .3, in one of 10,000 up to .45
 * @param degrees by which that face is turned in the image, clockwise, -180 to 180
 * @param radius root mean square distance of the points to their mean
 * @param x of their mean
 * @param y of their mean
 */
record FaceShape(double residual, double degrees, double radius, double x, double y) {

    /** Above this the points are no face, from whatever side. */
    static final double NO_FACE = 0.5;

    /** Below this they are one for certain; what lies between is not judged. */
    static final double FACE = 0.4;

    /** How much better another reading of the numbers must fit to be believed: more than people differ. */
    static final double MUCH_BETTER = 0.2;

    /** Faces are tilted by less than this, unless the photo lies. */
    static final double UPRIGHT_DEGREES = 75;

    /**
     * The usual five points for aligned faces, of 112 x 112 pixels (InsightFace, "arcface_dst"), in depth as on a head:
     * the nose in front by a little more than half of the distance between the eyes.
     */
    private static final double[] FRONTAL = {
        38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041
    };

    private static final double[] DEPTH = {0, 0, 20, 4, 4};

    /** From one full profile to the other. */
    private static final double[] SIDES = {0, -30, 30, -60, 60, -90, 90};

    private static final double[][] FACES = faces();

    private static double[][] faces() {
        double[][] faces = new double[SIDES.length][];
        for (int side = 0; side < SIDES.length; side++) {
            double angle = StrictMath.toRadians(SIDES[side]);
            double[] xy = FRONTAL.clone();
            double middle = mean(xy, 0);
            for (int point = 0; point < DEPTH.length; point++) {
                xy[2 * point] = (xy[2 * point] - middle) * StrictMath.cos(angle) + DEPTH[point] * StrictMath.sin(angle);
            }
            faces[side] = centred(xy);
        }
        return faces;
    }

    private static double mean(double[] xy, int axis) {
        double sum = 0;
        for (int i = axis; i < xy.length; i += 2) {
            sum += xy[i];
        }
        return 2 * sum / xy.length;
    }

    private static double[] centred(double[] xy) {
        double[] result = new double[xy.length];
        for (int axis = 0; axis < 2; axis++) {
            double mean = mean(xy, axis);
            for (int i = axis; i < xy.length; i += 2) {
                result[i] = xy[i] - mean;
            }
        }
        return result;
    }

    private static double squares(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    /** Fits a face to x1, y1, … x5, y5. */
    static FaceShape of(double[] xy) {
        double[] points = centred(xy);
        double size = squares(points);
        double best = -1;
        double degrees = 0;
        for (double[] face : FACES) {
            double along = 0; // as of complex numbers: the sum of conjugate(face) * point
            double across = 0;
            for (int i = 0; i < points.length; i += 2) {
                along += face[i] * points[i] + face[i + 1] * points[i + 1];
                across += face[i] * points[i + 1] - face[i + 1] * points[i];
            }
            double explained = (along * along + across * across) / squares(face);
            if (explained > best) {
                best = explained;
                degrees = Math.toDegrees(Math.atan2(across, along));
            }
        }
        double residual = size > 0 ? Math.sqrt(Math.max(0, 1 - best / size)) : 1;
        return new FaceShape(residual, degrees, Math.sqrt(size / DEPTH.length), mean(xy, 0), mean(xy, 1));
    }

    boolean isUpright() {
        return Math.abs(degrees) <= UPRIGHT_DEGREES;
    }

    /** {@return whether these points are a face, upright, and much more of one than others} */
    boolean explains(FaceShape other) {
        return residual < FACE && isUpright() && other.residual - residual > MUCH_BETTER;
    }
}
