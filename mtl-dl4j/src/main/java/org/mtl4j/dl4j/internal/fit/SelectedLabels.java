package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Gives the features of some of the inputs and the labels of some of the tasks that other data have. */
public final class SelectedLabels extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    private final MultiDataSetIterator all;
    /** Names of all inputs, in their order; empty where all are wanted. */
    private final transient List<String> allInputs;

    private final int[] inputs;
    private final int[] tasks;

    /** @param tasks places of the labels arrays, in the order that they are wanted in; all features are */
    public SelectedLabels(MultiDataSetIterator all, int... tasks) {
        this.all = all;
        this.allInputs = List.of();
        this.inputs = new int[0];
        this.tasks = tasks.clone();
    }

    /**
     * Selects what one network needs of the data of another.
     *
     * @param network whose data it is
     * @param part has some of its inputs and tasks
     */
    public SelectedLabels(MultiDataSetIterator all, MultiTaskNetwork network, MultiTaskNetwork part) {
        this.all = all;
        this.allInputs = network.inputs().stream().map(Input::name).toList();
        List<String> taskNames = network.tasks().stream().map(Task::name).toList();
        this.inputs = part.inputs().stream()
                .mapToInt(input -> allInputs.indexOf(input.name()))
                .toArray();
        this.tasks = part.tasks().stream()
                .mapToInt(task -> taskNames.indexOf(task.name()))
                .toArray();
    }

    @Override
    public void startAt(int epoch) {
        EpochSeekable.startAt(all, epoch);
    }

    @Override
    public void reset() {
        all.reset();
    }

    @Override
    public boolean hasNext() {
        return all.hasNext();
    }

    @Override
    protected MultiDataSet read() {
        return select(all.next());
    }

    @Override
    protected MultiDataSet read(int examples) {
        return select(all.next(examples));
    }

    private MultiDataSet select(MultiDataSet batch) {
        INDArray[] features = batch.getFeatures();
        INDArray[] masks = batch.getFeaturesMaskArrays();
        if (!allInputs.isEmpty() && Batch.inputsOf(batch).isEmpty()) {
            if (features.length != allInputs.size()) {
                throw new IllegalArgumentException(
                        "a batch has one features array per input, %s, got %s".formatted(allInputs, features.length));
            }
            features = select(features, inputs);
            masks = masks == null ? null : Masks.nullIfNone(select(masks, inputs));
        }
        INDArray[] labels = batch.getLabels();
        INDArray[] labelMasks = Masks.ofLabels(batch);
        if (Batch.tasksOf(batch).isEmpty()) { // otherwise whoever reads it finds its tasks by their names
            labels = select(labels, tasks);
            labelMasks = select(labelMasks, tasks);
        }
        MultiDataSet chosen =
                new org.nd4j.linalg.dataset.MultiDataSet(features, labels, masks, Masks.nullIfNone(labelMasks));
        if (batch.getExampleMetaData() != null) {
            chosen.setExampleMetaData(batch.getExampleMetaData());
        }
        return Batch.withWeightsOf(batch, Batch.named(chosen, Batch.inputsOf(batch), Batch.tasksOf(batch)));
    }

    private static INDArray[] select(INDArray[] arrays, int[] selected) {
        INDArray[] wanted = new INDArray[selected.length];
        for (int i = 0; i < wanted.length; i++) {
            if (selected[i] >= arrays.length) {
                throw new IllegalArgumentException(
                        "a batch has %d labels arrays, and there is a task that wants number %d, counted from 0"
                                .formatted(arrays.length, selected[i]));
            }
            wanted[i] = arrays[selected[i]];
        }
        return wanted;
    }

    @Override
    public boolean resetSupported() {
        return all.resetSupported();
    }

    /** Refuses: the data may hand out the same arrays again. */
    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("set the preprocessor on the data that these labels are selected from");
    }
}
