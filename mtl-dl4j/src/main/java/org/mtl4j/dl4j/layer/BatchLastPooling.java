package org.mtl4j.dl4j.layer;

import java.nio.IntBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Maxima over separate windows of images that lie as {@link org.mtl4j.dl4j.internal.cpu.BatchLast} says, and their gradient, on bit patterns: see
 * {@link MaximumWindows}. What a window has at one place is a row of numbers for all channels and examples.
 */
final class BatchLastPooling {
    /** Numbers of a row at a time, so that a window's rows stay in the nearest cache. */
    private static final int PIECE = 1024;

    private final int[] window;
    private final boolean rectified;

    /**
     * @param window height and width
     * @param rectified whether the result goes through max(0, x)
     */
    BatchLastPooling(int[] window, boolean rectified) {
        this.window = window;
        this.rectified = rectified;
    }

    /** One window's rows: at one piece of them, in memory of one thread's own. */
    @FunctionalInterface
    private interface Piece {
        /**
         * @param places where in the input the piece of each place of the window begins
         * @param at where in the output it begins
         */
        void go(int[] places, int at, int count);
    }

    /** The maxima of {@code [batch, channels, height, width]}, into {@code [batch, channels, rows, columns]}. */
    void forward(INDArray in, INDArray out) {
        IntBuffer source = HostMemory.bits(in);
        IntBuffer target = HostMemory.bits(out);
        over(in, out, () -> {
            int[] row = new int[PIECE];
            int[] most = new int[PIECE];
            return (places, at, count) -> {
                startMost(most);
                for (int place : places) {
                    read(source, place, row, count);
                    raise(most, row, count);
                }
                if (!rectified) {
                    MaximumWindows.order(most, count);
                }
                target.put(at, most, 0, count);
            };
        });
        HostMemory.usedUntilHere(in, out);
    }

    /** Rectified numbers need no order: those below 0 have patterns below 0, and lose against it. */
    private void startMost(int[] most) {
        Arrays.fill(most, rectified ? 0 : Integer.MIN_VALUE);
    }

    private void raise(int[] most, int[] row, int count) {
        if (rectified) {
            MaximumWindows.largerPositive(row, most, count);
        } else {
            MaximumWindows.larger(row, most, count);
        }
    }

    private void read(IntBuffer source, int place, int[] row, int count) {
        source.get(place, row, 0, count);
        if (!rectified) {
            MaximumWindows.order(row, count);
        }
    }

    /** The gradient with respect to the input; places outside of all windows get 0. */
    void backward(INDArray in, INDArray epsilon, INDArray result) {
        IntBuffer source = HostMemory.bits(in);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer target = HostMemory.bits(result);
        clearOutside(in, epsilon, target);
        over(in, epsilon, () -> {
            int[][] rows = new int[window[0] * window[1]][PIECE];
            int[] most = new int[PIECE];
            int[] rest = new int[PIECE];
            return (places, at, count) -> {
                startMost(most);
                for (int p = 0; p < places.length; p++) {
                    read(source, places[p], rows[p], count);
                    raise(most, rows[p], count);
                }
                gradients.get(at, rest, 0, count);
                if (rectified) {
                    MaximumWindows.keepOpen(most, rest, count);
                }
                for (int p = 0; p < places.length; p++) {
                    MaximumWindows.give(rows[p], most, rest, count);
                    target.put(places[p], rows[p], 0, count);
                }
            };
        });
        HostMemory.usedUntilHere(in, epsilon, result);
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

    private void over(INDArray in, INDArray out, java.util.function.Supplier<Piece> perThread) {
        int each = (int) (in.size(0) * in.size(1));
        int height = (int) in.size(2);
        int rows = (int) out.size(2);
        int columns = (int) out.size(3);
        HostLoop.over(columns, HostLoop.parts(columns, in.length()), (part, from, to) -> {
            Piece piece = perThread.get();
            int[] places = new int[window[0] * window[1]];
            for (int column = from; column < to; column++) {
                for (int row = 0; row < rows; row++) {
                    for (int start = 0; start < each; start += PIECE) {
                        for (int p = 0; p < places.length; p++) { // row by row, as the first of equal ones counts
                            int h = row * window[0] + p / window[1];
                            int w = column * window[1] + p % window[1];
                            places[p] = (w * height + h) * each + start;
                        }
                        piece.go(places, (column * rows + row) * each + start, Math.min(PIECE, each - start));
                    }
                }
            }
        });
    }
}
