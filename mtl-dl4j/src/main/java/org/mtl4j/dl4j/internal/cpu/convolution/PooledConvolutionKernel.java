package org.mtl4j.dl4j.internal.cpu.convolution;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a convolution of few inputs, max pooling over windows that do not overlap, and ReLU, fused, on NCHW images,
 * example by example: the output before pooling is as large as all the rest of a small network, and never leaves the
 * cache here. There is no gradient with respect to the input.
 *
 * <p>For each position in a window, and each weight of the kernel, the inputs of all windows are gathered in one row
 * (im2col). The convolution is then a sum of scaled rows, and the pooling a maximum of rows, all of which the
 * just-in-time compiler vectorises. For the backward pass only the position of the largest value in each window is
 * kept, in a byte.
 */
final class PooledConvolutionKernel {
    private static final byte NONE = -1;

    private final int[] stride;
    private final int[] window;
    /** Position of the largest value in each window of the latest training pass; {@link #NONE} if none was above 0. */
    private byte[] places = new byte[0];

    /**
     * Makes the kernel of one layer.
     *
     * @param stride of the convolution, height and width
     * @param window height and width
     */
    PooledConvolutionKernel(int[] stride, int[] window) {
        this.stride = stride;
        this.window = window;
    }

    /** Tells whether this kernel can compute the convolution of these arrays. */
    boolean supports(INDArray x, INDArray weights) {
        return x.rank() == 4
                && weights.length() / weights.size(0) <= PooledConvolution.MAX_WEIGHTS_PER_OUTPUT
                && window[0] * window[1] <= Byte.MAX_VALUE
                && x.size(0) * weights.size(0) * x.size(2) * x.size(3) <= ConvolutionSpec.MAX_BUFFER_LENGTH
                && HostMemory.isContiguous(x, weights);
    }

    /**
     * Runs the forward pass.
     *
     * @param x {@code [batch, channels, height, width]}
     * @param weights {@code [out, channels, kernel height, kernel width]}
     * @param bias of each output, or null
     * @param padding top, left
     * @param result receives {@code [batch, out, rows, columns]}, one number per window
     * @param training whether the backward pass follows
     */
    void forward(INDArray x, INDArray weights, INDArray bias, int[] padding, INDArray result, boolean training) {
        PooledConvolutionGeometry geometry = new PooledConvolutionGeometry(x, weights, stride, padding, window, result);
        int batch = (int) x.size(0);
        int out = (int) weights.size(0);
        int windows = geometry.windows();
        if (training && places.length < batch * out * windows) {
            places = new byte[batch * out * windows];
        }
        float[] w = numbers(weights);
        float[] b = bias == null ? new float[out] : bias.toFloatVector();
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer results = HostMemory.floats(result);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, result.length()), (part, from, to) -> {
            float[] image = geometry.newImage();
            float[][] views = geometry.newViews();
            float[][][] inputs = geometry.inputsByWeight(views);
            float[][] sums = new float[inputs.length][windows];
            float[] largest = new float[windows];
            float[] place = new float[windows];
            for (int n = from; n < to; n++) {
                geometry.load(images, n, image);
                geometry.gather(image, views);
                for (int o = 0; o < out; o++) {
                    int at = (n * out + o) * windows;
                    for (int p = 0; p < inputs.length; p++) {
                        VectorLoops.weightedSum(inputs[p], w, o * geometry.entries(), b[o], sums[p]);
                    }
                    System.arraycopy(sums[0], 0, largest, 0, windows);
                    for (int p = 1; p < inputs.length; p++) {
                        VectorLoops.max(sums[p], largest);
                    }
                    if (training) {
                        keepPositions(largest, sums, place, at);
                    }
                    VectorLoops.relu(largest);
                    results.put(at, largest);
                }
            }
        });
        HostMemory.reachabilityFence(x, result);
    }

    /** Keeps the position of the largest value in each window; of equal ones the first counts. */
    private void keepPositions(float[] largest, float[][] sums, float[] place, int at) {
        Arrays.fill(place, 0);
        for (int p = sums.length - 2; p >= 0; p--) {
            VectorLoops.countWhereBelow(sums[p], largest, place);
        }
        for (int p = 0; p < place.length; p++) {
            places[at + p] = largest[p] > 0 ? (byte) place[p] : NONE;
        }
    }

    /**
     * Computes the gradients of weights and biases, after a forward pass in training.
     *
     * @param x as in the forward pass
     * @param epsilon gradient with respect to its result
     * @param weightGradient receives {@code [out, channels, kernel height, kernel width]}
     * @param biasGradient receives the biases' gradient, or null
     */
    void backward(INDArray x, int[] padding, INDArray epsilon, INDArray weightGradient, INDArray biasGradient) {
        PooledConvolutionGeometry geometry =
                new PooledConvolutionGeometry(x, weightGradient, stride, padding, window, epsilon);
        int batch = (int) x.size(0);
        int out = (int) weightGradient.size(0);
        int windows = geometry.windows();
        int parts = ParallelLoop.parts(batch, epsilon.length());
        double[][] sums = new double[parts][out * (geometry.entries() + 1)];
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer gradients = HostMemory.floats(epsilon);
        int[] corners = geometry.corners();
        int[] offsets = geometry.offsetsInWindow();
        int[] entries = geometry.offsetsInKernel();
        ParallelLoop.run(batch, parts, (part, from, to) -> {
            float[] image = geometry.newImage();
            float[] gradient = new float[windows];
            float[] kept = new float[windows];
            int[] where = new int[windows];
            for (int n = from; n < to; n++) {
                geometry.load(images, n, image);
                for (int o = 0; o < out; o++) {
                    int at = (n * out + o) * windows;
                    gradients.get(at, gradient);
                    int count = 0;
                    for (int p = 0; p < windows; p++) { // without a branch: what is not kept is overwritten
                        int place = places[at + p];
                        kept[count] = gradient[p];
                        where[count] = corners[p] + offsets[place & Byte.MAX_VALUE];
                        count += 1 + (place >> 31);
                    }
                    VectorLoops.addProducts(image, where, kept, count, entries, sums[part], o * (entries.length + 1));
                }
            }
        });
        HostMemory.reachabilityFence(x, epsilon);
        for (int part = 1; part < parts; part++) {
            for (int i = 0; i < sums[0].length; i++) {
                sums[0][i] += sums[part][i];
            }
        }
        write(sums[0], out, entries.length, weightGradient, biasGradient);
    }

    private static void write(double[] sums, int out, int entries, INDArray weightGradient, INDArray biasGradient) {
        float[] weights = new float[out * entries];
        for (int o = 0; o < out; o++) {
            for (int k = 0; k < entries; k++) {
                weights[o * entries + k] = (float) sums[o * (entries + 1) + k];
            }
            if (biasGradient != null) {
                biasGradient.putScalar(o, sums[o * (entries + 1) + entries]);
            }
        }
        HostMemory.floats(weightGradient).put(weights);
    }

    private static float[] numbers(INDArray array) {
        float[] numbers = new float[(int) array.length()];
        HostMemory.floats(array).get(numbers);
        return numbers;
    }
}
