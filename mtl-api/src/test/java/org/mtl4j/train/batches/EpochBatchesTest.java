package org.mtl4j.train.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class EpochBatchesTest {

    /** Each example is its place, in hundreds its epoch. */
    private static final class Places extends EpochBatches {
        private static final long serialVersionUID = 1L;

        Places(int examples, int batchSize, boolean dropLast) {
            super(examples, batchSize, dropLast);
        }

        @Override
        protected MultiDataSet read(int from, int count) {
            INDArray numbers =
                    Nd4j.arange(from, from + count).addi(100 * epoch()).reshape(count, 1);
            return new org.nd4j.linalg.dataset.MultiDataSet(numbers, numbers);
        }
    }

    private static List<Integer> places(MultiDataSet batch) {
        List<Integer> places = new ArrayList<>();
        for (int place : batch.getFeatures(0).ravel().toIntVector()) {
            places.add(place);
        }
        return places;
    }

    private static List<List<Integer>> rest(EpochBatches batches) {
        List<List<Integer>> rest = new ArrayList<>();
        while (batches.hasNext()) {
            rest.add(places(batches.next()));
        }
        return rest;
    }

    @Test
    void an_epoch_ends_with_what_is_left_or_without_it() {
        Places all = new Places(7, 3, false);
        assertThat(all.batchesPerEpoch()).isEqualTo(3);
        assertThat(rest(all)).containsExactly(List.of(0, 1, 2), List.of(3, 4, 5), List.of(6));
        assertThatThrownBy(all::next)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("epoch 0 is at its end; reset() starts the next");
        Places full = new Places(7, 3, true);
        assertThat(full.batchesPerEpoch()).isEqualTo(2);
        assertThat(rest(full)).containsExactly(List.of(0, 1, 2), List.of(3, 4, 5));
        assertThat(new Places(6, 3, false).batchesPerEpoch()).isEqualTo(2);
        assertThat(rest(new Places(0, 3, false))).isEmpty();
    }

    @Test
    void a_reset_goes_on_to_the_next_epoch_but_skips_none() {
        Places batches = new Places(4, 3, false);
        batches.reset();
        assertThat(batches.epoch()).isZero();
        batches.next();
        batches.reset();
        batches.reset();
        assertThat(batches.epoch()).isEqualTo(1);
        assertThat(rest(batches)).containsExactly(List.of(100, 101, 102), List.of(103));
    }

    @Test
    void any_place_of_any_epoch_can_be_gone_to() {
        Places batches = new Places(7, 3, false);
        batches.startAt(2, 1);
        assertThat(rest(batches)).containsExactly(List.of(203, 204, 205), List.of(206));
        batches.startAt(5, 3);
        assertThat(batches.hasNext()).isFalse();
        EpochSeekable.startAt(batches, 1);
        assertThat(places(batches.next(5))).containsExactly(100, 101, 102, 103, 104);
        assertThat(places(batches.next())).containsExactly(105, 106);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> batches.startAt(0, 4))
                .withMessage("there is no batch 4 in epoch 0; epochs count from 0, and have 3 batches");
        assertThatIllegalArgumentException().isThrownBy(() -> batches.startAt(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> batches.next(0)).withMessageContaining("got 0");
    }

    @Test
    void data_of_other_kinds_are_reset() {
        MultiDataSet batch = new Places(1, 1, false).next();
        ListBatches list = ListBatches.of(batch);
        assertThat(list.next()).isSameAs(batch);
        assertThatThrownBy(list::next)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("all batches of this epoch have been read; reset() starts the next");
        EpochSeekable.startAt(list, 3);
        assertThat(list.next(7)).isSameAs(batch);
    }

    @Test
    void a_pre_processor_sees_each_batch_once() {
        Places batches = new Places(3, 2, false);
        batches.setPreProcessor(batch -> batch.getFeatures(0).muli(-1));
        assertThat(batches.getPreProcessor()).isNotNull();
        assertThat(rest(batches)).containsExactly(List.of(0, -1), List.of(-2));
        batches.setPreProcessor(null);
        batches.reset();
        assertThat(rest(batches)).containsExactly(List.of(100, 101), List.of(102));
        assertThat(batches.resetSupported()).isTrue();
        assertThat(batches.asyncSupported()).isFalse(); // unless a subclass says that it may be
        ListBatches list = ListBatches.of(List.of());
        assertThatThrownBy(() -> list.setPreProcessor(batch -> {}))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("prepare them before");
    }

    @Test
    void sizes_are_checked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Places(3, 0, false))
                .withMessage("batch size must be at least 1, got 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Places(-1, 1, false))
                .withMessageContaining("at least 0, got -1");
    }
}
