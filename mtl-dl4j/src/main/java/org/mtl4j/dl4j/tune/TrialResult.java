package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.nd4j.shade.jackson.annotation.JsonIgnore;

/**
 * Tells what one choice of hyperparameters came to.
 *
 * @param trial its number, 0 for the first
 * @param hyperparameters the choice
 * @param scores what it scored, by epochs it had been trained for; lower is better, or as the metric says that was
 *     searched by
 * @param failure why it could not be trained further, such as a loss that is not finite; empty if it could
 */
public record TrialResult(int trial, Hyperparameters hyperparameters, Map<Integer, Double> scores, String failure) {
    /** Copies the map. */
    public TrialResult {
        scores = ImmutableMap.copyOf(scores);
    }

    /** {@return for how many epochs it was trained; 0 if it failed before its first score} */
    @JsonIgnore
    public int epochs() {
        return scores.keySet().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** {@return its latest score; empty if there is none} */
    @JsonIgnore
    public Optional<Double> score() {
        return Optional.ofNullable(scores.get(epochs()));
    }

    /** {@return whether it failed} */
    @JsonIgnore
    public boolean failed() {
        return !failure.isEmpty();
    }
}
