package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Parts of batches of all kinds against {@link BatchSlices}. */
class KeptRowsTest {
    private static INDArray numbers(double from, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return Nd4j.arange(from, from + length).castTo(DataType.FLOAT).reshape(shape);
    }

    /** Small arrays, a large one, one with gaps, one of another type and order, and none. */
    private static MultiDataSet batch(int examples, int width, double from) {
        INDArray wide = numbers(from, examples, 7);
        return new MultiDataSet(
                new INDArray[] {
                    numbers(from, examples, width),
                    numbers(from + 1, examples, 2, 3, 3),
                    numbers(from + 2, examples, 30_000)
                },
                new INDArray[] {
                    wide.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 5)),
                    numbers(from + 3, examples, 4).castTo(DataType.DOUBLE),
                    numbers(from + 4, examples, 5).dup('f')
                },
                null,
                new INDArray[] {null, numbers(from + 5, examples, 1), null});
    }

    private static void isSame(org.nd4j.linalg.dataset.api.MultiDataSet part, MultiDataSet batch, int from, int to) {
        org.nd4j.linalg.dataset.api.MultiDataSet expected = BatchSlices.of(batch, from, to);
        isSame(part.getFeatures(), expected.getFeatures());
        isSame(part.getLabels(), expected.getLabels());
        assertThat(part.getFeaturesMaskArrays()).isNull();
        isSame(part.getLabelsMaskArrays(), expected.getLabelsMaskArrays());
    }

    private static void isSame(INDArray[] arrays, INDArray... expected) {
        assertThat(arrays).hasSameSizeAs(expected);
        for (int i = 0; i < arrays.length; i++) {
            if (expected[i] == null) {
                assertThat(arrays[i]).isNull();
                continue;
            }
            assertThat(arrays[i].shape()).isEqualTo(expected[i].shape());
            assertThat(arrays[i].dataType()).isEqualTo(expected[i].dataType());
            assertThat(arrays[i].dup('c').data().asDouble())
                    .isEqualTo(expected[i].dup('c').data().asDouble());
        }
    }

    @Test
    void parts_are_those_of_each_batch_whatever_came_before() {
        KeptRows rows = new KeptRows();
        for (int[] each :
                new int[][] {{8, 3, 0, 4}, {8, 3, 4, 8}, {8, 5, 1, 5}, {9, 5, 2, 8}, {9, 5, 0, 9}, {8, 3, 3, 4}}) {
            MultiDataSet batch = batch(each[0], each[1], 100 * each[3]);
            isSame(rows.of(batch, each[2], each[3]), batch, each[2], each[3]);
        }
    }

    @Test
    void weights_of_examples_are_kept() {
        INDArray weights = numbers(1, 8, 1);
        MultiDataSet batch = Batch.of(batch(8, 3, 0), weights);
        INDArray ofPart = Batch.weightsOf(new KeptRows().of(batch, 2, 5)).orElseThrow();
        assertThat(ofPart.toFloatVector()).containsExactly(3, 4, 5);
        assertThat(weights.toFloatVector()).hasSize(8); // and lives so long
    }

    @Test
    void small_arrays_lie_where_those_of_the_batch_before_did() {
        KeptRows rows = new KeptRows();
        INDArray first = rows.of(batch(8, 3, 0), 0, 4).getFeatures(0);
        INDArray second = rows.of(batch(8, 3, 50), 4, 8).getFeatures(0);
        assertThat(second).isSameAs(first);
        assertThat(second.getDouble(0)).isEqualTo(62);
    }
}
