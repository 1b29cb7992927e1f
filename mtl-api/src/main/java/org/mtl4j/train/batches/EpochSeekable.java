package org.mtl4j.train.batches;

import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Gives data that are different in each epoch, in order or by augmentation, for any epoch. Training on them can be
 * taken up again where it was cut off: a model trained for n epochs goes on with the data of the next one, whatever has
 * been read before. Epoch 0 of the data is read once by a fresh model, for the means that its output layers start at;
 * training begins with epoch 1.
 */
public interface EpochSeekable extends MultiDataSetIterator {

    /**
     * Goes to the start of an epoch. What it hands out from there depends on the number of the epoch, and not on what
     * was read before.
     *
     * @param epoch at least 0
     */
    void startAt(int epoch);

    /**
     * Brings any data to the start of an epoch: those that can be had for any epoch to that one, others to wherever a
     * reset brings them.
     *
     * @param data any data
     * @param epoch at least 0
     */
    static void startAt(MultiDataSetIterator data, int epoch) {
        if (data instanceof EpochSeekable seekable) {
            seekable.startAt(epoch);
        } else {
            data.reset();
        }
    }
}
