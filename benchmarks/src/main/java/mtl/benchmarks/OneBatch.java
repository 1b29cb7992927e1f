package mtl.benchmarks;

import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Data that are one batch, so many times. */
final class OneBatch implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient MultiDataSet batch;
    private final int times;
    private int read;

    OneBatch(MultiDataSet batch, int times) {
        this.batch = batch;
        this.times = times;
    }

    @Override
    public MultiDataSet next(int examples) {
        return next();
    }

    @Override
    public MultiDataSet next() {
        read++;
        return batch;
    }

    @Override
    public boolean hasNext() {
        return read < times;
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
        throw new UnsupportedOperationException("the batch is given as it is");
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }
}
