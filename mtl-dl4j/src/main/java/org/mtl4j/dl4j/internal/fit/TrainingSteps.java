package org.mtl4j.dl4j.internal.fit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.train.history.ExampleWeights;
import org.mtl4j.train.history.TaskGradients;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Gives the steps of training, epoch by epoch, wherever they are computed. */
public interface TrainingSteps {
    /** {@return the sums of all labels of the data's epoch 0} */
    LabelSums sumLabels();

    /** Goes to the start of an epoch of the data. */
    void start(int epoch);

    /** Goes to the next step of the epoch; false if there is none. */
    boolean advance();

    /** {@return whether there is no step after this one} */
    boolean last();

    /** Does the step. */
    Result run();

    /**
     * Weighs the tasks in the steps to come.
     *
     * @param factors per task by what its λ is multiplied; 0 if it is dropped
     */
    void weigh(double[] factors);

    /**
     * {@return per task by what its λ was multiplied in the steps since {@link #weigh}, in the mean; empty where that
     * was the same in each}
     */
    default Optional<double[]> meanFactors() {
        return Optional.empty();
    }

    /** {@return what the tasks' gradients were like in the steps since {@link #weigh}; empty where nobody looked} */
    default Optional<TaskGradients> taskGradients() {
        return Optional.empty();
    }

    /** {@return what the examples of the steps since {@link #start} weighed; empty if each weighed 1} */
    default Optional<ExampleWeights> exampleWeights() {
        return Optional.empty();
    }

    /** Lets all tasks take part again, as far as graphs are concerned, and frees what the steps have held. */
    void release();

    /** {@return how the work is divided, as text for the history} */
    String division();

    /** {@return how unevenly the epoch's data lie among shards, where that makes its batches other ones; else empty} */
    default Optional<String> unevenness() {
        return Optional.empty();
    }

    /** {@return what was chosen in the last round for those that follow; empty if nothing was} */
    default Optional<Choice> choice() {
        return Optional.empty();
    }

    /**
     * Tells of a choice that depends on time, so that it is kept in the history, and not made anew from there.
     *
     * @param what what workers have in common after a round, as text
     * @param reason with the times
     */
    record Choice(String what, String reason) {}

    /** {@return which features of the last round were not finite, where they are in other processes; else empty} */
    default Optional<String> notFinite() {
        return Optional.empty();
    }

    /** {@return what the graph's present listeners cannot see, or what it costs that they do; empty if nothing} */
    Optional<String> listenerLimits();

    /**
     * Tells what one round has done.
     *
     * @param steps of the updater
     * @param examples all that were seen
     * @param score the objective before the step; the mean of those of several
     * @param losses per task, mean over the labelled examples, without its weight
     * @param labelled per task how many these were
     * @param batch what was seen; null if that is in other processes
     */
    record Result(
            int steps,
            int examples,
            double score,
            double[] losses,
            double[] labelled,
            @Nullable MultiDataSet batch) {}
}
