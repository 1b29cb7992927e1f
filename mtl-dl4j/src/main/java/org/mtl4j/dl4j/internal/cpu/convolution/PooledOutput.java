package org.mtl4j.dl4j.internal.cpu.convolution;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Pools the output of a convolution while it is in the caches: the maxima of windows that do not overlap, or 0 where
 * none is above it (ReLU). For the gradient it keeps which position of each window held the maximum, -1 if it was 0; of
 * equal ones the first counts, row by row.
 */
final class PooledOutput implements OutputColumns {
    /** Numbers of a row that are processed at a time, so that a window's rows stay in the L1 cache. */
    private static final int BLOCK = 1024;

    private final INDArray pooled;
    private final @Nullable INDArray places;
    private final FloatBuffer images;
    private final @Nullable FloatBuffer positions;
    private final int[] window;
    private final int rows;
    private final int each;

    /**
     * Takes the arrays, both {@code [batch, channels, rows, columns]} with a number for each window.
     *
     * @param pooled receives the maxima, or holds the gradient with respect to them
     * @param places receives or holds positions in windows; null if no gradient will be asked for
     * @param window height and width
     */
    PooledOutput(INDArray pooled, @Nullable INDArray places, int[] window) {
        this.pooled = pooled;
        this.places = places;
        this.images = HostMemory.floats(pooled);
        this.positions = places == null ? null : HostMemory.floats(places);
        this.window = window;
        this.rows = (int) pooled.size(2);
        this.each = (int) (pooled.size(0) * pooled.size(1));
    }

    /** Keeps the arrays in memory up to here. */
    void reachabilityFence() {
        Reference.reachabilityFence(pooled);
        Reference.reachabilityFence(places);
    }

    private int at(int windowColumn, int windowRow) {
        return (windowColumn * rows + windowRow) * each;
    }

    @Override
    public Sink sink(ColumnArrays arrays) {
        return new Sink() {
            private final float[] numbers = new float[BLOCK];
            private final float[] largest = new float[BLOCK];
            private final float[] place = new float[BLOCK];

            @Override
            public float[] array(int column) {
                return arrays.of(ColumnArrays.DELTAS + column % window[1]);
            }

            @Override
            public void put(int column, int row, int count) {
                if (column % window[1] < window[1] - 1) {
                    return; // until the last column of the windows
                }
                for (int r = 0; r < count / window[0]; r++) {
                    int to = at(column / window[1], row / window[0] + r);
                    for (int start = 0; start < each; start += BLOCK) {
                        pool(r * window[0] * each + start, to + start, Math.min(BLOCK, each - start));
                    }
                }
            }

            private void pool(int from, int to, int count) {
                Arrays.fill(largest, 0, count, 0f);
                Arrays.fill(place, 0, count, -1f);
                for (int p = 0; p < window[0] * window[1]; p++) {
                    float[] column = arrays.of(ColumnArrays.DELTAS + p % window[1]);
                    System.arraycopy(column, from + p / window[1] * each, numbers, 0, count);
                    if (positions == null) {
                        VectorLoops.max(numbers, largest, count);
                    } else {
                        VectorLoops.markLarger(numbers, p, largest, place, count);
                    }
                }
                images.put(to, largest, 0, count);
                if (positions != null) {
                    positions.put(to, place, 0, count);
                }
            }
        };
    }

    @Override
    public Source source(ColumnArrays arrays) {
        float[] gradient = new float[BLOCK];
        float[] place = new float[BLOCK];
        float[] selected = new float[BLOCK];
        return (column, count, row, outputRows) -> {
            int end = row + outputRows;
            for (int c = 0; c < count / window[1]; c++) {
                for (int r = row / window[0]; r * window[0] < end; r++) {
                    int from = at(column / window[1] + c, r);
                    for (int start = 0; start < each; start += BLOCK) {
                        int numbers = Math.min(BLOCK, each - start);
                        images.get(from + start, gradient, 0, numbers);
                        positions.get(from + start, place, 0, numbers);
                        for (int p = 0; p < window[0] * window[1]; p++) {
                            int h = r * window[0] + p / window[1];
                            if (h >= row && h < end) {
                                float[] into = arrays.of(ColumnArrays.DELTAS + c * window[1] + p % window[1]);
                                VectorLoops.selectMarked(gradient, place, p, selected, numbers);
                                System.arraycopy(selected, 0, into, (h - row) * each + start, numbers);
                            }
                        }
                    }
                }
            }
        };
    }
}
