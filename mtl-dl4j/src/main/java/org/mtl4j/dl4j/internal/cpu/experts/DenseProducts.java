package org.mtl4j.dl4j.internal.cpu.experts;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.Scratch;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes fully connected layers, with the roundings of ND4J's operations, in a few calls: those of Deeplearning4j
 * take some thirty for a layer, and each longer than the product of a small batch. Arrays are in c order, weights
 * {@code [inputs, outputs]} in f order. (Prepared steps have {@link org.mtl4j.dl4j.internal.cpu.dense.DenseKernel},
 * which keeps its memory and adds up in an order of its own.)
 */
public final class DenseProducts {
    /** About so many numbers are changed at a time. */
    private static final int TILE = 1024;

    /** So many rows of a product are computed at a time where matrices are read in place. */
    private static final int ROWS = 128;

    /** With fewer rows to turn the weights takes too long. */
    private static final int LEAST_ROWS = 256;

    /** For more weights, and for longer sums unless there are few of them, two threads are faster. */
    private static final int MOST_WEIGHTS = 5120;

    private static final int MOST_INPUTS = 40;

    private static final int FEW_OUTPUTS = 16;

    /** As many multiplications does OpenBLAS keep on one thread. */
    private static final int MOST_OF_ONE_THREAD = 1 << 18;

    /** With more the second thread gains more than the packing of matrices takes. */
    private static final int MOST_IN_PLACE = 11_000_000;

    /** More threads than two were not measured. */
    private static final int FEW_PROCESSORS = 2;

    /** Numbers in a vector of AVX-512. */
    private static final int VECTOR = 16;

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
        multiply(x, weights, out);
        int batch = Math.toIntExact(out.size(0));
        int outputs = Math.toIntExact(out.size(1));
        FloatBuffer numbers = HostMemory.floats(out);
        numbers.get(0, values, 0, batch * outputs);
        if (bias != null) {
            float[] row = row(bias, outputs);
            for (int n = 0; n < batch; n++) {
                add(row, values, n * outputs);
            }
        }
        if (relu) {
            rectify(values, batch * outputs);
        }
        if (relu || bias != null) {
            numbers.put(0, values, 0, batch * outputs);
        }
        HostMemory.reachabilityFence(out);
    }

    /**
     * Computes the same where nobody else needs the numbers: some rows at a time, which stay in the nearest cache.
     *
     * @param turned gets the weights in another order
     */
    public static void forward(
            INDArray x, INDArray weights, @Nullable INDArray bias, boolean relu, INDArray out, Scratch turned) {
        int batch = Math.toIntExact(out.size(0));
        int inputs = Math.toIntExact(weights.size(0));
        int outputs = Math.toIntExact(out.size(1));
        Finish finish = bias == null && !relu ? null : new Finish(bias, relu, out);
        if (!isInPlace(batch, inputs, outputs)) {
            multiply(x, weights, out);
            if (finish != null) {
                finish.rows(0, batch);
            }
            return;
        }
        INDArray byInput = turned(weights, inputs, outputs, turned);
        Gemm gemm = new Gemm(
                HostMemory.pointer(x), inputs, HostMemory.pointer(byInput), outputs, HostMemory.pointer(out), outputs);
        int blocks = (batch + ROWS - 1) / ROWS;
        for (int block = 0; block < blocks; block++) {
            int from = (int) ((long) batch * block / blocks);
            int to = (int) ((long) batch * (block + 1) / blocks);
            gemm.by(to - from, outputs, inputs, (long) from * inputs, 0, (long) from * outputs);
            if (finish != null) {
                finish.rows(from, to);
            }
        }
        HostMemory.reachabilityFence(x, byInput, out);
    }

    /**
     * Tells whether a product is as fast or faster in parts that OpenBLAS reads in place, on one thread, as it is in
     * one on two threads; those go on spinning for a tenth of a second, and keep others from their processor. Of other
     * numbers of outputs the kernels for small matrices add up in another order.
     */
    private static boolean isInPlace(int batch, int inputs, int outputs) {
        long products = (long) batch * inputs * outputs;
        int rest = outputs % VECTOR;
        return batch >= LEAST_ROWS
                && (long) inputs * outputs <= MOST_WEIGHTS
                && (inputs <= MOST_INPUTS || outputs <= FEW_OUTPUTS)
                && products > MOST_OF_ONE_THREAD
                && products <= MOST_IN_PLACE
                && (rest == 0 || rest > VECTOR / 2)
                && (HostThreads.processors() <= FEW_PROCESSORS || SingleThreadedBlas.isOpen())
                && Gemm.readsInPlace();
    }

    /** Gives the weights in c order, {@code [inputs, outputs]}. */
    private static INDArray turned(INDArray weights, int inputs, int outputs, Scratch memory) {
        float[] byOutput = new float[inputs * outputs];
        HostMemory.floats(weights).get(0, byOutput);
        float[] byInput = new float[byOutput.length];
        for (int input = 0, at = 0; input < inputs; input++) {
            for (int output = 0, from = input; output < outputs; output++, from += inputs) {
                byInput[at++] = byOutput[from];
            }
        }
        INDArray turned = memory.of(byInput.length);
        HostMemory.floats(turned).put(0, byInput);
        HostMemory.reachabilityFence(weights, turned);
        return turned;
    }

    /** Adds the bias to rows of a product, and rectifies them. */
    private static final class Finish {
        private final INDArray out;
        private final int outputs;
        private final FloatBuffer numbers;
        private final boolean relu;
        private final float[] tile;
        private final float @Nullable [] biases;

        Finish(@Nullable INDArray bias, boolean relu, INDArray out) {
            this.out = out;
            this.relu = relu;
            outputs = Math.toIntExact(out.size(1));
            numbers = HostMemory.floats(out);
            tile = new float[(int) Math.min(out.length(), Math.max(1, TILE / outputs) * (long) outputs)];
            biases = bias == null ? null : FlatArrays.repeated(row(bias, outputs), tile.length);
        }

        void rows(int from, int to) {
            int end = to * outputs;
            for (int at = from * outputs; at < end; at += tile.length) {
                int some = Math.min(tile.length, end - at);
                numbers.get(at, tile, 0, some);
                if (biases != null) {
                    add(biases, tile, 0);
                }
                if (relu) {
                    rectify(tile, tile.length);
                }
                numbers.put(at, tile, 0, some);
            }
            HostMemory.reachabilityFence(out);
        }
    }

    private static void multiply(INDArray x, INDArray weights, INDArray out) {
        int batch = Math.toIntExact(x.size(0));
        int inputs = Math.toIntExact(weights.size(0));
        int outputs = Math.toIntExact(weights.size(1));
        new Gemm(HostMemory.pointer(x), inputs, HostMemory.pointer(weights), inputs, HostMemory.pointer(out), outputs)
                .byTransposed(batch, outputs, inputs, 0, 0, 0);
        HostMemory.reachabilityFence(x, weights, out);
    }

    private static float[] row(INDArray bias, int outputs) {
        float[] row = new float[outputs];
        HostMemory.floats(bias).get(0, row);
        HostMemory.reachabilityFence(bias);
        return row;
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
