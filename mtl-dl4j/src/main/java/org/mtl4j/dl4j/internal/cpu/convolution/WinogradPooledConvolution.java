package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes convolutions of stride 1, ReLU and max pooling, fused, in the batch-last layout: neither the output before
 * pooling nor its gradient is ever stored. Unlike {@link PooledConvolution} it is for many inputs, and has a gradient
 * with respect to them.
 */
public final class WinogradPooledConvolution implements ConvolutionAlgorithm {
    private final int[] window;

    /** The batch-last input, and where in the windows the maxima were; both live to the end of the step. */
    private @Nullable INDArray input;

    private @Nullable INDArray places;

    /**
     * Makes the algorithm for one layer.
     *
     * @param window of the pooling, height and width
     */
    public WinogradPooledConvolution(int[] window) {
        this.window = window;
    }

    /** Tells whether this algorithm can compute the convolution of these arrays, and is faster than others. */
    public boolean supports(ConvolutionSpec spec, INDArray x, INDArray weights) {
        return spec.isRelu()
                && spec.hasUnitStride()
                && spec.isBatchLast(x, weights)
                && WinogradConvolutionKernel.paysFor(
                        x.shape(), weights.shape(), spec.padding(), spec.outputSize(), window);
    }

    private WinogradConvolutionKernel kernel(ConvolutionSpec spec, Operands operands) {
        return new WinogradConvolutionKernel(
                operands.x().shape(), operands.weights().shape(), spec.padding(), spec.outputSize(), window);
    }

    @Override
    public INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces) {
        long[] shape = spec.pooledShape(operands.x(), operands.weights(), window);
        INDArray x = BatchLastLayout.of(operands.x(), ArrayType.ACTIVATIONS, workspaces);
        INDArray y = HostArray.create(workspaces, ArrayType.ACTIVATIONS, spec.dataType(), shape, 'f');
        input = training ? x : null;
        places = training ? HostArray.create(workspaces, ArrayType.ACTIVATIONS, spec.dataType(), shape, 'f') : null;
        WinogradConvolutionKernel kernel = kernel(spec, operands);
        PooledOutput output = new PooledOutput(y, places, window);
        kernel.forward(
                x,
                operands.weights(),
                operands.bias(),
                output,
                BatchLastConvolution.SCRATCH.get().of(kernel.scratch()));
        output.reachabilityFence();
        return y;
    }

    @Override
    public INDArray backward(
            ConvolutionSpec spec,
            Operands operands,
            INDArray epsilon,
            ParameterGradients gradients,
            LayerWorkspaceMgr workspaces) {
        INDArray pooled = BatchLastLayout.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray gradient = spec.createBatchLastInputGradient(operands.x(), workspaces);
        WinogradConvolutionKernel kernel = kernel(spec, operands);
        PooledOutput output = new PooledOutput(pooled, places, window);
        kernel.backward(
                input,
                output,
                operands.weights(),
                gradient,
                gradients,
                BatchLastConvolution.SCRATCH.get().of(kernel.scratch()));
        output.reachabilityFence();
        return gradient;
    }

    @Override
    public void clear() {
        input = null;
        places = null;
    }
}
