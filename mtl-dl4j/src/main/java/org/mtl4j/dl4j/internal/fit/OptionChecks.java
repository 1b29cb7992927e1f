package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import java.util.Optional;
import org.mtl4j.metric.Metric;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.batches.EpochSeekable;
import org.mtl4j.train.stopping.EarlyStopping;

/** Refuses options that make no sense for a model, before its run begins. */
final class OptionChecks {
    private OptionChecks() {}

    /**
     * @throws IllegalArgumentException if a task is named that there is not, or validation data are missing or cannot
     *     be reset
     */
    static void check(FitOptions options, List<Task> tasks) {
        requireSense(options, tasks);
        requireValidationAnew(options);
    }

    private static void requireSense(FitOptions options, List<Task> tasks) {
        List<String> names = tasks.stream().map(Task::name).toList();
        for (String main : options.mainTasks()) {
            requireTask(main, names, "main task");
        }
        options.earlyStopping()
                .flatMap(EarlyStopping::task)
                .ifPresent(task -> requireTask(task, names, "task to stop by"));
        requireMetricsOfTasks(options, tasks);
        if (options.lossWeighting().isPresent() && options.stepWeighting().isPresent()) {
            throw new IllegalArgumentException(
                    "tasks are weighted once an epoch or in each step: give withLossWeighting"
                            + " or withStepWeighting, not both");
        }
        if (options.stepWeighting().isPresent() && options.gradientBalance().isPresent()) {
            throw new IllegalArgumentException("losses are weighted in each step or their gradients are combined: give"
                    + " withStepWeighting or withGradientBalance, not both");
        }
        if (options.validation().isEmpty() && !options.metrics().isEmpty()) {
            throw new IllegalArgumentException("metrics are measured on validation data, and there is none: add"
                    + " FitOptions.withValidation(data)");
        }
        if (options.validation().isEmpty()
                && (options.taskStopping().isPresent()
                        || options.earlyStopping().isPresent())) {
            throw new IllegalArgumentException("stopping goes by losses on validation data, and there is none: add"
                    + " FitOptions.withValidation(data)");
        }
    }

    private static void requireMetricsOfTasks(FitOptions options, List<Task> tasks) {
        options.metrics().forEach((name, metrics) -> {
            if (!name.isEmpty()) {
                requireTask(name, tasks.stream().map(Task::name).toList(), "task to measure metrics of");
            }
            metrics.forEach(metric -> requireMetric(metric, Optional.of(name).filter(n -> !n.isEmpty()), tasks));
        });
        options.earlyStopping()
                .ifPresent(rule -> rule.metric().ifPresent(metric -> requireMetric(metric, rule.task(), tasks)));
    }

    private static void requireMetric(Metric metric, Optional<String> of, List<Task> tasks) {
        List<Task> those = tasks.stream()
                .filter(task -> of.isEmpty() || of.get().equals(task.name()))
                .toList();
        if (those.stream().noneMatch(metric::appliesTo)) {
            throw new IllegalArgumentException("metric %s applies to none of %s"
                    .formatted(
                            metric.name(),
                            those.stream()
                                    .map(task -> "'%s' (%s)".formatted(task.name(), task.kind()))
                                    .toList()));
        }
    }

    private static void requireValidationAnew(FitOptions options) {
        options.validation().ifPresent(data -> {
            if (!(data instanceof EpochSeekable) && !data.resetSupported()) {
                throw new IllegalArgumentException("validation data are read after each epoch, and %s cannot be reset"
                        .formatted(data.getClass().getName()));
            }
        });
    }

    private static void requireTask(String name, List<String> names, String what) {
        if (!names.contains(name)) {
            throw new IllegalArgumentException(
                    "no task '%s', which is to be the %s; there are %s".formatted(name, what, names));
        }
    }
}
