package org.mtl4j.dl4j.layer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Says how far windows of Deeplearning4j's mode {@code Same} reach over the edges of images. Its own count of that is
 * negative, and refused, where windows are further apart than large and so reach over none.
 */
final class SamePadding {
    private SamePadding() {}

    /** {@return by how much windows reach over two edges together, in height and in width} Below 0 over none. */
    private static int over(INDArray images, int dimension, int[] kernel, int[] stride, int[] dilation) {
        int size = (int) images.size(dimension + 2);
        int windows = (size + stride[dimension] - 1) / stride[dimension];
        return (windows - 1) * stride[dimension] + (kernel[dimension] - 1) * dilation[dimension] + 1 - size;
    }

    /** {@return the padding above and to the left of images [batch, channels, height, width]} */
    static int[] before(INDArray images, int[] kernel, int[] stride, int[] dilation) {
        return new int[] {
            Math.max(0, over(images, 0, kernel, stride, dilation)) / 2,
            Math.max(0, over(images, 1, kernel, stride, dilation)) / 2
        };
    }

    /** Tells whether no window reaches over an edge, so that there is no padding. */
    static boolean isNone(INDArray images, int[] kernel, int[] stride, int[] dilation) {
        return over(images, 0, kernel, stride, dilation) <= 0 && over(images, 1, kernel, stride, dilation) <= 0;
    }
}
