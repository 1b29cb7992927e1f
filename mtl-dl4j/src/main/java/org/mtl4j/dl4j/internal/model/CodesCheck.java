package org.mtl4j.dl4j.internal.model;

import java.util.List;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.cpu.WholeNumbers;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks whether the codes of categories and tokens are in their range. */
final class CodesCheck {
    private CodesCheck() {}

    /**
     * Looks at the features of one input.
     *
     * @param input its name, for the message
     * @param features of the input's shape
     * @throws IllegalArgumentException if there is a number that is no code; the message names input, row and column
     */
    static void check(String input, Shape shape, INDArray features, BatchLayout.Rows rows) {
        List<Integer> sizes = shape.match(
                image -> List.of(),
                vector -> List.of(),
                sequence -> List.of(),
                Shape.Categories::sizes,
                tokens -> List.of(tokens.vocabulary()));
        if (sizes.isEmpty()) {
            return;
        }
        int columns = (int) shape.elements();
        int[] limits = new int[columns];
        for (int column = 0; column < columns; column++) {
            limits[column] = sizes.get(sizes.size() == 1 ? 0 : column);
        }
        if (WholeNumbers.areBelow(features, limits)) {
            return;
        }
        MatrixValues.forEachRows(features, (values, first, count) -> {
            for (int i = 0; i < count * columns; ) {
                for (int column = 0; column < columns; column++, i++) {
                    double value = values[i];
                    if (!(value >= 0 && value < limits[column] && value == (int) value)) { // true of NaN, too
                        throw new IllegalArgumentException(
                                message(input, shape, rows, first + i / columns, column, value));
                    }
                }
            }
        });
    }

    private static String message(String input, Shape shape, BatchLayout.Rows rows, int row, int column, double value) {
        boolean steps = shape instanceof Shape.Tokens;
        int size = shape instanceof Shape.Categories categories
                ? categories.sizes().get(column)
                : ((Shape.Tokens) shape).vocabulary();
        return ("%sinput '%s', %s, %s %s: got %s; codes %s are whole numbers from 0, which stands for what was not"
                        + " seen, to %s")
                .formatted(
                        rows.place(),
                        input,
                        rows.ofBatch(row),
                        steps ? "step" : "column",
                        column,
                        value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : value,
                        steps ? "of the vocabulary" : "of this column",
                        size - 1);
    }
}
