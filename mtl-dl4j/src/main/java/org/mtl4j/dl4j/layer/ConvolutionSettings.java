package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ConvolutionUtils;
import org.mtl4j.dl4j.internal.cpu.BatchLast;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostProduct;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the configuration of a convolution says, and what follows from it for an input. */
record ConvolutionSettings(FastConvolutionLayer layer, ConvolutionMode mode, DataType dataType) {
    /** Numbers of an array that is one buffer, with places that are int. */
    static final long MOST_NUMBERS = 1L << 28;

    private static final int WEIGHTS_OUT_IN_H_W = 1;
    private static final int CHANNELS_FIRST = 0;

    /** Channels last, and dilated kernels, for which oneDNN has no primitive behind the operation in 1.0.0-M2.1. */
    boolean leftToStock() {
        int[] dilation = layer.getDilation();
        return layer.getCnn2dDataFormat() == CNN2DFormat.NHWC || dilation[0] != 1 || dilation[1] != 1;
    }

    boolean identity() {
        return layer.getActivationFn() instanceof ActivationIdentity;
    }

    /** Whether the activation is max(0, x), without a slope below or a limit above. */
    boolean rectified() {
        IActivation activation = layer.getActivationFn();
        return activation instanceof ActivationReLU && activation.equals(new ActivationReLU());
    }

    boolean inputGradient() {
        return layer.isInputGradient();
    }

    boolean stride1() {
        return layer.getStride()[0] == 1 && layer.getStride()[1] == 1;
    }

    /** Single precision, and weights that are used as they are: what the passes on host memory ask for. */
    private boolean plain() {
        return !leftToStock() && dataType == DataType.FLOAT && layer.getWeightNoise() == null;
    }

    /** Whether activation, weights and what is wanted of gradients allow to do a pooling behind it in one go. */
    boolean allowsPoolingAtOnce() {
        return plain() && !inputGradient() && rectified();
    }

    /** Whether a training step may be by products of matrices with the batch last. */
    boolean takesBatchLast(INDArray x, INDArray weights) {
        return plain()
                && layer.isBatchLast()
                && x.rank() == 4
                && x.size(0) >= BatchLast.LEAST_EXAMPLES
                && (identity() || rectified())
                && HostProduct.available()
                && HostMemory.holds(weights)
                && ArrayUtil.prodLong(outputShape(x, weights)) <= MOST_NUMBERS
                && (HostMemory.holds(x) || BatchLast.holds(x));
    }

    /** The output as the backward pass needs it: a copy if what reads it may overwrite it. */
    INDArray kept(INDArray output, LayerWorkspaceMgr workspaces) {
        return layer.isOutputOverwritten() ? workspaces.dup(ArrayType.ACTIVATIONS, output, output.ordering()) : output;
    }

    private boolean same() {
        return mode == ConvolutionMode.Same;
    }

    /** Height and width, before any pooling. */
    int[] outputSize(INDArray x) {
        return ConvolutionUtils.getOutputSize(
                x,
                layer.getKernelSize(),
                layer.getStride(),
                same() ? null : layer.getPadding(),
                mode,
                layer.getDilation(),
                CNN2DFormat.NCHW);
    }

    /** Top and left. */
    int[] padding(INDArray x) {
        return same()
                ? ConvolutionUtils.getSameModeTopLeftPadding(
                        outputSize(x),
                        new int[] {(int) x.size(2), (int) x.size(3)},
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getDilation())
                : layer.getPadding();
    }

    /** {@code [batch, out, height, width]}, before any pooling. */
    long[] outputShape(INDArray x, INDArray weights) {
        int[] size = outputSize(x);
        return new long[] {x.size(0), weights.size(0), size[0], size[1]};
    }

    /** Integer arguments of {@code conv2d} and {@code conv2d_bp}. */
    int[] arguments(INDArray weights) {
        int[] stride = layer.getStride();
        int[] pad = layer.getPadding();
        int[] dilation = layer.getDilation();
        return new int[] {
            (int) weights.size(2),
            (int) weights.size(3),
            stride[0],
            stride[1],
            pad[0],
            pad[1],
            dilation[0],
            dilation[1],
            same() ? 1 : 0,
            CHANNELS_FIRST,
            WEIGHTS_OUT_IN_H_W
        };
    }
}
