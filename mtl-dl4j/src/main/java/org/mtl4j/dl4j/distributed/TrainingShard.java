package org.mtl4j.dl4j.distributed;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Gives one worker's shard of the training data. In step k of an epoch each worker trains on batch k of its shard;
 * together these are the batch of that step. Shards may be of different length: a worker whose shard has come to its
 * end has a rest. (The more the lengths differ, the smaller are the last batches of an epoch: it is said in the
 * history, {@link org.mtl4j.train.history.TrainingEvent.Kind#SHARDS_UNEVEN}.)
 *
 * <p>A shard is sent to its worker, so it should say where the data are rather than hold them. The same epoch and step
 * always give the same batch, also after the shard has been sent anew: a worker that is lost is replaced by another
 * one. What an epoch has is counted first; data that are other ones when they are trained on end the run.
 */
public interface TrainingShard extends Serializable {

    /**
     * Gives one batch, laid out as for {@link MultiTaskModel#fit}: one features array per input, one labels array per
     * task.
     *
     * @param epoch from 0; epoch 0 is only read for the start of the output layers, training begins with epoch 1
     * @param step from 0
     * @return empty if the shard has no more batches in this epoch, or, where {@link #steps} says how many steps there
     *     are, no example in this one
     * @throws IOException if the data cannot be read; the message names them
     */
    Optional<MultiDataSet> batch(int epoch, int step) throws IOException;

    /**
     * {@return how many steps an epoch has, where some of them may be without a batch of this shard; empty, as by
     * default, if the epoch ends with the first step that has none}
     *
     * @param epoch as of {@link #batch}
     * @throws IOException if the data cannot be read; the message names them
     */
    default OptionalInt steps(int epoch) throws IOException {
        return OptionalInt.empty();
    }

    /**
     * {@return these batches, in this order in each epoch} They travel with the shard.
     *
     * @param batches are serialised where the shard is
     */
    static TrainingShard of(List<? extends MultiDataSet> batches) {
        ImmutableList<MultiDataSet> all = ImmutableList.copyOf(batches);
        return (epoch, step) -> step < all.size() ? Optional.of(all.get(step)) : Optional.empty();
    }

    /**
     * {@return all shards as data of one process} Each batch is that of all workers together, in the order of the
     * shards; what workers with {@link Averaging#gradients} come to, one process comes to with this, to rounding.
     *
     * @param shards of one form: all their labels are there (not null), and masks of one task are all {@code [batch,
     *     1]} or all {@code [batch, outputs]}
     */
    static MultiDataSetIterator joined(List<? extends TrainingShard> shards) {
        return new JoinedShards(shards);
    }
}
