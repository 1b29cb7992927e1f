package org.mtl4j.train.history;

import java.io.Serializable;
import java.util.Objects;

/**
 * Something that happened in training besides epochs.
 *
 * @param epoch after which epoch, 0 for the first of the model's life; -1 before it
 * @param kind what happened
 * @param subject the task or the place of the unit that it happened to, or what was chosen; empty if it was the whole
 *     run
 * @param text why, or how
 */
public record TrainingEvent(int epoch, Kind kind, String subject, String text) implements Serializable {
    /** What can happen. */
    public enum Kind {
        /** The towers' weights were taken from networks that had been trained alone. */
        TOWERS_JOINED,
        /** The weights were taken from one tower of a trained network. */
        TOWER_TAKEN,
        /** A call of {@code fit} began; the text has its options and the versions of everything that counts. */
        RUN_STARTED,
        /** A task was dropped: its loss and gradients are gone, and what only it uses is kept as it is. */
        TASK_STOPPED,
        /** A task that had been dropped takes part again. */
        TASK_RESUMED,
        /** α of a unit has left the range in which units have been seen to work. */
        ALPHA_DIVERGING,
        /** The run ended before its last epoch. */
        RUN_STOPPED,
        /** The model went back to its best epoch. */
        BEST_KEPT,
        /**
         * A listener of the graph wants to see what divided batches do not have; the text says which, and what is done.
         */
        LISTENER_LIMITS,
        /** The model was given another plan; the text has both. */
        PLAN_CHANGED,
        /** The model went on in another network; the text says what was kept, adapted, begun anew and dropped. */
        NETWORK_CHANGED,
        /** A learning rate was set on the graph itself, which moves layers only, and is not saved. */
        RATE_SET_ON_GRAPH,
        /**
         * A task had no label at all in an epoch of the training data or in the validation data, or a metric of it no
         * value on these, as of labels that are all alike.
         */
        TASK_UNLABELLED,
        /** Workers have shards of the data of very different sizes, so that the last batches of an epoch are small. */
        SHARDS_UNEVEN,
        /**
         * What workers have in common after a round was chosen by what a round costs; the subject says what, and a run
         * that goes on from a checkpoint keeps to it. The text has the times.
         */
        AVERAGING_CHOSEN,
        /**
         * The oldest epochs and events are not in the history any more, or not all of what they had been; the only
         * event that is replaced, each time.
         */
        HISTORY_SHORTENED
    }

    /** Checks that nothing is null. */
    public TrainingEvent {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(text, "text");
    }
}
