package org.mtl4j.dl4j.layer;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of few inputs, the largest value of each of its separate windows, and ReLU, in one go, an example at a time:
 * what the convolution gives before pooling is as large as all the rest of a small network, and never leaves the cache here.
 * There is no gradient with respect to the input.
 *
 * <p>For each place in a window, and each entry of the kernel, the numbers that it meets at all windows are laid side by side.
 * Then a convolution is sums of scaled rows, and the maximum one of rows, all of which the just-in-time compiler turns into
 * vector instructions. For the backward pass only the place of the largest value in each window is kept, a byte each.
 */
final class PooledConvolution {
    /** With more, native code is faster. */
    static final int MOST_ENTRIES = 64;

    private static final byte NOTHING = -1;

    private final int[] stride;
    private final int[] window;
    /** Where in each window of the latest training pass the largest value was; {@link #NOTHING} if none was above 0. */
    private byte[] places = new byte[0];

    /**
     * @param stride of the convolution, height and width
     * @param window height and width
     */
    PooledConvolution(int[] stride, int[] window) {
        this.stride = stride;
        this.window = window;
    }

    /** Whether this can do the work of a convolution. */
    boolean does(INDArray x, INDArray weights) {
        return x.rank() == 4
                && weights.length() / weights.size(0) <= MOST_ENTRIES
                && window[0] * window[1] <= Byte.MAX_VALUE
                && x.size(0) * weights.size(0) * x.size(2) * x.size(3) <= ConvolutionSettings.MOST_NUMBERS
                && HostMemory.holds(x, weights);
    }

    /**
     * The forward pass.
     *
     * @param x {@code [batch, channels, height, width]}
     * @param weights {@code [out, channels, kernel height, kernel width]}
     * @param bias of each output, or null
     * @param padding top, left
     * @param result receives {@code [batch, out, rows, columns]}, one number per window
     * @param training whether the backward pass follows
     */
    void forward(INDArray x, INDArray weights, INDArray bias, int[] padding, INDArray result, boolean training) {
        PooledGeometry geometry = new PooledGeometry(x, weights, stride, padding, window, result);
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
        HostLoop.over(batch, HostLoop.parts(batch, result.length()), (part, from, to) -> {
            float[] image = geometry.newImage();
            float[][] views = geometry.newViews();
            float[][][] met = geometry.met(views);
            float[][] sums = new float[met.length][windows];
            float[] largest = new float[windows];
            float[] place = new float[windows];
            for (int n = from; n < to; n++) {
                geometry.load(images, n, image);
                geometry.look(image, views);
                for (int o = 0; o < out; o++) {
                    int at = (n * out + o) * windows;
                    for (int p = 0; p < met.length; p++) {
                        Rows.weighted(met[p], w, o * geometry.entries(), b[o], sums[p]);
                    }
                    System.arraycopy(sums[0], 0, largest, 0, windows);
                    for (int p = 1; p < met.length; p++) {
                        Rows.larger(sums[p], largest);
                    }
                    if (training) {
                        find(largest, sums, place, at);
                    }
                    Rows.rectify(largest);
                    results.put(at, largest);
                }
            }
        });
        HostMemory.usedUntilHere(x, result);
    }

    /** Among equal values the first counts. */
    private void find(float[] largest, float[][] sums, float[] place, int at) {
        Arrays.fill(place, 0);
        for (int p = sums.length - 2; p >= 0; p--) {
            Rows.countWhereBelow(sums[p], largest, place);
        }
        for (int p = 0; p < place.length; p++) {
            places[at + p] = largest[p] > 0 ? (byte) place[p] : NOTHING;
        }
    }

    /**
     * The gradients of weights and biases, after a forward pass in training.
     *
     * @param x as in the forward pass
     * @param epsilon gradient with respect to its result
     * @param weightGradient receives {@code [out, channels, kernel height, kernel width]}
     * @param biasGradient receives the biases' gradient, or null
     */
    void backward(INDArray x, int[] padding, INDArray epsilon, INDArray weightGradient, INDArray biasGradient) {
        PooledGeometry geometry = new PooledGeometry(x, weightGradient, stride, padding, window, epsilon);
        int batch = (int) x.size(0);
        int out = (int) weightGradient.size(0);
        int windows = geometry.windows();
        int parts = HostLoop.parts(batch, epsilon.length());
        double[][] sums = new double[parts][out * (geometry.entries() + 1)];
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer gradients = HostMemory.floats(epsilon);
        int[] corners = geometry.corners();
        int[] offsets = geometry.offsetsInWindow();
        int[] entries = geometry.offsetsInKernel();
        HostLoop.over(batch, parts, (part, from, to) -> {
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
                    for (int p = 0; p < windows; p++) { // what is not kept is written over by the next
                        int place = places[at + p];
                        kept[count] = gradient[p];
                        where[count] = corners[p] + offsets[place & Byte.MAX_VALUE];
                        count += 1 + (place >> 31);
                    }
                    Rows.addProducts(image, where, kept, count, entries, sums[part], o * (entries.length + 1));
                }
            }
        });
        HostMemory.usedUntilHere(x, epsilon);
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
