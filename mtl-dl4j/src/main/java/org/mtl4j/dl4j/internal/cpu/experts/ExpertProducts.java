package org.mtl4j.dl4j.internal.cpu.experts;

import java.nio.FloatBuffer;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multiplies blocks of columns, each by weights of its own: what fully connected layers of several experts are that lie
 * side by side. Arrays are {@code [batch, groups * size]} in c order; weights are {@code [inputs, groups * outputs]} in
 * f order, so that those of one group lie together. One group is an ordinary fully connected layer.
 */
public final class ExpertProducts {
    private ExpertProducts() {}

    /** Tells whether arrays and weights are such that the products can be computed here. */
    public static boolean supports(INDArray weights, INDArray... arrays) {
        long inputs = weights.size(0);
        long outputs = weights.size(1);
        return Gemm.available()
                && weights.dataType() == DataType.FLOAT
                && (inputs == 1 || weights.stride(0) == 1)
                && (outputs == 1 || weights.stride(1) == inputs)
                && HostMemory.isContiguous(arrays);
    }

    /**
     * Computes {@code out = x W + b}, block by block.
     *
     * @param bias {@code [1, groups * outputs]}, or null for none
     */
    public static void forward(INDArray x, INDArray weights, INDArray bias, int groups, boolean relu, INDArray out) {
        int batch = Math.toIntExact(x.size(0));
        int inputs = Math.toIntExact(weights.size(0));
        int all = Math.toIntExact(weights.size(1));
        int outputs = all / groups;
        int wide = Math.toIntExact(x.size(1));
        if (bias != null) {
            float[] row = new float[all];
            HostMemory.floats(bias).get(row);
            FloatBuffer target = HostMemory.floats(out);
            for (int n = 0; n < batch; n++) {
                target.put(n * all, row);
            }
        } else {
            out.assign(0);
        }
        Gemm gemm = new Gemm(
                HostMemory.pointer(x), wide, HostMemory.pointer(weights), inputs, HostMemory.pointer(out), all);
        for (int g = 0; g < groups; g++) {
            gemm.addByTransposed(
                    batch, outputs, inputs, (long) g * inputs % wide, (long) g * inputs * outputs, (long) g * outputs);
        }
        if (relu) {
            rectify(out, out, out);
        }
        HostMemory.reachabilityFence(x, weights, out);
        if (bias != null) {
            HostMemory.reachabilityFence(bias);
        }
    }

    /**
     * Computes the gradients of {@link #forward}.
     *
     * @param delta gradient with respect to the outputs before the activation
     * @param weightGradient in the layout of the weights
     * @param biasGradient {@code [1, groups * outputs]}, or null for none
     * @param inputGradient in the layout of x, or null if nobody needs it
     */
    public static void backward(
            INDArray x,
            INDArray weights,
            INDArray delta,
            int groups,
            INDArray weightGradient,
            INDArray biasGradient,
            INDArray inputGradient) {
        int batch = Math.toIntExact(x.size(0));
        int inputs = Math.toIntExact(weights.size(0));
        int all = Math.toIntExact(weights.size(1));
        int outputs = all / groups;
        int wide = Math.toIntExact(x.size(1));
        Gemm ofWeights = new Gemm(
                HostMemory.pointer(delta),
                all,
                HostMemory.pointer(x),
                wide,
                HostMemory.pointer(weightGradient),
                inputs);
        for (int g = 0; g < groups; g++) {
            ofWeights.transposedBy(
                    outputs, inputs, batch, (long) g * outputs, (long) g * inputs, (long) g * inputs * outputs);
        }
        if (biasGradient != null) {
            sumRows(delta, biasGradient);
        }
        if (inputGradient != null) {
            Gemm ofInputs = new Gemm(
                    HostMemory.pointer(delta),
                    all,
                    HostMemory.pointer(weights),
                    inputs,
                    HostMemory.pointer(inputGradient),
                    wide);
            for (int g = 0; g < groups; g++) {
                ofInputs.by(batch, inputs, outputs, (long) g * outputs, (long) g * inputs * outputs, (long) g * inputs);
            }
            HostMemory.reachabilityFence(inputGradient);
        }
        HostMemory.reachabilityFence(x, weights, delta, weightGradient);
    }

    private static void sumRows(INDArray delta, INDArray sums) {
        int batch = Math.toIntExact(delta.size(0));
        int all = Math.toIntExact(delta.size(1));
        float[] row = new float[all];
        float[] sum = new float[all];
        FloatBuffer from = HostMemory.floats(delta);
        for (int n = 0; n < batch; n++) {
            from.get(n * all, row);
            for (int i = 0; i < all; i++) {
                sum[i] += row[i];
            }
        }
        HostMemory.floats(sums).put(sum);
        HostMemory.reachabilityFence(delta, sums);
    }

    /**
     * Computes {@code result = value where output is above 0, else 0}; all contiguous, and any of them may be the same.
     */
    public static void rectify(INDArray output, INDArray value, INDArray result) {
        int rows = Math.toIntExact(output.size(0));
        int size = Math.toIntExact(output.length() / rows);
        FloatBuffer signs = HostMemory.floats(output);
        FloatBuffer values = HostMemory.floats(value);
        FloatBuffer results = HostMemory.floats(result);
        ParallelLoop.run(rows, ParallelLoop.parts(rows, output.length()), (part, from, to) -> {
            float[] sign = new float[size];
            float[] number = new float[size];
            for (int n = from; n < to; n++) {
                signs.get(n * size, sign);
                values.get(n * size, number);
                for (int i = 0; i < size; i++) {
                    number[i] = sign[i] > 0 ? number[i] : 0;
                }
                results.put(n * size, number);
            }
        });
        HostMemory.reachabilityFence(output, value, result);
    }
}
