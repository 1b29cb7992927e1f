package org.mtl4j.dl4j.internal.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorLoopsTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "7, 5", "8, 3", "9, 64", "24, 1", "1, 16", "31, 33", "80, 64"})
    void a_matrix_is_transposed_in_its_place_and_nothing_else_is_written(int rows, int columns) {
        int at = 5;
        float[] matrix = new float[at + rows * columns + 4];
        float[] transposed = new float[matrix.length];
        float[] expected = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                float number = 1 + row * columns + column;
                matrix[at + row * columns + column] = number;
                expected[at + column * rows + row] = number;
            }
        }
        VectorLoops.transpose(matrix, at, rows, columns, transposed);
        assertThat(transposed).containsExactly(expected);
    }
}
