package org.mtl4j.synthetic;

/** Paints eyes and brows; a side is -1 for the left one of the picture, 1 for the right one. */
final class EyePainter extends PartPainter {

    EyePainter(Picture picture) {
        super(picture);
    }

    void eye(int side) {
        double x = side * traits.eyeHalfDistance;
        double half = traits.eyeSize;
        double open = traits.eyeOpen * half * 0.52;
        Outline white = new Outline();
        Outline lid = new Outline();
        for (int i = 0; i <= 8; i++) { // upper lid
            double t = i / 4.0 - 1;
            double y = -open * (1 - t * t) - 0.012 * t * side;
            head.add(white, x + half * t, y);
            head.add(lid, x + half * 1.08 * t, y);
        }
        for (int i = 7; i > 0; i--) { // lower lid
            double t = i / 4.0 - 1;
            head.add(white, x + half * t, 0.7 * open * (1 - t * t) - 0.012 * t * side);
        }
        canvas.contour(white).fill(0.55 + 0.4 * traits.skin, 0.9);
        if (open > 0.012) {
            iris(x, half, open);
        }
        double line = (0.03 + 0.035 * traits.eyeShadow) * head.scale();
        canvas.contour(lid.stroke(line * 0.4, line, line * 0.5))
                .fill(0.1 * traits.skin + 0.04, 0.55 + 0.4 * traits.eyeShadow);
        // the fold above the lid, the bag below
        curve(x, -open - 0.06, half * 0.95, -0.025, 0.02, 0.75);
        curve(x, 0.7 * open + 0.07, half * 0.8, 0.03, 0.02, 1 - 0.3 * traits.wrinkles);
    }

    private void iris(double x, double half, double open) {
        double radius = half * 0.47;
        double centre = x + traits.gaze * (half - radius) * 0.6;
        Outline iris = new Outline();
        Outline pupil = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double ix = centre + radius * Circle.COS[i];
            double t = (ix - x) / half;
            double room = Math.max(0, 1 - t * t);
            double iy = Math.max(-open * room, Math.min(0.7 * open * room, radius * Circle.SIN[i] - 0.1 * radius));
            head.add(iris, ix, iy);
            head.add(
                    pupil,
                    centre + 0.5 * radius * Circle.COS[i],
                    Math.max(-open, Math.min(0.7 * open, 0.5 * radius * Circle.SIN[i] - 0.1 * radius)));
        }
        canvas.contour(iris).fill(0.12 + 0.25 * traits.hair, 0.95);
        canvas.contour(pupil).fill(0.02, 0.8);
    }

    void brow(int side) {
        Outline line = new Outline();
        double half = traits.eyeSize * 1.35;
        for (int i = 0; i <= 6; i++) { // from the nose outwards
            double t = i / 3.0 - 1;
            double arch = traits.browArch * (0.7 - (t - 0.25) * (t - 0.25)) - traits.frown * t;
            head.add(line, side * (traits.eyeHalfDistance + 0.01 + half * t), -traits.browHeight - arch);
        }
        double width = traits.browThickness * head.scale();
        double gray = Math.min(traits.hair, 0.75 * traits.skin);
        canvas.contour(line.stroke(width, width * 0.95, width * 0.3)).fill(gray, 0.8);
    }
}
