package org.mtl4j.internal.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class MasksTest {
    private final INDArray features = Nd4j.ones(2, 3);
    private final INDArray mask = Nd4j.createFromArray(new float[][] {{1}, {0}});
    private final INDArray[] labels = {Nd4j.ones(2, 1), Nd4j.ones(2, 4)};

    private MultiDataSet batch(INDArray[] featuresMasks, INDArray[] labelsMasks) {
        return new MultiDataSet(new INDArray[] {features}, labels, featuresMasks, labelsMasks);
    }

    @Test
    void a_batch_without_masks_has_none_at_any_place() {
        MultiDataSet batch = batch(null, null);
        assertThat(Masks.ofLabels(batch, 1)).isNull();
        assertThat(Masks.ofFeatures(batch, 0)).isNull();
        assertThat(Masks.ofLabels(batch)).containsExactly(null, null);
    }

    @Test
    void masks_are_found_at_their_places() {
        MultiDataSet batch = batch(new INDArray[] {features}, new INDArray[] {null, mask});
        assertThat(Masks.ofLabels(batch, 0)).isNull();
        assertThat(Masks.ofLabels(batch, 1)).isSameAs(mask);
        assertThat(Masks.ofFeatures(batch, 0)).isSameAs(features);
        INDArray[] all = Masks.ofLabels(batch);
        assertThat(all).containsExactly(null, mask);
        all[1] = null; // a new array: the batch keeps its masks
        assertThat(batch.getLabelsMaskArray(1)).isSameAs(mask);
    }

    @Test
    void only_masks_that_are_all_null_are_none() {
        assertThat(Masks.nullIfNone(null, null)).isNull();
        assertThat(Masks.nullIfNone(null, mask)).containsExactly(null, mask);
    }

    @Test
    void what_is_null_stays_null_when_masks_are_changed() {
        assertThat(Masks.map(null, array -> array.mul(2))).isNull();
        assertThat(Masks.map(new INDArray[] {null, mask}, array -> array.mul(2)))
                .containsExactly(null, Nd4j.createFromArray(new float[][] {{2}, {0}}));
    }
}
