package mtl.train;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * What a call of {@code fit} does besides reading the training data.
 *
 * @param epochs passes over the data, at least 1; with checkpoints those of the whole run, interruptions included
 * @param validation data whose loss is measured after each epoch, if any
 * @param listeners told of progress
 * @param checkpoints where the model is saved on the way, if anywhere
 * @param workers among how many threads each batch is divided, or 0 to leave that to the model; see {@link #workers(int)}
 */
public record FitOptions(
        int epochs,
        Optional<MultiDataSetIterator> validation,
        List<ProgressListener> listeners,
        Optional<Checkpoints> checkpoints,
        int workers) {

    /** @throws IllegalArgumentException if {@code epochs} is below 1 or {@code workers} below 0 */
    public FitOptions {
        listeners = ImmutableList.copyOf(listeners);
        if (epochs < 1) {
            throw new IllegalArgumentException("FitOptions: epochs must be at least 1, got " + epochs);
        }
        if (workers < 0) {
            throw new IllegalArgumentException(
                    "FitOptions: workers must be at least 1, or 0 to leave their number to the model, got " + workers);
        }
    }

    /** This many passes, nothing else. */
    public static FitOptions epochs(int epochs) {
        return new FitOptions(epochs, Optional.empty(), List.of(), Optional.empty(), 0);
    }

    /** The same with losses on this data after each epoch. */
    public FitOptions validatedOn(MultiDataSetIterator validation) {
        return new FitOptions(epochs, Optional.of(validation), listeners, checkpoints, workers);
    }

    /** The same with one more listener. */
    public FitOptions reportingTo(ProgressListener listener) {
        List<ProgressListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new FitOptions(epochs, validation, all, checkpoints, workers);
    }

    /** The same with the model saved on the way, and training taken up again where it was cut off. */
    public FitOptions checkpointed(Checkpoints checkpoints) {
        return new FitOptions(epochs, validation, listeners, Optional.of(checkpoints), workers);
    }

    /**
     * The same with each batch divided among so many threads, whose gradients are added up. Left alone, a model takes as
     * many as ND4J has threads ({@code OMP_NUM_THREADS}), and one where dividing would change the result by more than
     * rounding: with batch normalisation, whose statistics are then those of the parts, with dropout, and with layers
     * from outside.
     *
     * @param workers at least 1, or 0 to leave it to the model
     */
    public FitOptions workers(int workers) {
        return new FitOptions(epochs, validation, listeners, checkpoints, workers);
    }
}
