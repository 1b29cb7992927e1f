package org.mtl4j.dl4j.internal.cpu;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Images that lie in memory with all channels of a position side by side, as oneDNN's convolutions compute them. Their shape is
 * {@code [batch, channels, height, width]} like that of all images; only the strides tell, and every operation gives the same
 * results on them.
 */
public final class ChannelsLast {
    private ChannelsLast() {}

    /** Whether all of these are such images of single precision, without gaps, in the memory of a CPU, smaller than 2 GiB. */
    public static boolean holds(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.rank() != 4) {
                return false;
            }
            long channels = array.size(1);
            long height = array.size(2);
            long width = array.size(3);
            if (!HostMemory.reaches(array)
                    || !steps(array, 1, 1)
                    || !steps(array, 3, channels)
                    || !steps(array, 2, channels * width)
                    || !steps(array, 0, channels * width * height)) {
                return false;
            }
        }
        return true;
    }

    private static boolean steps(INDArray array, int dimension, long step) {
        return array.size(dimension) == 1 || array.stride(dimension) == step;
    }

    /**
     * Activations that lie so, not initialised.
     *
     * @param shape {@code [batch, channels, height, width]}
     */
    public static INDArray activations(DataType type, long[] shape, LayerWorkspaceMgr workspaces) {
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

    /** Activations of this array's type and shape that lie as it does if it is such an image, and in c order otherwise. */
    public static INDArray activationsLike(INDArray array, LayerWorkspaceMgr workspaces) {
        return holds(array)
                ? activations(array.dataType(), array.shape(), workspaces)
                : workspaces.createUninitialized(ArrayType.ACTIVATIONS, array.dataType(), array.shape(), 'c');
    }
}
