package org.mtl4j.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;
import org.mtl4j.internal.check.Check;

/**
 * Holds a gray image: one byte per pixel, 0 black to 255 white, gamma-encoded as in the files (no linear light).
 *
 * <p>Equal if size and pixels are equal.
 */
public final class GrayImage {

    private final int width;
    private final int height;
    private final byte[] luma;

    private GrayImage(int width, int height, byte[] luma) {
        this.width = width;
        this.height = height;
        this.luma = luma;
    }

    /**
     * {@return an image of these pixels}
     *
     * @param width at least 1
     * @param height at least 1
     * @param luma {@code width * height} unsigned bytes, row by row from the top; copied
     * @throws IllegalArgumentException if the size is not positive, or does not fit the number of bytes
     */
    public static GrayImage of(int width, int height, byte[] luma) {
        return adopt(width, height, luma.clone());
    }

    /** Makes an image as {@link #of} does, without a copy: the array must not be changed afterwards. */
    static GrayImage adopt(int width, int height, byte[] luma) {
        if (width < 1 || height < 1 || (long) width * height != luma.length) {
            throw new IllegalArgumentException(
                    "an image of %d x %d pixels needs as many bytes, got %d".formatted(width, height, luma.length));
        }
        return new GrayImage(width, height, luma);
    }

    /**
     * {@return the luma of an image, by {@code Y = 0.299 R + 0.587 G + 0.114 B} (ITU-R BT.601) of its gamma-encoded
     * sRGB values, rounded} Gray images keep their values as they are. Transparent pixels are blended onto white.
     *
     * <p>Not by Java's own conversion to gray, which goes by a profile of linear light and so changes the gamma.
     *
     * @param image any Java image
     */
    public static GrayImage of(BufferedImage image) {
        return LumaConversion.convert(image);
    }

    /** {@return width in pixels, at least 1} */
    public int width() {
        return width;
    }

    /** {@return height in pixels, at least 1} */
    public int height() {
        return height;
    }

    /**
     * {@return the pixel in column x and row y, 0 to 255}
     *
     * @param x column, from 0
     * @param y row, from 0
     * @throws IndexOutOfBoundsException if there is none
     */
    public int at(int x, int y) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            throw new IndexOutOfBoundsException("pixel (%d, %d) of an image of %d x %d".formatted(x, y, width, height));
        }
        return luma[y * width + x] & 0xff;
    }

    /** {@return all pixels, row by row from the top; a copy} */
    public byte[] toBytes() {
        return luma.clone();
    }

    /** {@return the same pixels as a Java image with one gray band; a copy} */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        System.arraycopy(luma, 0, ((DataBufferByte) image.getRaster().getDataBuffer()).getData(), 0, luma.length);
        return image;
    }

    /**
     * {@return a rectangle of the image as an image of its own, reduced by a whole factor: each of its pixels is the
     * rounded mean of a block of {@code reduction} x {@code reduction} pixels, or of what there is of one at the right
     * and lower edge}
     *
     * @param left first column, at least 0
     * @param top first row, at least 0
     * @param width columns before the reduction, at least 1
     * @param height rows before the reduction, at least 1
     * @param reduction at least 1, which keeps the pixels as they are
     * @throws IllegalArgumentException if the rectangle is empty or reaches outside the image, or the factor is below 1
     */
    public GrayImage part(int left, int top, int width, int height, int reduction) {
        if (left < 0 || top < 0 || width < 1 || height < 1 || width > this.width - left || height > this.height - top) {
            throw new IllegalArgumentException("%d x %d pixels from (%d, %d) on are no part of an image of %d x %d"
                    .formatted(width, height, left, top, this.width, this.height));
        }
        Check.atLeast(1, reduction, "the reduction");
        int columns = (width - 1) / reduction + 1;
        int rows = (height - 1) / reduction + 1;
        byte[] part = new byte[columns * rows];
        for (int row = 0; row < rows; row++) {
            int from = row * reduction;
            int to = from + Math.min(reduction, height - from);
            if (reduction == 1) {
                System.arraycopy(luma, (top + from) * this.width + left, part, row * columns, columns);
            } else {
                for (int column = 0; column < columns; column++) {
                    int start = column * reduction;
                    int end = start + Math.min(reduction, width - start);
                    part[row * columns + column] = mean(left + start, top + from, left + end, top + to);
                }
            }
        }
        return new GrayImage(columns, rows, part);
    }

    private byte mean(int left, int top, int right, int bottom) {
        long sum = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                sum += luma[y * width + x] & 0xff;
            }
        }
        long count = (long) (right - left) * (bottom - top);
        return (byte) ((sum + count / 2) / count);
    }

    /**
     * {@return the same pixels in another order}
     *
     * @param first index of the pixel that comes to the left top
     * @param right what is added to it for the next pixel of a row
     * @param down what is added to it for the next row
     * @param exchanged whether the result is as wide as this image is high
     */
    GrayImage walked(int first, int right, int down, boolean exchanged) {
        int columns = exchanged ? height : width;
        int rows = exchanged ? width : height;
        byte[] walked = new byte[luma.length];
        for (int row = 0, to = 0; row < rows; row++) {
            for (int column = 0, from = first + row * down; column < columns; column++, from += right) {
                walked[to++] = luma[from];
            }
        }
        return new GrayImage(columns, rows, walked);
    }

    /**
     * Samples a part of the image at another resolution.
     *
     * <p>Output pixel (i, j) of n x n is the mean of the image over the region that the map gives to the square from (i
     * / n, j / n) to ((i + 1) / n, (j + 1) / n): its centre is at u = (i + 0.5) / n. Between pixel centres the image is
     * bilinear; outside the outermost pixel centres it continues with the nearest pixel of the edge. The mean is taken
     * over a regular grid of k x k points per output pixel, with k such that they are at most one image pixel apart (k
     * = 1 when enlarging), and at most 64.
     *
     * <p>The result is rounded to whole gray levels, and the same on every platform.
     *
     * @param unitSquareToImage which part is sampled: any upright or turned rectangle or parallelogram, wherever it
     *     lies
     * @param size n, the width and height of the result, at least 1
     * @return {@code size * size} unsigned bytes, row by row from the top
     * @throws IllegalArgumentException if size is below 1
     */
    public byte[] sample(Affine unitSquareToImage, int size) {
        return new Resampler(width, height, luma).sample(unitSquareToImage, size);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GrayImage image
                && image.width == width
                && image.height == height
                && Arrays.equals(image.luma, luma);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(luma);
    }

    @Override
    public String toString() {
        return "GrayImage[%s x %s]".formatted(width, height);
    }
}
