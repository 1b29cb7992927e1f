package org.mtl4j.internal.data;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Reads the masks of a batch. In a {@link MultiDataSet} the array of masks may be null, and so may each of its entries;
 * both say that all is there. Only here need one know of that.
 */
public final class Masks {
    private Masks() {}

    /** {@return the mask of the labels at this place, or null if all are there} */
    public static @Nullable INDArray ofLabels(MultiDataSet batch, int place) {
        INDArray[] masks = batch.getLabelsMaskArrays();
        return masks == null ? null : masks[place];
    }

    /** {@return a new array with the mask of each labels array, null for those that are all there} */
    public static @Nullable INDArray[] ofLabels(MultiDataSet batch) {
        INDArray[] masks = batch.getLabelsMaskArrays();
        return masks == null ? new INDArray[batch.numLabelsArrays()] : masks.clone();
    }

    /** {@return the mask of the features at this place, or null if all are there} */
    public static @Nullable INDArray ofFeatures(MultiDataSet batch, int place) {
        INDArray[] masks = batch.getFeaturesMaskArrays();
        return masks == null ? null : masks[place];
    }

    /** {@return these masks, or null if each of them is, as a {@link MultiDataSet} without masks has it} */
    public static @Nullable INDArray @Nullable [] nullIfNone(@Nullable INDArray... masks) {
        return Arrays.stream(masks).allMatch(Objects::isNull) ? null : masks;
    }

    /**
     * Changes each mask of a batch, and leaves those alone that are null.
     *
     * @param masks null if there is none
     * @return a new array, or null if there is none
     */
    public static @Nullable INDArray @Nullable [] map(
            @Nullable INDArray @Nullable [] masks, UnaryOperator<INDArray> change) {
        if (masks == null) {
            return null;
        }
        INDArray[] changed = new INDArray[masks.length];
        for (int i = 0; i < masks.length; i++) {
            changed[i] = masks[i] == null ? null : change.apply(masks[i]);
        }
        return changed;
    }
}
