package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.check.Check;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Ends a run whose validation loss has not become better for a while. However the run ends, by this or by its last
 * epoch, the model is left with the parameters and the updater state of its best epoch.
 *
 * @param task whose loss counts; empty for the sum of all, each times its λ
 * @param patience after how many epochs in a row without improvement; at least 1
 * @param leastImprovement by what part of the best loss a loss must be below it to count as better, in [0, 1)
 */
public record EarlyStopping(Optional<String> task, int patience, double leastImprovement) {
    /** @throws IllegalArgumentException if a number is out of its range */
    public EarlyStopping {
        Objects.requireNonNull(task, "task");
        Check.atLeast(1, patience, "EarlyStopping: patience");
        Check.unitIntervalWithZero(leastImprovement, "EarlyStopping: leastImprovement");
    }

    /** Judges by the validation loss of one task, the main one. */
    public static EarlyStopping on(String task, int patience) {
        return new EarlyStopping(Optional.of(task), patience, 0);
    }

    /** Judges by the sum of all validation losses, each times its λ; tasks that have been dropped still count. */
    public static EarlyStopping onTotal(int patience) {
        return new EarlyStopping(Optional.empty(), patience, 0);
    }

    /** {@return the same with another least improvement} */
    public EarlyStopping withLeastImprovement(double part) {
        return new EarlyStopping(task, patience, part);
    }

    /**
     * {@return the place of the best epoch in a run, 0 for its first}
     *
     * @param run at least one epoch, with validation losses
     * @throws IllegalArgumentException if an epoch lacks the loss that counts
     */
    public int bestOf(List<EpochResult> run, List<Task> tasks) {
        return ValidationStopping.bestOf(
                run.stream().map(result -> loss(result, tasks)).toList(), leastImprovement);
    }

    /** {@return why the run is to be ended now; empty to go on} */
    public Optional<String> reasonToStop(List<EpochResult> run, List<Task> tasks) {
        int best = bestOf(run, tasks);
        int without = run.size() - 1 - best;
        return without < patience
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "validation loss of %s %.5g, best %.5g, not better for %d epochs",
                        task.orElse("all tasks"),
                        loss(run.get(run.size() - 1), tasks),
                        loss(run.get(best), tasks),
                        without));
    }

    private double loss(EpochResult result, List<Task> tasks) {
        if (task.isPresent()) {
            Double loss = result.validationLoss().get(task.get());
            if (loss == null) {
                throw new IllegalArgumentException(
                        "EarlyStopping: there is no validation loss of task '%s'; there is %s"
                                .formatted(task.get(), result.validationLoss()));
            }
            return loss;
        }
        if (result.validationLoss().isEmpty()) {
            throw new IllegalArgumentException("EarlyStopping: there is no validation loss of any task");
        }
        return tasks.stream()
                .mapToDouble(each -> each.weight() * result.validationLoss().getOrDefault(each.name(), 0.0))
                .sum();
    }
}
