package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Rows of arrays of any origin. */
class BatchSlicesTest {
    /** ND4J gives a scalar for most rows of columns that were taken out of a wider array. */
    @Test
    void rows_of_views_are_those_of_copies() {
        INDArray wide = Nd4j.arange(9 * 20).reshape(9, 20);
        List<INDArray> arrays = List.of(
                wide,
                wide.get(NDArrayIndex.all(), NDArrayIndex.interval(17, 20)),
                wide.get(NDArrayIndex.interval(2, 9), NDArrayIndex.interval(0, 1)),
                wide.dup('f').get(NDArrayIndex.all(), NDArrayIndex.interval(3, 5)),
                wide.transpose().get(NDArrayIndex.interval(4, 11), NDArrayIndex.all()),
                wide.reshape(9, 5, 2, 2)
                        .get(
                                NDArrayIndex.all(),
                                NDArrayIndex.interval(4, 5),
                                NDArrayIndex.all(),
                                NDArrayIndex.interval(1, 2)));
        for (INDArray array : arrays) {
            INDArray copy = array.dup('c');
            for (int from = 0; from < array.size(0); from++) {
                for (int to = from + 1; to <= array.size(0); to++) {
                    INDArray slice = BatchSlices.of(new INDArray[] {array}, from, to)[0];
                    INDArray expected = BatchSlices.of(new INDArray[] {copy}, from, to)[0];
                    assertThat(slice.shape()).isEqualTo(expected.shape());
                    assertThat(slice.dup('c').data().asDouble())
                            .isEqualTo(expected.dup('c').data().asDouble());
                    assertThat(expected.getDouble(0)).isEqualTo(copy.getDouble(from * copy.length() / copy.size(0)));
                }
            }
        }
    }
}
