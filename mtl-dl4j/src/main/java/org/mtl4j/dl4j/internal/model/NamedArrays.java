package org.mtl4j.dl4j.internal.model;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Brings the arrays of batches that have names into the order in which a network reads them. */
final class NamedArrays {
    private final List<String> inputs;
    private final List<String> tasks;

    NamedArrays(List<String> inputs, List<String> tasks) {
        this.inputs = inputs;
        this.tasks = tasks;
    }

    /**
     * {@return the batch with what the network needs, in its order; a batch without names itself} Arrays of other names
     * are left out.
     *
     * @throws IllegalArgumentException if an input or a task of the network is not among the names
     */
    MultiDataSet inOrder(MultiDataSet batch, BatchPlace place) {
        int[] features = places("input", inputs, theOnly(Batch.inputsOf(batch)), place);
        int[] labels = places("task", tasks, Batch.tasksOf(batch), place);
        if (features.length == 0 && labels.length == 0) {
            return batch;
        }
        MultiDataSet ordered = new org.nd4j.linalg.dataset.MultiDataSet(
                picked(batch.getFeatures(), features),
                picked(batch.getLabels(), labels),
                picked(batch.getFeaturesMaskArrays(), features),
                picked(batch.getLabelsMaskArrays(), labels));
        ordered.setFeaturesMaskArrays(nullIfNone(ordered.getFeaturesMaskArrays()));
        ordered.setLabelsMaskArray(nullIfNone(ordered.getLabelsMaskArrays()));
        if (batch.getExampleMetaData() != null) {
            ordered.setExampleMetaData(batch.getExampleMetaData());
        }
        return Batch.withWeightsOf(batch, ordered);
    }

    /** The one input of a batch is that of a network with one, whatever they are called. */
    private List<String> theOnly(List<String> given) {
        return given.size() == 1 && inputs.size() == 1 ? inputs : given;
    }

    /** Gives the place of each wanted name; empty if there are no names, so that all is where it is wanted. */
    private static int[] places(String what, List<String> wanted, List<String> given, BatchPlace place) {
        if (given.isEmpty()) {
            return new int[0];
        }
        int[] places = new int[wanted.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = given.indexOf(wanted.get(i));
            if (places[i] < 0) {
                throw new IllegalArgumentException("%sthe network has %s '%s', and the batch has only %s"
                                .formatted(place, what, wanted.get(i), given)
                        + (what.equals("task")
                                ? "; labels of null say that no example has one, as MixedBatches does for several data"
                                : ""));
            }
        }
        return places;
    }

    private static @Nullable INDArray @Nullable [] picked(@Nullable INDArray @Nullable [] arrays, int[] places) {
        if (arrays == null || places.length == 0) {
            return arrays;
        }
        INDArray[] picked = new INDArray[places.length];
        for (int i = 0; i < picked.length; i++) {
            picked[i] = arrays[places[i]];
        }
        return picked;
    }

    private static @Nullable INDArray @Nullable [] nullIfNone(@Nullable INDArray @Nullable [] masks) {
        return masks == null ? null : Masks.nullIfNone(masks);
    }
}
