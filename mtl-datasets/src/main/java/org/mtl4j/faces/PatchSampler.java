package org.mtl4j.faces;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;

/**
 * Samples augmented crops of one size from {@link SourcePatch}es, one after the other. Between pixel centres a patch is
 * bilinear, at 256ths of a pixel; outside the outermost ones it continues with the nearest pixel. A pixel of a crop is
 * the mean of a grid of samples that are no further apart than the patch says; most patches need one. All is integer
 * arithmetic once the window is known, so crops are the same on every platform. For one thread.
 *
 * <p>Some rows of the crop are sampled at a time, in steps over all their samples: where each lies, what its four
 * pixels are, and what lies between them. All but the second are plain loops over {@code int}s, which Java's compiler
 * makes vector instructions of (on JDK 17 of none with a minimum or maximum).
 */
final class PatchSampler {
    /** Bits behind the point that coordinates have at least. */
    private static final int LEAST_BITS = 14;

    /** Samples of a pixel of the crop whose sum, in 65,536ths, 32 bits hold. */
    private static final int MOST_SUMMED = 256;

    /** Samples that are taken together, if a row has not more: what is known of them stays in the nearest cache. */
    private static final int SAMPLES_TOGETHER = 512;

    private static final int EVERY_OTHER_BYTE = 0x00ff00ff;

    /** Reads two neighbouring bytes, the first one as the lower. */
    private static final VarHandle PAIRS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final int size;
    /** Rows of the crop that are sampled together. */
    private final int rows;
    /** How far samples lie from the first one's place, with {@code bits} behind the point. */
    private final int[] offsetX;

    private final int[] offsetY;
    /** 256ths of a pixel that a sample lies right of the left pixel, and below the upper one. */
    private final int[] right;

    private final int[] below;
    /**
     * By sample the index of the left upper of the four pixels around it; then these pixels, from the lowest byte on.
     */
    private final int[] pixels;

    private final int[] sums;

    /** Samples crops of size x size pixels. */
    PatchSampler(int size) {
        this.size = size;
        rows = Math.min(size, Math.max(1, SAMPLES_TOGETHER / size));
        int together = rows * size;
        offsetX = new int[together];
        offsetY = new int[together];
        right = new int[together];
        below = new int[together];
        pixels = new int[together];
        sums = new int[together];
    }

    /**
     * Samples a crop.
     *
     * @param window what the crop shows, in pixels of the patch, as a map of the unit square
     * @param crop {@code size * size} gray levels, which are written
     */
    void sample(SourcePatch patch, Affine window, byte[] crop) {
        int across = samples(window.xu() / patch.spacingX(), window.yu() / patch.spacingY());
        int down = samples(window.xv() / patch.spacingX(), window.yv() / patch.spacingY());
        int bits = fractionBits(patch, window);
        if (bits < LEAST_BITS || (long) across * down > MOST_SUMMED || patch.width() < 2 || patch.height() < 2) {
            GrayImage image = GrayImage.of(patch.width(), patch.height(), patch.luma());
            System.arraycopy(image.sample(window, size), 0, crop, 0, crop.length);
            return;
        }
        new Sampling(patch, window, across, down, bits).sample(crop);
    }

    /** {@return how many samples a pixel of the crop needs along an axis that is so long in spacings} */
    private int samples(double x, double y) {
        return (int) Math.max(1, Math.min(MOST_SUMMED + 1, Math.ceil(Math.sqrt(x * x + y * y) / size - 1e-9)));
    }

    /** {@return how many bits behind the point an {@code int} has for all coordinates that may come up} */
    private static int fractionBits(SourcePatch patch, Affine window) {
        double most = Math.max(patch.width(), patch.height());
        for (int corner = 0; corner < 4; corner++) {
            most = Math.max(most, Math.abs(window.x(corner & 1, corner >> 1)));
            most = Math.max(most, Math.abs(window.y(corner & 1, corner >> 1)));
        }
        // coordinates are sums of a row's beginning and of what a sample is away from there, at most twice the most
        return 29 - Math.getExponent(most + 1);
    }

    /** Samples one crop. */
    private final class Sampling {
        private final byte[] luma;
        private final int width;
        private final int height;
        private final Affine window;
        private final int across;
        private final int down;
        private final int bits;
        /** Whether all samples lie between pixels, away from the edge by more than the rounding. */
        private final boolean inside;

        Sampling(SourcePatch patch, Affine window, int across, int down, int bits) {
            luma = patch.luma();
            width = patch.width();
            height = patch.height();
            this.window = window;
            this.across = across;
            this.down = down;
            this.bits = bits;
            boolean within = true;
            for (int corner = 0; corner < 4; corner++) {
                double x = window.x(corner & 1, corner >> 1);
                double y = window.y(corner & 1, corner >> 1);
                within &= x >= 0.01 && x <= width - 2.01 && y >= 0.01 && y <= height - 2.01;
            }
            inside = within;
        }

        void sample(byte[] crop) {
            place(offsetX, window.xu() / size, window.xv() / size);
            place(offsetY, window.yu() / size, window.yv() / size);
            for (int next = 0; next < size; next += rows) {
                int first = Math.min(next, size - rows); // the last ones again rather than some that are not there
                Arrays.fill(sums, 0);
                for (int b = 0; b < down; b++) {
                    double v = (first * (double) down + b + 0.5) / (size * (double) down);
                    for (int a = 0; a < across; a++) {
                        double u = (a + 0.5) / (size * (double) across);
                        int x = (int) Math.rint(window.x(u, v) * (1 << bits));
                        int y = (int) Math.rint(window.y(u, v) * (1 << bits));
                        if (inside) {
                            locate(x, y);
                        } else {
                            locateAtEdge(x, y);
                        }
                        gather(luma, width, pixels);
                        interpolate(pixels, right, below, sums);
                    }
                }
                round(crop, first * size);
            }
        }

        /** Computes offsets along one axis of the patch from the steps to the next column and row of the crop. */
        private void place(int[] offsets, double toNextColumn, double toNextRow) {
            long step = Math.round(toNextColumn * 0x1p32);
            int point = 32 - bits;
            int at = 0;
            for (int row = 0; row < rows; row++) {
                long offset = Math.round(row * toNextRow * 0x1p32) + (1L << point - 1);
                for (int end = at + size; at < end; at++, offset += step) {
                    offsets[at] = (int) (offset >> point);
                }
            }
        }

        /**
         * Finds the pixels around samples, all of which have pixels on all sides, and how far right and below of them.
         */
        private void locate(int startX, int startY) {
            int[] dx = offsetX;
            int[] dy = offsetY;
            int[] at = pixels;
            int[] x = right;
            int[] y = below;
            int point = bits;
            int toParts = bits - 8;
            int stride = width;
            for (int i = 0; i < at.length; i++) {
                at[i] = (startY + dy[i] >> point) * stride + (startX + dx[i] >> point);
            }
            for (int i = 0; i < x.length; i++) {
                x[i] = startX + dx[i] >> toParts & 0xff;
            }
            for (int i = 0; i < y.length; i++) {
                y[i] = startY + dy[i] >> toParts & 0xff;
            }
        }

        /**
         * Finds the pixels around samples anywhere. Those in the last column, as those beyond it, lie 256 256ths away
         * from the column before, so that there is always one to the right; rows likewise.
         */
        private void locateAtEdge(int startX, int startY) {
            int[] dx = offsetX;
            int[] dy = offsetY;
            int[] at = pixels;
            int[] x = right;
            int[] y = below;
            int point = bits;
            int toParts = bits - 8;
            int stride = width;
            int lastX = (width - 1) << bits;
            int lastY = (height - 1) << bits;
            int mostColumn = width - 2;
            int mostRow = height - 2;
            for (int i = 0; i < at.length; i++) {
                x[i] = least(lastX, positive(startX + dx[i]));
            }
            for (int i = 0; i < at.length; i++) {
                y[i] = least(lastY, positive(startY + dy[i]));
            }
            for (int i = 0; i < at.length; i++) {
                at[i] = least(mostRow, y[i] >> point) * stride + least(mostColumn, x[i] >> point);
            }
            for (int i = 0; i < x.length; i++) {
                x[i] = x[i] - (least(mostColumn, x[i] >> point) << point) >> toParts;
            }
            for (int i = 0; i < y.length; i++) {
                y[i] = y[i] - (least(mostRow, y[i] >> point) << point) >> toParts;
            }
        }

        private void round(byte[] crop, int from) {
            int count = across * down;
            if (count == 1) {
                for (int i = 0; i < sums.length; i++) {
                    crop[from + i] = (byte) (sums[i] + (1 << 15) >>> 16);
                }
                return;
            }
            int half = count << 15;
            int reciprocal = (1 << 24) / count + 1; // exact for dividends below 256 * count, where count is at most 256
            for (int i = 0; i < sums.length; i++) {
                crop[from + i] = (byte) ((sums[i] + half >>> 16) * reciprocal >>> 24);
            }
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

    private static void gather(byte[] image, int stride, int[] at) {
        for (int i = 0; i < at.length; i++) {
            int upper = (short) PAIRS.get(image, at[i]) & 0xffff;
            at[i] = upper | (short) PAIRS.get(image, at[i] + stride) << 16;
        }
    }

    /** Adds 65,536ths of gray levels, of pixels and of 256ths right and below, to the sums. */
    private static void interpolate(int[] four, int[] x, int[] y, int[] to) {
        for (int i = 0; i < four.length; i++) {
            int left = four[i] & EVERY_OTHER_BYTE; // the upper one, and 65,536 times the lower one
            int other = four[i] >>> 8 & EVERY_OTHER_BYTE;
            int between = (left << 8) + (other - left) * x[i]; // both, times 256
            int upper = between & 0xffff;
            to[i] += (upper << 8) + ((between >>> 16) - upper) * y[i];
        }
    }
}
