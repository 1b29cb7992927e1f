package org.mtl4j.synthetic;

/** Paints what is behind the head: smooth random gray with some random shapes. */
final class BackgroundPainter extends PartPainter {

    BackgroundPainter(Picture picture) {
        super(picture);
    }

    void background() {
        double base = random.uniform(0.1, 0.9);
        double rough = random.chance(0.6) ? random.uniform(0.05, 0.3) : 0.03;
        clouds(base, rough, random.below(20) + 10);
        int shapes = random.below(9);
        for (int i = 0; i < shapes; i++) {
            double x = random.uniform(-0.1, 1.1) * canvas.width;
            double y = random.uniform(-0.1, 1.1) * canvas.height;
            double w = random.uniform(3, 45);
            double h = random.uniform(3, 70);
            double slant = random.uniform(-20, 20);
            Outline shape = new Outline();
            if (random.chance(0.5)) {
                shape.add(x - w, y - h)
                        .add(x + w, y - h + slant)
                        .add(x + w, y + h)
                        .add(x - w, y + h - slant);
            } else {
                for (int k = 0; k < Circle.POINTS; k++) {
                    shape.add(x + w * Circle.COS[k], y + 0.7 * h * Circle.SIN[k]);
                }
            }
            canvas.contour(shape).fill(random.uniform(0, 1), random.uniform(0.2, 0.9));
        }
    }

    /** Paints smooth random gray: random values on a coarse grid, bilinear between them. */
    private void clouds(double base, double rough, int cell) {
        int columns = canvas.width / cell + 2;
        int rows = canvas.height / cell + 2;
        double[] grid = new double[columns * rows];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = base + rough * random.normal();
        }
        for (int y = 0; y < canvas.height; y++) {
            int row = y / cell * columns;
            double fy = (double) (y % cell) / cell;
            for (int x = 0; x < canvas.width; x++) {
                int i = row + x / cell;
                double fx = (double) (x % cell) / cell;
                double upper = grid[i] + (grid[i + 1] - grid[i]) * fx;
                double lower = grid[i + columns] + (grid[i + columns + 1] - grid[i + columns]) * fx;
                canvas.pixels[y * canvas.width + x] = upper + (lower - upper) * fy;
            }
        }
    }
}
