package org.mtl4j.dl4j.internal.cpu.convolution;

import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes convolutions of stride 1 on {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last} images of
 * one size, and their gradients. Scratch memory is of {@link #scratch} numbers.
 */
abstract class BatchLastKernel {
    final int batch;
    final int in;
    final int height;
    final int width;
    final int out;
    final int kernelHeight;
    final int kernelWidth;
    final int top;
    final int left;
    final int outHeight;
    final int outWidth;

    /**
     * Prepares for one size of images.
     *
     * @param in shape of the input, {@code [batch, in, height, width]}
     * @param weights shape of the weights, {@code [out, in, kernel height, kernel width]}
     * @param padding top, left
     * @param outSize height and width of the output
     */
    BatchLastKernel(long[] in, long[] weights, int[] padding, int[] outSize) {
        this.batch = (int) in[0];
        this.in = (int) in[1];
        this.height = (int) in[2];
        this.width = (int) in[3];
        this.out = (int) weights[0];
        this.kernelHeight = (int) weights[2];
        this.kernelWidth = (int) weights[3];
        this.top = padding[0];
        this.left = padding[1];
        this.outHeight = outSize[0];
        this.outWidth = outSize[1];
    }

    /** {@return the kernel that takes the least time; parameters as of the constructor} */
    static BatchLastKernel choose(long[] in, long[] weights, int[] padding, int[] outSize) {
        return WinogradConvolutionKernel.paysFor(in, weights, padding, outSize)
                ? new WinogradConvolutionKernel(in, weights, padding, outSize)
                : new BatchLastConvolutionKernel(in, weights, padding, outSize);
    }

    /** Returns how many numbers of scratch memory any of the methods needs. */
    abstract long scratch();

    /**
     * Computes the output.
     *
     * @param bias or null
     * @param rectified whether the activation is ReLU; otherwise there is none
     */
    abstract void forward(INDArray x, INDArray weights, INDArray bias, boolean rectified, INDArray y, INDArray scratch);

    /**
     * Computes the gradients.
     *
     * @param delta gradient with respect to the output
     * @param inputGradient receives the gradient with respect to x, or null
     * @param gradients receives those of weights and biases
     */
    abstract void backward(
            INDArray x,
            INDArray delta,
            INDArray weights,
            INDArray inputGradient,
            ParameterGradients gradients,
            INDArray scratch);

    final long multiplications() {
        return (long) batch * out * outHeight * outWidth * in * kernelHeight * kernelWidth;
    }

    /** Returns the first row of the kernel that lies inside the input at this row of the output. */
    final int firstRow(int y) {
        return Math.max(0, top - y);
    }

    /** Returns how many rows of the kernel lie inside the input there. */
    final int rowsInside(int y) {
        return Math.min(kernelHeight, height + top - y) - firstRow(y);
    }

    /** Returns the biases at a position of the output, {@code [out, batch]}; zeros if there are none. */
    final float[] initialValues(INDArray bias) {
        float[] initial = new float[out * batch];
        if (bias != null) {
            float[] biases = new float[out];
            HostMemory.floats(bias).get(biases);
            for (int o = 0; o < out; o++) {
                Arrays.fill(initial, o * batch, (o + 1) * batch, biases[o]);
            }
        }
        return initial;
    }

    /**
     * Adds up gradients of biases.
     *
     * @param sums by part sums of some positions' gradients, {@code [positions, out, batch]}
     * @param biasGradient overwritten
     */
    final void addUp(float[][] sums, INDArray biasGradient) {
        float[] ofBiases = new float[out];
        for (int o = 0; o < out; o++) {
            double sum = 0;
            for (float[] ofPart : sums) {
                for (int at = o * batch; at < ofPart.length; at += out * batch) {
                    for (int n = at; n < at + batch; n++) {
                        sum += ofPart[n];
                    }
                }
            }
            ofBiases[o] = (float) sum;
        }
        HostMemory.floats(biasGradient).put(ofBiases);
        HostMemory.reachabilityFence(biasGradient);
    }
}
