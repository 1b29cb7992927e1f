package org.mtl4j.dl4j.internal.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LabelMaskTest {
    @Test
    void masked_labels_are_cleared_by_example_and_by_output() {
        INDArray byExample = Nd4j.createFromArray(new float[][] {{1, Float.NaN}, {3, 4}});
        LabelMask.clear(byExample, Nd4j.createFromArray(new float[][] {{0}, {1}}));
        assertThat(byExample).isEqualTo(Nd4j.createFromArray(new float[][] {{0, 0}, {3, 4}}));
        INDArray byOutput = Nd4j.createFromArray(new float[][] {{1, Float.NaN}, {3, 4}});
        LabelMask.clear(byOutput, Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}}));
        assertThat(byOutput).isEqualTo(Nd4j.createFromArray(new float[][] {{1, 0}, {0, 4}}));
    }

    /** Batches of a graph that was made by hand come to its output layers unseen. */
    @Test
    void a_mask_is_no_weight() {
        for (float entry : new float[] {0.5f, 2, -1, Float.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> LabelMask.clear(Nd4j.ones(2, 1), Nd4j.createFromArray(new float[][] {{1}, {entry}})))
                    .withMessage(
                            "the mask of labels, row 1, counted from 0: a mask is 1 or 0 and no weight, got " + entry);
        }
    }
}
