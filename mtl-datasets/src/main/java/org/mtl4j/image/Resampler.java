package org.mtl4j.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.mtl4j.internal.check.Check;

/**
 * Samples parts of an image at another resolution, as {@link GrayImage#sample} and {@link GrayImage#quickSample} say.
 */
final class Resampler {

    /**
     * Samples per output pixel and axis are no closer than needed to leave out no image pixel, and at most this many: a
     * reduction by a factor of more than 64 is sampled with gaps.
     */
    private static final int MOST_SAMPLES = 64;

    /** Image pixels from one quick sample to the next. */
    private static final double SPACING = 1.25;

    /** Bits behind the point that coordinates of quick samples have at least. */
    private static final int LEAST_BITS = 14;

    /** Quick samples of an output pixel whose sum, in 65,536ths, 32 bits hold. */
    private static final int MOST_SUMMED = 256;

    /** Quick samples that are taken together, if a row of the output has not more. */
    private static final int SAMPLES_TOGETHER = 512;

    /** Most quick samples of a row of the output. */
    private static final int MOST_PER_ROW = 1 << 17;

    private static final int EVERY_OTHER_BYTE = 0x00ff00ff;

    /** Reads two neighbouring bytes, the first one as the lower. */
    private static final VarHandle PAIRS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

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

    /** Samples as {@link GrayImage#quickSample} says, or more finely where that would not pay. */
    byte[] quickSample(Affine map, int size) {
        Check.atLeast(1, size, "size");
        int across = samples(map.xu() / SPACING, map.yu() / SPACING, size);
        int down = samples(map.xv() / SPACING, map.yv() / SPACING, size);
        int bits = fractionBits(map);
        long perRow = (long) across * down * size;
        if (bits < LEAST_BITS || across * down > MOST_SUMMED || perRow > MOST_PER_ROW || width < 2 || height < 2) {
            return sample(map, size);
        }
        return new QuickSampling(map, size, across, down, bits).sample();
    }

    /** {@return how many bits behind the point an {@code int} has for all coordinates that may come up} */
    private int fractionBits(Affine map) {
        double most = Math.max(width, height);
        for (int corner = 0; corner < 4; corner++) {
            most = Math.max(most, Math.abs(map.x(corner & 1, corner >> 1)));
            most = Math.max(most, Math.abs(map.y(corner & 1, corner >> 1)));
        }
        // coordinates are sums of the first row's and of what a sample is away from there, at most twice the most
        return 29 - Math.getExponent(most + 1);
    }

    /**
     * Samples some rows of the output at a time, in steps over all their samples: where each lies, what its four pixels
     * are, and what lies between them. All but the second are plain loops over {@code int}s, which Java's compiler
     * makes vector instructions of (on JDK 17 of none with a minimum or maximum). The order of samples is: by their
     * place within an output pixel, then by row, then by column.
     */
    private final class QuickSampling {
        private final Affine map;
        private final int size;
        private final int across;
        private final int down;
        private final int bits;
        /** Whether all samples lie between pixels, away from the edge by more than the rounding. */
        private final boolean inside;
        /** Rows of the output that are sampled together. */
        private final int rows;
        /** Where samples lie from the first row's left end on, with {@code bits} behind the point. */
        private final int[] offsetX;

        private final int[] offsetY;
        /**
         * By sample the index of the left upper of the four pixels around it; then these pixels, from the lowest byte
         * on; then what lies between them.
         */
        private final int[] pixels;
        /** 256ths of a pixel that a sample lies right of the left pixel, and 65,536 times those below the upper one. */
        private final int[] fractions;

        private final int[] sums;

        QuickSampling(Affine map, int size, int across, int down, int bits) {
            this.map = map;
            this.size = size;
            this.across = across;
            this.down = down;
            this.bits = bits;
            inside = liesWithin(map, 0.01, 0.01, width - 2.01, height - 2.01);
            int perRow = across * down * size;
            rows = Math.min(size, Math.max(1, SAMPLES_TOGETHER / perRow));
            offsetX = new int[rows * perRow];
            offsetY = new int[rows * perRow];
            pixels = new int[rows * perRow];
            fractions = new int[rows * perRow];
            sums = new int[rows * size];
        }

        byte[] sample() {
            place();
            byte[] result = new byte[size * size];
            for (int next = 0; next < size; next += rows) {
                int row = Math.min(next, size - rows); // the last ones again rather than some that are not there
                double v = row / (double) size;
                int x = fixed(map.xv() * v + map.x0());
                int y = fixed(map.yv() * v + map.y0());
                if (inside) {
                    locate(x, y);
                } else {
                    locateAtEdge(x, y);
                }
                gather();
                interpolate();
                Arrays.fill(sums, 0);
                for (int i = 0; i < across * down; i++) {
                    add(i * sums.length);
                }
                round(result, row * size);
            }
            return result;
        }

        private int fixed(double value) {
            return (int) Math.rint(value * (1 << bits));
        }

        private void place() {
            double stepU = 1.0 / (size * (double) across);
            double stepV = 1.0 / (size * (double) down);
            long stepX = fine(map.xu() / size);
            long stepY = fine(map.yu() / size);
            int point = 32 - bits;
            int at = 0;
            for (int b = 0; b < down; b++) {
                for (int a = 0; a < across; a++) {
                    double u = (a + 0.5) * stepU;
                    for (int row = 0; row < rows; row++) {
                        double v = (row * (double) down + b + 0.5) * stepV;
                        long x = fine(map.xu() * u + map.xv() * v) + (1L << point - 1);
                        long y = fine(map.yu() * u + map.yv() * v) + (1L << point - 1);
                        for (int i = 0; i < size; i++, at++, x += stepX, y += stepY) {
                            offsetX[at] = (int) (x >> point);
                            offsetY[at] = (int) (y >> point);
                        }
                    }
                }
            }
        }

        /** {@return a number with 32 bits behind the point} */
        private static long fine(double value) {
            return Math.round(value * 0x1p32);
        }

        /** Finds the pixels around samples, all of which have pixels on all sides. */
        private void locate(int startX, int startY) {
            int[] dx = offsetX;
            int[] dy = offsetY;
            int[] at = pixels;
            int[] parts = fractions;
            int point = bits;
            int toParts = bits - 8;
            int stride = width;
            for (int i = 0; i < at.length; i++) {
                at[i] = (startY + dy[i] >> point) * stride + (startX + dx[i] >> point);
            }
            for (int i = 0; i < parts.length; i++) {
                parts[i] = startX + dx[i] >> toParts & 0xff | (startY + dy[i] >> toParts & 0xff) << 16;
            }
        }

        /**
         * Finds the pixels around samples anywhere. Those in the last column, as those beyond it, lie 256ths away from
         * the column before, so that there is always one to the right; rows likewise.
         */
        private void locateAtEdge(int startX, int startY) {
            int[] dx = offsetX;
            int[] dy = offsetY;
            int[] at = pixels;
            int[] parts = fractions;
            int point = bits;
            int toParts = bits - 8;
            int stride = width;
            int lastX = (width - 1) << bits;
            int lastY = (height - 1) << bits;
            int mostColumn = width - 2;
            int mostRow = height - 2;
            for (int i = 0; i < at.length; i++) {
                int column = least(mostColumn, least(lastX, positive(startX + dx[i])) >> point);
                int row = least(mostRow, least(lastY, positive(startY + dy[i])) >> point);
                at[i] = row * stride + column;
            }
            for (int i = 0; i < parts.length; i++) {
                int x = least(lastX, positive(startX + dx[i]));
                int y = least(lastY, positive(startY + dy[i]));
                int right = x - (least(mostColumn, x >> point) << point) >> toParts;
                int down = y - (least(mostRow, y >> point) << point) >> toParts;
                parts[i] = right | down << 16;
            }
        }

        /** {@return the greater of a value and 0} Written so that Java's compiler makes vector instructions of it. */
        private static int positive(int value) {
            return value & ~(value >> 31);
        }

        /** {@return the least of two numbers that are not below 0} */
        private static int least(int one, int other) {
            return one - positive(one - other);
        }

        private void gather() {
            int[] at = pixels;
            byte[] image = luma;
            int stride = width;
            for (int i = 0; i < at.length; i++) {
                int upper = (short) PAIRS.get(image, at[i]) & 0xffff;
                at[i] = upper | (short) PAIRS.get(image, at[i] + stride) << 16;
            }
        }

        /** Makes 65,536ths of gray levels of pixels and fractions. */
        private void interpolate() {
            int[] four = pixels;
            int[] parts = fractions;
            for (int i = 0; i < four.length; i++) {
                int left = four[i] & EVERY_OTHER_BYTE; // the upper one, and 65,536 times the lower one
                int right = four[i] >>> 8 & EVERY_OTHER_BYTE;
                int between = (left << 8) + (right - left) * (parts[i] & 0xffff); // both, times 256
                int upper = between & 0xffff;
                four[i] = (upper << 8) + ((between >>> 16) - upper) * (parts[i] >>> 16);
            }
        }

        /** Adds one sample to each output pixel. */
        private void add(int from) {
            int[] levels = pixels;
            int[] to = sums;
            for (int i = 0; i < to.length; i++) {
                to[i] += levels[from + i];
            }
        }

        private void round(byte[] result, int from) {
            int count = across * down;
            int half = count << 15;
            int reciprocal = (1 << 24) / count + 1; // exact for dividends below 256 * count, where count is at most 256
            for (int i = 0; i < sums.length; i++) {
                result[from + i] = (byte) ((sums[i] + half >>> 16) * reciprocal >>> 24);
            }
        }
    }

    /** {@return how many samples an output pixel needs along an axis whose whole length is the vector (x, y)} */
    private static int samples(double x, double y, int size) {
        double pixels = Math.sqrt(x * x + y * y) / size;
        return (int) Math.max(1, Math.min(MOST_SAMPLES, Math.ceil(pixels - 1e-9)));
    }

    /** {@return whether all that is sampled lies between pixel centres, so that the edge does not matter} */
    private boolean inside(Affine map) {
        return liesWithin(map, 0, 0, width - 2, height - 2);
    }

    private static boolean liesWithin(Affine map, double left, double top, double right, double bottom) {
        boolean within = true;
        for (int corner = 0; corner < 4; corner++) {
            double x = map.x(corner & 1, corner >> 1);
            double y = map.y(corner & 1, corner >> 1);
            within &= x >= left && x <= right && y >= top && y <= bottom;
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
