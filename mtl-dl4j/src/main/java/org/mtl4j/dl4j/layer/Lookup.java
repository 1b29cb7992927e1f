package org.mtl4j.dl4j.layer;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Says which rows of which tables the codes of a batch stand for.
 *
 * @param codes by example and column, or by example and step; {@link #NOT_THERE} at masked steps
 * @param batch number of examples
 * @param columns number of columns, or of steps
 * @param sizes by table how many rows it has
 * @param dimensions by table how long its rows are
 * @param sequence whether there is one table for all steps
 */
record Lookup(int[] codes, int batch, int columns, int[] sizes, int[] dimensions, boolean sequence) {
    static final int NOT_THERE = -1;

    /** Gradients of more numbers are summed by row, as most of their rows are not looked up in a step. */
    private static final int LARGEST_DENSE = 1 << 16;

    private static final int ZEROS = 1 << 12;

    int tables() {
        return sizes.length;
    }

    private int width() {
        return Arrays.stream(dimensions).sum();
    }

    /** {@return the shape of the result} */
    long[] shape() {
        return sequence ? new long[] {batch, width(), columns} : new long[] {batch, width()};
    }

    /** {@return by table where it begins among all parameters} */
    private int[] starts() {
        int[] starts = new int[tables()];
        for (int table = 1; table < starts.length; table++) {
            starts[table] = starts[table - 1] + sizes[table - 1] * dimensions[table - 1];
        }
        return starts;
    }

    /** Copies rows of tables to the result, in c order both. */
    void readFloats(FloatBuffer tables, FloatBuffer out) {
        int width = width();
        if (sequence) {
            float[] row = new float[width];
            float[] example = new float[width * columns];
            for (int n = 0; n < batch; n++) {
                for (int step = 0; step < columns; step++) {
                    int code = codes[n * columns + step];
                    if (code == NOT_THERE) {
                        Arrays.fill(row, 0);
                    } else {
                        tables.get(code * width, row);
                    }
                    for (int j = 0; j < width; j++) {
                        example[j * columns + step] = row[j];
                    }
                }
                out.put(n * example.length, example);
            }
            return;
        }
        int[] starts = starts();
        float[] example = new float[width];
        for (int n = 0; n < batch; n++) {
            int at = 0;
            for (int column = 0; column < columns; column++) {
                int dimension = dimensions[column];
                tables.get(starts[column] + codes[n * columns + column] * dimension, example, at, dimension);
                at += dimension;
            }
            out.put(n * width, example);
        }
    }

    /**
     * Sums the gradients of the rows, in double precision and in the order of the examples.
     *
     * @param epsilon gradient of the result in c order
     * @param gradient receives those of all tables, 0 where no row was looked up
     */
    void sumFloats(FloatBuffer epsilon, FloatBuffer gradient) {
        float[] numbers = new float[batch * width() * (sequence ? columns : 1)];
        epsilon.get(0, numbers);
        int[] starts = starts();
        if (gradient.capacity() > LARGEST_DENSE) {
            double[] wide = new double[numbers.length];
            Arrays.setAll(wide, i -> numbers[i]);
            clear(gradient);
            for (int table = 0; table < tables(); table++) {
                Sums sums = sums(table, wide);
                for (int row = 0; row < sums.rows().length; row++) {
                    int at = starts[table] + sums.rows()[row] * dimensions[table];
                    for (int j = 0; j < dimensions[table]; j++) {
                        gradient.put(at + j, (float) sums.values()[row * dimensions[table] + j]);
                    }
                }
            }
            return;
        }
        double[] sums = new double[gradient.capacity()];
        int width = width();
        for (int i = 0; i < codes.length; i++) {
            if (codes[i] == NOT_THERE) {
                continue;
            }
            int table = sequence ? 0 : i % columns;
            int dimension = dimensions[table];
            int row = starts[table] + codes[i] * dimension;
            int from = sequence ? i / columns * width * columns + i % columns : i / columns * width + before(table);
            int step = sequence ? columns : 1;
            for (int j = 0; j < dimension; j++) {
                sums[row + j] += numbers[from + j * step];
            }
        }
        float[] rounded = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
            rounded[i] = (float) sums[i];
        }
        gradient.put(0, rounded);
    }

    /** {@return where the numbers of a table begin among those of an example} */
    private int before(int table) {
        int before = 0;
        for (int t = 0; t < table; t++) {
            before += dimensions[t];
        }
        return before;
    }

    private static void clear(FloatBuffer numbers) {
        float[] zeros = new float[ZEROS];
        for (int at = 0; at < numbers.capacity(); at += ZEROS) {
            numbers.put(at, zeros, 0, Math.min(ZEROS, numbers.capacity() - at));
        }
    }

    /** {@return by example, or by example and step, the row of a table; 0 where no step is} */
    INDArray indexes(int table) {
        int[] rows = sequence ? codes.clone() : new int[batch];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Math.max(0, codes[sequence ? i : i * columns + table]);
        }
        return Nd4j.createFromArray(rows);
    }

    /** {@return by example and step 1, or 0 where no step is, as a column} */
    INDArray there(DataType type) {
        double[] there = Arrays.stream(codes)
                .mapToDouble(code -> code == NOT_THERE ? 0 : 1)
                .toArray();
        return Nd4j.create(there, new long[] {there.length, 1}, type);
    }

    /**
     * Sums of gradients of one table.
     *
     * @param rows those that were looked up, each once
     * @param values by row the sum of its gradients, one behind the other
     */
    record Sums(int[] rows, double[] values) {}

    /**
     * {@return the sums of one table's gradients}
     *
     * @param epsilon gradient of the result in c order
     */
    Sums sums(int table, double[] epsilon) {
        int width = width();
        int dimension = dimensions[table];
        int from = Arrays.stream(dimensions).limit(table).sum();
        Map<Integer, double[]> byRow = new LinkedHashMap<>();
        for (int i = 0; i < (sequence ? codes.length : batch); i++) {
            int code = codes[sequence ? i : i * columns + table];
            if (code == NOT_THERE) {
                continue;
            }
            double[] sum = byRow.computeIfAbsent(code, row -> new double[dimension]);
            for (int j = 0; j < dimension; j++) {
                sum[j] += epsilon[sequence ? (i / columns * width + j) * columns + i % columns : i * width + from + j];
            }
        }
        int[] rows = byRow.keySet().stream().mapToInt(Integer::intValue).toArray();
        double[] values =
                byRow.values().stream().flatMapToDouble(Arrays::stream).toArray();
        return new Sums(rows, values);
    }
}
