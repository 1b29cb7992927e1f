package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import java.util.List;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks batches that come from outside against the arrays that a network reads, and fills in labels that are left out.
 */
public final class BatchLayout {
    private final MultiTaskNetwork network;
    private final DataType type;

    private BatchLayout(MultiTaskNetwork network, DataType type) {
        this.network = network;
        this.type = type;
    }

    /** {@return the layout of the batches of a model} */
    public static BatchLayout of(ModelState model) {
        return new BatchLayout(model.network(), model.plan().dataType());
    }

    /**
     * Gives a batch the form that the graph wants. One labels array per task must be there, in their order; null for a
     * task means that none of the examples has its label.
     *
     * @return the batch itself, or one with labels of zeros and an empty mask where there were none
     * @throws IllegalArgumentException if an array is missing or of another shape; the message names the task
     */
    public MultiDataSet checked(MultiDataSet batch) {
        if (batch.numFeatureArrays() != 1) {
            throw new IllegalArgumentException(
                    "a batch has one features array, got " + batch.numFeatureArrays() + "; all towers read the same");
        }
        checkFeatures(batch.getFeatures(0));
        List<Task> tasks = network.tasks();
        if (batch.numLabelsArrays() != tasks.size()) {
            throw new IllegalArgumentException("a batch has one labels array per task, %s, got %d arrays"
                    .formatted(tasks.stream().map(Task::name).toList(), batch.numLabelsArrays()));
        }
        long examples = batch.getFeatures(0).size(0);
        INDArray[] labels = batch.getLabels().clone();
        INDArray[] masks = Masks.ofLabels(batch);
        boolean filled = false;
        for (int t = 0; t < labels.length; t++) {
            Task task = tasks.get(t);
            if (labels[t] == null) {
                labels[t] = Nd4j.zeros(type, examples, task.outputs());
                masks[t] = Nd4j.zeros(type, examples, 1);
                filled = true;
            } else if (labels[t].rank() != 2 || labels[t].size(0) != examples || labels[t].size(1) != task.outputs()) {
                throw new IllegalArgumentException("task '%s': labels must be [%d, %d], got %s"
                        .formatted(task.name(), examples, task.outputs(), Arrays.toString(labels[t].shape())));
            }
            if (masks[t] != null) {
                checkMask(masks[t], examples, task);
            }
        }
        return filled
                ? new org.nd4j.linalg.dataset.MultiDataSet(
                        batch.getFeatures(), labels, batch.getFeaturesMaskArrays(), masks)
                : batch;
    }

    private static void checkMask(INDArray mask, long examples, Task task) {
        LabelMask.check(mask, examples, task.outputs(), task.name());
        if (task.kind() == TaskKind.MULTI_CLASS && mask.size(1) != 1) {
            throw new IllegalArgumentException(
                    "task '%s': one class of several is there or not, so the mask of its labels must be [%d, 1], got %s"
                            .formatted(task.name(), examples, Arrays.toString(mask.shape())));
        }
    }

    /**
     * Checks features by themselves.
     *
     * @throws IllegalArgumentException if they are not those of at least one example of the network's input
     */
    public void checkFeatures(INDArray features) {
        Shape shape = network.input();
        long[] expected = featuresShape(-1);
        long[] given = features.shape();
        boolean fits = given.length == expected.length && given[0] > 0;
        for (int i = 1; fits && i < expected.length; i++) {
            fits = given[i] == expected[i];
        }
        if (!fits) {
            throw new IllegalArgumentException("features must be [batch, %s, got %s"
                    .formatted(shape.toString().substring(1), Arrays.toString(given)));
        }
    }

    /** {@return the shape of the features of so many examples} */
    public long[] featuresShape(long examples) {
        return network.input().batch(examples);
    }
}
