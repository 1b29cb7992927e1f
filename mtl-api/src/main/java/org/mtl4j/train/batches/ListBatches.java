package org.mtl4j.train.batches;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;

/** Hands out batches that are already made, the same ones in the same order in each epoch. For one thread at a time. */
public final class ListBatches extends AbstractBatches {
    private static final long serialVersionUID = 1L;

    private final transient List<MultiDataSet> batches;
    private int next;

    private ListBatches(List<? extends MultiDataSet> batches) {
        this.batches = List.copyOf(batches);
    }

    /**
     * Hands out these, in this order.
     *
     * @param batches are not copied; do not change their arrays
     */
    public static ListBatches of(List<? extends MultiDataSet> batches) {
        return new ListBatches(batches);
    }

    /**
     * Hands out these, in this order.
     *
     * @param batches are not copied; do not change their arrays
     */
    public static ListBatches of(MultiDataSet... batches) {
        return new ListBatches(List.of(batches));
    }

    /** {@return how many there are} */
    int size() {
        return batches.size();
    }

    @Override
    public boolean hasNext() {
        return next < batches.size();
    }

    @Override
    protected MultiDataSet read() {
        return batches.get(next++);
    }

    @Override
    public void reset() {
        next = 0;
    }

    /** Refuses, as it would be done again to the same arrays in each epoch. */
    @Override
    public void setPreProcessor(@Nullable MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("these batches are handed out as they were given; prepare them before");
    }
}
