package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Holds the rows that a {@link Factor} multiplies, and the result: memory of the CPU for BLAS, or Java's arrays where
 * there is no BLAS. For one thread at a time.
 */
abstract class Staging {

    /** Makes one for tiles of these sizes, in numbers. */
    static Staging of(boolean blas, int rows, int results) {
        return blas ? new Native(rows, results) : new Heap(rows, results);
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

        Native(int rows, int results) {
            rowNumbers = floats(rows);
            resultNumbers = floats(results);
            this.rows = new FloatPointer(rowNumbers);
            this.results = new FloatPointer(resultNumbers);
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
