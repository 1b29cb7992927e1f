package org.mtl4j.dl4j.internal.cpu.pooling;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes max pooling over windows that do not overlap, and its gradient, on
 * {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last} images: each position of a window is a contiguous
 * row of all channels and examples.
 */
public final class BatchLastMaxPooling {
    /** Numbers of a row that are processed at a time, so that a window's rows stay in the L1 cache. */
    private static final int BLOCK = 1024;

    private final int[] window;
    private final boolean rectified;

    /**
     * Makes the kernel for one size of windows.
     *
     * @param window height and width
     * @param rectified whether the result goes through ReLU
     */
    public BatchLastMaxPooling(int[] window, boolean rectified) {
        this.window = window;
        this.rectified = rectified;
    }

    /** Processes a block of a window's rows, in memory of one thread's own. */
    @FunctionalInterface
    private interface WindowBlock {
        /**
         * Processes the block.
         *
         * @param places offset of the block in the input, for each position of the window
         * @param at offset in the output
         */
        void process(int[] places, int at, int count);
    }

    /**
     * Computes the maxima of {@code [batch, channels, height, width]}, into {@code [batch, channels, rows, columns]}.
     */
    public void forward(INDArray in, INDArray out) {
        IntBuffer source = HostMemory.bits(in);
        IntBuffer target = HostMemory.bits(out);
        forEachWindow(in, out, () -> {
            int[] row = new int[BLOCK];
            int[] most = new int[BLOCK];
            return (places, at, count) -> {
                startMost(most);
                for (int place : places) {
                    read(source, place, row, count);
                    raise(most, row, count);
                }
                if (!rectified) {
                    MaxPoolingLoops.toggleOrdered(most, count);
                }
                target.put(at, most, 0, count);
            };
        });
        HostMemory.reachabilityFence(in, out);
    }

    /** Sets the least maximum. Behind ReLU patterns need not be ordered: those of negative numbers are below 0. */
    private void startMost(int[] most) {
        Arrays.fill(most, rectified ? 0 : Integer.MIN_VALUE);
    }

    private void raise(int[] most, int[] row, int count) {
        if (rectified) {
            MaxPoolingLoops.maxPositive(row, most, count);
        } else {
            MaxPoolingLoops.max(row, most, count);
        }
    }

    private void read(IntBuffer source, int place, int[] row, int count) {
        source.get(place, row, 0, count);
        if (!rectified) {
            MaxPoolingLoops.toggleOrdered(row, count);
        }
    }

    /** Computes the gradient with respect to the input; positions outside of all windows get 0. */
    public void backward(INDArray in, INDArray epsilon, INDArray result) {
        IntBuffer source = HostMemory.bits(in);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer target = HostMemory.bits(result);
        clearOutside(in, epsilon, target);
        forEachWindow(in, epsilon, () -> {
            int[][] rows = new int[window[0] * window[1]][BLOCK];
            int[] most = new int[BLOCK];
            int[] rest = new int[BLOCK];
            return (places, at, count) -> {
                startMost(most);
                for (int p = 0; p < places.length; p++) {
                    read(source, places[p], rows[p], count);
                    raise(most, rows[p], count);
                }
                gradients.get(at, rest, 0, count);
                if (rectified) {
                    MaxPoolingLoops.reluBackward(most, rest, count);
                }
                for (int p = 0; p < places.length; p++) {
                    MaxPoolingLoops.moveToMaximum(rows[p], most, rest, count);
                    target.put(places[p], rows[p], 0, count);
                }
            };
        });
        HostMemory.reachabilityFence(in, epsilon, result);
    }

    private void clearOutside(INDArray in, INDArray out, IntBuffer target) {
        int height = (int) in.size(2);
        int width = (int) in.size(3);
        int coveredHeight = (int) out.size(2) * window[0];
        int coveredWidth = (int) out.size(3) * window[1];
        int[] zeros = new int[(int) (in.size(0) * in.size(1))];
        for (int w = 0; w < width; w++) {
            for (int h = w < coveredWidth ? coveredHeight : 0; h < height; h++) {
                target.put((w * height + h) * zeros.length, zeros);
            }
        }
    }

    private void forEachWindow(INDArray in, INDArray out, Supplier<WindowBlock> perThread) {
        int each = (int) (in.size(0) * in.size(1));
        int height = (int) in.size(2);
        int rows = (int) out.size(2);
        int columns = (int) out.size(3);
        ParallelLoop.run(columns, ParallelLoop.parts(columns, in.length()), (part, from, to) -> {
            WindowBlock block = perThread.get();
            int[] places = new int[window[0] * window[1]];
            for (int column = from; column < to; column++) {
                for (int row = 0; row < rows; row++) {
                    for (int start = 0; start < each; start += BLOCK) {
                        for (int p = 0; p < places.length; p++) { // row by row, as the first of equal maxima counts
                            int h = row * window[0] + p / window[1];
                            int w = column * window[1] + p % window[1];
                            places[p] = (w * height + h) * each + start;
                        }
                        block.process(places, (column * rows + row) * each + start, Math.min(BLOCK, each - start));
                    }
                }
            }
        });
    }
}
