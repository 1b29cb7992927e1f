package mtl.train;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * What a call of {@code fit} does besides reading the training data.
 *
 * @param epochs passes over the data, at least 1
 * @param validation data whose loss is measured after each epoch, if any
 * @param listeners told of progress
 */
public record FitOptions(int epochs, Optional<MultiDataSetIterator> validation, List<ProgressListener> listeners) {

    /** @throws IllegalArgumentException if {@code epochs} is below 1 */
    public FitOptions {
        listeners = ImmutableList.copyOf(listeners);
        if (epochs < 1) {
            throw new IllegalArgumentException("FitOptions: epochs must be at least 1, got " + epochs);
        }
    }

    /** This many passes, nothing else. */
    public static FitOptions epochs(int epochs) {
        return new FitOptions(epochs, Optional.empty(), List.of());
    }

    /** The same with losses on this data after each epoch. */
    public FitOptions validatedOn(MultiDataSetIterator validation) {
        return new FitOptions(epochs, Optional.of(validation), listeners);
    }

    /** The same with one more listener. */
    public FitOptions reportingTo(ProgressListener listener) {
        List<ProgressListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return new FitOptions(epochs, validation, all);
    }
}
