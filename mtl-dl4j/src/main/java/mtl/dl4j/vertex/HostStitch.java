package mtl.dl4j.vertex;

import java.nio.FloatBuffer;
import java.util.Arrays;
import mtl.dl4j.host.HostLoop;
import mtl.dl4j.host.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One row of a cross-stitch unit on arrays in the memory of the CPU: one pass over the data, an example at a time, without
 * temporary arrays. All arrays are {@code [batch, channels, ...]} of one shape.
 */
final class HostStitch {
    private HostStitch() {}

    /** {@code out = sum over t of alpha[t][channel] * inputs[t]}. */
    static void mix(INDArray[] inputs, float[][] alpha, INDArray out) {
        int batch = (int) out.size(0);
        int each = (int) (out.length() / batch);
        int positions = each / alpha[0].length;
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer target = HostMemory.floats(out);
        HostLoop.over(batch, HostLoop.parts(batch, out.length()), (part, from, to) -> {
            float[] x = new float[each];
            float[] y = new float[each];
            for (int n = from; n < to; n++) {
                Arrays.fill(y, 0);
                for (int t = 0; t < sources.length; t++) {
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
        int batch = (int) epsilon.size(0);
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
            for (int n = from; n < to; n++) {
                gradient.get(n * each, eps);
                for (int t = 0; t < sources.length; t++) {
                    sources[t].get(n * each, x);
                    addProducts(x, eps, positions, sums[part][t]);
                    scale(eps, alpha[t], positions, x);
                    targets[t].put(n * each, x);
                }
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

    private static void addProducts(float[] a, float[] b, int positions, double[] sums) {
        if (positions == 1) {
            for (int c = 0; c < sums.length; c++) {
                sums[c] += a[c] * b[c];
            }
            return;
        }
        for (int c = 0; c < sums.length; c++) {
            sums[c] += dot(a, b, c * positions, (c + 1) * positions);
        }
    }

    /** With four sums, which do not wait for each other. */
    private static float dot(float[] a, float[] b, int from, int to) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = from;
        for (; i <= to - 4; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < to; i++) {
            s0 += a[i] * b[i];
        }
        return s0 + s1 + (s2 + s3);
    }
}
