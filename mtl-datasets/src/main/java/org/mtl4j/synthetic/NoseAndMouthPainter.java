package org.mtl4j.synthetic;

/** Paints nose, mouth and the folds between them. */
final class NoseAndMouthPainter extends PartPainter {

    NoseAndMouthPainter(Picture picture) {
        super(picture);
    }

    void nose() {
        double half = traits.noseWidth;
        double tip = traits.noseLength;
        double out = traits.noseOut;
        // the body of the nose, which in a turned face hides part of the cheek behind it
        Outline ridge = new Outline();
        head.add(ridge, -0.06, 0.0, 0.06);
        head.add(ridge, 0.06, 0.0, 0.06);
        head.add(ridge, 0.07, tip * 0.6, out * 0.72);
        head.add(ridge, 0.09, tip - 0.04, out);
        head.add(ridge, 0.05, tip + 0.06, out * 0.93);
        head.add(ridge, -0.05, tip + 0.06, out * 0.93);
        head.add(ridge, -0.09, tip - 0.04, out);
        head.add(ridge, -0.07, tip * 0.6, out * 0.72);
        Outline wings = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            head.add(
                    wings,
                    half * Circle.COS[i],
                    tip + 0.03 + 0.09 * Circle.SIN[i],
                    out * (0.5 - 0.1 * Math.abs(Circle.COS[i])));
        }
        canvas.contour(wings).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin * 0.93 - canvas.pixels[index]) * coverage;
            skinMask[index] = Math.max(skinMask[index], coverage);
        });
        double bright = random.uniform(1.0, 1.1);
        canvas.contour(ridge.hull()).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin * bright - canvas.pixels[index]) * coverage * 0.85;
            skinMask[index] = Math.max(skinMask[index], coverage);
        });
        // one side in the shade, the shadow below, the nostrils
        int shaded = random.chance(0.5) ? 1 : -1;
        Outline shade = new Outline();
        head.add(shade, shaded * 0.06, 0.02, 0.05);
        head.add(shade, shaded * 0.08, tip * 0.6, out * 0.65);
        head.add(shade, shaded * 0.1, tip - 0.03, out * 0.9);
        head.add(shade, shaded * (half + 0.01), tip + 0.03, out * 0.35);
        head.add(shade, shaded * 0.15, tip * 0.5, 0.05);
        canvas.contour(shade.hull()).darken(random.uniform(0.72, 0.97));
        canvas.contour(head.ellipse(0, tip + 0.12, half * 0.95, 0.05, out * 0.35))
                .darken(random.uniform(0.6, 0.9));
        for (int side = -1; side <= 1; side += 2) {
            canvas.contour(head.ellipse(side * 0.075, tip + 0.075, 0.045, 0.028, out * 0.7))
                    .darken(random.uniform(0.15, 0.5));
        }
        canvas.contour(head.ellipse(0, tip, 0.05, 0.045, out)).darken(random.uniform(1.0, 1.18));
    }

    void mouth() {
        double half = traits.mouthHalfWidth;
        double corner = head.cornerY();
        double middle = head.mouthY();
        double open = traits.mouthOpen;
        double full = traits.lipFullness;
        Outline upper = new Outline();
        Outline lower = new Outline();
        Outline gap = new Outline();
        for (int i = 0; i <= 10; i++) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room; // where the lips meet
            double bow = full * (0.9 * room + 0.25 * (Math.abs(t) < 0.3 ? Math.abs(t) / 0.3 - 1 : 0));
            head.add(upper, half * t, line - open * 0.35 * room - bow, 0.03 * room);
            head.add(gap, half * t, line - open * 0.35 * room, 0.03 * room);
        }
        for (int i = 10; i >= 0; i--) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room;
            head.add(upper, half * t, line - open * 0.35 * room, 0.03 * room);
            head.add(gap, half * t, line + open * 0.65 * room, 0.02 * room);
            head.add(lower, half * t, line + open * 0.65 * room, 0.02 * room);
        }
        for (int i = 0; i <= 10; i++) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room;
            head.add(lower, half * t, line + (open * 0.65 + full * 1.35) * room, 0.02 * room);
        }
        if (traits.moustache > 0) {
            canvas.contour(head.ellipse(0, (traits.noseLength + middle) / 2 + 0.06, half * 1.0, 0.075, 0.05))
                    .darken(1 - (1 - Math.min(1, traits.hair / traits.skin + 0.1)) * traits.moustache);
        }
        double lips = traits.skin * traits.lipGray;
        canvas.contour(upper).fill(lips * 0.92, 0.9);
        canvas.contour(lower).fill(lips * 1.04, 0.85);
        if (open > 0) {
            boolean teeth = traits.cornerLift > 0.03 ? random.chance(0.9) : random.chance(0.3);
            canvas.contour(gap).fill(teeth ? 0.62 + 0.33 * traits.skin : 0.1, 0.95);
        }
        Outline line = new Outline();
        for (int i = 0; i <= 8; i++) {
            double t = i / 4.0 - 1;
            double room = 1 - t * t;
            head.add(line, half * 1.02 * t, corner + (middle - corner) * room - open * 0.35 * room, 0.02 * room);
        }
        double width = head.scale() * 0.04;
        canvas.contour(line.stroke(width * 0.6, width, width * 0.6)).darken(0.35);
        curve(0, middle + open * 0.65 + full * 1.35 + 0.05, half * 0.6, 0.015, 0.04, 0.88);
    }

    /** Paints the folds from the nose to beside the mouth, deeper in a smile. */
    void folds() {
        double depth = 1 - 0.4 * traits.wrinkles;
        for (int side = -1; side <= 1; side += 2) {
            Outline fold = new Outline();
            double end = traits.mouthHalfWidth + 0.07;
            head.add(fold, side * (traits.noseWidth + 0.02), traits.noseLength - 0.02);
            head.add(fold, side * (traits.noseWidth + 0.5 * (end - traits.noseWidth) + 0.05), traits.noseLength + 0.11);
            head.add(fold, side * end, head.cornerY() - 0.04);
            head.add(fold, side * (end + 0.01), head.cornerY() + 0.06);
            double width = head.scale() * 0.035;
            canvas.contour(fold.stroke(width, width, 0)).darken(depth);
        }
    }
}
