package org.mtl4j.synthetic;

/** Changes the finished picture as light and a camera would. */
final class Photographer extends PartPainter {

    Photographer(Picture picture) {
        super(picture);
    }

    /** Lights the rounded head from one direction, and the whole picture by a gradient. */
    void light() {
        double angle = random.uniform(0, 2 * StrictMath.PI);
        double side = random.chance(0.25) ? random.uniform(0.6, 1.3) : random.uniform(0, 0.6);
        double lx = side * StrictMath.cos(angle);
        double ly = side * StrictMath.sin(angle) - 0.25;
        double length = Math.sqrt(lx * lx + ly * ly + 1);
        double ambient = random.uniform(0.45, 0.8);
        double diffuse = (1 - ambient) * 1.25;
        double slopeX = random.normal(0, 0.1);
        double slopeY = random.normal(0, 0.1);
        Outline middle = new Outline();
        head.add(middle, 0, 0.1, -0.2);
        double cx = middle.x(0);
        double cy = middle.y(0);
        double perWidth = 1 / (1.05 * traits.headWidth * head.scale());
        double perHeight = 1 / (1.05 * traits.headHeight * head.scale());
        double ux = StrictMath.cos(traits.roll) * perWidth;
        double uy = StrictMath.sin(traits.roll) * perWidth;
        double vx = -StrictMath.sin(traits.roll) * perHeight;
        double vy = StrictMath.cos(traits.roll) * perHeight;
        double towards = diffuse / length;
        double[] pixels = canvas.pixels;
        for (int y = 0, i = 0; y < canvas.height; y++) {
            double rowFactor = 1 + slopeY * (2.0 * y / canvas.height - 1) - slopeX;
            double perColumn = 2 * slopeX / canvas.width;
            double u0 = (y - cy) * uy - cx * ux;
            double v0 = (y - cy) * vy - cx * vx;
            for (int x = 0; x < canvas.width; x++, i++) {
                double factor = rowFactor + perColumn * x;
                double mask = skinMask[i];
                if (mask > 0) {
                    double u = u0 + x * ux;
                    double v = v0 + x * vx;
                    double n = Math.sqrt(Math.max(0.02, 1 - u * u - v * v));
                    double lit = ambient + towards * Math.max(0, lx * u + ly * v + n);
                    factor *= 1 + mask * (lit - 1);
                }
                pixels[i] *= factor;
            }
        }
    }

    /** Takes the picture: blur, contrast, brightness, noise. */
    void camera() {
        canvas.blur(random.chance(0.2) ? random.uniform(0.8, 1.7) : random.uniform(0.2, 0.8));
        double contrast = random.uniform(0.6, 1.2);
        double brightness = random.normal(0.5, 0.08) - 0.5 * contrast;
        double noise = random.chance(0.15) ? random.uniform(0.025, 0.06) : random.uniform(0.005, 0.025);
        for (int i = 0; i < canvas.pixels.length; i++) {
            canvas.pixels[i] = canvas.pixels[i] * contrast + brightness + noise * random.normal();
        }
    }
}
