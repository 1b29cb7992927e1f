package org.mtl4j.dl4j.internal.cpu.convolution;

import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes convolutions of stride 1 on {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last} images of
 * one size, and their gradients. Scratch memory is of {@link #scratch} numbers.
 */
interface BatchLastKernel {
    /** {@return the kernel that takes the least time; parameters as of {@link BatchLastConvolutionKernel}} */
    static BatchLastKernel choose(long[] in, long[] weights, int[] padding, int[] outSize) {
        return WinogradConvolutionKernel.paysFor(in, weights, padding, outSize)
                ? new WinogradConvolutionKernel(in, weights, padding, outSize)
                : new BatchLastConvolutionKernel(in, weights, padding, outSize);
    }

    /** Returns how many numbers of scratch memory any of the methods needs. */
    long scratch();

    /**
     * Computes the output.
     *
     * @param bias or null
     * @param rectified whether the activation is ReLU; otherwise there is none
     */
    void forward(INDArray x, INDArray weights, INDArray bias, boolean rectified, INDArray y, INDArray scratch);

    /**
     * Computes the gradients.
     *
     * @param delta gradient with respect to the output
     * @param inputGradient receives the gradient with respect to x, or null
     * @param gradients receives those of weights and biases
     */
    void backward(
            INDArray x,
            INDArray delta,
            INDArray weights,
            INDArray inputGradient,
            ParameterGradients gradients,
            INDArray scratch);
}
