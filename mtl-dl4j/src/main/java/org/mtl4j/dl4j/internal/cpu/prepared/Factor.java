package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.Gemm;

/** A matrix of weights {@code [inner, columns]} that rows are multiplied by. Shared by threads; nobody changes it. */
abstract class Factor {
    /**
     * Most multiplications of one call. OpenBLAS wakes threads for more, which would wait for each other, and looks at
     * a lock for memory to pack copies into; on AVX-512 it reads such small matrices in place.
     */
    private static final int MOST_PRODUCTS = 1 << 18;

    final int inner;
    final int columns;

    private Factor(int inner, int columns) {
        this.inner = inner;
        this.columns = columns;
    }

    /** Makes one of weights {@code [inner, columns]} in c order, which are copied. */
    static Factor of(boolean blas, float[] weights, int inner, int columns) {
        return blas ? new Native(weights, inner, columns) : new Heap(weights, inner, columns);
    }

    /** Multiplies so many rows {@code [rows, inner]} that are staged; the result is {@code [rows, columns]}. */
    abstract void multiply(Staging staged, int rows);

    private static final class Native extends Factor {
        /** Keeps the memory. */
        private final FloatBuffer memory;

        /** At each block of columns. */
        private final FloatPointer[] blocks;

        private final int width;
        private final int height;

        Native(float[] weights, int inner, int columns) {
            super(inner, columns);
            memory = Staging.Native.floats(weights.length);
            memory.put(0, weights);
            width = Math.max(1, Math.min(columns, MOST_PRODUCTS / inner));
            height = Math.max(1, MOST_PRODUCTS / (inner * width));
            blocks = new FloatPointer[(columns + width - 1) / width];
            for (int b = 0; b < blocks.length; b++) {
                blocks[b] = new FloatPointer(memory.slice(b * width, weights.length - b * width));
            }
        }

        @Override
        void multiply(Staging staged, int rows) {
            Staging.Native s = (Staging.Native) staged;
            for (int first = 0; first < rows; first += height) {
                int m = Math.min(height, rows - first);
                for (int b = 0; b < blocks.length; b++) {
                    int at = b * width;
                    Gemm.multiply(
                            m,
                            Math.min(width, columns - at),
                            inner,
                            s.rows,
                            (long) first * inner,
                            blocks[b],
                            columns,
                            s.results,
                            (long) first * columns + at,
                            columns);
                }
            }
        }
    }

    private static final class Heap extends Factor {
        private final float[] weights;

        Heap(float[] weights, int inner, int columns) {
            super(inner, columns);
            this.weights = weights.clone();
        }

        @Override
        void multiply(Staging staged, int rows) {
            Staging.Heap s = (Staging.Heap) staged;
            for (int row = 0; row < rows; row++) {
                int to = row * columns;
                java.util.Arrays.fill(s.results, to, to + columns, 0);
                for (int i = 0; i < inner; i++) {
                    add(s.rows[row * inner + i], weights, i * columns, s.results, to, columns);
                }
            }
        }

        private static void add(float factor, float[] from, int at, float[] to, int offset, int count) {
            for (int i = 0; i < count; i++) {
                to[offset + i] += factor * from[at + i];
            }
        }
    }
}
