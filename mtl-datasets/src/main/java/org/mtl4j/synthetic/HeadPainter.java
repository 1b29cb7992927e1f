package org.mtl4j.synthetic;

/** Paints neck, clothes, ears and the skin of the face. */
final class HeadPainter extends PartPainter {

    HeadPainter(Picture picture) {
        super(picture);
    }

    void body() {
        double cloth = random.uniform(0.05, 0.95);
        double half = random.uniform(0.36, 0.5);
        double shade = traits.skin * random.uniform(0.6, 0.9);
        Outline neck = new Outline();
        head.addInSpace(neck, -half, 0.6, -0.25);
        head.addInSpace(neck, half, 0.6, -0.25);
        head.addInSpace(neck, half * 1.15, 2.2, -0.3);
        head.addInSpace(neck, -half * 1.15, 2.2, -0.3);
        canvas.contour(neck).fill(shade, 1);
        double shoulder = random.uniform(1.45, 1.75);
        double wide = random.uniform(1.2, 1.9);
        double collar = shoulder + random.uniform(-0.1, 0.5);
        Outline shirt = new Outline();
        head.addInSpace(shirt, -half, shoulder - 0.08, -0.3);
        head.addInSpace(shirt, 0, collar, 0);
        head.addInSpace(shirt, half, shoulder - 0.08, -0.3);
        head.addInSpace(shirt, wide, shoulder + 0.4, -0.3);
        head.addInSpace(shirt, wide * 1.2, 4, -0.3);
        head.addInSpace(shirt, -wide * 1.2, 4, -0.3);
        head.addInSpace(shirt, -wide, shoulder + 0.4, -0.3);
        canvas.contour(shirt).fill(cloth, 1);
    }

    void ears() {
        double size = random.uniform(0.14, 0.2);
        double out = random.uniform(0.9, 1.08);
        boolean covered = traits.longHair && random.chance(0.7);
        if (covered) {
            return;
        }
        for (int side = -1; side <= 1; side += 2) {
            Outline ear = new Outline();
            for (int i = 0; i < Circle.POINTS; i++) {
                head.addInSpace(
                        ear,
                        side * (traits.headWidth * out + 0.09 * Circle.COS[i]),
                        0.17 + size * Circle.SIN[i],
                        -0.05 + 0.1 * Circle.COS[i] * side);
            }
            canvas.contour(ear).fill(traits.skin * 0.86, 1);
        }
    }

    void face() {
        canvas.contour(head.outline(head.top(), head.chin(), 1)).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin - canvas.pixels[index]) * coverage;
            skinMask[index] = coverage;
        });
    }

    /** Makes forehead and cheeks paler, and what lies under the brows and beside the nose darker. */
    void shading() {
        soft(0, -0.35, 0.5, 0.22, 1.05);
        for (int side = -1; side <= 1; side += 2) {
            soft(side * traits.eyeHalfDistance, -0.05, 0.24, 0.16, 1 - 0.35 * traits.eyeShadow);
            soft(side * 0.40, 0.40, 0.19, 0.16, 1.06);
            soft(side * 0.15, 0.12, 0.07, 0.2, 0.93);
        }
    }

    /** Paints a spot of three ellipses that gets weaker outwards. */
    private void soft(double x, double y, double halfWidth, double halfHeight, double factor) {
        double third = 1 + (factor - 1) / 3;
        for (int i = 1; i <= 3; i++) {
            double grown = 0.4 + 0.3 * i;
            canvas.contour(head.ellipse(x, y, halfWidth * grown, halfHeight * grown, 0))
                    .darken(third);
        }
    }
}
