package org.mtl4j.dl4j.internal.cpu;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Recognises and makes images in the channels-last memory layout (NHWC), in which oneDNN's convolutions compute: all
 * channels of a position are adjacent. The shape is {@code [batch, channels, height, width]} as in NCHW; only the
 * strides differ, and every ND4J operation gives the same results.
 */
public final class ChannelsLastLayout {
    private ChannelsLastLayout() {}

    /**
     * Tells whether all arrays are dense channels-last images.
     *
     * @return true if all have rank 4, this order without gaps, single precision, less than 2 GiB, and lie in a CPU's
     *     memory
     */
    public static boolean matches(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.rank() != 4) {
                return false;
            }
            long channels = array.size(1);
            long height = array.size(2);
            long width = array.size(3);
            if (!HostMemory.isFloatOnHost(array)
                    || !hasStride(array, 1, 1)
                    || !hasStride(array, 3, channels)
                    || !hasStride(array, 2, channels * width)
                    || !hasStride(array, 0, channels * width * height)) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasStride(INDArray array, int dimension, long step) {
        return array.size(dimension) == 1 || array.stride(dimension) == step;
    }

    /**
     * Allocates activations in this layout, not initialised.
     *
     * @param shape {@code [batch, channels, height, width]}
     */
    public static INDArray createActivations(DataType type, long[] shape, LayerWorkspaceMgr workspaces) {
        long row = shape[1] * shape[3];
        long each = row * shape[2];
        try (MemoryWorkspace workspace = workspaces.notifyScopeBorrowed(ArrayType.ACTIVATIONS)) {
            return Nd4j.create(
                    Nd4j.createBuffer(type, shape[0] * each, false),
                    shape,
                    new long[] {each, 1, row, shape[1]},
                    0,
                    'c',
                    type);
        }
    }

    /** Allocates activations of an array's type, shape and layout: channels-last if it is, c order otherwise. */
    public static INDArray createActivationsLike(INDArray array, LayerWorkspaceMgr workspaces) {
        return matches(array)
                ? createActivations(array.dataType(), array.shape(), workspaces)
                : workspaces.createUninitialized(ArrayType.ACTIVATIONS, array.dataType(), array.shape(), 'c');
    }
}
