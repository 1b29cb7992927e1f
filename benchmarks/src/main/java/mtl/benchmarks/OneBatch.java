package mtl.benchmarks;

import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Data that are one batch, always the same. */
final class OneBatch implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient MultiDataSet batch;
    private boolean read;

    OneBatch(MultiDataSet batch) {
        this.batch = batch;
    }

    @Override
    public MultiDataSet next(int examples) {
        return next();
    }

    @Override
    public MultiDataSet next() {
        read = true;
        return batch;
    }

    @Override
    public boolean hasNext() {
        return !read;
    }

    @Override
    public void reset() {
        read = false;
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
        throw new UnsupportedOperationException("the batch is given as it is");
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }
}
