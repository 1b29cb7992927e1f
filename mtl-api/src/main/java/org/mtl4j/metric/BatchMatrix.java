package org.mtl4j.metric;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads batches of labels, predictions and masks into doubles, checking shapes. */
final class BatchMatrix {

    private BatchMatrix() {}

    /** A copy, row by row; the array must be {@code [rows, columns]}. */
    static double[] values(INDArray array, String what, int columns) {
        checkShape(array, what, columns);
        return array.isEmpty() ? new double[0] : Rows.numbers(array);
    }

    /** As {@link #values}, the bits of the numbers in single precision. */
    static int[] bits(INDArray array, String what, int columns) {
        checkShape(array, what, columns);
        int[] bits = new int[Math.toIntExact(array.length())];
        Rows.Floats inPlace = array.isEmpty() ? null : Rows.Floats.of(array);
        if (inPlace != null) {
            inPlace.read(0, bits);
        } else if (bits.length > 0) {
            float[] floats = Rows.floats(array);
            for (int i = 0; i < bits.length; i++) {
                bits[i] = Float.floatToRawIntBits(floats[i]);
            }
        }
        return bits;
    }

    /** Reads the array, {@code [rows, columns]}, some numbers at a time; null if they are no floats on the host. */
    static Rows.@Nullable Floats inFloats(INDArray array, String what, int columns) {
        checkShape(array, what, columns);
        return array.isEmpty() ? null : Rows.Floats.of(array);
    }

    private static void checkShape(INDArray array, String what, int columns) {
        if (array.rank() != 2 || array.size(1) != columns) {
            throw new IllegalArgumentException("%s: expected shape [examples, %d], got %s"
                    .formatted(what, columns, Arrays.toString(array.shape())));
        }
    }

    /** As {@link #values}, as {@code [rows][columns]}. */
    static double[][] rows(INDArray array, String what, int columns) {
        double[] values = values(array, what, columns);
        double[][] rows = new double[values.length / columns][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(values, row * columns, (row + 1) * columns);
        }
        return rows;
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
     * @param mask {@code [rows, 1]}, {@code [rows, columns]} if it may be per column, or null for all; entries 0 or 1
     * @return one for each label, row by row
     */
    static boolean[] present(@Nullable INDArray mask, int rows, int columns, boolean perColumn) {
        boolean[] present = new boolean[rows * columns];
        if (mask == null) {
            Arrays.fill(present, true);
            return present;
        }
        boolean wide = perColumn && columns > 1;
        if (mask.rank() != 2 || mask.size(0) != rows || (mask.size(1) != 1 && !(wide && mask.size(1) == columns))) {
            throw new IllegalArgumentException("mask: expected shape [%d, 1]%s, got %s"
                    .formatted(
                            rows, wide ? " or [%d, %d]".formatted(rows, columns) : "", Arrays.toString(mask.shape())));
        }
        int width = (int) mask.size(1);
        double[] entries = values(mask, "mask", width);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double entry = entries[row * width + (width == 1 ? 0 : column)];
                if (entry != 0 && entry != 1) {
                    throw new IllegalArgumentException(
                            "mask: entries are 0 or 1, got %s in row %d".formatted(entry, row));
                }
                present[row * columns + column] = entry == 1;
            }
        }
        return present;
    }

    /** The weights of examples, {@code [rows, 1]}; finite and at least 0. */
    static double[] weights(INDArray weights, int rows) {
        double[] given = values(weights, "weights", 1);
        checkSameCount("labels", rows, "weights", given.length);
        for (int row = 0; row < rows; row++) {
            if (!(given[row] >= 0 && given[row] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "weights: must be finite and at least 0, got %s in row %d".formatted(given[row], row));
            }
        }
        return given;
    }
}
