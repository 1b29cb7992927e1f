package org.mtl4j.metric;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads batches of labels, predictions and masks into doubles, checking shapes. */
final class BatchMatrix {

    private BatchMatrix() {}

    /** A copy as {@code [rows][columns]}; the array must be {@code [rows, columns]}. */
    static double[][] of(INDArray array, String what, int columns) {
        if (array.rank() != 2 || array.size(1) != columns) {
            throw new IllegalArgumentException("%s: expected shape [examples, %d], got %s"
                    .formatted(what, columns, Arrays.toString(array.shape())));
        }
        return array.isEmpty() ? new double[0][columns] : array.toDoubleMatrix();
    }

    /** Fails unless both have the same number of rows. */
    static void checkSameCount(String what, int count, String other, int otherCount) {
        if (count != otherCount) {
            throw new IllegalArgumentException(
                    "%d examples in the %s, but %d in the %s".formatted(count, what, otherCount, other));
        }
    }

    /**
     * Which labels of a batch exist.
     *
     * @param mask {@code [rows, 1]}, {@code [rows, columns]} or null for all; entries 0 or 1
     * @return {@code [rows][columns]}
     */
    static boolean[][] present(@Nullable INDArray mask, int rows, int columns) {
        boolean[][] present = new boolean[rows][columns];
        if (mask == null) {
            for (boolean[] row : present) {
                Arrays.fill(row, true);
            }
            return present;
        }
        if (mask.rank() != 2 || mask.size(0) != rows || (mask.size(1) != 1 && mask.size(1) != columns)) {
            throw new IllegalArgumentException("mask: expected shape [%d, 1]%s, got %s"
                    .formatted(
                            rows,
                            columns == 1 ? "" : " or [%d, %d]".formatted(rows, columns),
                            Arrays.toString(mask.shape())));
        }
        boolean perColumn = mask.size(1) == columns;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double entry = mask.getDouble(row, perColumn ? column : 0);
                if (entry != 0 && entry != 1) {
                    throw new IllegalArgumentException(
                            "mask: entries are 0 or 1, got %s in row %d".formatted(entry, row));
                }
                present[row][column] = entry == 1;
            }
        }
        return present;
    }

    /** As {@link #present(INDArray, int, int)} for one label per row; the mask is {@code [rows, 1]} or null. */
    static boolean[] present(@Nullable INDArray mask, int rows) {
        boolean[][] columns = present(mask, rows, 1);
        boolean[] present = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            present[row] = columns[row][0];
        }
        return present;
    }

    /** The weights of examples, {@code [rows, 1]} or null for 1 each; finite and at least 0. */
    static double[] weights(@Nullable INDArray weights, int rows) {
        double[] all = new double[rows];
        Arrays.fill(all, 1);
        if (weights == null) {
            return all;
        }
        double[][] given = of(weights, "weights", 1);
        checkSameCount("labels", rows, "weights", given.length);
        for (int row = 0; row < rows; row++) {
            all[row] = given[row][0];
            if (!(all[row] >= 0 && all[row] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "weights: must be finite and at least 0, got %s in row %d".formatted(all[row], row));
            }
        }
        return all;
    }
}
