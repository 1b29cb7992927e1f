package org.mtl4j.dl4j.internal.program;

/**
 * Says which positions of an image each position of a result looks at.
 *
 * @param kernelHeight how many rows
 * @param kernelWidth how many columns
 * @param strideHeight how far windows are apart, in rows
 * @param strideWidth how far windows are apart, in columns
 * @param dilationHeight how far the rows of one window are apart; 1 if they are side by side
 * @param dilationWidth how far its columns are apart
 * @param top how many rows of padding are above the image
 * @param left how many columns of padding are left of it
 * @param bottom how many rows of padding are below it
 * @param right how many columns of padding are right of it
 */
public record Window(
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left,
        int bottom,
        int right) {
    /** Checks the numbers. */
    public Window {
        if (Math.min(kernelHeight, kernelWidth) < 1
                || Math.min(strideHeight, strideWidth) < 1
                || Math.min(dilationHeight, dilationWidth) < 1
                || Math.min(Math.min(top, left), Math.min(bottom, right)) < 0) {
            throw new IllegalArgumentException(
                    "kernel, strides and dilations of a window must be positive and its padding not negative");
        }
    }

    /** {@return a window without dilation and padding} */
    public static Window of(int kernelHeight, int kernelWidth, int strideHeight, int strideWidth) {
        return new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, 1, 1, 0, 0, 0, 0);
    }

    /**
     * {@return how much padding, before and behind together, gives a window for each {@code stride} numbers} Half of
     * it, rounded down, goes before.
     */
    static int samePadding(int size, int kernel, int stride, int dilation) {
        int windows = (size + stride - 1) / stride;
        return Math.max(0, (windows - 1) * stride + (kernel - 1) * dilation + 1 - size);
    }

    /** {@return the height of the result; windows that are not whole are left out} */
    public int outputHeight(int height) {
        return windows(height + top + bottom, kernelHeight, strideHeight, dilationHeight);
    }

    /** {@return the width of the result; windows that are not whole are left out} */
    public int outputWidth(int width) {
        return windows(width + left + right, kernelWidth, strideWidth, dilationWidth);
    }

    private static int windows(int size, int kernel, int stride, int dilation) {
        int span = (kernel - 1) * dilation + 1;
        if (span > size) {
            throw new IllegalArgumentException("a window of %s does not fit into %s".formatted(span, size));
        }
        return (size - span) / stride + 1;
    }
}
