package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Images that lie in memory with the same number of all examples side by side: examples, then channels, then rows, then columns,
 * which is {@code 'f'} order. A position is then a matrix of channels and examples, a kernel's column of positions a larger one,
 * and a convolution is products of such matrices, without anything to be copied or padded first; and what is done to a channel is
 * done to a row of numbers. Their shape is {@code [batch, channels, height, width]} like that of all images; only the strides tell,
 * and every operation gives the same results on them.
 */
public final class BatchLast {
    /** With fewer examples the rows are too short to be fast. */
    public static final int LEAST_EXAMPLES = 16;

    /** Side of the squares in which numbers change places, in the nearest cache. */
    private static final int SQUARE = 16;

    private BatchLast() {}

    /** Whether all of these are such images of single precision, without gaps, in the memory of a CPU, smaller than 2 GiB. */
    public static boolean holds(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.rank() != 4 || array.ordering() != 'f' || !HostMemory.reaches(array)) {
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

    /** The images themselves if they lie so, or a copy that does. */
    public static INDArray of(INDArray images, ArrayType use, LayerWorkspaceMgr workspaces) {
        if (holds(images)) {
            return images;
        }
        if (!HostMemory.holds(images)) {
            return workspaces.dup(use, images, 'f');
        }
        INDArray copy = workspaces.createUninitialized(use, images.dataType(), images.shape(), 'f');
        copy(images, copy);
        return copy;
    }

    /** Copies images in c order, which {@link HostMemory#holds} says yes to, into ones of the same shape that lie so. */
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
        float[] images = new float[SQUARE * each];
        float[] row = new float[SQUARE];
        for (int n = 0; n < batch; n += SQUARE) {
            int examples = Math.min(SQUARE, batch - n);
            source.get(n * each, images, 0, examples * each);
            for (int i = 0; i < each; i++) {
                for (int e = 0, place = places[i]; e < examples; e++, place += each) {
                    row[e] = images[place];
                }
                target.put(i * batch + n, row, 0, examples);
            }
        }
        HostMemory.usedUntilHere(from, to);
    }
}
