package org.mtl4j.serving;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;

/**
 * Says what a predictor reads and what it answers.
 *
 * @param inputs in the order in which arrays without names are taken, at least one
 * @param tasks in the order of the outputs, at least one
 * @param needsMasks whether the model was trained on sequences of which some steps were masked, so that it has to be
 *     told which steps are there
 */
public record Signature(List<Input> inputs, List<Task> tasks, boolean needsMasks) {

    /**
     * What one input reads.
     *
     * @param name unique among the inputs
     * @param shape of one example
     */
    public record Input(String name, Shape shape) {
        public Input {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(shape, "shape");
        }

        /** {@return how many steps a sequence has, whose mask is as long; 0 if the input is no sequence} */
        public int steps() {
            return shape.match(
                    image -> 0, vector -> 0, sequence -> (int) sequence.positions(), categories -> 0, tokens ->
                            (int) tokens.positions());
        }

        /** {@return how many numbers an example has} */
        public int elements() {
            return Math.toIntExact(shape.elements());
        }
    }

    /**
     * Checks that there are inputs and tasks, each with a name of its own.
     *
     * @throws IllegalArgumentException if there are not
     */
    public Signature {
        inputs = ImmutableList.copyOf(inputs);
        tasks = ImmutableList.copyOf(tasks);
        requireNames("input", inputs.stream().map(Input::name).toList());
        requireNames("task", tasks.stream().map(Task::name).toList());
    }

    private static void requireNames(String what, List<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("Signature: there must be at least one %s".formatted(what));
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException("Signature: two are called %s '%s'".formatted(what, name));
            }
        }
    }

    /** {@return what a network of this description reads and answers} */
    public static Signature of(MultiTaskNetwork network, boolean needsMasks) {
        return new Signature(
                network.inputs().stream()
                        .map(input -> new Input(input.name(), input.shape()))
                        .toList(),
                network.tasks(),
                needsMasks);
    }

    /** {@return the names of the inputs, in their order} */
    public List<String> inputNames() {
        return inputs.stream().map(Input::name).toList();
    }

    /** {@return the names of the tasks, in their order} */
    public List<String> taskNames() {
        return tasks.stream().map(Task::name).toList();
    }

    /**
     * {@return where a task stands among the tasks}
     *
     * @throws IllegalArgumentException if there is no such task
     */
    public int indexOf(String task) {
        for (int t = 0; t < tasks.size(); t++) {
            if (tasks.get(t).name().equals(task)) {
                return t;
            }
        }
        throw new IllegalArgumentException("no task '%s'; there are %s".formatted(task, taskNames()));
    }
}
