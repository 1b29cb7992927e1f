package mtl.train;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * The epochs that a model has been trained for, over all calls of {@code fit}, saved with the model.
 *
 * @param epochs in order; empty for a fresh model
 */
public record TrainingHistory(List<EpochResult> epochs) {
    /** Copies the list. */
    public TrainingHistory {
        epochs = ImmutableList.copyOf(epochs);
    }

    /**
     * The latest epoch.
     *
     * @throws IllegalStateException if there is none
     */
    public EpochResult last() {
        if (epochs.isEmpty()) {
            throw new IllegalStateException("the model has not been trained yet, so there is no last epoch");
        }
        return epochs.get(epochs.size() - 1);
    }
}
