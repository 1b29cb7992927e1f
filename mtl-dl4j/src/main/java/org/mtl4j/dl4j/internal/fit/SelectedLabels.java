package org.mtl4j.dl4j.internal.fit;

import org.mtl4j.internal.data.Masks;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Gives the labels of some of the tasks that other data have. */
public final class SelectedLabels extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    private final MultiDataSetIterator all;
    private final int[] selected;

    /** @param selected places of the labels arrays, in the order that they are wanted in */
    public SelectedLabels(MultiDataSetIterator all, int... selected) {
        this.all = all;
        this.selected = selected.clone();
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
        if (!Batch.tasksOf(batch).isEmpty()) {
            return batch; // whoever reads it finds its tasks by their names
        }
        MultiDataSet chosen = new org.nd4j.linalg.dataset.MultiDataSet(
                batch.getFeatures(),
                select(batch.getLabels()),
                batch.getFeaturesMaskArrays(),
                Masks.nullIfNone(select(Masks.ofLabels(batch))));
        if (batch.getExampleMetaData() != null) {
            chosen.setExampleMetaData(batch.getExampleMetaData());
        }
        return Batch.withWeightsOf(batch, chosen);
    }

    private INDArray[] select(INDArray[] arrays) {
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
