package org.mtl4j.dl4j.internal.cpu.experts;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes fully connected layers, with the roundings of ND4J's operations, in a few calls: those of Deeplearning4j
 * take some thirty for a layer, and each longer than the product of a small batch. Arrays are in c order, weights
 * {@code [inputs, outputs]} in f order. (Prepared steps have {@link org.mtl4j.dl4j.internal.cpu.dense.DenseKernel},
 * which keeps its memory and adds up in an order of its own.)
 */
public final class DenseProducts {
    private DenseProducts() {}

    /** Tells whether arrays and weights, each of two dimensions, are such that the products can be computed here. */
    public static boolean supports(INDArray weights, INDArray... arrays) {
        // ND4J takes a matrix of one row or column for a vector, whose products it rounds otherwise
        return weights.size(0) > 1 && weights.size(1) > 1 && ExpertProducts.supports(weights, arrays);
    }

    /**
     * Computes {@code out = x W + b}, or what ReLU makes of it.
     *
     * @param bias {@code [1, outputs]}, or null for none
     * @param values receives the same as {@code out}: as many numbers, or more
     */
    public static void forward(
            INDArray x, INDArray weights, @Nullable INDArray bias, boolean relu, INDArray out, float[] values) {
        int batch = Math.toIntExact(x.size(0));
        int inputs = Math.toIntExact(weights.size(0));
        int outputs = Math.toIntExact(weights.size(1));
        new Gemm(HostMemory.pointer(x), inputs, HostMemory.pointer(weights), inputs, HostMemory.pointer(out), outputs)
                .byTransposed(batch, outputs, inputs, 0, 0, 0);
        FloatBuffer numbers = HostMemory.floats(out);
        numbers.get(0, values, 0, batch * outputs);
        if (bias != null) {
            float[] row = new float[outputs];
            HostMemory.floats(bias).get(row);
            for (int n = 0; n < batch; n++) {
                add(row, values, n * outputs);
            }
            HostMemory.reachabilityFence(bias);
        }
        if (relu) {
            rectify(values, batch * outputs);
        }
        if (relu || bias != null) {
            numbers.put(0, values, 0, batch * outputs);
        }
        HostMemory.reachabilityFence(x, weights, out);
    }

    private static void add(float[] row, float[] sums, int at) {
        for (int i = 0; i < row.length; i++) {
            sums[at + i] += row[i];
        }
    }

    private static void rectify(float[] numbers, int count) {
        for (int i = 0; i < count; i++) {
            numbers[i] = Math.max(0, numbers[i]);
        }
    }

    /** Reads the bit patterns of what {@link #forward} gave. */
    public static void readBits(INDArray out, int[] bits) {
        HostMemory.bits(out).get(0, bits, 0, Math.toIntExact(out.length()));
        HostMemory.reachabilityFence(out);
    }

    /**
     * Computes the gradient with respect to the value before ReLU.
     *
     * @param bits of what ReLU gave
     * @param epsilon gradient with respect to that
     * @param delta receives the result
     */
    public static void throughRelu(int[] bits, INDArray epsilon, INDArray delta) {
        int[] gradient = new int[Math.toIntExact(epsilon.length())];
        HostMemory.bits(epsilon).get(0, gradient);
        Elementwise.reluBackward(bits, gradient);
        HostMemory.bits(delta).put(0, gradient);
        HostMemory.reachabilityFence(epsilon, delta);
    }

    /**
     * Computes the gradients of weights, biases and inputs.
     *
     * @param delta gradient with respect to the outputs before the activation
     * @param weightGradient receives {@code [inputs, outputs]}, in f order
     * @param biasGradient receives {@code [1, outputs]}; null for none
     * @param inputGradient receives {@code [batch, inputs]}
     */
    public static void backward(
            INDArray x,
            INDArray weights,
            INDArray delta,
            INDArray weightGradient,
            @Nullable INDArray biasGradient,
            INDArray inputGradient) {
        ExpertProducts.backward(x, weights, delta, 1, weightGradient, biasGradient, inputGradient);
    }
}
