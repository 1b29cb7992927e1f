package org.mtl4j.dl4j.internal.cpu.experts;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Mixes what experts say, with weights that each example has of its own, in single precision in the memory of the CPU.
 * All arrays are contiguous in c order; one array holds the outputs of one or several experts side by side.
 */
public final class MixtureKernel {
    private MixtureKernel() {}

    /**
     * Computes {@code out = sum over e of weight[e] * expert[e]} for each example.
     *
     * @param gate {@code [batch, experts]}: weights, or logits of them
     * @param softmax whether the weights are the softmax of what the gate gives
     * @param banks each {@code [batch, ...]} with the outputs of so many experts side by side
     * @param counts how many
     * @param out {@code [batch, ...]}
     * @return the weights, example by example
     */
    public static float[] forward(INDArray gate, boolean softmax, INDArray[] banks, int[] counts, INDArray out) {
        int batch = Math.toIntExact(gate.size(0));
        int experts = Math.toIntExact(gate.size(1));
        int size = Math.toIntExact(out.length() / batch);
        float[] weights = new float[batch * experts];
        HostMemory.floats(gate).get(weights);
        FloatBuffer[] from = buffers(banks);
        FloatBuffer target = HostMemory.floats(out);
        long numbers = (long) batch * size * (experts + 1);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, numbers), (part, first, end) -> {
            float[] expert = new float[size * most(counts)];
            float[] sum = new float[size];
            for (int n = first; n < end; n++) {
                if (softmax) {
                    softmax(weights, n * experts, experts);
                }
                Arrays.fill(sum, 0);
                int e = n * experts;
                for (int i = 0; i < counts.length; i++) {
                    int length = counts[i] * size;
                    from[i].get(n * length, expert, 0, length);
                    for (int j = 0; j < counts[i]; j++) {
                        addScaled(expert, j * size, weights[e++], sum);
                    }
                }
                target.put(n * size, sum);
            }
        });
        HostMemory.reachabilityFence(banks);
        HostMemory.reachabilityFence(gate, out);
        return weights;
    }

    /**
     * Computes the gradients of {@link #forward}.
     *
     * @param weights what it returned
     * @param epsilon gradient with respect to its output
     * @param bankGradients receive those with respect to the experts
     * @param gateGradient receives that with respect to the gate
     */
    public static void backward(
            float[] weights,
            boolean softmax,
            INDArray[] banks,
            int[] counts,
            INDArray epsilon,
            INDArray[] bankGradients,
            INDArray gateGradient) {
        int batch = Math.toIntExact(gateGradient.size(0));
        int experts = Math.toIntExact(gateGradient.size(1));
        int size = Math.toIntExact(epsilon.length() / batch);
        float[] ofWeights = new float[batch * experts];
        FloatBuffer[] from = buffers(banks);
        FloatBuffer[] to = buffers(bankGradients);
        FloatBuffer eps = HostMemory.floats(epsilon);
        long numbers = (long) batch * size * (2L * experts + 1);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, numbers), (part, first, end) -> {
            float[] expert = new float[size * most(counts)];
            float[] row = new float[size];
            for (int n = first; n < end; n++) {
                eps.get(n * size, row);
                int e = n * experts;
                for (int i = 0; i < counts.length; i++) {
                    int length = counts[i] * size;
                    from[i].get(n * length, expert, 0, length);
                    for (int j = 0; j < counts[i]; j++) {
                        ofWeights[e] = product(expert, j * size, row);
                        scale(row, weights[e], expert, j * size);
                        e++;
                    }
                    to[i].put(n * length, expert, 0, length);
                }
                if (softmax) {
                    throughSoftmax(weights, ofWeights, n * experts, experts);
                }
            }
        });
        HostMemory.floats(gateGradient).put(ofWeights);
        HostMemory.reachabilityFence(banks);
        HostMemory.reachabilityFence(bankGradients);
        HostMemory.reachabilityFence(epsilon, gateGradient);
    }

    private static FloatBuffer[] buffers(INDArray[] arrays) {
        return Arrays.stream(arrays).map(HostMemory::floats).toArray(FloatBuffer[]::new);
    }

    private static int most(int[] counts) {
        return Arrays.stream(counts).max().orElse(0);
    }

    private static void softmax(float[] values, int from, int count) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, values[from + i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double power = Math.exp(values[from + i] - largest);
            values[from + i] = (float) power;
            sum += power;
        }
        for (int i = 0; i < count; i++) {
            values[from + i] = (float) (values[from + i] / sum);
        }
    }

    /** Turns gradients with respect to weights into those with respect to their logits. */
    private static void throughSoftmax(float[] weights, float[] gradients, int from, int count) {
        double mean = 0;
        for (int i = 0; i < count; i++) {
            mean += (double) weights[from + i] * gradients[from + i];
        }
        for (int i = 0; i < count; i++) {
            gradients[from + i] = (float) (weights[from + i] * (gradients[from + i] - mean));
        }
    }

    private static void addScaled(float[] row, int from, float factor, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * row[from + i];
        }
    }

    private static void scale(float[] row, float factor, float[] result, int from) {
        for (int i = 0; i < row.length; i++) {
            result[from + i] = factor * row[i];
        }
    }

    /** A sum in eight parts, which do not wait for each other. */
    private static float product(float[] a, int from, float[] b) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = 0;
        for (; i <= b.length - 8; i += 8) {
            int k = from + i;
            s0 += a[k] * b[i];
            s1 += a[k + 1] * b[i + 1];
            s2 += a[k + 2] * b[i + 2];
            s3 += a[k + 3] * b[i + 3];
            s4 += a[k + 4] * b[i + 4];
            s5 += a[k + 5] * b[i + 5];
            s6 += a[k + 6] * b[i + 6];
            s7 += a[k + 7] * b[i + 7];
        }
        for (; i < b.length; i++) {
            s0 += a[from + i] * b[i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }
}
