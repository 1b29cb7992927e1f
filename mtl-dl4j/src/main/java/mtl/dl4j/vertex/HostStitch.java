package mtl.dl4j.vertex;

import java.nio.FloatBuffer;
import java.util.Arrays;
import mtl.dl4j.host.BatchLast;
import mtl.dl4j.host.HostLoop;
import mtl.dl4j.host.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of a cross-stitch unit on arrays in the memory of the CPU: one pass over the data, an example at a time, without
 * temporary arrays. All arrays are {@code [batch, channels, ...]} of one shape. If all lie as {@link BatchLast} says, what is
 * said of examples here goes for positions, and of positions for examples.
 */
final class HostStitch {
    private HostStitch() {}

    /** {@code outs[s] = sum over t of alpha[s][t][channel] * inputs[t]}. */
    static void mix(INDArray[] inputs, float[][][] alpha, INDArray[] outs) {
        int batch = examples(outs[0]);
        int each = (int) (outs[0].length() / batch);
        int positions = each / alpha[0][0].length;
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] targets = buffers(outs);
        HostLoop.over(batch, HostLoop.parts(batch, outs[0].length()), (part, from, to) -> {
            float[][] x = new float[sources.length][each];
            float[] y = new float[each];
            for (int n = from; n < to; n++) {
                for (int t = 0; t < sources.length; t++) {
                    sources[t].get(n * each, x[t]);
                }
                for (int s = 0; s < targets.length; s++) {
                    scale(x[0], alpha[s][0], positions, y);
                    for (int t = 1; t < sources.length; t++) {
                        addScaled(x[t], alpha[s][t], positions, y);
                    }
                    targets[s].put(n * each, y);
                }
            }
        });
    }

    /**
     * The gradients: {@code inputGradients[t] = sum over s of alpha[s][t][channel] * epsilons[s]}.
     *
     * @return by output, input and channel the sum of {@code epsilons[s] * inputs[t]} over examples and positions
     */
    static double[][][] unmix(INDArray[] inputs, float[][][] alpha, INDArray[] epsilons, INDArray[] inputGradients) {
        int batch = examples(epsilons[0]);
        int each = (int) (epsilons[0].length() / batch);
        int channels = alpha[0][0].length;
        int positions = each / channels;
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] targets = buffers(inputGradients);
        FloatBuffer[] gradients = buffers(epsilons);
        int parts = HostLoop.parts(batch, epsilons[0].length());
        double[][][][] sums = new double[parts][epsilons.length][inputs.length][channels];
        HostLoop.over(batch, parts, (part, from, to) -> {
            float[][] eps = new float[gradients.length][each];
            float[] x = new float[each];
            float[][][] products = new float[gradients.length][sources.length][each];
            for (int n = from; n < to; n++) {
                for (int s = 0; s < gradients.length; s++) {
                    gradients[s].get(n * each, eps[s]);
                }
                for (int t = 0; t < sources.length; t++) {
                    sources[t].get(n * each, x);
                    for (int s = 0; s < gradients.length; s++) {
                        addProducts(x, eps[s], products[s][t]);
                    }
                    scale(eps[0], alpha[0][t], positions, x);
                    for (int s = 1; s < gradients.length; s++) {
                        addScaled(eps[s], alpha[s][t], positions, x);
                    }
                    targets[t].put(n * each, x);
                }
            }
            for (int s = 0; s < gradients.length; s++) {
                for (int t = 0; t < sources.length; t++) {
                    addUp(products[s][t], positions, sums[part][s][t]);
                }
            }
        });
        for (int part = 1; part < parts; part++) {
            for (int s = 0; s < epsilons.length; s++) {
                for (int t = 0; t < inputs.length; t++) {
                    for (int c = 0; c < channels; c++) {
                        sums[0][s][t][c] += sums[part][s][t][c];
                    }
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
