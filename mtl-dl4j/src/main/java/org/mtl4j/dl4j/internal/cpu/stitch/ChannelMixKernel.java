package org.mtl4j.dl4j.internal.cpu.stitch;

import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes 1×1 convolutions over the channels of several arrays side by side, and their gradients, by products of
 * matrices in place: nothing is put side by side. All arrays are {@code [batch, channels, ...]} of one shape, and
 * contiguous or all {@linkplain BatchLastLayout batch-last}; weights are {@code [channels, arrays * channels]},
 * contiguous.
 */
public final class ChannelMixKernel {
    private ChannelMixKernel() {}

    /**
     * How an array lies in memory: {@code groups} matrices {@code [channels, inner]}, or one matrix {@code [groups,
     * channels]} of vectors, where {@code inner} is 1.
     */
    private record Sizes(int groups, int channels, int inner) {
        static Sizes of(INDArray x) {
            int channels = (int) x.size(1);
            int batch = (int) x.size(0);
            int positions = (int) (x.length() / ((long) batch * channels));
            return BatchLastLayout.matches(x) && !HostMemory.isContiguous(x)
                    ? new Sizes(positions, channels, batch)
                    : new Sizes(batch, channels, positions);
        }

        boolean vectors() {
            return inner == 1;
        }

        long at(int group) {
            return (long) group * channels * inner;
        }

        /** Numbers from row to row. */
        int step() {
            return vectors() ? channels : inner;
        }

        int parts() {
            return ParallelLoop.parts(groups, (long) groups * channels * inner);
        }
    }

    /** Tells whether the backend has what this needs. */
    public static boolean available() {
        return Gemm.available();
    }

    /** Computes {@code outs[s] = weights[s] · [inputs[0]; inputs[1]; …]} at every position. */
    public static void forward(INDArray[] inputs, INDArray[] weights, INDArray[] outs) {
        Sizes sizes = Sizes.of(inputs[0]);
        int all = inputs.length * sizes.channels();
        FloatPointer[] x = pointers(inputs);
        FloatPointer[] w = pointers(weights);
        FloatPointer[] y = pointers(outs);
        for (INDArray out : outs) {
            if (sizes.vectors()) {
                out.assign(0);
            }
        }
        int channels = sizes.channels();
        ParallelLoop.run(sizes.groups(), sizes.parts(), (part, from, to) -> {
            for (int s = 0; s < y.length; s++) {
                for (int t = 0; t < x.length; t++) {
                    long block = (long) t * channels;
                    if (sizes.vectors()) {
                        new Gemm(x[t], channels, w[s], all, y[s], channels)
                                .addByTransposed(to - from, channels, channels, sizes.at(from), block, sizes.at(from));
                        continue;
                    }
                    Gemm gemm = new Gemm(w[s], all, x[t], sizes.inner(), y[s], sizes.inner());
                    for (int group = from; group < to; group++) {
                        gemm.multiply(
                                channels, sizes.inner(), channels, block, sizes.at(group), sizes.at(group), t > 0);
                    }
                }
            }
        });
        HostMemory.reachabilityFence(inputs);
        HostMemory.reachabilityFence(weights);
        HostMemory.reachabilityFence(outs);
    }

    /**
     * Computes the gradients.
     *
     * @param epsilons of the outputs
     * @param inputGradients receive those of the inputs
     * @param weightGradients receive those of the weights
     */
    public static void backward(
            INDArray[] inputs,
            INDArray[] weights,
            INDArray[] epsilons,
            INDArray[] inputGradients,
            INDArray[] weightGradients) {
        Sizes sizes = Sizes.of(inputs[0]);
        int channels = sizes.channels();
        int all = inputs.length * channels;
        FloatPointer[] x = pointers(inputs);
        FloatPointer[] w = pointers(weights);
        FloatPointer[] e = pointers(epsilons);
        FloatPointer[] ofX = pointers(inputGradients);
        FloatPointer[] ofW = pointers(weightGradients);
        for (INDArray gradient : inputGradients) {
            gradient.assign(0);
        }
        for (INDArray gradient : weightGradients) {
            gradient.assign(0);
        }
        ParallelLoop.run(sizes.groups(), sizes.parts(), (part, from, to) -> {
            for (int t = 0; t < x.length; t++) {
                for (int s = 0; s < e.length; s++) {
                    long block = (long) t * channels;
                    if (sizes.vectors()) {
                        new Gemm(e[s], channels, w[s], all, ofX[t], channels)
                                .multiply(to - from, channels, channels, sizes.at(from), block, sizes.at(from), true);
                        continue;
                    }
                    Gemm gemm = new Gemm(w[s], all, e[s], sizes.inner(), ofX[t], sizes.inner());
                    for (int group = from; group < to; group++) {
                        gemm.addTransposedBy(
                                channels, sizes.inner(), channels, block, sizes.at(group), sizes.at(group));
                    }
                }
            }
        });
        int parts = Math.min(e.length, sizes.parts());
        ParallelLoop.run(e.length, parts, (part, from, to) -> {
            for (int s = from; s < to; s++) {
                for (int t = 0; t < x.length; t++) {
                    Gemm gemm = new Gemm(e[s], sizes.step(), x[t], sizes.step(), ofW[s], all);
                    long block = (long) t * channels;
                    if (sizes.vectors()) {
                        gemm.addTransposedBy(channels, channels, sizes.groups(), 0, 0, block);
                        continue;
                    }
                    for (int group = 0; group < sizes.groups(); group++) {
                        gemm.addByTransposed(
                                channels, channels, sizes.inner(), sizes.at(group), sizes.at(group), block);
                    }
                }
            }
        });
        HostMemory.reachabilityFence(inputs);
        HostMemory.reachabilityFence(weights);
        HostMemory.reachabilityFence(epsilons);
        HostMemory.reachabilityFence(inputGradients);
        HostMemory.reachabilityFence(weightGradients);
    }

    private static FloatPointer[] pointers(INDArray[] arrays) {
        FloatPointer[] pointers = new FloatPointer[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            pointers[i] = HostMemory.pointer(arrays[i]);
        }
        return pointers;
    }
}
