package org.mtl4j.internal.data;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies rows of arrays. {@link Nd4j#pullRows} of a view that nothing else refers to ends the JVM when garbage is
 * collected at that moment: the handle of the view is freed under the native call. Here the view is kept.
 *
 * <p>Makes arrays of numbers, too: {@link Nd4j#create} and {@link Nd4j#createFromArray} write them one by one, which
 * takes fifteen times as long.
 */
public final class Rows {
    /** As many as a buffer of 2 GiB has. */
    private static final long MOST_FLOATS = Integer.MAX_VALUE / Float.BYTES;

    /** So many numbers are read at a time, which stay in the cache. */
    private static final int TOGETHER = 2048;

    private Rows() {}

    /**
     * Copies rows to a new array in c order.
     *
     * @param array of any rank, in any order of its memory; its rows are the entries along dimension 0
     * @param rows their numbers, at least one, in the order wanted
     */
    public static INDArray copy(INDArray array, int... rows) {
        long[] shape = array.shape().clone(); // the array hands out its own
        INDArray flat =
                (array.ordering() == 'c' ? array : array.dup('c')).reshape('c', shape[0], array.length() / shape[0]);
        shape[0] = rows.length;
        INDArray copied = Nd4j.pullRows(flat, 1, rows, 'c');
        Reference.reachabilityFence(flat);
        return copied.reshape('c', shape);
    }

    /**
     * {@return the numbers of a matrix, row by row}
     *
     * @param matrix {@code [rows, columns]} of any type and order
     */
    public static double[][] values(INDArray matrix) {
        double[] flat = numbers(matrix);
        int columns = (int) matrix.size(1);
        double[][] rows = new double[(int) matrix.size(0)][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(flat, row * columns, (row + 1) * columns);
        }
        return rows;
    }

    /**
     * {@return the numbers of an array in c order} Floats in one piece in the memory of a CPU are read where they are;
     * everything else is copied once in native memory, and once out of it: entry by entry takes a hundred times as
     * long.
     *
     * @param array of any type and rank, not empty
     */
    public static double[] numbers(INDArray array) {
        boolean floats = isReadAsFloats(array);
        INDArray piece = floats && isInOnePiece(array) ? array : array.dup('c');
        double[] values = floats ? widened(piece) : piece.data().asDouble();
        Reference.reachabilityFence(piece);
        Reference.reachabilityFence(array);
        return values;
    }

    /**
     * {@return the numbers of an array in c order, in single precision}
     *
     * @param array of any type and rank, not empty
     */
    public static float[] floats(INDArray array) {
        if (!isReadAsFloats(array)) {
            double[] wide = numbers(array);
            float[] values = new float[wide.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) wide[i];
            }
            return values;
        }
        INDArray piece = isInOnePiece(array) ? array : array.dup('c');
        float[] values = new float[Math.toIntExact(piece.length())];
        piece.data().asNioFloat().get(values);
        Reference.reachabilityFence(piece);
        Reference.reachabilityFence(array);
        return values;
    }

    /**
     * {@return a new array in c order}
     *
     * @param values as many as the shape says; copied
     * @param shape of any rank
     * @throws IllegalArgumentException if there are more or fewer numbers
     */
    public static INDArray array(float[] values, long... shape) {
        long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (length != values.length) {
            throw new IllegalArgumentException(
                    "an array %s has %d numbers, got %d".formatted(Arrays.toString(shape), length, values.length));
        }
        if (length == 0) {
            return Nd4j.create(values, shape, DataType.FLOAT);
        }
        NewFloats floats = new NewFloats(shape);
        floats.write(0, values);
        return floats.array();
    }

    /**
     * Makes an array of floats in c order, some numbers at a time. Several threads may write, each to places of its
     * own; who asks for the array must have seen them end.
     */
    public static final class NewFloats {
        private final long[] shape;
        private final @Nullable INDArray array;
        /** Of the array; null if that is not in the memory of a CPU, or too large. */
        private final @Nullable FloatBuffer memory;
        /** Where the array's first number is in the memory. */
        private final int first;
        /** Where numbers are held if there is no such memory. */
        private final float[] numbers;

        /**
         * Makes the array. What it has where nothing is written is arbitrary.
         *
         * @param shape of any rank, with 1 to {@code Integer.MAX_VALUE - 8} numbers in all
         */
        public NewFloats(long... shape) {
            this.shape = shape.clone();
            long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
            if (length <= MOST_FLOATS && isOnCpu()) {
                array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
                memory = memory(array);
                first = memory.position();
                numbers = new float[0];
            } else {
                array = null;
                memory = null;
                first = 0;
                numbers = new float[Math.toIntExact(length)];
            }
        }

        /**
         * Writes numbers.
         *
         * @param at place of the first in the array, in c order from 0
         * @param values go there and to the places that follow
         * @throws IndexOutOfBoundsException if there are not so many places
         */
        public void write(int at, float[] values) {
            if (memory == null) {
                System.arraycopy(values, 0, numbers, at, values.length);
            } else {
                memory.put(first + at, values);
                Reference.reachabilityFence(array);
            }
        }

        /** {@return the array; asked for once, after all has been written} */
        public INDArray array() {
            return array == null ? Nd4j.create(numbers, shape, DataType.FLOAT) : array;
        }
    }

    /** Reads an array of floats in c order, some numbers at a time, as their IEEE 754 bit patterns. */
    public static final class Floats {
        private final INDArray array;
        private final INDArray piece;
        private final IntBuffer memory;
        /** Where the first number is in the memory: that of a view is that of the whole. */
        private final int first;

        private Floats(INDArray array) {
            this.array = array;
            piece = isInOnePiece(array) ? array : array.dup('c');
            memory = bits(piece);
            first = Math.toIntExact(piece.data().offset());
        }

        /**
         * {@return one that reads this array; null if it has no floats in the memory of a CPU}
         *
         * @param array not empty
         */
        public static @Nullable Floats of(INDArray array) {
            return isReadAsFloats(array) ? new Floats(array) : null;
        }

        /** Fills an array with the bits of the numbers from a place on. */
        public void read(int from, int[] into) {
            memory.position(first + from);
            memory.get(into);
            Reference.reachabilityFence(piece);
            Reference.reachabilityFence(array);
        }
    }

    private static FloatBuffer memory(INDArray array) {
        return array.data().asNioFloat(); // kept by who writes it
    }

    private static IntBuffer bits(INDArray piece) {
        return piece.data().asNio().asIntBuffer(); // kept by who reads it
    }

    private static boolean isReadAsFloats(INDArray array) {
        return array.dataType() == DataType.FLOAT && array.length() <= MOST_FLOATS && isOnCpu();
    }

    private static boolean isOnCpu() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
    }

    /** Tells whether an array can be read where it is: in c order, without gaps, and not in too large another one. */
    private static boolean isInOnePiece(INDArray array) {
        if (array.data().underlyingLength() > MOST_FLOATS) {
            return false;
        }
        long step = 1;
        for (int d = array.rank() - 1; d >= 0; d--) {
            if (array.size(d) != 1 && array.stride(d) != step) {
                return false;
            }
            step *= array.size(d);
        }
        return array.ordering() == 'c';
    }

    /** Reads an array in the memory of a CPU some numbers at a time; number by number takes five times as long. */
    private static double[] widened(INDArray array) {
        FloatBuffer memory = array.data().asNioFloat(); // which is at the first number of a view
        double[] values = new double[Math.toIntExact(array.length())];
        float[] floats = new float[Math.min(values.length, TOGETHER)];
        for (int from = 0; from < values.length; from += TOGETHER) {
            int count = Math.min(values.length - from, TOGETHER);
            memory.get(floats, 0, count);
            for (int i = 0; i < count; i++) {
                values[from + i] = floats[i];
            }
        }
        return values;
    }
}
