package org.mtl4j.dl4j.internal.cpu.convolution;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Computes the gradients of a convolution's weights and biases by im2col and GEMM, without that of its input, which
 * {@code conv2d_bp} would compute too. Groups of examples are turned into two matrices that fit into the L2 cache. The
 * biases are the weights of one more input that is always 1.
 */
final class Im2colGemm {
    /** Numbers of both matrices; about a megabyte. */
    private static final int MAX_GROUP_NUMBERS = 1 << 18;

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
     * Prepares for one batch.
     *
     * @param x input, {@code [batch, channels, height, width]}
     * @param delta gradient before the activation, {@code [batch, out, rows, columns]}
     * @param stride height, width
     * @param padding top, left
     */
    Im2colGemm(INDArray x, INDArray delta, int[] stride, int[] padding) {
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
     * Computes the gradients.
     *
     * @param weightGradient receives {@code [out, channels, kernel height, kernel width]}
     * @param biasGradient receives {@code [1, out]}, or null
     */
    void into(INDArray weightGradient, INDArray biasGradient, LayerWorkspaceMgr workspaces) {
        int batch = (int) x.size(0);
        int out = (int) delta.size(1);
        int kernelHeight = (int) weightGradient.size(2);
        int kernelWidth = (int) weightGradient.size(3);
        int patch = channels * kernelHeight * kernelWidth;
        int inputs = biasGradient == null ? patch : patch + 1;
        int positions = rows * columns;
        int group = Math.max(1, Math.min(batch, MAX_GROUP_NUMBERS / ((inputs + out) * positions)));
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
            im2col(start, size, kernelHeight, kernelWidth, patches, deltas);
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

    /** Tells whether the matrices of one example fit into buffers, whose positions are int. */
    static boolean supports(INDArray weights, INDArray delta) {
        long entries = weights.length() / weights.size(0) + 1 + weights.size(0);
        return entries * delta.size(2) * delta.size(3) <= ConvolutionSpec.MAX_BUFFER_LENGTH;
    }

    private void im2col(int start, int size, int kernelHeight, int kernelWidth, INDArray patches, INDArray deltas) {
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer gradients = HostMemory.floats(delta);
        FloatBuffer patchRows = HostMemory.floats(patches);
        FloatBuffer deltaRows = HostMemory.floats(deltas);
        int positions = rows * columns;
        int line = size * positions;
        int out = (int) delta.size(1);
        int imageSize = channels * height * width;
        ParallelLoop.run(size, ParallelLoop.parts(size, patches.length()), (part, from, to) -> {
            float[] image = new float[imageSize];
            float[] gathered = new float[positions];
            for (int n = from; n < to; n++) {
                images.get((start + n) * imageSize, image);
                int row = 0;
                for (int c = 0; c < channels; c++) {
                    for (int i = 0; i < kernelHeight; i++) {
                        for (int j = 0; j < kernelWidth; j++) {
                            gather(image, c * height * width, i - padding[0], j - padding[1], gathered);
                            patchRows.put(row++ * line + n * positions, gathered);
                        }
                    }
                }
                if (row < patches.size(0)) {
                    Arrays.fill(gathered, 1);
                    patchRows.put(row * line + n * positions, gathered);
                }
                for (int o = 0; o < out; o++) {
                    gradients.get(((start + n) * out + o) * positions, gathered);
                    deltaRows.put(o * line + n * positions, gathered);
                }
            }
        });
        HostMemory.reachabilityFence(x, delta, patches, deltas);
    }

    /** Gathers the inputs of one weight of the kernel at all positions; zeros outside of the image. */
    private void gather(float[] image, int plane, int top, int left, float[] gathered) {
        int firstColumn = left >= 0 ? 0 : (-left + stride[1] - 1) / stride[1];
        int lastColumn = Math.min(columns - 1, Math.floorDiv(width - 1 - left, stride[1]));
        boolean whole = firstColumn == 0 && lastColumn == columns - 1;
        for (int r = 0; r < rows; r++) {
            int y = r * stride[0] + top;
            int target = r * columns;
            if (y < 0 || y >= height || !whole) {
                Arrays.fill(gathered, target, target + columns, 0);
                if (y < 0 || y >= height) {
                    continue;
                }
            }
            int source = plane + y * width + left;
            if (stride[1] == 1) {
                int count = lastColumn - firstColumn + 1;
                if (count > 0) {
                    System.arraycopy(image, source + firstColumn, gathered, target + firstColumn, count);
                }
            } else {
                for (int c = firstColumn; c <= lastColumn; c++) {
                    gathered[target + c] = image[source + c * stride[1]];
                }
            }
        }
    }
}
