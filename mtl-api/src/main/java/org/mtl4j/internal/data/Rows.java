package org.mtl4j.internal.data;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies rows of arrays. {@link Nd4j#pullRows} of a view that nothing else refers to ends the JVM when garbage is
 * collected at that moment: the handle of the view is freed under the native call. Here the view is kept.
 */
public final class Rows {
    /** As many as a buffer of 2 GiB has. */
    private static final long MOST_FLOATS = Integer.MAX_VALUE / Float.BYTES;

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
     * {@return the numbers of an array in c order} One copy in native memory and one out of it, whatever the strides:
     * entry by entry takes a hundred times as long.
     *
     * @param array of any type and rank, not empty
     */
    public static double[] numbers(INDArray array) {
        INDArray copy = array.dup('c');
        boolean floats = copy.dataType() == DataType.FLOAT
                && copy.length() <= MOST_FLOATS
                && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
        double[] values = floats ? widened(copy) : copy.data().asDouble();
        Reference.reachabilityFence(copy);
        Reference.reachabilityFence(array);
        return values;
    }

    /**
     * {@return the numbers of an array in c order, in single precision}
     *
     * @param array of any type and rank, not empty
     */
    public static float[] floats(INDArray array) {
        if (array.dataType() != DataType.FLOAT || Nd4j.getExecutioner().type() != ExecutionerType.NATIVE_CPU) {
            double[] wide = numbers(array);
            float[] values = new float[wide.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) wide[i];
            }
            return values;
        }
        INDArray copy = array.dup('c');
        float[] values = copied(copy);
        Reference.reachabilityFence(copy);
        Reference.reachabilityFence(array);
        return values;
    }

    private static float[] copied(INDArray copy) {
        FloatBuffer memory = copy.data().asNioFloat();
        float[] floats = new float[Math.toIntExact(copy.length())];
        memory.get(floats);
        return floats;
    }

    /** The copy of an array in the memory of a CPU, as one piece; number by number takes five times as long. */
    private static double[] widened(INDArray copy) {
        float[] floats = copied(copy);
        double[] values = new double[floats.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = floats[i];
        }
        return values;
    }
}
