package org.mtl4j.image;

import java.util.Arrays;
import org.mtl4j.internal.check.Check;

/** Samples parts of an image at another resolution, as {@link GrayImage#sample} says. */
final class Resampler {

    /**
     * Samples per output pixel and axis are no closer than needed to leave out no image pixel, and at most this many: a
     * reduction by a factor of more than 64 is sampled with gaps.
     */
    private static final int MOST_SAMPLES = 64;

    private final int width;
    private final int height;
    private final byte[] luma;

    /** Samples these pixels, which are not copied. */
    Resampler(int width, int height, byte[] luma) {
        this.width = width;
        this.height = height;
        this.luma = luma;
    }

    /** Samples as {@link GrayImage#sample} says. */
    byte[] sample(Affine map, int size) {
        Check.atLeast(1, size, "size");
        int across = samples(map.xu(), map.yu(), size);
        int down = samples(map.xv(), map.yv(), size);
        byte[] result = new byte[size * size];
        double stepU = 1.0 / (size * (double) across);
        double stepV = 1.0 / (size * (double) down);
        boolean inside = inside(map);
        double[] row = new double[size];
        for (int j = 0; j < size; j++) {
            Arrays.fill(row, 0);
            for (int b = 0; b < down; b++) {
                double v = (j * (double) down + b + 0.5) * stepV;
                double startX = map.xv() * v + map.x0();
                double startY = map.yv() * v + map.y0();
                for (int i = 0; i < size; i++) {
                    double sum = 0;
                    for (int a = 0; a < across; a++) {
                        double u = (i * (double) across + a + 0.5) * stepU;
                        double x = startX + map.xu() * u;
                        double y = startY + map.yu() * u;
                        sum += inside ? between(x, y) : bilinear(x, y);
                    }
                    row[i] += sum;
                }
            }
            for (int i = 0; i < size; i++) {
                result[j * size + i] = (byte) (int) (row[i] / (across * down) + 0.5);
            }
        }
        return result;
    }

    /** {@return how many samples an output pixel needs along an axis whose whole length is the vector (x, y)} */
    private static int samples(double x, double y, int size) {
        double pixels = Math.sqrt(x * x + y * y) / size;
        return (int) Math.max(1, Math.min(MOST_SAMPLES, Math.ceil(pixels - 1e-9)));
    }

    /** {@return whether all that is sampled lies between pixel centres, so that the edge does not matter} */
    private boolean inside(Affine map) {
        boolean within = true;
        for (int corner = 0; corner < 4; corner++) {
            double x = map.x(corner & 1, corner >> 1);
            double y = map.y(corner & 1, corner >> 1);
            within &= x >= 0 && x <= width - 2 && y >= 0 && y <= height - 2;
        }
        return within;
    }

    /** Interpolates as {@link #bilinear} does, for points that have pixels on all sides. */
    private double between(double x, double y) {
        int x0 = (int) x;
        int y0 = (int) y;
        double fx = x - x0;
        double fy = y - y0;
        int upper = y0 * width + x0;
        int lower = upper + width;
        double left = (luma[upper] & 0xff) * (1 - fy) + (luma[lower] & 0xff) * fy;
        double right = (luma[upper + 1] & 0xff) * (1 - fy) + (luma[lower + 1] & 0xff) * fy;
        return left * (1 - fx) + right * fx;
    }

    private double bilinear(double x, double y) {
        double cx = Math.min(Math.max(x, 0), width - 1);
        double cy = Math.min(Math.max(y, 0), height - 1);
        int x0 = (int) cx;
        int y0 = (int) cy;
        int x1 = Math.min(x0 + 1, width - 1);
        int y1 = Math.min(y0 + 1, height - 1);
        double fx = cx - x0;
        double fy = cy - y0;
        int upper = y0 * width;
        int lower = y1 * width;
        double left = (luma[upper + x0] & 0xff) * (1 - fy) + (luma[lower + x0] & 0xff) * fy;
        double right = (luma[upper + x1] & 0xff) * (1 - fy) + (luma[lower + x1] & 0xff) * fy;
        return left * (1 - fx) + right * fx;
    }
}
