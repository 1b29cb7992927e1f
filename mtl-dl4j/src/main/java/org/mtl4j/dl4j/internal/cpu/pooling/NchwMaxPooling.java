package org.mtl4j.dl4j.internal.cpu.pooling;

import java.nio.IntBuffer;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the gradient of max pooling over windows that do not overlap, on NCHW images. */
public final class NchwMaxPooling {
    private final int[] window;
    private final boolean rectified;

    /**
     * Makes the kernel for one size of windows.
     *
     * @param window height and width
     * @param rectified whether the result goes through ReLU
     */
    public NchwMaxPooling(int[] window, boolean rectified) {
        this.window = window;
        this.rectified = rectified;
    }

    /**
     * Computes the gradient with respect to the input. The maxima are looked up again, as what reads the output may
     * change it.
     *
     * @param x input, {@code [batch, channels, height, width]}
     * @param epsilon gradient with respect to the output, {@code [batch, channels, rows, columns]}
     * @param result receives the gradient, in the shape of the input; positions outside of all windows get 0
     */
    public void backward(INDArray x, INDArray epsilon, INDArray result) {
        int batch = (int) x.size(0);
        int parts = ParallelLoop.parts(batch, x.length());
        ParallelLoop.run(batch, parts, (part, from, to) -> backward(x, epsilon, result, from, to));
        HostMemory.reachabilityFence(x, epsilon, result);
    }

    private void backward(INDArray x, INDArray epsilon, INDArray result, int from, int to) {
        int channels = (int) x.size(1);
        int height = (int) x.size(2);
        int width = (int) x.size(3);
        int outHeight = (int) epsilon.size(2);
        int outWidth = (int) epsilon.size(3);
        IntBuffer inputs = HostMemory.bits(x);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer results = HostMemory.bits(result);
        int[] in = new int[height * width];
        int[] eps = new int[outHeight * outWidth];
        int[] out = new int[height * width]; // what no window covers stays 0
        for (int plane = from * channels; plane < to * channels; plane++) {
            inputs.get(plane * in.length, in);
            gradients.get(plane * eps.length, eps);
            if (rectified && window[0] == 2 && window[1] == 2) {
                MaxPoolingLoops.planeGradientRectified2x2(in, width, eps, outHeight, outWidth, out);
            } else {
                MaxPoolingLoops.planeGradient(
                        in, width, eps, outHeight, outWidth, window[0], window[1], rectified, out);
            }
            results.put(plane * out.length, out);
        }
    }
}
