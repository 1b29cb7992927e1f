package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Describes a convolution over NCHW images of one size, without dilation: what every algorithm has to know beside the
 * arrays.
 *
 * @param dataType type of weights and results
 * @param activation what the result goes through
 * @param stride height, width
 * @param padding top, left
 * @param samePadding whether the padding is such that the output has the size of the input divided by the stride,
 *     rounded up
 * @param outputSize height and width of the output, before any pooling
 * @param inputGradient whether the gradient with respect to the input is wanted
 * @param noisyWeights whether weights get noise in training, so that they are not the layer's own array
 * @param layouts which memory layouts activations may have
 */
public record ConvolutionSpec(
        DataType dataType,
        IActivation activation,
        int[] stride,
        int[] padding,
        boolean samePadding,
        int[] outputSize,
        boolean inputGradient,
        boolean noisyWeights,
        Layouts layouts) {
    /** Most numbers of an array that is one buffer, whose positions are int. */
    static final long MAX_BUFFER_LENGTH = 1L << 28;

    private static final int WEIGHTS_OUT_IN_H_W = 1;
    private static final int CHANNELS_FIRST = 0;
    private static final int NO_DILATION = 1;

    /**
     * Says how activations may lie in memory, and who changes them.
     *
     * @param channelsLast whether predictions may be channels-last
     * @param batchLast whether activations may be batch-last
     * @param outputOverwritten whether what reads the output may overwrite it in training
     */
    public record Layouts(boolean channelsLast, boolean batchLast, boolean outputOverwritten) {}

    boolean isIdentity() {
        return PlainActivation.isIdentity(activation);
    }

    boolean isRelu() {
        return PlainActivation.isRelu(activation);
    }

    /** {@return the same without an activation, if it is ReLU} */
    public ConvolutionSpec withoutRelu() {
        return !isRelu()
                ? this
                : new ConvolutionSpec(
                        dataType,
                        new ActivationIdentity(),
                        stride,
                        padding,
                        samePadding,
                        outputSize,
                        inputGradient,
                        noisyWeights,
                        layouts);
    }

    /** Tells whether the kernel moves by one position at a time. */
    public boolean hasUnitStride() {
        return stride[0] == 1 && stride[1] == 1;
    }

    /** Tells whether type and weights allow to work on host memory. */
    private boolean allowsHostMemory() {
        return dataType == DataType.FLOAT && !noisyWeights;
    }

    /**
     * Tells whether type, weights, activation and gradients allow to fuse the convolution with the pooling behind it.
     */
    boolean allowsFusedPooling() {
        return allowsHostMemory() && !inputGradient && isRelu();
    }

    /**
     * Tells whether these arrays should be computed batch-last, in training and to predict: oneDNN, whose vectors are
     * of channels, is behind fewer multiplications of vectors of examples.
     */
    public boolean isBatchLast(INDArray x, INDArray weights) {
        return allowsHostMemory()
                && layouts.batchLast()
                && x.rank() == 4
                && x.size(0) >= BatchLastLayout.MIN_BATCH
                && (isIdentity() || isRelu())
                && Gemm.available()
                && HostMemory.isContiguous(weights)
                && ArrayUtil.prodLong(outputShape(x, weights)) <= MAX_BUFFER_LENGTH
                && (HostMemory.isContiguous(x) || BatchLastLayout.matches(x));
    }

    /** Returns the output as the backward pass needs it: a copy if what reads it may overwrite it. */
    INDArray keepForBackward(INDArray output, LayerWorkspaceMgr workspaces) {
        return layouts.outputOverwritten() ? workspaces.dup(ArrayType.ACTIVATIONS, output, output.ordering()) : output;
    }

    /** Returns {@code [batch, out, height, width]}, before any pooling. */
    long[] outputShape(INDArray x, INDArray weights) {
        return new long[] {x.size(0), weights.size(0), outputSize[0], outputSize[1]};
    }

    /** Returns {@code [batch, out, rows, columns]}, with a position for each window of a pooling that is full. */
    long[] pooledShape(INDArray x, INDArray weights, int[] window) {
        long[] shape = outputShape(x, weights);
        shape[2] /= window[0];
        shape[3] /= window[1];
        return shape;
    }

    /** Returns a batch-last array for the gradient with respect to the input; null if that is not wanted. */
    @Nullable
    INDArray createBatchLastInputGradient(INDArray x, LayerWorkspaceMgr workspaces) {
        return inputGradient ? HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, dataType, x.shape(), 'f') : null;
    }

    /** Returns the integer arguments of the operations {@code conv2d} and {@code conv2d_bp}. */
    int[] operationArguments(INDArray weights) {
        return new int[] {
            (int) weights.size(2),
            (int) weights.size(3),
            stride[0],
            stride[1],
            padding[0],
            padding[1],
            NO_DILATION,
            NO_DILATION,
            samePadding ? 1 : 0,
            CHANNELS_FIRST,
            WEIGHTS_OUT_IN_H_W
        };
    }
}
