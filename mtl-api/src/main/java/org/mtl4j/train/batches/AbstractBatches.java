package org.mtl4j.train.batches;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Implements what all sources of batches have in common. One of your own has only to say whether there is a batch
 * ({@link #hasNext}), to read it ({@link #read()}, which is asked only if there is one), and to start again
 * ({@link #reset}).
 *
 * <p>Data whose number of examples is known extend {@link EpochBatches}, which counts epochs, too. For one thread at a
 * time.
 */
public abstract class AbstractBatches implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    /** Null if there is none. */
    private transient @Nullable MultiDataSetPreProcessor preProcessor;

    /** Reads the next batch. Called only if there is one. */
    protected abstract MultiDataSet read();

    /**
     * Reads the next batch with another number of examples. Called only if there is a batch. By default batches come in
     * the size that they have.
     *
     * @param examples at least 1
     */
    protected MultiDataSet read(int examples) {
        return read();
    }

    /**
     * Hands out the next batch, after the pre-processor.
     *
     * @throws NoSuchElementException if the epoch is at its end
     */
    @Override
    public final MultiDataSet next() {
        requireNext();
        return prepared(read());
    }

    /**
     * Hands out the next batch with another number of examples, fewer if the epoch ends before; a source whose batches
     * have the size that they have hands out the one that is next.
     *
     * @param examples at least 1
     * @throws NoSuchElementException if the epoch is at its end
     * @throws IllegalArgumentException if {@code examples} is below 1
     */
    @Override
    public final MultiDataSet next(int examples) {
        Check.atLeast(1, examples, "number of examples in a batch");
        requireNext();
        return prepared(read(examples));
    }

    private void requireNext() {
        if (!hasNext()) {
            throw new NoSuchElementException(atEnd());
        }
    }

    /** Says that there is no batch left. */
    String atEnd() {
        return "all batches of this epoch have been read; reset() starts the next";
    }

    private MultiDataSet prepared(MultiDataSet batch) {
        if (preProcessor != null) {
            preProcessor.preProcess(batch);
        }
        return batch;
    }

    /**
     * Sets what is done to each batch before it is handed out, on the thread that asks. Most pre-processors change
     * arrays in place, so a source that hands out the same arrays again refuses.
     *
     * @param preProcessor null for none
     */
    @Override
    public void setPreProcessor(@Nullable MultiDataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    /** {@return what is done to each batch before it is handed out, or null} */
    @Override
    public final @Nullable MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    /** {@return true, unless overridden} */
    @Override
    public boolean resetSupported() {
        return true;
    }

    /** {@return false, unless overridden: another thread may only read ahead if all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return false;
    }
}
