package org.mtl4j.dl4j.internal.cpu;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Says in which type a layer adds up: ND4J adds up products of half precision in half precision, which is too narrow.
 */
public final class SumType {
    private SumType() {}

    /** {@return the type in which a layer of this type computes: that type, or single for half precision} */
    public static DataType of(DataType type) {
        return type == DataType.HALF ? DataType.FLOAT : type;
    }

    /** {@return an array in the type in which a layer of its type computes; itself if that is its own} */
    public static INDArray widened(INDArray array) {
        return array.castTo(of(array.dataType()));
    }

    /**
     * {@return an array for what an array is to get, in the type in which its layer computes: itself if that is its
     * own}
     *
     * @param memory where the other one is
     */
    public static INDArray receiver(INDArray array, ArrayType memory, LayerWorkspaceMgr workspaces) {
        DataType sums = of(array.dataType());
        return array.dataType() == sums ? array : workspaces.createUninitialized(memory, sums, array.shape(), 'c');
    }

    /** Rounds what a {@link #receiver} has got to the array that it is for. */
    public static void round(INDArray receiver, INDArray array) {
        if (receiver != array) {
            array.assign(receiver);
        }
    }
}
