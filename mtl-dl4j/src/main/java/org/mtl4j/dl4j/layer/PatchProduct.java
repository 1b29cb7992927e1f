package org.mtl4j.dl4j.layer;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The gradient of a convolution's weights and biases without that of its input: the products of what each kernel saw with
 * what came back there, summed over positions and examples. A group of examples at a time is laid out as two matrices that
 * fit into a cache, and multiplied. The biases are the weights of one more input that is always 1.
 */
final class PatchProduct {
    /** About a megabyte. */
    private static final int GROUP_NUMBERS = 1 << 18;

    private final INDArray x;
    private final INDArray delta;
    private final int[] stride;
    private final int[] padding;
    private final int channels;
    private final int height;
    private final int width;
    private final int rows;
    private final int columns;

    /**
     * @param x input, {@code [batch, channels, height, width]}
     * @param delta gradient before the activation, {@code [batch, out, rows, columns]}
     * @param stride height, width
     * @param padding top, left
     */
    PatchProduct(INDArray x, INDArray delta, int[] stride, int[] padding) {
        this.x = x;
        this.delta = delta;
        this.stride = stride;
        this.padding = padding;
        this.channels = (int) x.size(1);
        this.height = (int) x.size(2);
        this.width = (int) x.size(3);
        this.rows = (int) delta.size(2);
        this.columns = (int) delta.size(3);
    }

    /**
     * Sets the gradients.
     *
     * @param weightGradient {@code [out, channels, kernel height, kernel width]}
     * @param biasGradient {@code [1, out]}, or null
     */
    void into(INDArray weightGradient, INDArray biasGradient, LayerWorkspaceMgr workspaces) {
        int batch = (int) x.size(0);
        int out = (int) delta.size(1);
        int kernelHeight = (int) weightGradient.size(2);
        int kernelWidth = (int) weightGradient.size(3);
        int patch = channels * kernelHeight * kernelWidth;
        int inputs = biasGradient == null ? patch : patch + 1;
        int positions = rows * columns;
        int group = Math.max(1, Math.min(batch, GROUP_NUMBERS / ((inputs + out) * positions)));
        INDArray sum = Nd4j.create(DataType.FLOAT, new long[] {inputs, out}, 'f');
        INDArray patches = null;
        INDArray deltas = null;
        for (int start = 0; start < batch; start += group) {
            int size = Math.min(group, batch - start);
            if (patches == null || patches.size(1) != (long) size * positions) {
                long[] inShape = {inputs, (long) size * positions};
                patches = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, DataType.FLOAT, inShape, 'c');
                long[] outShape = {out, (long) size * positions};
                deltas = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, DataType.FLOAT, outShape, 'c');
            }
            layOut(start, size, kernelHeight, kernelWidth, patches, deltas);
            Nd4j.gemm(patches, deltas, sum, false, true, 1.0, 1.0);
        }
        // [patch, out] in f order is [out, patch] in c order
        weightGradient
                .reshape('c', out, patch)
                .assign(sum.get(NDArrayIndex.interval(0, patch), NDArrayIndex.all())
                        .transpose());
        if (biasGradient != null) {
            biasGradient.assign(sum.get(NDArrayIndex.interval(patch, inputs), NDArrayIndex.all()));
        }
    }

    /** Whether what is laid out of one example fits into buffers, whose places are int. */
    static boolean holds(INDArray weights, INDArray delta) {
        long entries = weights.length() / weights.size(0) + 1 + weights.size(0);
        return entries * delta.size(2) * delta.size(3) <= ConvolutionSettings.MOST_NUMBERS;
    }

    private void layOut(int start, int size, int kernelHeight, int kernelWidth, INDArray patches, INDArray deltas) {
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer gradients = HostMemory.floats(delta);
        FloatBuffer patchRows = HostMemory.floats(patches);
        FloatBuffer deltaRows = HostMemory.floats(deltas);
        int positions = rows * columns;
        int line = size * positions;
        int out = (int) delta.size(1);
        int imageSize = channels * height * width;
        HostLoop.over(size, HostLoop.parts(size, patches.length()), (part, from, to) -> {
            float[] image = new float[imageSize];
            float[] seen = new float[positions];
            for (int n = from; n < to; n++) {
                images.get((start + n) * imageSize, image);
                int row = 0;
                for (int c = 0; c < channels; c++) {
                    for (int i = 0; i < kernelHeight; i++) {
                        for (int j = 0; j < kernelWidth; j++) {
                            collect(image, c * height * width, i - padding[0], j - padding[1], seen);
                            patchRows.put(row++ * line + n * positions, seen);
                        }
                    }
                }
                if (row < patches.size(0)) {
                    Arrays.fill(seen, 1);
                    patchRows.put(row * line + n * positions, seen);
                }
                for (int o = 0; o < out; o++) {
                    gradients.get(((start + n) * out + o) * positions, seen);
                    deltaRows.put(o * line + n * positions, seen);
                }
            }
        });
        HostMemory.usedUntilHere(x, delta, patches, deltas);
    }

    /** What one entry of the kernel saw at all positions; zeros outside of the image. */
    private void collect(float[] image, int plane, int top, int left, float[] seen) {
        int firstColumn = left >= 0 ? 0 : (-left + stride[1] - 1) / stride[1];
        int lastColumn = Math.min(columns - 1, Math.floorDiv(width - 1 - left, stride[1]));
        boolean whole = firstColumn == 0 && lastColumn == columns - 1;
        for (int r = 0; r < rows; r++) {
            int y = r * stride[0] + top;
            int target = r * columns;
            if (y < 0 || y >= height || !whole) {
                Arrays.fill(seen, target, target + columns, 0);
                if (y < 0 || y >= height) {
                    continue;
                }
            }
            int source = plane + y * width + left;
            if (stride[1] == 1) {
                int count = lastColumn - firstColumn + 1;
                if (count > 0) {
                    System.arraycopy(image, source + firstColumn, seen, target + firstColumn, count);
                }
            } else {
                for (int c = firstColumn; c <= lastColumn; c++) {
                    seen[target + c] = image[source + c * stride[1]];
                }
            }
        }
    }
}
