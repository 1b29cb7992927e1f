package org.mtl4j.dl4j.internal.cpu.dense;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks rows of tables up, one for each column of codes, and adds up the gradients of those that were looked up, in the
 * order of the examples. Of use to one thread at a time.
 */
public final class TablesKernel {
    /** Most numbers of all tables whose gradients are added up in Java's memory. */
    private static final int MAX_LOCAL = 1 << 16;

    private final INDArray tables;
    private final @Nullable INDArray gradient;
    private final int[] sizes;
    private final int[] dimensions;
    private final int[] starts;
    private final int width;
    private final float[] local;
    private final FloatBuffer rows;
    private final @Nullable FloatBuffer sums;
    private final float[] example;
    private int[] codes = new int[0];
    private float[] read = new float[0];

    /**
     * @param tables all of them, one behind the other
     * @param gradient receives their gradients; null if none are computed
     * @param sizes by table how many rows it has
     * @param dimensions by table how long its rows are
     */
    public TablesKernel(INDArray tables, @Nullable INDArray gradient, int[] sizes, int[] dimensions) {
        this.tables = tables;
        this.gradient = gradient;
        this.sizes = sizes.clone();
        this.dimensions = dimensions.clone();
        this.starts = new int[sizes.length];
        for (int table = 1; table < starts.length; table++) {
            starts[table] = starts[table - 1] + sizes[table - 1] * dimensions[table - 1];
        }
        this.width = Arrays.stream(dimensions).sum();
        this.rows = HostMemory.floats(tables);
        this.sums = gradient == null ? null : HostMemory.floats(gradient);
        this.example = new float[width];
        this.local = new float[tables.length() <= MAX_LOCAL ? (int) tables.length() : 0];
    }

    /** {@return how many numbers an example has} */
    public int width() {
        return width;
    }

    /**
     * Reads the codes of a batch.
     *
     * @return whether each is one of its table's
     */
    public boolean readCodes(HostMatrix given) {
        int count = given.rows() * sizes.length;
        if (codes.length != count) {
            codes = new int[count];
            read = new float[count];
        }
        if (given.columns() != sizes.length) {
            return false;
        }
        given.read(0, given.rows(), read);
        for (int i = 0, column = 0; i < count; i++) {
            if (!(read[i] >= 0 && read[i] < sizes[column])) { // true of NaN, too
                return false;
            }
            codes[i] = starts[column] + (int) read[i] * dimensions[column];
            column = column + 1 == sizes.length ? 0 : column + 1;
        }
        return true;
    }

    /** Copies the rows that the codes stand for. */
    public void forward(HostMatrix out) {
        boolean all = local.length > 0 && local.length <= out.rows() * width;
        if (all) {
            rows.get(0, local);
        }
        for (int n = 0, i = 0; n < out.rows(); n++) {
            for (int column = 0, at = 0; column < sizes.length; column++) {
                if (all) {
                    System.arraycopy(local, codes[i++], example, at, dimensions[column]);
                } else {
                    rows.get(codes[i++], example, at, dimensions[column]);
                }
                at += dimensions[column];
            }
            out.write(n, 1, example);
        }
        HostMemory.reachabilityFence(tables);
    }

    /**
     * Adds up the gradients of the rows.
     *
     * @throws IllegalStateException if there is no place for gradients
     */
    public void backward(HostMatrix epsilon) {
        if (gradient == null || sums == null) {
            throw new IllegalStateException("looks rows up only");
        }
        if (local.length > 0) {
            Arrays.fill(local, 0);
            addLocally(epsilon);
            sums.put(0, local);
        } else {
            gradient.assign(0);
            addInPlace(epsilon, sums);
        }
        HostMemory.reachabilityFence(gradient);
    }

    private void addLocally(HostMatrix epsilon) {
        for (int n = 0, i = 0; n < epsilon.rows(); n++) {
            epsilon.read(n, 1, example);
            for (int column = 0, from = 0; column < sizes.length; column++) {
                int row = codes[i++];
                int dimension = dimensions[column];
                add(example, from, local, row, dimension);
                from += dimension;
            }
        }
    }

    /** Adds few numbers, four at a time: what the compiler makes of a loop costs more than so few additions. */
    private static void add(float[] from, int at, float[] to, int place, int count) {
        int i = 0;
        for (; i + 3 < count; i += 4) {
            to[place + i] += from[at + i];
            to[place + i + 1] += from[at + i + 1];
            to[place + i + 2] += from[at + i + 2];
            to[place + i + 3] += from[at + i + 3];
        }
        for (; i < count; i++) {
            to[place + i] += from[at + i];
        }
    }

    private void addInPlace(HostMatrix epsilon, FloatBuffer sums) {
        for (int n = 0, i = 0; n < epsilon.rows(); n++) {
            epsilon.read(n, 1, example);
            for (int column = 0, from = 0; column < sizes.length; column++) {
                int row = codes[i++];
                for (int j = 0; j < dimensions[column]; j++) {
                    sums.put(row + j, sums.get(row + j) + example[from + j]);
                }
                from += dimensions[column];
            }
        }
    }
}
