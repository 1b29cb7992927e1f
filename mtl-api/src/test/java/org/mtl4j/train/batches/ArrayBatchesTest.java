package org.mtl4j.train.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class ArrayBatchesTest {
    private static final int ROWS = 7;

    /** Row r of the features [7, 2, 3] begins with 6 r, the label of row r is r. */
    private final INDArray features =
            Nd4j.arange(0, ROWS * 6).castTo(DataType.FLOAT).reshape('c', ROWS, 2, 3);

    private final INDArray labels = Nd4j.arange(0, ROWS).castTo(DataType.FLOAT).reshape(ROWS, 1);

    private static List<Integer> epoch(ArrayBatches batches) {
        List<Integer> seen = new ArrayList<>();
        while (batches.hasNext()) {
            MultiDataSet batch = batches.next();
            for (int i = 0; i < batch.getLabels(0).size(0); i++) {
                int row = batch.getLabels(0).getInt(i, 0);
                assertThat(batch.getFeatures(0).slice(i).ravel().toIntVector())
                        .containsExactly(6 * row, 6 * row + 1, 6 * row + 2, 6 * row + 3, 6 * row + 4, 6 * row + 5);
                seen.add(row);
            }
        }
        return seen;
    }

    @Test
    void what_prepares_batches_stays_and_all_the_rest_may_be_asked_for() {
        ArrayBatches batches = ArrayBatches.of(features, labels);
        batches.setPreProcessor(batch -> batch.getFeatures(0).muli(2));
        ArrayBatches later = batches.withBatchSize(3).withNaNAsMissing();
        assertThat(later.next().getFeatures(0).getDouble(1, 0, 0)).isEqualTo(12);
        assertThat(later.next(Integer.MAX_VALUE).getFeatures(0).size(0)).isEqualTo(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> batches.next(0))
                .withMessageContaining("at least 1, got 0");
    }

    @Test
    void rows_come_in_their_order_and_the_last_batch_is_what_is_left() {
        ArrayBatches batches = ArrayBatches.of(features, labels).withBatchSize(3);
        assertThat(batches.next().getFeatures(0).shape()).containsExactly(3, 2, 3);
        assertThat(batches.next().getLabels(0).toIntVector()).containsExactly(3, 4, 5);
        assertThat(batches.next().getLabels(0).toIntVector()).containsExactly(6);
        assertThatThrownBy(batches::next)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("epoch 0 is at its end; reset() starts the next");
        batches.reset();
        assertThat(epoch(batches)).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void an_order_depends_on_seed_and_epoch_alone() {
        ArrayBatches batches = ArrayBatches.of(features, labels)
                .withBatchSize(2)
                .withShuffling(5)
                .withNaNAsMissing();
        List<Integer> zero = epoch(batches);
        batches.reset();
        List<Integer> one = epoch(batches);
        assertThat(zero).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6).isNotEqualTo(List.of(0, 1, 2, 3, 4, 5, 6));
        assertThat(one).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6).isNotEqualTo(zero);
        assertThat(epoch(ArrayBatches.of(features, labels).withShuffling(6))).isNotEqualTo(zero);
        ArrayBatches again = ArrayBatches.of(features, labels).withShuffling(5);
        again.startAt(1);
        assertThat(epoch(again)).isEqualTo(one);
        again.startAt(0);
        again.reset(); // at the very start: skips no epoch
        assertThat(epoch(again)).isEqualTo(zero);
    }

    @Test
    void arrays_in_any_order_of_memory_give_the_same_rows() {
        assertThat(epoch(ArrayBatches.of(features.dup('f'), labels.dup('f')).withShuffling(1)))
                .hasSize(ROWS);
        INDArray view = Nd4j.hstack(labels, labels.mul(10)).getColumn(1, true);
        assertThat(ArrayBatches.of(features, view).next().getLabels(0).toIntVector())
                .containsExactly(0, 10, 20, 30, 40, 50, 60);
    }

    @Test
    void labels_that_are_nan_are_missing_where_that_was_said() {
        INDArray two = Nd4j.createFromArray(new float[][] {{1, Float.NaN}, {3, 4}, {Float.NaN, Float.NaN}});
        INDArray three = Nd4j.zeros(DataType.FLOAT, 3, 4);
        assertThat(ArrayBatches.of(three, two).next().getLabelsMaskArrays()).isNull();
        MultiDataSet batch = ArrayBatches.of(three, two).withNaNAsMissing().next();
        assertThat(batch.getLabelsMaskArray(0).toFloatMatrix()).isDeepEqualTo(new float[][] {{1, 0}, {1, 1}, {0, 0}});
    }

    @Test
    void arrays_that_do_not_fit_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.of(features, labels, Nd4j.zeros(6, 2)))
                .withMessage("ArrayBatches: labels 1 must be [7, outputs], got [6, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.of(Nd4j.zeros(7), labels))
                .withMessage("ArrayBatches: features must be [rows, ...] with at least 1 row, got [7]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.of(features))
                .withMessageContaining("at least one task");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.of(features, labels).withBatchSize(0))
                .withMessageContaining("got 0");
    }
}
