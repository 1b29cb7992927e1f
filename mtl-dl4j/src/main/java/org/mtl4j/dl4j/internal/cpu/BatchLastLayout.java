package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Recognises and makes images in the batch-last memory layout: the examples change fastest, then channels, rows and
 * columns, which is {@code 'f'} order (WHCN, if named from the slowest). Each position is then a matrix
 * {@code [channels, batch]}, a column of positions a larger one, and a convolution is a sum of GEMMs on such matrices,
 * without im2col and without padding; a channel is a contiguous row of numbers.
 *
 * <p>The shape is {@code [batch, channels, height, width]} as in NCHW; only the strides differ, and every ND4J
 * operation gives the same results.
 */
public final class BatchLastLayout {
    /** The smallest batch for which rows are long enough to be fast. */
    public static final int MIN_BATCH = 16;

    /** Examples that are transposed at a time, so that both sides stay in the L1 cache. */
    private static final int TILE = 16;

    private BatchLastLayout() {}

    /**
     * Tells whether all arrays are dense batch-last images.
     *
     * @return true if all have rank 4, this order without gaps, single precision, less than 2 GiB, and lie in a CPU's
     *     memory
     */
    public static boolean matches(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.rank() != 4 || array.ordering() != 'f' || !HostMemory.isFloatOnHost(array)) {
                return false;
            }
            long step = 1;
            for (int d = 0; d < 4; d++) {
                if (array.size(d) != 1 && array.stride(d) != step) {
                    return false;
                }
                step *= array.size(d);
            }
        }
        return true;
    }

    /**
     * Converts images to this layout where they are in another.
     *
     * @param use which of the workspaces holds the copy, if there is one
     * @return the images themselves if they are batch-last, or a copy that is
     */
    public static INDArray of(INDArray images, ArrayType use, LayerWorkspaceMgr workspaces) {
        if (matches(images)) {
            return images;
        }
        if (!HostMemory.isContiguous(images)) {
            return workspaces.dup(use, images, 'f');
        }
        INDArray copy = HostArray.create(workspaces, use, images.dataType(), images.shape(), 'f');
        copy(images, copy);
        return copy;
    }

    /**
     * Transposes NCHW images to batch-last.
     *
     * @param from contiguous, see {@link HostMemory#isContiguous}
     * @param to batch-last images of the same shape, overwritten
     */
    public static void copy(INDArray from, INDArray to) {
        int batch = (int) from.size(0);
        int channels = (int) from.size(1);
        int height = (int) from.size(2);
        int width = (int) from.size(3);
        int each = channels * height * width;
        FloatBuffer source = HostMemory.floats(from);
        FloatBuffer target = HostMemory.floats(to);
        int[] places = new int[each];
        int at = 0;
        for (int w = 0; w < width; w++) {
            for (int h = 0; h < height; h++) {
                for (int c = 0; c < channels; c++) {
                    places[at++] = (c * height + h) * width + w;
                }
            }
        }
        float[] images = new float[TILE * each];
        float[] row = new float[TILE];
        for (int n = 0; n < batch; n += TILE) {
            int examples = Math.min(TILE, batch - n);
            source.get(n * each, images, 0, examples * each);
            for (int i = 0; i < each; i++) {
                for (int e = 0, place = places[i]; e < examples; e++, place += each) {
                    row[e] = images[place];
                }
                target.put(i * batch + n, row, 0, examples);
            }
        }
        HostMemory.reachabilityFence(from, to);
    }
}
