package org.mtl4j.benchmarks;

import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Batches that lie in memory, always in this order. */
final class FixedBatches implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient List<MultiDataSet> batches;
    private int read;

    FixedBatches(List<MultiDataSet> batches) {
        this.batches = batches;
    }

    /** One batch, so many times. */
    static FixedBatches of(MultiDataSet batch, int times) {
        return new FixedBatches(Collections.nCopies(times, batch));
    }

    @Override
    public MultiDataSet next(int examples) {
        return next();
    }

    @Override
    public MultiDataSet next() {
        return batches.get(read++);
    }

    @Override
    public boolean hasNext() {
        return read < batches.size();
    }

    @Override
    public void reset() {
        read = 0;
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
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("the batches are given as they are");
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }
}
