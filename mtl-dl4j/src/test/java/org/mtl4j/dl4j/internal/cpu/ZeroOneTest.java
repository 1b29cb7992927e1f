package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ZeroOneTest {
    /** More numbers than are looked at at a time, with one 1 in each row. */
    private static INDArray oneHot() {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 50, 40);
        for (int row = 0; row < 50; row++) {
            labels.putScalar(row, row * 7 % 40, 1);
        }
        return labels;
    }

    @Test
    void ones_are_told_and_counted() {
        assertThat(ZeroOne.isSureOf(oneHot(), true)).isTrue();
        INDArray two = oneHot();
        two.putScalar(49, 39, 1);
        assertThat(ZeroOne.isSureOf(two, false)).isTrue();
        assertThat(ZeroOne.isSureOf(two, true)).isFalse();
        INDArray none = oneHot();
        none.getRow(30).assign(0);
        assertThat(ZeroOne.isSureOf(none, false)).isTrue();
        assertThat(ZeroOne.isSureOf(none, true)).isFalse();
    }

    /** Among them what has bits of 1 only: a half, two to the power of -126 and the smallest number. */
    @ParameterizedTest
    @ValueSource(
            floats = {
                0.5f,
                2,
                -1,
                -0f,
                0.25f,
                1.0000001f,
                0.99999994f,
                1.17549435e-38f,
                1.4e-45f,
                Float.NaN,
                Float.POSITIVE_INFINITY
            })
    void other_numbers_are_told_wherever_they_are(float other) {
        for (int place : new int[] {0, 1023, 1024, 1999}) {
            INDArray labels = oneHot();
            labels.putScalar(place / 40, place % 40, other);
            assertThat(ZeroOne.isSureOf(labels, false)).isFalse();
            assertThat(ZeroOne.isSureOf(labels, true)).isFalse();
        }
        INDArray sums = oneHot(); // exponents of 126 and 1, as many as of 1
        sums.getRow(3).assign(0);
        sums.putScalar(3, 0, 0.5f);
        sums.putScalar(3, 1, 1.17549435e-38f);
        assertThat(ZeroOne.isSureOf(sums, true)).isFalse();
    }

    @Test
    void what_takes_longer_is_left_to_others() {
        assertThat(ZeroOne.isSureOf(oneHot().castTo(DataType.DOUBLE), true)).isFalse();
        assertThat(ZeroOne.isSureOf(oneHot().dup('f'), true)).isFalse();
    }

    /** Rows that are looked at together, a number of them that does not end with a chunk. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 63, 64, 100})
    void rows_of_few_columns_have_one_each(int columns) {
        int rows = 5000 / columns + 3;
        INDArray labels = Nd4j.zeros(DataType.FLOAT, rows, columns);
        for (int row = 0; row < rows; row++) {
            labels.putScalar(row, row * 7 % columns, 1);
        }
        assertThat(ZeroOne.isSureOf(labels, true)).isTrue();
        for (int row : new int[] {0, rows / 2, rows - 1}) {
            INDArray none = labels.dup();
            none.putScalar(row, row * 7 % columns, 0);
            assertThat(ZeroOne.isSureOf(none, false)).isTrue();
            assertThat(ZeroOne.isSureOf(none, true)).isFalse();
            INDArray other = labels.dup();
            other.putScalar(row, columns - 1, 0.5);
            assertThat(ZeroOne.isSureOf(other, false)).isFalse();
            assertThat(ZeroOne.isSureOf(other, true)).isFalse();
            INDArray two = labels.dup();
            two.putScalar(row, (row * 7 + 1) % columns, 1);
            assertThat(ZeroOne.isSureOf(two, true)).isEqualTo(columns == 1);
        }
    }
}
