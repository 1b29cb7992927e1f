package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mtl4j.internal.check.Check;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Drops a task when its validation loss, or a metric of it, is good enough, or has not become better for a while.
 *
 * @param patience after how many epochs in a row without improvement; at least 1
 * @param leastImprovement by what part of the best value a value must be below it to count as better, or above it, in
 *     [0, 1)
 * @param goal a value with which the task is done, or with any better one: a loss, or what the metric is; empty for
 *     none
 * @param metric by which the tasks are judged that it applies to; other tasks are judged by their loss, and have no
 *     goal. Epochs in which it is NaN do not count. Empty for the losses of all tasks
 */
public record ValidationStopping(int patience, double leastImprovement, OptionalDouble goal, Optional<Metric> metric)
        implements TaskStopping {
    /** @throws IllegalArgumentException if a number is out of its range */
    public ValidationStopping {
        Objects.requireNonNull(metric, "metric");
        Check.atLeast(1, patience, "ValidationStopping: patience");
        Check.unitIntervalWithZero(leastImprovement, "ValidationStopping: leastImprovement");
        goal.ifPresent(value -> Check.finite(value, "ValidationStopping: goal"));
    }

    /** {@return a rule by which any improvement of the loss counts, without a goal} */
    public static ValidationStopping of(int patience) {
        return new ValidationStopping(patience, 0, OptionalDouble.empty(), Optional.empty());
    }

    /** {@return the same with another least improvement} */
    public ValidationStopping withLeastImprovement(double part) {
        return new ValidationStopping(patience, part, goal, metric);
    }

    /** {@return the same with a goal} */
    public ValidationStopping withGoal(double value) {
        return new ValidationStopping(patience, leastImprovement, OptionalDouble.of(value), metric);
    }

    /** {@return the same by this metric, for the tasks that it applies to} */
    public ValidationStopping withMetric(Metric metric) {
        return new ValidationStopping(patience, leastImprovement, goal, Optional.of(metric));
    }

    @Override
    public List<Metric> metrics(Task task) {
        return ofTask(task).stream().toList();
    }

    private Optional<Metric> ofTask(Task task) {
        return metric.filter(each -> each.appliesTo(task));
    }

    @Override
    public Optional<String> reasonToStop(Task task, List<EpochResult> run) {
        Optional<Metric> judge = ofTask(task);
        String what = judge.map(Metric::name).orElse("validation loss");
        Improvement improvement = Improvement.of(judge, leastImprovement);
        List<Double> values = judge.map(each -> metrics(task, each, run)).orElseGet(() -> losses(task, run));
        if (values.isEmpty()) {
            return Optional.empty();
        }
        double latest = values.get(values.size() - 1);
        if (goal.isPresent()
                && metric.isPresent() == judge.isPresent()
                && improvement.reaches(latest, goal.getAsDouble())) {
            boolean above = judge.isPresent() && judge.get().higherIsBetter();
            return Optional.of(
                    text("%s %s is at or %s its goal %s", what, latest, above ? "above" : "below", goal.getAsDouble()));
        }
        int best = improvement.bestOf(values);
        int without = values.size() - 1 - best;
        return without < patience
                ? Optional.empty()
                : Optional.of(
                        text("%s %s, best %s, not better for %s epochs", what, latest, values.get(best), without));
    }

    private static List<Double> losses(Task task, List<EpochResult> run) {
        return run.stream()
                .map(result -> result.validationLoss().get(task.name()))
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<Double> metrics(Task task, Metric metric, List<EpochResult> run) {
        return run.stream()
                .flatMap(result -> result.metric(task.name(), metric).stream())
                .map(MetricValue::value)
                .filter(value -> !value.isNaN())
                .toList();
    }

    private static String text(String format, Object... values) {
        Object[] shown = values.clone();
        for (int i = 0; i < shown.length; i++) {
            shown[i] = shown[i] instanceof Double value ? String.format(Locale.ROOT, "%.5g", value) : shown[i];
        }
        return String.format(Locale.ROOT, format, shown);
    }
}
