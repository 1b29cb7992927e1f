package org.mtl4j.dl4j.internal.cpu.dense;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a row of a cross-stitch unit on vectors, {@code y = sum over t of alpha[t] * x[t]}, and its gradients. Of
 * use to one thread at a time.
 */
public final class StitchRowKernel {
    private final INDArray alpha;
    private final @Nullable INDArray alphaGradient;
    private final int towers;
    private final boolean perChannel;

    /**
     * @param alpha {@code [1, towers]}, or {@code [1, towers * channels]} with the channel fastest
     * @param alphaGradient of the same length; null if no gradients are computed
     * @param perChannel whether there is a coefficient for each channel
     */
    public StitchRowKernel(INDArray alpha, @Nullable INDArray alphaGradient, int towers, boolean perChannel) {
        this.alpha = alpha;
        this.alphaGradient = alphaGradient;
        this.towers = towers;
        this.perChannel = perChannel;
    }

    /** Computes the output. */
    public void forward(HostMatrix[] x, HostMatrix y) {
        int most = y.rowsOf(DenseKernel.BLOCK);
        float[][] factors = factors(most, y.columns());
        float[] sum = new float[most * y.columns()];
        float[] input = new float[sum.length];
        for (int from = 0; from < y.rows(); from += most) {
            int count = Math.min(most, y.rows() - from);
            Arrays.fill(sum, 0);
            for (int t = 0; t < towers; t++) {
                x[t].read(from, count, input);
                float[] factor = factors[t];
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += factor[i] * input[i];
                }
            }
            y.write(from, count, sum);
        }
    }

    /** {@return by tower the coefficients of some rows of all channels} */
    private float[][] factors(int rows, int channels) {
        float[] given = new float[Math.toIntExact(alpha.length())];
        HostMemory.floats(alpha).get(0, given);
        HostMemory.reachabilityFence(alpha);
        float[][] factors = new float[towers][rows * channels];
        for (int t = 0; t < towers; t++) {
            for (int i = 0; i < factors[t].length; i++) {
                factors[t][i] = given[perChannel ? t * channels + i % channels : t];
            }
        }
        return factors;
    }

    /**
     * Computes the gradient of alpha, and sets or adds to those of the inputs.
     *
     * @param xGradients by input, null where nobody needs it
     * @param add by input whether there is something in its gradient that is added to
     * @throws IllegalStateException if there is no place for the gradient of alpha
     */
    public void backward(HostMatrix[] x, HostMatrix epsilon, @Nullable HostMatrix[] xGradients, boolean[] add) {
        if (alphaGradient == null) {
            throw new IllegalStateException("computes outputs only");
        }
        int channels = epsilon.columns();
        int most = epsilon.rowsOf(DenseKernel.BLOCK);
        float[][] factors = factors(most, channels);
        float[][] sums = new float[towers][most * channels];
        float[] eps = new float[most * channels];
        float[] numbers = new float[eps.length];
        for (int from = 0; from < epsilon.rows(); from += most) {
            int count = Math.min(most, epsilon.rows() - from);
            epsilon.read(from, count, eps);
            Arrays.fill(eps, count * channels, eps.length, 0);
            for (int t = 0; t < towers; t++) {
                x[t].read(from, count, numbers);
                float[] sum = sums[t];
                for (int i = 0; i < count * channels; i++) {
                    sum[i] += eps[i] * numbers[i];
                }
                HostMatrix gradient = xGradients[t];
                if (gradient == null) {
                    continue;
                }
                float[] factor = factors[t];
                if (add[t]) {
                    gradient.read(from, count, numbers);
                    for (int i = 0; i < eps.length; i++) {
                        numbers[i] += factor[i] * eps[i];
                    }
                } else {
                    for (int i = 0; i < eps.length; i++) {
                        numbers[i] = factor[i] * eps[i];
                    }
                }
                gradient.write(from, count, numbers);
            }
        }
        store(sums, channels, alphaGradient);
    }

    private void store(float[][] sums, int channels, INDArray to) {
        float[] gradient = new float[Math.toIntExact(to.length())];
        for (int t = 0; t < towers; t++) {
            double[] byChannel = new double[channels];
            for (int i = 0; i < sums[t].length; i++) {
                byChannel[i % channels] += sums[t][i];
            }
            for (int c = 0; c < channels && perChannel; c++) {
                gradient[t * channels + c] = (float) byChannel[c];
            }
            if (!perChannel) {
                gradient[t] = (float) Arrays.stream(byChannel).sum();
            }
        }
        HostMemory.floats(to).put(0, gradient);
        HostMemory.reachabilityFence(to);
    }
}
