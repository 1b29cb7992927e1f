package org.mtl4j.dl4j.internal.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads matrices of labels and masks, of any type, order and strides. In the memory of a CPU single and double
 * precision are read where they are, which takes less time than the shortest operation of ND4J; everything else is
 * copied once as a whole, never number by number.
 */
public final class MatrixValues {
    private static final long MAX_BYTES = Integer.MAX_VALUE;

    /** So many numbers are looked at at a time. */
    private static final int CHUNK = 1024;

    private MatrixValues() {}

    /**
     * {@return the numbers of a matrix, row by row}
     *
     * @param matrix {@code [rows, columns]} of any type
     */
    public static double[] of(INDArray matrix) {
        int rows = Math.toIntExact(matrix.size(0));
        int columns = Math.toIntExact(matrix.size(1));
        long span = (rows - 1) * matrix.stride(0) + (columns - 1) * matrix.stride(1) + 1;
        double[] values;
        if (!isOnHost(matrix, span)) {
            values = copied(matrix);
        } else if (matrix.dataType() == DataType.FLOAT) {
            values = floats(matrix, rows, columns, span);
        } else {
            values = doubles(matrix, rows, columns, span);
        }
        HostMemory.reachabilityFence(matrix);
        return values;
    }

    /** Looks at some rows of a matrix. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Looks at them.
         *
         * @param values theirs, row by row, from the first place on; of the next rows in the next call
         * @param first which row is the first of them, counted from 0
         * @param rows how many they are
         */
        void look(double[] values, int first, int rows);
    }

    /**
     * Has the rows of a matrix looked at, some at a time where they follow each other in memory, so that they stay in
     * the cache.
     *
     * @param matrix {@code [rows, columns]} of any type
     */
    public static void forEachRows(INDArray matrix, Rows look) {
        int rows = Math.toIntExact(matrix.size(0));
        int columns = Math.toIntExact(matrix.size(1));
        if (rows * (long) columns <= CHUNK || !HostMemory.isContiguous(matrix)) {
            look.look(of(matrix), 0, rows);
            return;
        }
        int most = Math.max(1, CHUNK / columns);
        float[] read = new float[most * columns];
        double[] values = new double[read.length];
        FloatBuffer memory = HostMemory.floats(matrix);
        for (int first = 0; first < rows; first += most) {
            int count = Math.min(most, rows - first);
            memory.get(read, 0, count * columns);
            for (int i = 0; i < count * columns; i++) {
                values[i] = read[i];
            }
            look.look(values, first, count);
        }
        HostMemory.reachabilityFence(matrix);
    }

    /**
     * Copies the numbers of any array in c order, by as many transfers from a device as there are arrays.
     *
     * @param array of any shape and type
     */
    public static double[] copied(INDArray array) {
        INDArray wide = array.castTo(DataType.DOUBLE);
        INDArray copy = wide.dup('c');
        double[] values = copy.data().asDouble();
        HostMemory.reachabilityFence(array, wide, copy);
        return values;
    }

    private static boolean isOnHost(INDArray matrix, long span) {
        return (matrix.dataType() == DataType.FLOAT || matrix.dataType() == DataType.DOUBLE)
                && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && !matrix.isEmpty()
                && matrix.stride(0) >= 0
                && matrix.stride(1) >= 0
                && span * Double.BYTES <= MAX_BYTES;
    }

    private static double[] floats(INDArray matrix, int rows, int columns, long span) {
        FloatBuffer memory = inOrder(new FloatPointer(matrix.data().addressPointer())
                        .capacity(span)
                        .asByteBuffer())
                .asFloatBuffer();
        int down = (int) matrix.stride(0);
        int across = (int) matrix.stride(1);
        double[] values = new double[rows * columns];
        for (int row = 0, i = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[i++] = memory.get(row * down + column * across);
            }
        }
        return values;
    }

    private static double[] doubles(INDArray matrix, int rows, int columns, long span) {
        DoubleBuffer memory = inOrder(new DoublePointer(matrix.data().addressPointer())
                        .capacity(span)
                        .asByteBuffer())
                .asDoubleBuffer();
        int down = (int) matrix.stride(0);
        int across = (int) matrix.stride(1);
        double[] values = new double[rows * columns];
        for (int row = 0, i = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[i++] = memory.get(row * down + column * across);
            }
        }
        return values;
    }

    private static ByteBuffer inOrder(ByteBuffer bytes) {
        return bytes.order(ByteOrder.nativeOrder());
    }
}
