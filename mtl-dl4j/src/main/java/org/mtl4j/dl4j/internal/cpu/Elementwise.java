package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes elementwise functions of arrays of one memory layout, in blocks that stay in the L1 cache. */
public final class Elementwise {
    /** Numbers in a block; 4 KiB. Larger ones are no faster, and the JVM clears each array that it allocates. */
    public static final int BLOCK = 1 << 10;

    private Elementwise() {}

    /** Transforms a block. */
    @FunctionalInterface
    public interface BlockFunction {
        /** Transforms the first {@code count} numbers in place. */
        void apply(float[] numbers, int count);
    }

    @FunctionalInterface
    private interface BlockReader {
        void read(int start, float[] numbers, int count);
    }

    /**
     * Tells whether two arrays have the same shape and memory layout, so that equal offsets hold equal positions.
     *
     * @return true if both are contiguous in c order, or both channels-last
     */
    public static boolean sameOrder(INDArray first, INDArray second) {
        return first.equalShapes(second)
                && (HostMemory.isContiguous(first, second) || ChannelsLastLayout.matches(first, second));
    }

    /** Computes {@code out = max(0, in)}. */
    public static void relu(INDArray in, INDArray out) {
        map(in, out, BLOCK, (numbers, count) -> {
            for (int i = 0; i < count; i++) {
                numbers[i] = Math.max(0, numbers[i]);
            }
        });
    }

    /**
     * Computes {@code out = function(in)}.
     *
     * @param size largest size of a block; every example starts a new one
     */
    public static void map(INDArray in, INDArray out, int size, BlockFunction function) {
        FloatBuffer source = HostMemory.floats(in);
        forEachBlock(out, size, () -> (start, numbers, count) -> {
            source.get(start, numbers, 0, count);
            function.apply(numbers, count);
        });
        HostMemory.reachabilityFence(in, out);
    }

    /** Computes {@code out = first + second}. */
    public static void add(INDArray first, INDArray second, INDArray out) {
        FloatBuffer a = HostMemory.floats(first);
        FloatBuffer b = HostMemory.floats(second);
        forEachBlock(out, BLOCK, () -> {
            float[] others = new float[BLOCK];
            return (start, numbers, count) -> {
                a.get(start, numbers, 0, count);
                b.get(start, others, 0, count);
                for (int i = 0; i < count; i++) {
                    numbers[i] += others[i];
                }
            };
        });
        HostMemory.reachabilityFence(first, second, out);
    }

    /** Computes the gradient of ReLU, {@code out = y > 0 ? epsilon : 0}. All arrays have one layout. */
    public static void reluBackward(INDArray y, INDArray epsilon, INDArray out) {
        int batch = (int) y.size(0);
        int each = (int) (y.length() / batch);
        IntBuffer values = HostMemory.bits(y);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer results = HostMemory.bits(out);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, y.length()), (part, from, to) -> {
            int[] value = new int[each];
            int[] gradient = new int[each];
            for (int n = from; n < to; n++) {
                values.get(n * each, value);
                gradients.get(n * each, gradient);
                reluBackward(value, gradient);
                results.put(n * each, gradient);
            }
        });
        HostMemory.reachabilityFence(y, epsilon, out);
    }

    /**
     * Clears gradients of ReLU's results where these are 0, on bit patterns, which needs no branches.
     *
     * @param y results, as many as gradients or more
     * @param gradient is changed
     */
    public static void reluBackward(int[] y, int[] gradient) {
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] &= (-y[i] & ~y[i]) >> 31; // all ones for patterns above 0, 0 for 0 and -0
        }
    }

    private static void forEachBlock(INDArray out, int size, Supplier<BlockReader> perThread) {
        FloatBuffer target = HostMemory.floats(out);
        int batch = (int) out.size(0);
        int each = (int) (out.length() / batch);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, out.length()), (part, from, to) -> {
            BlockReader reader = perThread.get();
            float[] numbers = new float[size];
            for (int example = from; example < to; example++) {
                int end = (example + 1) * each;
                for (int start = example * each; start < end; start += size) {
                    int count = Math.min(size, end - start);
                    reader.read(start, numbers, count);
                    target.put(start, numbers, 0, count);
                }
            }
        });
    }
}
