package org.mtl4j.data;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/**
 * What a model says of one row: by task, its outputs by their names. Of one class of several they are the probabilities
 * of the classes, of labels of yes and no each one's probability of yes, of real numbers the numbers.
 */
public final class RowPrediction {
    private final ImmutableMap<String, TaskKind> kinds;
    private final ImmutableMap<String, ImmutableMap<String, Double>> outputs;

    private RowPrediction(Map<String, TaskKind> kinds, Map<String, ImmutableMap<String, Double>> outputs) {
        this.kinds = ImmutableMap.copyOf(kinds);
        this.outputs = ImmutableMap.copyOf(outputs);
    }

    /** One task: its outputs have these names. */
    record Answer(Task task, List<String> names, double[] outputs) {}

    static RowPrediction of(List<Answer> answers) {
        Map<String, TaskKind> kinds = new LinkedHashMap<>();
        Map<String, ImmutableMap<String, Double>> outputs = new LinkedHashMap<>();
        for (Answer answer : answers) {
            ImmutableMap.Builder<String, Double> byName = ImmutableMap.builder();
            for (int i = 0; i < answer.outputs.length; i++) {
                byName.put(answer.names.get(i), answer.outputs[i]);
            }
            kinds.put(answer.task.name(), answer.task.kind());
            outputs.put(answer.task.name(), byName.buildOrThrow());
        }
        return new RowPrediction(kinds, outputs);
    }

    /** {@return the names of the tasks, in the order of the network's} */
    public Set<String> tasks() {
        return outputs.keySet();
    }

    /**
     * {@return the outputs of a task by their names, in their order}
     *
     * @throws IllegalArgumentException if there is no such task
     */
    public Map<String, Double> outputs(String task) {
        ImmutableMap<String, Double> found = outputs.get(task);
        if (found == null) {
            throw new IllegalArgumentException("no task '%s'; there are %s".formatted(task, outputs.keySet()));
        }
        return found;
    }

    /**
     * {@return the most likely class of a task, the first of equal ones}
     *
     * @throws IllegalArgumentException if there is no such task, or it is not one class of several
     */
    public String classOf(String task) {
        require(task, kinds.get(task) == TaskKind.MULTI_CLASS, "one class of several");
        return outputs(task).entrySet().stream()
                .reduce((best, other) -> other.getValue() > best.getValue() ? other : best)
                .orElseThrow()
                .getKey();
    }

    /**
     * {@return the probability of a class, or of yes for a label}
     *
     * @param name of the class or label
     * @throws IllegalArgumentException if there is no such task or name, or the task is one of real numbers
     */
    public double probability(String task, String name) {
        require(task, kinds.get(task) != TaskKind.REGRESSION, "of classes or labels");
        Double probability = outputs(task).get(name);
        if (probability == null) {
            throw new IllegalArgumentException("task '%s': there is no '%s'; there are %s"
                    .formatted(task, name, outputs(task).keySet()));
        }
        return probability;
    }

    /**
     * {@return the number of a task of one real number}
     *
     * @throws IllegalArgumentException if there is no such task, or it is another one
     */
    public double number(String task) {
        require(task, kinds.get(task) == TaskKind.REGRESSION && outputs(task).size() == 1, "one real number");
        return outputs(task).values().iterator().next();
    }

    private void require(String task, boolean fits, String what) {
        outputs(task); // there is one
        if (!fits) {
            throw new IllegalArgumentException("task '%s' is not %s but %s with the outputs %s"
                    .formatted(task, what, kinds.get(task), outputs(task).keySet()));
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RowPrediction that && outputs.equals(that.outputs) && kinds.equals(that.kinds);
    }

    @Override
    public int hashCode() {
        return outputs.hashCode();
    }

    /** Shows the outputs by task, such as {@code {income={<=50K=0.9, >50K=0.1}}}. */
    @Override
    public String toString() {
        return outputs.toString();
    }
}
