package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Holds the rows that a {@link Factor} multiplies, and the result: memory of the CPU for BLAS, or Java's arrays where
 * there is no BLAS. For one thread at a time.
 */
abstract class Staging {

    /** Makes one for tiles of these sizes, in numbers. */
    static Staging of(Products products, int rows, int results) {
        return products == Products.JAVA
                ? new Heap(rows, results)
                : new Native(rows, results, products == Products.PACKED);
    }

    /** Puts numbers into the rows. */
    abstract void put(int at, float[] from, int offset, int count);

    /** Gets numbers of the result. */
    abstract void get(int at, float[] to, int offset, int count);

    /** For BLAS. */
    static final class Native extends Staging {
        final FloatPointer rows;
        final FloatPointer results;
        private final FloatBuffer rowNumbers;
        private final FloatBuffer resultNumbers;

        /** For products that are not BLAS's; empty where there are none. */
        private final float[] plainRows;

        private final float[] plainResults;

        Native(int rows, int results, boolean plain) {
            rowNumbers = floats(rows);
            resultNumbers = floats(results);
            this.rows = new FloatPointer(rowNumbers);
            this.results = new FloatPointer(resultNumbers);
            plainRows = new float[plain ? rows : 0];
            plainResults = new float[plain ? results : 0];
        }

        /** Multiplies a few rows by loops. */
        void multiply(float[] weights, int count, int inner, int columns) {
            rowNumbers.get(0, plainRows, 0, count * inner);
            Arrays.fill(plainResults, 0, count * columns, 0);
            for (int row = 0; row < count; row++) {
                Factor.addRow(plainRows, row * inner, weights, inner, columns, plainResults, row * columns);
            }
            resultNumbers.put(0, plainResults, 0, count * columns);
        }

        /** Memory that begins at a line of the cache. It is freed when nothing refers to the buffer any more. */
        static FloatBuffer floats(int count) {
            int line = 64;
            int lines = Math.multiplyExact(count, Float.BYTES) / line + 1;
            return ByteBuffer.allocateDirect(Math.multiplyExact(lines + 1, line))
                    .alignedSlice(line) // whole lines only
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer()
                    .slice(0, count);
        }

        @Override
        void put(int at, float[] from, int offset, int count) {
            rowNumbers.put(at, from, offset, count);
        }

        @Override
        void get(int at, float[] to, int offset, int count) {
            resultNumbers.get(at, to, offset, count);
        }
    }

    /** Without BLAS. */
    static final class Heap extends Staging {
        final float[] rows;
        final float[] results;

        Heap(int rows, int results) {
            this.rows = new float[rows];
            this.results = new float[results];
        }

        @Override
        void put(int at, float[] from, int offset, int count) {
            System.arraycopy(from, offset, rows, at, count);
        }

        @Override
        void get(int at, float[] to, int offset, int count) {
            System.arraycopy(results, at, to, offset, count);
        }
    }
}
