package org.mtl4j.metric;

import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Accumulates metrics of several tasks, each task's by those that {@linkplain Metric#appliesTo apply} to it. Several of
 * them, from other threads or processes, can be merged. Not thread-safe.
 */
public final class MetricScores implements Serializable {
    private static final long serialVersionUID = 1L;

    private final LinkedHashMap<String, OfTask> byTask = new LinkedHashMap<>();

    private MetricScores(List<Task> tasks, Function<? super Task, ? extends List<? extends Metric>> metrics) {
        tasks.forEach(task -> byTask.put(task.name(), new OfTask(task, metrics.apply(task))));
    }

    /**
     * {@return empty accumulators}
     *
     * @throws IllegalArgumentException if a metric applies to none of the tasks, or two have one name
     */
    public static MetricScores of(List<Task> tasks, List<? extends Metric> metrics) {
        MetricScores scores = new MetricScores(
                tasks, task -> metrics.stream().filter(m -> m.appliesTo(task)).toList());
        for (Metric metric : metrics) {
            if (tasks.stream().noneMatch(metric::appliesTo)) {
                throw new IllegalArgumentException(
                        "metric %s applies to none of the tasks %s".formatted(metric.name(), scores.byTask.keySet()));
            }
        }
        return scores;
    }

    /**
     * {@return empty accumulators}
     *
     * @param metrics those of each task, which all apply to it; a task may have none
     * @throws IllegalArgumentException if a metric does not apply to its task, or two of a task have one name
     */
    public static MetricScores of(List<Task> tasks, Function<? super Task, ? extends List<? extends Metric>> metrics) {
        return new MetricScores(tasks, metrics);
    }

    /**
     * Adds a batch of one task.
     *
     * @param task its name
     * @param labels {@code [examples, outputs]}
     * @param prediction {@code [examples, outputs]}
     * @param mask {@code [examples, 1]}, or {@code [examples, outputs]} where the kind of the task allows it, 0 where
     *     labels are missing and left out; null for none
     * @param weights {@code [examples, 1]}, finite and at least 0; null for 1 each
     * @return this
     * @throws IllegalArgumentException if there is no such task, shapes or counts do not fit, or a label or weight is
     *     out of its range
     */
    public MetricScores add(
            String task, INDArray labels, INDArray prediction, @Nullable INDArray mask, @Nullable INDArray weights) {
        OfTask metrics = ofTask(task);
        if (!metrics.isEmpty()) {
            metrics.add(ScoredBatch.of(metrics.outputs, metrics.maskPerOutput, labels, prediction, mask, weights));
        }
        return this;
    }

    /** {@return whether a task has metrics, so that it is of use to add batches of it} */
    public boolean hasMetrics(String task) {
        return !ofTask(task).isEmpty();
    }

    /** {@return the metrics of a task, in their order} */
    public List<Metric> metrics(String task) {
        return List.copyOf(ofTask(task).metrics.keySet());
    }

    private OfTask ofTask(String task) {
        OfTask metrics = byTask.get(task);
        if (metrics == null) {
            throw new IllegalArgumentException("no task '%s'; there are %s".formatted(task, byTask.keySet()));
        }
        return metrics;
    }

    /**
     * Adds what another one has accumulated.
     *
     * @return this
     * @throws IllegalArgumentException if it is of other tasks or metrics
     */
    public MetricScores merge(MetricScores other) {
        if (!byTask.keySet().equals(other.byTask.keySet())) {
            throw new IllegalArgumentException(
                    "cannot merge metrics of the tasks %s with %s".formatted(byTask.keySet(), other.byTask.keySet()));
        }
        other.byTask.forEach((task, metrics) -> ofTask(task).merge(task, metrics));
        return this;
    }

    /** {@return the metrics so far by task and name, both in the order in which they were given} */
    public Map<String, Map<String, MetricValue>> result() {
        ImmutableMap.Builder<String, Map<String, MetricValue>> results = ImmutableMap.builder();
        byTask.forEach((task, metrics) -> results.put(task, metrics.result()));
        return results.buildOrThrow();
    }

    /** The metrics of one task; what is standard is taken from one score, which is accumulated once. */
    private static final class OfTask implements Serializable {
        private static final long serialVersionUID = 1L;

        private final int outputs;
        private final boolean maskPerOutput;
        private final ScoreAccumulator score;
        private boolean standard;
        private final LinkedHashMap<Metric, @Nullable MetricAccumulator> metrics = new LinkedHashMap<>();

        OfTask(Task task, List<? extends Metric> all) {
            outputs = task.outputs();
            maskPerOutput = task.kind() != TaskKind.MULTI_CLASS;
            score = TaskScores.accumulator(task);
            LinkedHashMap<String, Metric> names = new LinkedHashMap<>();
            for (Metric metric : all) {
                if (!metric.appliesTo(task)) {
                    throw new IllegalArgumentException("metric %s does not apply to task '%s', which is %s"
                            .formatted(metric.name(), task.name(), task.kind()));
                }
                Metric other = names.putIfAbsent(metric.name(), metric);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "two metrics are called %s: %s and %s".formatted(metric.name(), other, metric));
                }
                boolean ofScore = metric instanceof StandardMetric;
                standard |= ofScore;
                metrics.put(metric, ofScore ? null : metric.accumulator(task));
            }
        }

        boolean isEmpty() {
            return metrics.isEmpty();
        }

        void add(ScoredBatch batch) {
            if (standard) {
                score.add(batch);
            }
            for (MetricAccumulator own : metrics.values()) {
                if (own != null) {
                    own.add(batch);
                }
            }
        }

        void merge(String task, OfTask other) {
            if (!metrics.keySet().equals(other.metrics.keySet())) {
                throw new IllegalArgumentException("task '%s': cannot merge metrics %s with %s"
                        .formatted(task, metrics.keySet(), other.metrics.keySet()));
            }
            TaskScores.merge(task, score, other.score);
            metrics.forEach((metric, own) -> {
                MetricAccumulator theirs = other.metrics.get(metric);
                if (own != null && theirs != null) {
                    own.merge(theirs);
                }
            });
        }

        Map<String, MetricValue> result() {
            TaskScore score = this.score.result();
            ImmutableMap.Builder<String, MetricValue> values = ImmutableMap.builder();
            metrics.forEach((metric, own) -> values.put(metric.name(), value(metric, own, score)));
            return values.buildOrThrow();
        }

        private static MetricValue value(Metric metric, @Nullable MetricAccumulator own, TaskScore score) {
            if (own != null) {
                return new MetricValue(own.value(), own.baseline());
            }
            StandardMetric standard = (StandardMetric) metric;
            return new MetricValue(standard.of(score), standard.baselineOf(score));
        }
    }
}
