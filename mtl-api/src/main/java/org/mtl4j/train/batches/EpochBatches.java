package org.mtl4j.train.batches;

import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Counts epochs and examples for data whose number of examples is known. They come in batches of one size, of which the
 * last of an epoch may have fewer, and every place in every epoch can be gone to. A subclass only reads the examples
 * that it is asked for:
 *
 * <pre>{@code
 * import org.nd4j.linalg.dataset.MultiDataSet;
 *
 * final class Sums extends EpochBatches {
 *     Sums() {
 *         super(1000, 64); // examples in an epoch, examples in a batch
 *     }
 *
 *     protected MultiDataSet read(int from, int count) { // how many come before these in the epoch
 *         INDArray pairs = Nd4j.rand(count, 2);
 *         return new MultiDataSet(pairs, pairs.sum(true, 1));
 *     }
 * }
 * }</pre>
 *
 * <p>Starts at epoch 0. For one thread at a time.
 */
public abstract class EpochBatches extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    private final int examples;
    private final int batchSize;
    private final boolean dropLast;
    private int epoch;
    private int visited;

    /**
     * Counts from the start of epoch 0.
     *
     * @param examples in an epoch, at least 0
     * @param batchSize at least 1; the last batch of an epoch may have fewer
     * @throws IllegalArgumentException if one is out of range
     */
    protected EpochBatches(int examples, int batchSize) {
        this(examples, batchSize, false);
    }

    /**
     * Counts from the start of epoch 0.
     *
     * @param examples in an epoch, at least 0
     * @param batchSize at least 1
     * @param dropLast whether the last batch of an epoch is left out if it is not full
     * @throws IllegalArgumentException if a number is out of range
     */
    protected EpochBatches(int examples, int batchSize, boolean dropLast) {
        this.examples = Check.atLeast(0, examples, "number of examples");
        this.batchSize = Check.atLeast(1, batchSize, "batch size");
        this.dropLast = dropLast;
    }

    /**
     * Reads some examples of the {@linkplain #epoch() epoch}, those that are the next ones in its order.
     *
     * @param from how many come before these
     * @param count at least 1
     */
    protected abstract MultiDataSet read(int from, int count);

    @Override
    protected final MultiDataSet read() {
        return read(batchSize);
    }

    @Override
    protected final MultiDataSet read(int most) {
        int count = Math.min(most, examples - visited);
        MultiDataSet batch = read(visited, count);
        visited += count;
        return batch;
    }

    /** {@return how many examples a batch has; the last one of an epoch may have fewer} */
    public final int batchSize() {
        return batchSize;
    }

    /** {@return how many batches an epoch has} */
    public final int batchesPerEpoch() {
        int full = examples / batchSize;
        return dropLast || full * batchSize == examples ? full : full + 1;
    }

    /** {@return the epoch of the next batch, from 0} */
    public final int epoch() {
        return epoch;
    }

    /** {@return how many examples of this epoch have been handed out} */
    protected final int visited() {
        return visited;
    }

    @Override
    public boolean hasNext() {
        return hasNext(visited);
    }

    /** {@return whether there is a batch after this many examples of an epoch} */
    protected final boolean hasNext(int visited) {
        int left = examples - visited;
        return dropLast ? left >= batchSize : left > 0;
    }

    @Override
    public final void startAt(int epoch) {
        startAt(epoch, 0);
    }

    /**
     * Goes to a place in an epoch: the next batch is the one that would be handed out there if all epochs had been read
     * in turn.
     *
     * @param epoch at least 0
     * @param batch 0 to {@link #batchesPerEpoch}, where the epoch is at its end
     * @throws IllegalArgumentException if one is out of range
     */
    public void startAt(int epoch, int batch) {
        if (epoch < 0 || batch < 0 || batch > batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    "there is no batch %d in epoch %d; epochs count from 0, and have %d batches"
                            .formatted(batch, epoch, batchesPerEpoch()));
        }
        moveTo(epoch, (int) Math.min((long) batch * batchSize, examples));
    }

    /**
     * Goes to any place in an epoch, unchecked.
     *
     * @param epoch at least 0
     * @param visited how many examples come before the next one
     */
    protected final void moveTo(int epoch, int visited) {
        this.epoch = epoch;
        this.visited = visited;
    }

    /**
     * Goes to the start of the next epoch, also from the middle of one. At the very start of an epoch it does nothing,
     * so that a reset before the first batch, or two in a row, skip no epoch.
     */
    @Override
    public void reset() {
        if (visited > 0) {
            startAt(Math.addExact(epoch, 1), 0);
        }
    }

    @Override
    String atEnd() {
        return "epoch %s is at its end; reset() starts the next".formatted(epoch);
    }
}
