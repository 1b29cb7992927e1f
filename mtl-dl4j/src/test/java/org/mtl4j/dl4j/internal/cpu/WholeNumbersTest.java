package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class WholeNumbersTest {
    private static final int[] LIMITS = {1, 9, Integer.MAX_VALUE};

    /** More numbers than are looked at at a time, each the largest of its column. */
    private static INDArray codes() {
        INDArray codes = Nd4j.zeros(DataType.FLOAT, 900, 3);
        codes.getColumn(1).assign(8);
        codes.getColumn(2).assign(1 << 30);
        return codes;
    }

    @Test
    void codes_are_told_up_to_the_limit_of_their_column() {
        assertThat(WholeNumbers.areBelow(codes(), LIMITS)).isTrue();
        assertThat(WholeNumbers.areBelow(codes(), 1, 8, Integer.MAX_VALUE)).isFalse();
        assertThat(WholeNumbers.areBelow(codes(), 1, 9, 1 << 30)).isFalse();
        assertThat(WholeNumbers.areBelow(codes(), 1, 9, (1 << 30) + 1)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            floats = {
                -1,
                9,
                0.5f,
                8.000001f,
                -1e-40f,
                -0f, // is 0, which only a look at the number itself says
                Float.NaN,
                3e9f,
                -3e9f,
                Float.POSITIVE_INFINITY,
                Float.NEGATIVE_INFINITY
            })
    void other_numbers_are_told_wherever_they_are(float other) {
        for (int row : new int[] {0, 340, 341, 899}) {
            INDArray codes = codes();
            codes.putScalar(row, 1, other);
            assertThat(WholeNumbers.areBelow(codes, LIMITS)).isFalse();
        }
    }

    @Test
    void arrays_of_other_forms_are_left_to_others() {
        assertThat(WholeNumbers.areBelow(codes().castTo(DataType.DOUBLE), LIMITS))
                .isFalse();
        assertThat(WholeNumbers.areBelow(codes().dup('f'), LIMITS)).isFalse();
        assertThat(WholeNumbers.areBelow(codes(), 1, 9)).isFalse();
    }
}
