package org.mtl4j.dl4j;

import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** The labels of some of the tasks that other data have. */
final class SelectedLabels implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    private final MultiDataSetIterator all;
    private final int[] selected;

    /** @param selected places of the labels arrays, in the order that they are wanted in */
    SelectedLabels(MultiDataSetIterator all, int... selected) {
        this.all = all;
        this.selected = selected.clone();
    }

    @Override
    public void startAt(int epoch) {
        if (all instanceof EpochSeekable seekable) {
            seekable.startAt(epoch);
        } else {
            all.reset();
        }
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
    public MultiDataSet next() {
        return select(all.next());
    }

    @Override
    public MultiDataSet next(int examples) {
        return select(all.next(examples));
    }

    private MultiDataSet select(MultiDataSet batch) {
        return new org.nd4j.linalg.dataset.MultiDataSet(
                batch.getFeatures(),
                select(batch.getLabels()),
                batch.getFeaturesMaskArrays(),
                batch.getLabelsMaskArrays() == null ? null : select(batch.getLabelsMaskArrays()));
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

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("set the preprocessor on the data that these labels are selected from");
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }
}
