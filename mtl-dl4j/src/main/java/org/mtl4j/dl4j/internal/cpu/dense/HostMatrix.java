package org.mtl4j.dl4j.internal.cpu.dense;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds a matrix in single precision, row by row, in the memory of the CPU: an array, or some columns or rows of one.
 * Keeps that memory; of use to one thread at a time.
 */
public final class HostMatrix {
    private static final float[] ZEROS = new float[DenseKernel.BLOCK];

    private final INDArray array;
    private final FloatPointer pointer;
    private final FloatBuffer floats;
    private final IntBuffer bits;
    private final int at;
    private final int step;
    private final int rows;
    private final int columns;

    private HostMatrix(INDArray array, int from, int rows, int columns) {
        this.array = array;
        FloatPointer begin = HostMemory.pointer(array);
        this.pointer = from == 0 ? begin : begin.getPointer(from); // products move pointers from where they begin
        this.floats = HostMemory.floats(array);
        this.bits = HostMemory.bits(array);
        this.at = from;
        this.step = Math.toIntExact(array.size(1));
        this.rows = rows;
        this.columns = columns;
    }

    /** {@return a matrix in new memory, outside of workspaces, whose numbers are any} */
    public static HostMatrix create(int rows, int columns) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return of(Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, columns}, 'c'));
        }
    }

    /**
     * {@return the matrix that an array is}
     *
     * @param array of two dimensions, {@linkplain HostMemory#isContiguous contiguous}
     */
    public static HostMatrix of(INDArray array) {
        return new HostMatrix(array, 0, Math.toIntExact(array.size(0)), Math.toIntExact(array.size(1)));
    }

    /** {@return an array as one that a matrix {@linkplain #of can be}, a copy of it where it has to be} */
    public static INDArray dense(INDArray array) {
        return HostMemory.isContiguous(array) ? array : array.dup('c');
    }

    /**
     * {@return some of its columns, in the same memory}
     *
     * @throws IllegalStateException if it is itself some columns of a matrix
     */
    public HostMatrix columns(int from, int count) {
        if (step != columns) {
            throw new IllegalStateException("columns of columns are not known");
        }
        return new HostMatrix(array, at + from, rows, count);
    }

    /**
     * {@return some of its rows, in the same memory}
     *
     * @throws IllegalStateException if it is itself some columns of a matrix
     */
    public HostMatrix rows(int from, int count) {
        if (step != columns) {
            throw new IllegalStateException("rows of columns are not known");
        }
        return new HostMatrix(array, at + from * step, count, columns);
    }

    /**
     * {@return the array that it is}
     *
     * @throws IllegalStateException if it is some columns or rows of one
     */
    public INDArray array() {
        if (step != columns || rows != array.size(0)) {
            throw new IllegalStateException("it is %d of the %d columns and %d of the %d rows of an array"
                    .formatted(columns, step, rows, array.size(0)));
        }
        return array;
    }

    /** {@return the number of its rows} */
    public int rows() {
        return rows;
    }

    /** {@return the number of its columns} */
    public int columns() {
        return columns;
    }

    /** {@return numbers from row to row} */
    int step() {
        return step;
    }

    FloatPointer pointer() {
        return pointer;
    }

    /** {@return how many rows are read and written at a time, in blocks of about so many numbers} */
    int rowsOf(int block) {
        return step == columns ? Math.max(1, Math.min(rows, block / columns)) : 1;
    }

    /** Reads as many rows, from one on, as {@link #rowsOf} has given at most. */
    void read(int row, int count, float[] numbers) {
        floats.get(at + row * step, numbers, 0, count * columns);
    }

    void write(int row, int count, float[] numbers) {
        floats.put(at + row * step, numbers, 0, count * columns);
    }

    void readBits(int row, int count, int[] numbers) {
        bits.get(at + row * step, numbers, 0, count * columns);
    }

    void writeBits(int row, int count, int[] numbers) {
        bits.put(at + row * step, numbers, 0, count * columns);
    }

    /**
     * Fills it with the same numbers again and again.
     *
     * @param numbers of one row, or several; of all columns
     */
    void fill(float[] numbers) {
        int most = step == columns ? Math.max(1, numbers.length / columns) : 1;
        for (int row = 0; row < rows; row += most) {
            write(row, Math.min(most, rows - row), numbers);
        }
    }

    /** Sets all numbers to 0. */
    void clear() {
        if (step == columns) {
            clear(floats, at, rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            clear(floats, at + row * step, columns);
        }
    }

    /** Sets some numbers to 0, from a place on. */
    static void clear(FloatBuffer numbers, int from, int count) {
        for (int done = 0; done < count; done += ZEROS.length) {
            numbers.put(from + done, ZEROS, 0, Math.min(ZEROS.length, count - done));
        }
    }

    /** Copies the numbers of another of its shape. */
    public void set(HostMatrix other) {
        int most = Math.min(rowsOf(DenseKernel.BLOCK), other.rowsOf(DenseKernel.BLOCK));
        float[] numbers = new float[most * columns];
        for (int row = 0; row < rows; row += most) {
            int count = Math.min(most, rows - row);
            other.read(row, count, numbers);
            write(row, count, numbers);
        }
    }

    /** Adds the numbers of another of its shape. */
    public void add(HostMatrix other) {
        int most = Math.min(rowsOf(DenseKernel.BLOCK), other.rowsOf(DenseKernel.BLOCK));
        float[] numbers = new float[most * columns];
        float[] more = new float[most * columns];
        for (int row = 0; row < rows; row += most) {
            int count = Math.min(most, rows - row);
            read(row, count, numbers);
            other.read(row, count, more);
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] += more[i];
            }
            write(row, count, numbers);
        }
    }

    /** Multiplies all numbers; by 0 whatever they are. */
    public void scale(double factor) {
        float single = (float) factor;
        int most = rowsOf(DenseKernel.BLOCK);
        float[] numbers = new float[most * columns];
        for (int row = 0; row < rows; row += most) {
            int count = Math.min(most, rows - row);
            if (factor != 0) {
                read(row, count, numbers);
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] *= single;
                }
            }
            write(row, count, numbers);
        }
    }
}
