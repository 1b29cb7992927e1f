package mtl.dl4j.vertex;

import java.nio.FloatBuffer;
import java.util.Arrays;
import mtl.dl4j.host.BatchLast;
import mtl.dl4j.host.HostLoop;
import mtl.dl4j.host.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One row of a cross-stitch unit on arrays in the memory of the CPU: one pass over the data, an example at a time, without
 * temporary arrays. All arrays are {@code [batch, channels, ...]} of one shape. If all lie as {@link BatchLast} says, what is
 * said of examples here goes for positions, and of positions for examples.
 */
final class HostStitch {
    private HostStitch() {}

    /** {@code out = sum over t of alpha[t][channel] * inputs[t]}. */
    static void mix(INDArray[] inputs, float[][] alpha, INDArray out) {
        int batch = examples(out);
        int each = (int) (out.length() / batch);
        int positions = each / alpha[0].length;
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer target = HostMemory.floats(out);
        HostLoop.over(batch, HostLoop.parts(batch, out.length()), (part, from, to) -> {
            float[] x = new float[each];
            float[] y = new float[each];
            for (int n = from; n < to; n++) {
                sources[0].get(n * each, x);
                scale(x, alpha[0], positions, y);
                for (int t = 1; t < sources.length; t++) {
                    sources[t].get(n * each, x);
                    addScaled(x, alpha[t], positions, y);
                }
                target.put(n * each, y);
            }
        });
    }

    /**
     * The gradients: {@code inputGradients[t] = alpha[t][channel] * epsilon}.
     *
     * @return by input and channel the sum of {@code epsilon * inputs[t]} over examples and positions
     */
    static double[][] unmix(INDArray[] inputs, float[][] alpha, INDArray epsilon, INDArray[] inputGradients) {
        int batch = examples(epsilon);
        int each = (int) (epsilon.length() / batch);
        int channels = alpha[0].length;
        int positions = each / channels;
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] targets = buffers(inputGradients);
        FloatBuffer gradient = HostMemory.floats(epsilon);
        int parts = HostLoop.parts(batch, epsilon.length());
        double[][][] sums = new double[parts][inputs.length][channels];
        HostLoop.over(batch, parts, (part, from, to) -> {
            float[] eps = new float[each];
            float[] x = new float[each];
            float[][] products = new float[sources.length][each];
            for (int n = from; n < to; n++) {
                gradient.get(n * each, eps);
                for (int t = 0; t < sources.length; t++) {
                    sources[t].get(n * each, x);
                    addProducts(x, eps, products[t]);
                    scale(eps, alpha[t], positions, x);
                    targets[t].put(n * each, x);
                }
            }
            for (int t = 0; t < sources.length; t++) {
                addUp(products[t], positions, sums[part][t]);
            }
        });
        for (int part = 1; part < parts; part++) {
            for (int t = 0; t < inputs.length; t++) {
                for (int c = 0; c < channels; c++) {
                    sums[0][t][c] += sums[part][t][c];
                }
            }
        }
        return sums[0];
    }

    private static int examples(INDArray array) {
        return (int) (BatchLast.holds(array) ? array.length() / (array.size(0) * array.size(1)) : array.size(0));
    }

    private static FloatBuffer[] buffers(INDArray[] arrays) {
        return Arrays.stream(arrays).map(HostMemory::floats).toArray(FloatBuffer[]::new);
    }

    private static void addScaled(float[] x, float[] factors, int positions, float[] y) {
        if (positions == 1) {
            for (int c = 0; c < factors.length; c++) {
                y[c] += factors[c] * x[c];
            }
            return;
        }
        for (int c = 0; c < factors.length; c++) {
            float factor = factors[c];
            int end = (c + 1) * positions;
            for (int i = c * positions; i < end; i++) {
                y[i] += factor * x[i];
            }
        }
    }

    private static void scale(float[] x, float[] factors, int positions, float[] y) {
        if (positions == 1) {
            for (int c = 0; c < factors.length; c++) {
                y[c] = factors[c] * x[c];
            }
            return;
        }
        for (int c = 0; c < factors.length; c++) {
            float factor = factors[c];
            int end = (c + 1) * positions;
            for (int i = c * positions; i < end; i++) {
                y[i] = factor * x[i];
            }
        }
    }

    /** Over the examples, each position by itself: that leaves nothing to wait for. */
    private static void addProducts(float[] a, float[] b, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * b[i];
        }
    }

    private static void addUp(float[] products, int positions, double[] sums) {
        for (int c = 0; c < sums.length; c++) {
            for (int i = c * positions; i < (c + 1) * positions; i++) {
                sums[c] += products[i];
            }
        }
    }
}
