package org.mtl4j.dl4j.internal.cpu.convolution;

import java.nio.FloatBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes where the inputs of a convolution with pooling are in a padded NCHW image. */
final class PooledConvolutionGeometry {
    private final int[] stride;
    private final int[] window;
    private final int channels;
    private final int height;
    private final int width;
    private final int kernelHeight;
    private final int kernelWidth;
    private final int rows;
    private final int columns;
    private final int top;
    private final int left;
    private final int paddedHeight;
    private final int paddedWidth;
    /** Height of the inputs of a window, from its corner. */
    private final int reachDown;

    private final int reachRight;

    PooledConvolutionGeometry(
            INDArray x, INDArray weights, int[] stride, int[] padding, int[] window, INDArray result) {
        this.stride = stride;
        this.window = window;
        channels = (int) x.size(1);
        height = (int) x.size(2);
        width = (int) x.size(3);
        kernelHeight = (int) weights.size(2);
        kernelWidth = (int) weights.size(3);
        rows = (int) result.size(2);
        columns = (int) result.size(3);
        top = padding[0];
        left = padding[1];
        reachDown = (window[0] - 1) * stride[0] + kernelHeight;
        reachRight = (window[1] - 1) * stride[1] + kernelWidth;
        paddedHeight = Math.max(top + height, (rows - 1) * window[0] * stride[0] + reachDown);
        paddedWidth = Math.max(left + width, (columns - 1) * window[1] * stride[1] + reachRight);
    }

    int windows() {
        return rows * columns;
    }

    int entries() {
        return channels * kernelHeight * kernelWidth;
    }

    float[] newImage() {
        return new float[channels * paddedHeight * paddedWidth];
    }

    void load(FloatBuffer images, int n, float[] image) {
        int start = n * channels * height * width;
        if (paddedHeight == height && paddedWidth == width) {
            images.get(start, image);
            return;
        }
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                images.get(
                        start + (c * height + y) * width,
                        image,
                        (c * paddedHeight + top + y) * paddedWidth + left,
                        width);
            }
        }
    }

    /** Allocates, by channel and offset from a window's corner, a row of the inputs at that offset of all windows. */
    float[][] newViews() {
        return new float[channels * reachDown * reachRight][windows()];
    }

    void gather(float[] image, float[][] views) {
        int step = window[1] * stride[1];
        int view = 0;
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < reachDown; y++) {
                for (int x = 0; x < reachRight; x++) {
                    float[] row = views[view++];
                    int i = 0;
                    for (int r = 0; r < rows; r++) {
                        int from = (c * paddedHeight + r * window[0] * stride[0] + y) * paddedWidth + x;
                        for (int column = 0; column < columns; column++, from += step) {
                            row[i++] = image[from];
                        }
                    }
                }
            }
        }
    }

    /** Returns, by position in the window and weight of the kernel, the row of inputs that the weight multiplies. */
    float[][][] inputsByWeight(float[][] views) {
        float[][][] inputs = new float[window[0] * window[1]][entries()][];
        for (int place = 0; place < inputs.length; place++) {
            int down = place / window[1] * stride[0];
            int right = place % window[1] * stride[1];
            int entry = 0;
            for (int c = 0; c < channels; c++) {
                for (int y = 0; y < kernelHeight; y++) {
                    for (int x = 0; x < kernelWidth; x++) {
                        inputs[place][entry++] = views[(c * reachDown + down + y) * reachRight + right + x];
                    }
                }
            }
        }
        return inputs;
    }

    int[] corners() {
        int[] corners = new int[windows()];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                corners[r * columns + c] = r * window[0] * stride[0] * paddedWidth + c * window[1] * stride[1];
            }
        }
        return corners;
    }

    /**
     * Returns the offset of each position in a window; the array has an entry for every positive byte, so that none is
     * out of bounds.
     */
    int[] offsetsInWindow() {
        int[] offsets = new int[Byte.MAX_VALUE + 1];
        for (int place = 0; place < window[0] * window[1]; place++) {
            offsets[place] = place / window[1] * stride[0] * paddedWidth + place % window[1] * stride[1];
        }
        return offsets;
    }

    int[] offsetsInKernel() {
        int[] offsets = new int[entries()];
        for (int entry = 0; entry < offsets.length; entry++) {
            int y = entry / kernelWidth % kernelHeight;
            int c = entry / kernelWidth / kernelHeight;
            offsets[entry] = (c * paddedHeight + y) * paddedWidth + entry % kernelWidth;
        }
        return offsets;
    }
}
