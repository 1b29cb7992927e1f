package org.mtl4j.dl4j.distributed;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.mtl4j.train.MultiTaskModel;

/**
 * Reaches processes that train or ask one model together, each with a shard of the data of its own: what
 * {@code Dl4jModel.fit(Workers, Averaging, FitOptions)} needs of a cluster.
 */
public interface Workers {

    /** {@return how many shards there are} */
    int count();

    /**
     * Puts a question to every worker and waits for all answers.
     *
     * <p>A question depends on nothing that a worker remembers, and its answer on nothing but question and shard. So
     * the question may be put again, to the same worker or another one with the same shard, and the answer is the same.
     *
     * @param question is serialised
     * @return the answers, in the order of the shards
     */
    <A extends Serializable> List<A> ask(Question<A> question);

    /**
     * Does something with a shard of the data.
     *
     * @param <A> the answer
     */
    @FunctionalInterface
    interface Question<A extends Serializable> extends Serializable {
        /**
         * Answers.
         *
         * @param model a copy of the model that nobody else uses meanwhile; its parameters and updater state may be
         *     those of any moment, and may be changed
         * @throws IOException if the shard's data cannot be read
         */
        A answer(MultiTaskModel model, TrainingShard shard) throws IOException;
    }
}
