package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Gemm;

/** A matrix of weights {@code [inner, columns]} that rows are multiplied by. Shared by threads; nobody changes it. */
abstract class Factor {
    /** With fewer rows a BLAS that packs takes longer to copy the weights than to multiply by them. */
    private static final int LEAST_PACKED_ROWS = 4;

    /** Columns that keep a processor's multipliers busy with a single row. */
    private static final int MANY_COLUMNS = 64;

    /** Rows that share what a call of BLAS reads of the weights, if there are as many. */
    private static final int SHARING_ROWS = 8;

    final int inner;
    final int columns;

    private Factor(int inner, int columns) {
        this.inner = inner;
        this.columns = columns;
    }

    /** Makes one of weights {@code [inner, columns]} in c order, which are copied. */
    static Factor of(Products products, float[] weights, int inner, int columns) {
        return products == Products.JAVA
                ? new Heap(weights, inner, columns)
                : new Native(products, weights, inner, columns);
    }

    /** Multiplies so many rows {@code [rows, inner]} that are staged; the result is {@code [rows, columns]}. */
    abstract void multiply(Staging staged, int rows);

    /** {@return into how many blocks its columns fall, that threads may multiply by side by side} */
    int blocks() {
        return 1;
    }

    /** {@return the first column of a block; of the one behind the last, how many columns there are} */
    int column(int block) {
        return block == 0 ? 0 : columns;
    }

    /**
     * Multiplies so many rows that are staged by the columns of some blocks; of the result {@code [rows, columns]} the
     * others stay what they are.
     */
    void multiply(Staging staged, int rows, int from, int to) {
        multiply(staged, rows);
    }

    /** Tells whether it can multiply so many rows that are staged as columns. */
    boolean multipliesColumns(int rows) {
        return false;
    }

    /**
     * Multiplies so many rows that are staged as columns {@code [inner, rows]}; the result is {@code [rows, columns]}.
     */
    void multiplyColumns(Staging staged, int rows) {
        throw new UnsupportedOperationException("no BLAS, or more than it multiplies at once");
    }

    /** {@return how many rows one call of BLAS multiplies} */
    int rowsOfCall() {
        return Integer.MAX_VALUE;
    }

    /** Adds the products of one row with all weights to a result. */
    static void addRow(float[] row, int at, float[] weights, int inner, int columns, float[] to, int offset) {
        for (int i = 0; i < inner; i++) {
            Loops.addMultiple(row[at + i], weights, i * columns, to, offset, columns);
        }
    }

    private static final class Native extends Factor {
        /** Keeps the memory. */
        private final FloatBuffer memory;

        /** By block of columns and block of rows where it begins; each lies by itself. */
        private final FloatPointer[][] blocks;

        private final int width;

        /** Numbers of a row that are multiplied by one call; it adds to the sums of those before. */
        private final int depth;

        private final int height;

        /** For a few rows; null if BLAS is as good at these. */
        private final float @Nullable [] plain;

        Native(Products products, float[] weights, int inner, int columns) {
            super(inner, columns);
            memory = Staging.Native.floats(weights.length);
            int ofRow = products.most() / SHARING_ROWS;
            width = Math.max(1, Math.min(columns, Math.max(MANY_COLUMNS, ofRow / inner)));
            depth = Math.max(1, Math.min(inner, ofRow / width));
            height = Math.max(1, products.most() / (depth * width));
            plain = products == Products.PACKED ? weights.clone() : null;
            blocks = new FloatPointer[(columns + width - 1) / width][(inner + depth - 1) / depth];
            for (int b = 0; b < blocks.length; b++) {
                int own = Math.min(width, columns - b * width);
                for (int i = 0; i < inner; i++) {
                    memory.put(b * width * inner + i * own, weights, i * columns + b * width, own);
                }
                for (int d = 0; d < blocks[b].length; d++) {
                    int at = b * width * inner + d * depth * own;
                    blocks[b][d] = new FloatPointer(memory.slice(at, Math.min(depth, inner - d * depth) * own));
                }
            }
        }

        @Override
        int rowsOfCall() {
            return height;
        }

        @Override
        void multiply(Staging staged, int rows) {
            Staging.Native s = (Staging.Native) staged;
            if (plain != null && rows < LEAST_PACKED_ROWS) {
                s.multiply(plain, rows, inner, columns);
                return;
            }
            multiply(staged, rows, 0, blocks.length);
        }

        @Override
        int blocks() {
            return plain == null ? blocks.length : 1;
        }

        @Override
        int column(int block) {
            return plain == null ? Math.min(columns, block * width) : super.column(block);
        }

        @Override
        void multiply(Staging staged, int rows, int firstBlock, int endBlock) {
            Staging.Native s = (Staging.Native) staged;
            for (int first = 0; first < rows; first += height) {
                int m = Math.min(height, rows - first);
                for (int b = firstBlock; b < endBlock; b++) {
                    for (int from = 0; from < inner; from += depth) {
                        multiply(s, first, m, b, from);
                    }
                }
            }
        }

        @Override
        boolean multipliesColumns(int rows) {
            return rows <= height && blocks.length == 1 && blocks[0].length == 1;
        }

        @Override
        void multiplyColumns(Staging staged, int rows) {
            Staging.Native s = (Staging.Native) staged;
            Gemm.multiplyTransposed(rows, columns, inner, s.rows, blocks[0][0], s.results);
        }

        private void multiply(Staging.Native s, int first, int rows, int block, int from) {
            int at = block * width;
            int own = Math.min(width, columns - at);
            Gemm.multiply(
                    rows,
                    own,
                    Math.min(depth, inner - from),
                    s.rows,
                    (long) first * inner + from,
                    inner,
                    blocks[block][from / depth],
                    own,
                    from > 0,
                    s.results,
                    (long) first * columns + at,
                    columns);
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
                Arrays.fill(s.results, to, to + columns, 0);
                addRow(s.rows, row * inner, weights, inner, columns, s.results, to);
            }
        }
    }
}
