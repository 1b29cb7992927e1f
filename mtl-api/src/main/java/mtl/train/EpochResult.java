package mtl.train;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * What one epoch came to.
 *
 * @param epoch 0 for the first
 * @param iterations steps taken since the beginning of training, this epoch's included
 * @param learningRate the updater's rate in this epoch's last step; NaN for updaters without one
 * @param score mean over the epoch's steps of the whole objective: weighted task losses, relatedness, penalties
 * @param trainingLoss per task the mean of its loss over the epoch's examples, without its weight λ, as it was before
 *     each step
 * @param relatedness L_w, its strength included, before the epoch's last step; 0 without a regularizer
 * @param validationLoss per task its loss on the validation data after the epoch; empty without such data
 */
public record EpochResult(
        int epoch,
        long iterations,
        double learningRate,
        double score,
        Map<String, Double> trainingLoss,
        double relatedness,
        Map<String, Double> validationLoss) {
    /** Copies the maps. */
    public EpochResult {
        trainingLoss = ImmutableMap.copyOf(trainingLoss);
        validationLoss = ImmutableMap.copyOf(validationLoss);
    }
}
