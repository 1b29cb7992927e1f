package org.mtl4j.metric;

import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Accumulates the scores of several tasks, each by its kind: {@link RegressionScore}, {@link ClassificationScore} or
 * {@link MultiLabelScore}. Several of them, from other threads or processes, can be merged; see the package
 * description. Not thread-safe.
 */
public final class TaskScores implements Serializable {
    private static final long serialVersionUID = 1L;

    private final LinkedHashMap<String, ScoreAccumulator> byTask = new LinkedHashMap<>();
    /** Null before it is needed. */
    private transient ScoredBatch.@Nullable Memory memory;

    private TaskScores(List<Task> tasks) {
        for (Task task : tasks) {
            byTask.put(task.name(), accumulator(task));
        }
    }

    static ScoreAccumulator accumulator(Task task) {
        List<String> names =
                IntStream.range(0, task.outputs()).mapToObj(task::className).toList();
        return switch (task.kind()) {
            case REGRESSION -> RegressionScore.accumulator(task.outputs());
            case MULTI_CLASS -> ClassificationScore.accumulator(names);
            case MULTI_LABEL -> MultiLabelScore.accumulator(names);
        };
    }

    /** {@return empty accumulators for these tasks} */
    public static TaskScores of(List<Task> tasks) {
        return new TaskScores(tasks);
    }

    /**
     * Adds a batch of one task.
     *
     * @param task its name
     * @param labels {@code [examples, outputs]}
     * @param prediction {@code [examples, outputs]}
     * @param mask {@code [examples, 1]}, or {@code [examples, outputs]} where the kind of the task allows it, 0 where
     *     labels are missing and left out; null for none
     * @return this
     * @throws IllegalArgumentException if there is no such task, shapes or counts do not fit, or a label is out of its
     *     range; the message names the task. Nothing has been added then
     */
    public TaskScores add(String task, INDArray labels, INDArray prediction, @Nullable INDArray mask) {
        return add(task, labels, prediction, mask, null);
    }

    /**
     * Adds a batch of one task whose examples have weights.
     *
     * @param weights {@code [examples, 1]}, finite and at least 0; null for 1 each
     * @return this
     * @throws IllegalArgumentException as without weights, and if a weight is out of its range
     */
    public TaskScores add(
            String task, INDArray labels, INDArray prediction, @Nullable INDArray mask, @Nullable INDArray weights) {
        ScoreAccumulator scores = accumulator(task);
        try {
            scores.add(labels, prediction, mask, weights);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("task '%s', %s".formatted(task, e.getMessage()), e);
        }
        return this;
    }

    /**
     * Adds a batch of one task that has been read before, as on another thread.
     *
     * @param task its name
     * @return this
     * @throws IllegalArgumentException if there is no such task, or a label is out of its range; the message names the
     *     task. Nothing has been added then
     */
    public TaskScores add(String task, ScoredBatch batch) {
        ScoreAccumulator scores = accumulator(task);
        try {
            scores.add(batch);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("task '%s', %s".formatted(task, e.getMessage()), e);
        }
        return this;
    }

    /**
     * Adds a part of a batch of one task, some rows at a time, so that they stay in the cache.
     *
     * @param labels {@code [examples, outputs]}
     * @param prediction {@code [examples, outputs]}
     * @param mask as of a batch; null for none
     * @param weights {@code [examples, 1]}, finite and at least 0; null for 1 each
     * @param first the number of the first of the rows in the batch, from which messages count
     * @return this
     * @throws IllegalArgumentException as for a batch; rows before the one that the message names have been added then
     */
    public TaskScores addPart(
            String task,
            INDArray labels,
            INDArray prediction,
            @Nullable INDArray mask,
            @Nullable INDArray weights,
            int first) {
        ScoreAccumulator scores = accumulator(task);
        try {
            ScoredBatch.forEachRows(
                    outputs(scores),
                    !(scores instanceof ClassificationScore.Accumulator),
                    labels,
                    prediction,
                    mask,
                    weights,
                    first,
                    memory(),
                    scores::add);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("task '%s', %s".formatted(task, e.getMessage()), e);
        }
        return this;
    }

    private ScoredBatch.Memory memory() {
        ScoredBatch.Memory present = memory;
        if (present == null) {
            present = new ScoredBatch.Memory();
            memory = present;
        }
        return present;
    }

    private static int outputs(ScoreAccumulator scores) {
        if (scores instanceof RegressionScore.Accumulator numbers) {
            return numbers.outputs();
        }
        return scores instanceof ClassificationScore.Accumulator classes
                ? classes.outputs()
                : ((MultiLabelScore.Accumulator) scores).outputs();
    }

    private ScoreAccumulator accumulator(String task) {
        ScoreAccumulator scores = byTask.get(task);
        if (scores == null) {
            throw new IllegalArgumentException("no task '%s'; there are %s".formatted(task, byTask.keySet()));
        }
        return scores;
    }

    /**
     * Adds what another one has accumulated.
     *
     * @return this
     * @throws IllegalArgumentException if it is of other tasks
     */
    public TaskScores merge(TaskScores other) {
        if (!byTask.keySet().equals(other.byTask.keySet())) {
            throw new IllegalArgumentException(
                    "cannot merge scores of the tasks %s with %s".formatted(byTask.keySet(), other.byTask.keySet()));
        }
        other.byTask.forEach((task, scores) -> merge(task, accumulator(task), scores));
        return this;
    }

    static void merge(String task, ScoreAccumulator into, ScoreAccumulator from) {
        if (into instanceof RegressionScore.Accumulator a && from instanceof RegressionScore.Accumulator b) {
            a.merge(b);
        } else if (into instanceof ClassificationScore.Accumulator a
                && from instanceof ClassificationScore.Accumulator b) {
            a.merge(b);
        } else if (into instanceof MultiLabelScore.Accumulator a && from instanceof MultiLabelScore.Accumulator b) {
            a.merge(b);
        } else {
            throw new IllegalArgumentException("cannot merge task '%s' with one of another kind".formatted(task));
        }
    }

    /** {@return the scores so far, by task, in the order of the tasks} More may be added afterwards. */
    public Map<String, TaskScore> result() {
        ImmutableMap.Builder<String, TaskScore> results = ImmutableMap.builder();
        byTask.forEach((task, scores) -> results.put(task, scores.result()));
        return results.buildOrThrow();
    }
}
