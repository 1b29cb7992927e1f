package org.mtl4j.dl4j;

import java.util.List;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Batches in memory, handed out in their order. */
public class BatchList implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient List<MultiDataSet> batches;
    private int next;

    public BatchList(List<MultiDataSet> batches) {
        this.batches = List.copyOf(batches);
    }

    @Override
    public MultiDataSet next(int size) {
        return next();
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void reset() {
        next = 0;
    }

    @Override
    public boolean hasNext() {
        return next < batches.size();
    }

    @Override
    public MultiDataSet next() {
        return batches.get(next++);
    }
}
