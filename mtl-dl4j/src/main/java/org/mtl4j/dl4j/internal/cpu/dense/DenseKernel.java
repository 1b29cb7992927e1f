package org.mtl4j.dl4j.internal.cpu.dense;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a fully connected layer and its gradients, three products of matrices and one pass each for bias and
 * activation. The sums over examples are in another order than ND4J's. Of use to one thread at a time.
 */
public final class DenseKernel {
    /** Numbers at a time in passes: what is read and written of them stays in the nearest cache. */
    static final int BLOCK = 1024;

    private final INDArray weights;
    private final @Nullable INDArray bias;
    private final @Nullable Gradients gradients;
    private final FloatPointer weightsAt;
    private final @Nullable FloatBuffer biasNumbers;
    private final int inputs;
    private final int outputs;
    private final int most;
    private final float[] tile;
    private final float[] row;
    private final int[] bits;
    private final int[] others;

    /** Where the gradients of the parameters go. */
    private static final class Gradients {
        private final INDArray weights;
        private final @Nullable INDArray bias;
        private final FloatPointer weightsAt;
        private final FloatBuffer weightNumbers;
        private final @Nullable FloatBuffer biasNumbers;

        Gradients(INDArray weights, @Nullable INDArray bias) {
            this.weights = weights;
            this.bias = bias;
            this.weightsAt = HostMemory.pointer(weights);
            this.weightNumbers = HostMemory.floats(weights);
            this.biasNumbers = bias == null ? null : HostMemory.floats(bias);
        }
    }

    /**
     * @param weights {@code [inputs, outputs]} in f order
     * @param bias {@code [1, outputs]}, or null for none
     * @param weightGradient receives the gradient, in the layout of the weights
     * @param biasGradient receives the gradient of the bias; null if there is none
     */
    public DenseKernel(
            INDArray weights, @Nullable INDArray bias, INDArray weightGradient, @Nullable INDArray biasGradient) {
        this(weights, bias, new Gradients(weightGradient, biasGradient));
    }

    /**
     * Computes outputs, and no gradients.
     *
     * @param weights {@code [inputs, outputs]} in f order
     * @param bias {@code [1, outputs]}, or null for none
     */
    public DenseKernel(INDArray weights, @Nullable INDArray bias) {
        this(weights, bias, null);
    }

    private DenseKernel(INDArray weights, @Nullable INDArray bias, @Nullable Gradients gradients) {
        this.weights = weights;
        this.bias = bias;
        this.gradients = gradients;
        this.weightsAt = HostMemory.pointer(weights);
        this.biasNumbers = bias == null ? null : HostMemory.floats(bias);
        this.inputs = Math.toIntExact(weights.size(0));
        this.outputs = Math.toIntExact(weights.size(1));
        this.most = Math.max(1, BLOCK / outputs);
        this.tile = new float[most * outputs];
        this.row = new float[most * outputs];
        this.bits = new int[most * outputs];
        this.others = new int[most * outputs];
    }

    /** Tells whether parameters or gradients of a layer are such that they can be used here. */
    public static boolean supports(INDArray weights, @Nullable INDArray bias) {
        long inputs = weights.size(0);
        return Gemm.available()
                && weights.dataType() == DataType.FLOAT
                && weights.rank() == 2
                && (inputs == 1 || weights.stride(0) == 1)
                && (weights.size(1) == 1 || weights.stride(1) == inputs)
                && (bias == null || FlatArrays.supports(bias));
    }

    /** {@return the number of its outputs} */
    public int outputs() {
        return outputs;
    }

    /**
     * Computes {@code y = x W + b}, or {@code max(0, x W + b)}.
     *
     * @throws IllegalArgumentException if the inputs are not as many as the weights are for
     */
    public void forward(HostMatrix x, boolean relu, HostMatrix y) {
        if (x.columns() != inputs) { // native code would read on
            throw new IllegalArgumentException(
                    "a fully connected layer for %d inputs is given %d".formatted(inputs, x.columns()));
        }
        Gemm gemm = new Gemm(x.pointer(), x.step(), weightsAt, inputs, y.pointer(), y.step());
        int used = Math.min(most, x.rows()) * outputs;
        if (biasNumbers == null) {
            Arrays.fill(row, 0, used, 0);
        } else {
            repeat(biasNumbers, used);
        }
        if (Gemm.addsFaster()) {
            y.fill(row);
            gemm.addByTransposed(x.rows(), outputs, inputs, 0, 0, 0);
            if (relu) {
                Arrays.fill(row, 0, used, 0);
                addRow(y, true);
            }
        } else {
            gemm.byTransposed(x.rows(), outputs, inputs, 0, 0, 0);
            if (relu || biasNumbers != null) {
                addRow(y, relu);
            }
        }
        HostMemory.reachabilityFence(weights);
        Reference.reachabilityFence(bias);
    }

    /** Adds the repeated row, and rectifies the sums if that is wanted. */
    private void addRow(HostMatrix y, boolean relu) {
        int rows = Math.min(most, y.rowsOf(BLOCK));
        for (int from = 0; from < y.rows(); from += rows) {
            int count = Math.min(rows, y.rows() - from);
            y.read(from, count, tile);
            if (relu) {
                for (int i = 0; i < tile.length; i++) {
                    tile[i] = Math.max(0, tile[i] + row[i]);
                }
            } else {
                for (int i = 0; i < tile.length; i++) {
                    tile[i] += row[i];
                }
            }
            y.write(from, count, tile);
        }
    }

    /** Has one row over and over again. */
    private void repeat(FloatBuffer numbers, int count) {
        numbers.get(0, row, 0, outputs);
        for (int done = outputs; done < count; done *= 2) {
            System.arraycopy(row, 0, row, done, Math.min(done, count - done));
        }
    }

    /** Clears the gradient of ReLU's results where these are 0. */
    public void rectify(HostMatrix y, HostMatrix gradient) {
        int rows = Math.min(most, Math.min(y.rowsOf(BLOCK), gradient.rowsOf(BLOCK)));
        for (int from = 0; from < y.rows(); from += rows) {
            int count = Math.min(rows, y.rows() - from);
            y.readBits(from, count, others);
            gradient.readBits(from, count, bits);
            Elementwise.reluBackward(others, bits);
            gradient.writeBits(from, count, bits);
        }
    }

    /**
     * Computes the gradients of weights and bias, and adds up that of the input or sets it.
     *
     * @param delta gradient with respect to the outputs before the activation
     * @param xGradient null if nobody needs it
     * @param add whether there is something in {@code xGradient} that is added to
     * @throws IllegalStateException if it computes outputs only
     */
    public void backward(HostMatrix x, HostMatrix delta, @Nullable HostMatrix xGradient, boolean add) {
        Gradients to = gradients();
        boolean fills = Gemm.addsFaster();
        if (fills) {
            HostMatrix.clear(to.weightNumbers, 0, inputs * outputs);
        }
        Gemm ofWeights = new Gemm(delta.pointer(), delta.step(), x.pointer(), x.step(), to.weightsAt, inputs);
        int atOnce = Gemm.rowsAtOnce(inputs, x.rows());
        for (int from = 0; from < outputs; from += Math.min(atOnce, outputs)) {
            int count = Math.min(atOnce, outputs - from);
            if (fills) {
                ofWeights.addTransposedBy(count, inputs, x.rows(), from, 0, (long) from * inputs);
            } else {
                ofWeights.transposedBy(count, inputs, x.rows(), from, 0, (long) from * inputs);
            }
        }
        if (to.biasNumbers != null) {
            sumRows(delta, to.biasNumbers);
        }
        if (xGradient != null) {
            if (fills && !add) {
                xGradient.clear();
            }
            Gemm gemm =
                    new Gemm(delta.pointer(), delta.step(), weightsAt, inputs, xGradient.pointer(), xGradient.step());
            atOnce = Gemm.rowsAtOnce(inputs, outputs);
            for (int from = 0; from < x.rows(); from += Math.min(atOnce, x.rows())) {
                int count = Math.min(atOnce, x.rows() - from);
                long deltaAt = (long) from * delta.step();
                long gradientAt = (long) from * xGradient.step();
                if (add || fills) {
                    gemm.addBy(count, inputs, outputs, deltaAt, 0, gradientAt);
                } else {
                    gemm.by(count, inputs, outputs, deltaAt, 0, gradientAt);
                }
            }
        }
        HostMemory.reachabilityFence(weights, to.weights);
        Reference.reachabilityFence(to.bias);
    }

    private Gradients gradients() {
        if (gradients == null) {
            throw new IllegalStateException("computes outputs only");
        }
        return gradients;
    }

    private void sumRows(HostMatrix delta, FloatBuffer sums) {
        int used = Math.min(most, delta.rows()) * outputs;
        Arrays.fill(row, 0, used, 0);
        int rows = Math.min(most, delta.rowsOf(BLOCK));
        for (int from = 0; from < delta.rows(); from += rows) {
            int count = Math.min(rows, delta.rows() - from);
            delta.read(from, count, tile);
            int numbers = count * outputs;
            for (int i = 0; i < numbers; i++) {
                row[i] += tile[i];
            }
        }
        for (int at = outputs; at < used; at += outputs) {
            for (int i = 0; i < outputs; i++) {
                row[i] += row[at + i];
            }
        }
        sums.put(0, row, 0, outputs);
    }

    /** Sets the gradients of weights and bias to 0. */
    public void clearGradients() {
        Gradients to = gradients();
        to.weights.assign(0);
        if (to.bias != null) {
            to.bias.assign(0);
        }
    }
}
