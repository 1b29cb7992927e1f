package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mtl4j.internal.check.Check;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Drops a task when its validation loss is good enough, or has not become better for a while.
 *
 * @param patience after how many epochs in a row without improvement; at least 1
 * @param leastImprovement by what part of the best loss a loss must be below it to count as better, in [0, 1)
 * @param goal a loss at or below which the task is done, in the unit of its loss; empty for none
 */
public record ValidationStopping(int patience, double leastImprovement, OptionalDouble goal) implements TaskStopping {
    /** @throws IllegalArgumentException if a number is out of its range */
    public ValidationStopping {
        Check.atLeast(1, patience, "ValidationStopping: patience");
        Check.unitIntervalWithZero(leastImprovement, "ValidationStopping: leastImprovement");
        goal.ifPresent(loss -> Check.finite(loss, "ValidationStopping: goal"));
    }

    /** {@return a rule by which any improvement counts, without a goal} */
    public static ValidationStopping of(int patience) {
        return new ValidationStopping(patience, 0, OptionalDouble.empty());
    }

    /** {@return the same with another least improvement} */
    public ValidationStopping withLeastImprovement(double part) {
        return new ValidationStopping(patience, part, goal);
    }

    /** {@return the same with a goal} */
    public ValidationStopping withGoal(double loss) {
        return new ValidationStopping(patience, leastImprovement, OptionalDouble.of(loss));
    }

    @Override
    public Optional<String> reasonToStop(Task task, List<EpochResult> run) {
        List<Double> losses = run.stream()
                .map(result -> result.validationLoss().get(task.name()))
                .filter(Objects::nonNull)
                .toList();
        if (losses.isEmpty()) {
            return Optional.empty();
        }
        double latest = losses.get(losses.size() - 1);
        if (goal.isPresent() && latest <= goal.getAsDouble()) {
            return Optional.of(text("validation loss %s is at or below its goal %s", latest, goal.getAsDouble()));
        }
        int best = bestOf(losses, leastImprovement);
        int without = losses.size() - 1 - best;
        return without < patience
                ? Optional.empty()
                : Optional.of(text(
                        "validation loss %s, best %s, not better for %d epochs", latest, losses.get(best), without));
    }

    /** What is better than a loss by so large a part of its size; losses can be negative. */
    private static double limit(double best, double leastImprovement) {
        return best * (best < 0 ? 1 + leastImprovement : 1 - leastImprovement);
    }

    /** The place of the latest loss that was better than all before it by enough. */
    static int bestOf(List<Double> losses, double leastImprovement) {
        int best = 0;
        for (int i = 1; i < losses.size(); i++) {
            boolean first = Double.isNaN(losses.get(best)) && !Double.isNaN(losses.get(i));
            if (first || losses.get(i) < limit(losses.get(best), leastImprovement)) {
                best = i;
            }
        }
        return best;
    }

    private static String text(String format, Object... values) {
        Object[] shown = values.clone();
        for (int i = 0; i < shown.length; i++) {
            shown[i] = shown[i] instanceof Double value ? String.format(Locale.ROOT, "%.5g", value) : shown[i];
        }
        return String.format(Locale.ROOT, format, shown);
    }
}
