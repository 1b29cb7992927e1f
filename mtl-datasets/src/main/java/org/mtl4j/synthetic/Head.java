package org.mtl4j.synthetic;

import org.mtl4j.faces.Landmarks;

/**
 * Projects the head, a body in space, onto the picture, in parallel. Points of the face are given on its surface in
 * head units: x to the right and y downwards as seen from the front, with the eyes at y = 0, and how far they stand out
 * from the surface.
 */
final class Head {

    /** Where the surface is about to turn away from the viewer; points beyond stay there, on the outline. */
    private static final double HORIZON = StrictMath.toRadians(84);

    private static final double CENTRE_Y = 0.08;
    private static final double DEPTH = 0.85;
    private static final int LEVELS = 13;

    private final Traits traits;
    private final double scale;
    private final double centreX;
    private final double centreY;
    private final double sinYaw;
    private final double cosYaw;
    private final double sinPitch;
    private final double cosPitch;
    private final double sinRoll;
    private final double cosRoll;

    /** Where the last projected point went. */
    private double pictureX;

    private double pictureY;

    /**
     * Places a head in the picture.
     *
     * @param scale pixels per head unit
     * @param centreX where the middle of the face goes, in pixels
     * @param centreY likewise
     */
    Head(Traits traits, double scale, double centreX, double centreY) {
        this.traits = traits;
        this.scale = scale;
        this.centreX = centreX;
        this.centreY = centreY;
        sinYaw = StrictMath.sin(traits.yaw);
        cosYaw = StrictMath.cos(traits.yaw);
        sinPitch = StrictMath.sin(traits.pitch);
        cosPitch = StrictMath.cos(traits.pitch);
        sinRoll = StrictMath.sin(traits.roll);
        cosRoll = StrictMath.cos(traits.roll);
    }

    double scale() {
        return scale;
    }

    /** {@return half the width of the head at a height, in head units} */
    double halfWidth(double y) {
        double t = (y - CENTRE_Y) / traits.headHeight;
        double a = Math.min(1, Math.abs(t));
        double exponent = t > 0 ? traits.jaw : 2.4;
        double shape = Math.sqrt(Math.max(0, 1 - StrictMath.pow(a, exponent)));
        return traits.headWidth * shape * (1 - traits.taper * Math.max(0, t));
    }

    private double depth(double y) {
        double t = (y - CENTRE_Y) / traits.headHeight;
        return DEPTH * Math.sqrt(Math.max(0.1, 1 - 0.55 * t * t));
    }

    double top() {
        return CENTRE_Y - traits.headHeight;
    }

    double chin() {
        return CENTRE_Y + traits.headHeight;
    }

    /** Projects a point of the face that stands out by {@code out} from the surface. */
    private void project(double x, double y, double out) {
        double half = Math.max(1e-6, halfWidth(y));
        double angle = StrictMath.asin(Math.max(-1, Math.min(1, x / half)));
        double turned = Math.max(-HORIZON, Math.min(HORIZON, angle + traits.yaw)) - traits.yaw;
        double sx = angle == turned ? x : half * StrictMath.sin(turned);
        place(sx, y, depth(y) * StrictMath.cos(turned) + out);
    }

    /** Projects a point in space: z towards the viewer of a frontal face. */
    private void place(double x, double y, double z) {
        double turnedX = x * cosYaw + z * sinYaw - 0.5 * sinYaw; // the face stays near the middle of the picture
        double turnedZ = z * cosYaw - x * sinYaw;
        double nodded = (y - 0.35) * cosPitch + (turnedZ - 0.6) * sinPitch;
        pictureX = centreX + scale * (turnedX * cosRoll - nodded * sinRoll);
        pictureY = centreY + scale * (turnedX * sinRoll + nodded * cosRoll);
    }

    void add(Outline outline, double x, double y) {
        add(outline, x, y, 0);
    }

    void add(Outline outline, double x, double y, double out) {
        project(x, y, out);
        outline.add(pictureX, pictureY);
    }

    void addInSpace(Outline outline, double x, double y, double z) {
        place(x, y, z);
        outline.add(pictureX, pictureY);
    }

    /** {@return an ellipse on the face} */
    Outline ellipse(double x, double y, double halfWidth, double halfHeight, double out) {
        Outline outline = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            add(outline, x + halfWidth * Circle.COS[i], y + halfHeight * Circle.SIN[i], out);
        }
        return outline;
    }

    /**
     * {@return the outline of the part of the head between two heights, as the hull of its projection}
     *
     * @param grown how much larger than the head, as a factor
     */
    Outline outline(double from, double to, double grown) {
        Outline points = new Outline();
        for (int level = 0; level < LEVELS; level++) {
            double y = from + (to - from) * (level + 0.02) / (LEVELS - 0.96);
            double half = halfWidth(y) * grown;
            double deep = Math.sqrt(half / traits.headWidth) * DEPTH * grown;
            double grownY = CENTRE_Y + (y - CENTRE_Y) * grown;
            for (int i = 0; i < Circle.POINTS; i++) {
                double back = Circle.COS[i] < 0 ? 1.0 : 0.94;
                place(half * Circle.SIN[i], grownY, deep * back * Circle.COS[i]);
                points.add(pictureX, pictureY);
            }
        }
        return points.hull();
    }

    double mouthY() {
        return traits.mouthDrop;
    }

    /** {@return the height of the corners of the mouth} */
    double cornerY() {
        return traits.mouthDrop - traits.cornerLift;
    }

    /** {@return the five points, exactly where they are painted} */
    Landmarks landmarks() {
        Outline points = new Outline();
        add(points, -traits.eyeHalfDistance, 0);
        add(points, traits.eyeHalfDistance, 0);
        add(points, 0, traits.noseLength, traits.noseOut);
        add(points, -traits.mouthHalfWidth, cornerY());
        add(points, traits.mouthHalfWidth, cornerY());
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < Landmarks.POINTS; i++) {
            xy[2 * i] = points.x(i);
            xy[2 * i + 1] = points.y(i);
        }
        return Landmarks.of(xy);
    }
}
