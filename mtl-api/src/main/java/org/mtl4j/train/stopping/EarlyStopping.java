package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.sum.ExactSum;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * Ends a run whose validation loss, or a metric of the validation data, has not become better for a while. However the
 * run ends, by this or by its last epoch, the model is left with the parameters and the updater state of its best
 * epoch: the first of several that are equally good.
 *
 * <pre>{@code
 * EarlyStopping.on("income", 10)                          // by its loss
 * EarlyStopping.on(StandardMetric.ROC_AUC, "income", 10)  // by a metric: more of it is better, as the metric says
 * EarlyStopping.bestBy(StandardMetric.R2, "price")        // never ends, and keeps the best
 * }</pre>
 *
 * <p>The metric is measured after each epoch, whether {@code FitOptions.withMetrics} names it or not. An epoch in which
 * it is NaN is worse than all others. A run ends with an exception after its first epoch if the metric is NaN then, as
 * it cannot be judged by it: the validation data have but one class and so no area under a curve, or labels that are
 * all equal and so no R².
 *
 * @param task whose loss or metric counts; empty for all of them: the sum of the losses, each times its λ, or the mean
 *     of the metric over the tasks that it applies to
 * @param patience after how many epochs in a row without improvement; at least 1
 * @param leastImprovement by what part of the best value a value must be below it to count as better, or above it, in
 *     [0, 1)
 * @param metric what counts; empty for the validation loss
 */
public record EarlyStopping(Optional<String> task, int patience, double leastImprovement, Optional<Metric> metric) {
    /** @throws IllegalArgumentException if a number is out of its range */
    public EarlyStopping {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(metric, "metric");
        Check.atLeast(1, patience, "EarlyStopping: patience");
        Check.unitIntervalWithZero(leastImprovement, "EarlyStopping: leastImprovement");
    }

    /** Judges by the validation loss of one task, the main one. */
    public static EarlyStopping on(String task, int patience) {
        return new EarlyStopping(Optional.of(task), patience, 0, Optional.empty());
    }

    /** Judges by the sum of all validation losses, each times its λ; tasks that have been dropped still count. */
    public static EarlyStopping onTotal(int patience) {
        return new EarlyStopping(Optional.empty(), patience, 0, Optional.empty());
    }

    /** Judges by a metric of one task. */
    public static EarlyStopping on(Metric metric, String task, int patience) {
        return new EarlyStopping(Optional.of(task), patience, 0, Optional.of(metric));
    }

    /** Judges by the mean of a metric over the tasks that it applies to; tasks that have been dropped still count. */
    public static EarlyStopping onMean(Metric metric, int patience) {
        return new EarlyStopping(Optional.empty(), patience, 0, Optional.of(metric));
    }

    /** Ends no run, and leaves the model at the epoch that was best by a metric of one task. */
    public static EarlyStopping bestBy(Metric metric, String task) {
        return on(metric, task, Integer.MAX_VALUE);
    }

    /** {@return the same with another least improvement} */
    public EarlyStopping withLeastImprovement(double part) {
        return new EarlyStopping(task, patience, part, metric);
    }

    /** {@return the metrics of a task that this rule goes by; none if it goes by losses} */
    public List<Metric> metrics(Task task) {
        boolean counts = this.task.isPresent() ? this.task.get().equals(task.name()) : appliesTo(task);
        return counts ? metric.stream().toList() : List.of();
    }

    private boolean appliesTo(Task task) {
        return metric.isPresent() && metric.get().appliesTo(task);
    }

    /**
     * {@return the place of the best epoch in a run, 0 for its first}
     *
     * @param run at least one epoch, with validation losses, or with the metric that counts
     * @throws IllegalArgumentException if an epoch lacks the loss or the metric that counts, or the metric is NaN in
     *     all epochs
     */
    public int bestOf(List<EpochResult> run, List<Task> tasks) {
        List<Double> values = run.stream().map(result -> value(result, tasks)).toList();
        if (metric.isPresent() && values.stream().allMatch(value -> value.isNaN())) {
            throw new IllegalArgumentException(
                    ("EarlyStopping: %s of %s has no value on the validation data, so no epoch"
                                    + " is better than another; does each class occur there, and do labels differ?")
                            .formatted(metric.get().name(), subject("all tasks")));
        }
        return Improvement.of(metric, leastImprovement).bestOf(values);
    }

    private String subject(String all) {
        return task.map(name -> "task '" + name + "'").orElse(all);
    }

    /** {@return why the run is to be ended now; empty to go on} */
    public Optional<String> reasonToStop(List<EpochResult> run, List<Task> tasks) {
        int best = bestOf(run, tasks);
        int without = run.size() - 1 - best;
        return without < patience
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%s of %s %.5g, best %.5g, not better for %d epochs",
                        metric.map(Metric::name).orElse("validation loss"),
                        task.orElse("all tasks"),
                        value(run.get(run.size() - 1), tasks),
                        value(run.get(best), tasks),
                        without));
    }

    private double value(EpochResult result, List<Task> tasks) {
        return metric.isPresent() ? measured(result, metric.get(), tasks) : loss(result, tasks);
    }

    private double measured(EpochResult result, Metric metric, List<Task> tasks) {
        if (task.isPresent()) {
            return measured(result, metric, task.get());
        }
        double[] values = tasks.stream()
                .filter(metric::appliesTo)
                .mapToDouble(each -> measured(result, metric, each.name()))
                .toArray();
        return ExactSum.of(values) / values.length;
    }

    private static double measured(EpochResult result, Metric metric, String task) {
        return result.metric(task, metric)
                .map(MetricValue::value)
                .orElseThrow(() ->
                        new IllegalArgumentException("EarlyStopping: %s of task '%s' was not measured; there is %s"
                                .formatted(metric.name(), task, result.validationMetrics())));
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
