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

    /** Adds the gradient of the result to those of the rows, in c order both. */
    void addFloats(FloatBuffer epsilon, FloatBuffer gradient) {
        int width = width();
        if (sequence) {
            float[] example = new float[width * columns];
            for (int n = 0; n < batch; n++) {
                epsilon.get(n * example.length, example);
                for (int step = 0; step < columns; step++) {
                    int code = codes[n * columns + step];
                    for (int j = 0; code != NOT_THERE && j < width; j++) {
                        int at = code * width + j;
                        gradient.put(at, gradient.get(at) + example[j * columns + step]);
                    }
                }
            }
            return;
        }
        int[] starts = starts();
        float[] example = new float[width];
        for (int n = 0; n < batch; n++) {
            epsilon.get(n * width, example);
            int from = 0;
            for (int column = 0; column < columns; column++) {
                int row = starts[column] + codes[n * columns + column] * dimensions[column];
                for (int j = 0; j < dimensions[column]; j++) {
                    gradient.put(row + j, gradient.get(row + j) + example[from + j]);
                }
                from += dimensions[column];
            }
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
