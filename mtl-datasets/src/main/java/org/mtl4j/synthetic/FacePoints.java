package org.mtl4j.synthetic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;

/**
 * Finds the points of a scheme on a head, by their names, where {@link EyePainter} and the others paint: points of
 * brows, eyes, nose, lips and jaw that are counted lie evenly on their line, from the outside to the middle of the
 * face.
 */
final class FacePoints {
    private static final Pattern NAME = Pattern.compile("(left |right )?(.+?)(?: ([0-9]+))?");

    /** From this angle on, in radians, the surface is turned away from the viewer. */
    private static final double HIDDEN = StrictMath.toRadians(80);

    /** Where ears are, in radians from the front, as far as being seen is concerned. */
    private static final double EAR = StrictMath.toRadians(70);

    private final Head head;
    private final Traits traits;
    private final Outline points = new Outline();
    private boolean hidden;

    FacePoints(Head head, Traits traits) {
        this.head = head;
        this.traits = traits;
    }

    /**
     * {@return the points of a scheme}
     *
     * @param hide whether points that are turned away are unknown
     * @throws IllegalArgumentException if nothing of a name is drawn
     */
    Landmarks of(LandmarkScheme scheme, boolean hide) {
        double[] xy = new double[2 * scheme.size()];
        for (int i = 0; i < scheme.size(); i++) {
            hidden = false;
            add(scheme, scheme.names().get(i));
            boolean missing = hide && hidden;
            xy[2 * i] = missing ? Double.NaN : points.x(i);
            xy[2 * i + 1] = missing ? Double.NaN : points.y(i);
        }
        return Landmarks.of(scheme, xy);
    }

    private void add(LandmarkScheme scheme, String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            throw unknown(name);
        }
        double side = parts.group(1) == null ? 0 : parts.group(1).equals("left ") ? -1 : 1;
        double at = 0.5; // from the outside (0) to the middle of the face (1)
        if (parts.group(3) != null) {
            String rest = name.substring(0, name.length() - parts.group(3).length());
            long count = scheme.names().stream()
                    .filter(other -> other.matches(Pattern.quote(rest) + "[0-9]+"))
                    .count();
            at = Integer.parseInt(parts.group(3)) / (count + 1.0);
            if (side == 0) {
                at = (Integer.parseInt(parts.group(3)) - 1.0) / count;
            }
        }
        switch (parts.group(2)) {
            case "chin" -> jaw(0, 1);
            case "jaw" -> jaw(side, at);
            case "ear" -> ear(side);
            case "brow", "upper brow", "lower brow" ->
                brow(side, at, parts.group(2).equals("lower brow") ? 0.5 : 0);
            case "brow outer corner" -> brow(side, 0, 0);
            case "brow centre" -> brow(side, 0.5, 0);
            case "brow inner corner" -> brow(side, 1, 0);
            case "eye", "eye centre" -> add(side * traits.eyeHalfDistance, 0, 0);
            case "pupil" -> add(side * traits.eyeHalfDistance + traits.gaze * traits.eyeSize * 0.318, 0, 0);
            case "eye outer corner" -> lid(side, 0, 0);
            case "eye inner corner" -> lid(side, 1, 0);
            case "upper eyelid" -> lid(side, at, -1);
            case "lower eyelid" -> lid(side, at, 0.7);
            case "nose", "nose tip" -> add(0, traits.noseLength, traits.noseOut);
            case "nose bridge" -> add(0, traits.noseLength * at, 0.06 + (traits.noseOut - 0.06) * at);
            case "nose base" -> add(0, traits.noseLength + 0.1, traits.noseOut * 0.5);
            case "nostril" ->
                add(
                        side * traits.noseWidth * (parts.group(3) == null ? 1 : 1.2 - at * 1.2),
                        traits.noseLength + 0.05,
                        traits.noseOut * 0.4);
            case "mouth corner", "inner mouth corner" -> lip(side, 0, 0, 0);
            case "mouth centre" -> lip(0, 1, 0, 0);
            case "upper lip" -> lip(side, side == 0 ? 1 : at, -0.35, -0.9);
            case "lower lip" -> lip(side, side == 0 ? 1 : at, 0.65, 1.35);
            case "inner upper lip" -> lip(side, side == 0 ? 1 : at, -0.35, 0);
            case "inner lower lip" -> lip(side, side == 0 ? 1 : at, 0.65, 0);
            default -> throw unknown(name);
        }
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException(
                "drawn faces have no point '%s'; they have those of the layouts that FaceLayout has".formatted(name));
    }

    private void add(double x, double y, double out) {
        double half = Math.max(1e-6, head.halfWidth(y));
        double angle = StrictMath.asin(Math.max(-1, Math.min(1, x / half))) + traits.yaw;
        hidden |= Math.abs(angle) > HIDDEN;
        head.add(points, x, y, out);
    }

    /** Adds a point of the outline, from beside the eyes to the chin. */
    private void jaw(double side, double at) {
        double y = 0.98 * head.chin() * StrictMath.sin(StrictMath.PI / 2 * (side == 0 ? 1 : at));
        add(side * 0.985 * head.halfWidth(y), y, 0);
    }

    private void ear(double side) {
        add(side * 0.97 * head.halfWidth(0.2), 0.2, 0);
        hidden = side * traits.yaw + EAR > StrictMath.PI / 2;
    }

    private void brow(double side, double at, double below) {
        double t = 1 - 2 * at; // 1 outside, as painted
        double arch = traits.browArch * (0.7 - (t - 0.25) * (t - 0.25)) - traits.frown * t;
        double half = traits.eyeSize * 1.35;
        add(
                side * (traits.eyeHalfDistance + 0.01 + half * t),
                -traits.browHeight - arch + below * traits.browThickness,
                0);
    }

    /** Adds a point of an eye's edge; open is -1 for the upper, 0.7 for the lower lid. */
    private void lid(double side, double at, double open) {
        double t = side * (1 - 2 * at);
        double y = open * traits.eyeOpen * traits.eyeSize * 0.52 * (1 - t * t) - 0.012 * t * side;
        add(side * traits.eyeHalfDistance + traits.eyeSize * t, y, 0);
    }

    /** Adds a point of the lips: how much of the opening and of the fullness it is away from where they meet. */
    private void lip(double side, double at, double open, double full) {
        double t = side * (1 - at);
        double room = 1 - t * t;
        double line = head.cornerY() + (head.mouthY() - head.cornerY()) * room;
        add(
                traits.mouthHalfWidth * t,
                line + (open * traits.mouthOpen + full * traits.lipFullness) * room,
                0.03 * room);
    }
}
