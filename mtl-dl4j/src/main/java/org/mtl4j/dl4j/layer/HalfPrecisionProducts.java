package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the outputs of fully connected layers of half precision before the activation, as {@link SumType} says: the
 * stock code adds up in half precision, which costs a hundredth of the result where there are some thousand inputs.
 */
final class HalfPrecisionProducts {
    private HalfPrecisionProducts() {}

    /** Tells whether inputs have the shape that weights are for; others are left to the stock code's messages. */
    static boolean fit(INDArray input, INDArray weights) {
        return input.rank() == 2 && input.size(1) == weights.size(0);
    }

    /**
     * Computes {@code x W + b} in single precision, and rounds it once.
     *
     * @param input {@code [batch, inputs]}, of any type
     * @param weights {@code [inputs, outputs]}
     * @param bias {@code [1, outputs]}, or null for none
     * @return {@code [batch, outputs]}, of half precision
     */
    static INDArray outputs(INDArray input, INDArray weights, @Nullable INDArray bias, LayerWorkspaceMgr workspaces) {
        INDArray sums = input.castTo(DataType.FLOAT).mmul(weights.castTo(DataType.FLOAT));
        if (bias != null) {
            SafeBroadcast.addRow(sums, bias.castTo(DataType.FLOAT));
        }
        return workspaces
                .createUninitialized(ArrayType.ACTIVATIONS, DataType.HALF, sums.shape(), 'c')
                .assign(sums);
    }
}
