package org.mtl4j.synthetic;

/** Paints what hides parts of the face: glasses, and things in the way. */
final class AccessoryPainter extends PartPainter {

    AccessoryPainter(Picture picture) {
        super(picture);
    }

    void glasses() {
        boolean dark = random.chance(0.14);
        double rim = random.uniform(0.02, 0.06);
        double gray = random.chance(0.25) ? random.uniform(0.5, 0.9) : random.uniform(0, 0.2);
        double opacity = random.uniform(0.4, 1);
        double half = random.uniform(0.21, 0.29);
        double high = half * random.uniform(0.55, 0.95);
        double square = random.uniform(0, 0.25);
        double down = random.uniform(-0.02, 0.1);
        double out = 0.1;
        double tint = dark ? random.uniform(0.7, 0.97) : random.uniform(0, 0.12);
        double glare = random.chance(0.25) ? random.uniform(0.15, 0.6) : 0;
        double middle = Math.max(traits.eyeHalfDistance, half + 0.06);
        for (int side = -1; side <= 1; side += 2) {
            Outline lens = rim(side * middle, down, half, high, square, out);
            canvas.contour(lens).fill(dark ? 0.05 : 0.8, tint);
            if (glare > 0) {
                canvas.contour(head.ellipse(side * middle + 0.06, down - high * 0.3, half * 0.4, high * 0.35, out))
                        .fill(1, glare);
            }
            canvas.contour(rim(side * middle, down, half + rim, high + rim, square, out))
                    .contour(lens.reversed())
                    .fill(gray, opacity);
            Outline temple = new Outline();
            head.add(temple, side * (middle + half), down - 0.06, out);
            head.addInSpace(temple, side * traits.headWidth * 1.02, down - 0.05, 0.05);
            double width = head.scale() * (rim + 0.015);
            canvas.contour(temple.stroke(width, width, width)).fill(gray, opacity);
        }
        Outline bridge = new Outline();
        head.add(bridge, -middle + half, down - 0.04, out);
        head.add(bridge, 0, down - 0.09, out + 0.1);
        head.add(bridge, middle - half, down - 0.04, out);
        double width = head.scale() * (rim + 0.015);
        canvas.contour(bridge.stroke(width, width, width)).fill(gray, opacity);
    }

    /** {@return an ellipse, the more like a rectangle the larger {@code square}} */
    private Outline rim(double x, double y, double halfWidth, double halfHeight, double square, double out) {
        Outline rim = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double c = Circle.COS[i];
            double s = Circle.SIN[i];
            double grown = 1 + square * 4 * c * c * s * s;
            head.add(rim, x + halfWidth * c * grown, y + halfHeight * s * grown, out);
        }
        return rim;
    }

    /** Paints something before the face, at its lower edge or side: a hand, a microphone, a scarf. */
    void obstacle() {
        double angle = random.uniform(-0.4, StrictMath.PI + 0.4);
        double x = traits.headWidth * random.uniform(0.75, 1.2) * StrictMath.cos(angle);
        double y = 0.35 + random.uniform(0.75, 1.05) * StrictMath.sin(angle);
        double w = random.uniform(0.12, 0.38);
        double h = random.uniform(0.12, 0.5);
        double slant = random.uniform(-0.3, 0.3);
        Outline thing = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double c = Circle.COS[i];
            double s = Circle.SIN[i];
            head.addInSpace(thing, x + w * c + slant * s, y + h * s, 1.2);
        }
        double gray = random.chance(0.5) ? traits.skin * random.uniform(0.8, 1.1) : random.uniform(0, 1);
        canvas.contour(thing).resolve((index, coverage) -> {
            canvas.pixels[index] += (gray - canvas.pixels[index]) * coverage;
            skinMask[index] *= 1 - coverage;
        });
    }
}
