package org.mtl4j.internal.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class RowsTest {
    private static final INDArray WHOLE = Nd4j.arange(40).castTo(DataType.FLOAT).reshape(10, 4);

    /** A view begins somewhere in the memory of the whole. */
    @Test
    void rows_of_a_view_are_read_from_its_first_number_on() {
        INDArray view = WHOLE.get(NDArrayIndex.interval(3, 8), NDArrayIndex.all());
        Rows.Floats rows = Objects.requireNonNull(Rows.Floats.of(view));
        float[] some = new float[8];
        rows.read(4, some);
        assertThat(some).containsExactly(16, 17, 18, 19, 20, 21, 22, 23);
        rows.read(0, some);
        assertThat(some).containsExactly(12, 13, 14, 15, 16, 17, 18, 19);
        assertThat(Rows.floats(view)).startsWith(12, 13).hasSize(20);
        assertThat(Rows.numbers(view)).startsWith(12, 13).hasSize(20);
    }

    @Test
    void columns_of_a_view_are_read_row_by_row() {
        INDArray view = WHOLE.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3));
        Rows.Floats rows = Objects.requireNonNull(Rows.Floats.of(view));
        float[] some = new float[4];
        rows.read(2, some);
        assertThat(some).containsExactly(5, 6, 9, 10);
        INDArray turned = WHOLE.transpose();
        Objects.requireNonNull(Rows.Floats.of(turned)).read(0, some);
        assertThat(some).containsExactly(0, 4, 8, 12);
    }
}
