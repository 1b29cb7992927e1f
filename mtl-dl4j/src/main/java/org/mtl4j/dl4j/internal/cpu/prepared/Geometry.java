package org.mtl4j.dl4j.internal.cpu.prepared;

/**
 * Says where the windows of a convolution or of pooling lie, and how large everything is. A window of a sequence is one
 * of an image of height 1.
 *
 * @param channels of the image
 * @param height of the image
 * @param width of the image
 * @param kernelHeight of a window
 * @param kernelWidth of a window
 * @param strideHeight from one window to the next
 * @param strideWidth from one window to the next
 * @param dilationHeight from one row of a window to the next
 * @param dilationWidth from one column of a window to the next
 * @param top rows of padding
 * @param left columns of padding
 * @param rows of windows
 * @param columns of windows
 * @param poolHeight rows of windows of which the maximum is taken; 1 for none
 * @param poolWidth columns of such windows
 */
public record Geometry(
        int channels,
        int height,
        int width,
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left,
        int rows,
        int columns,
        int poolHeight,
        int poolWidth) {

    /** {@return how many numbers a window covers} */
    public int patch() {
        return channels * kernelHeight * kernelWidth;
    }

    /** {@return of how many windows the maximum is taken} */
    public int places() {
        return poolHeight * poolWidth;
    }

    /** {@return rows of maxima} */
    public int pooledRows() {
        return rows / poolHeight;
    }

    /** {@return columns of maxima} */
    public int pooledColumns() {
        return columns / poolWidth;
    }

    boolean padded() {
        return top > 0
                || left > 0
                || (rows - 1) * strideHeight - top + (kernelHeight - 1) * dilationHeight >= height
                || (columns - 1) * strideWidth - left + (kernelWidth - 1) * dilationWidth >= width;
    }
}
