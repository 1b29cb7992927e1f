package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.task.Task;

/**
 * The end of a tower: its last layer is split into one branch per task. Each branch is an output layer of the task's
 * width, after layers of its own if it has any.
 *
 * <pre>{@code
 * SplitHead.of(landmarks, gender, smile)                              // one output layer per task
 * SplitHead.of(landmarks).with(pose, new NamedLayer("pose-fc", Dense.of(32)))  // a hidden layer for one of them
 * }</pre>
 *
 * @param branches one per task, at least one
 */
public record SplitHead(List<Branch> branches) {

    /**
     * One task and the layers before its output layer.
     *
     * @param task what is predicted
     * @param layers hidden layers of this branch alone; may be empty
     */
    public record Branch(Task task, List<NamedLayer> layers) {
        /** @throws IllegalArgumentException if two layers have the same name */
        public Branch {
            Objects.requireNonNull(task, "task");
            layers = ImmutableList.copyOf(layers);
            Set<String> names = new HashSet<>();
            for (NamedLayer layer : layers) {
                if (!names.add(layer.name())) {
                    throw new IllegalArgumentException("SplitHead, branch of task '%s': two layers are called '%s'"
                            .formatted(task.name(), layer.name()));
                }
            }
        }
    }

    /** @throws IllegalArgumentException if there is no branch, or two of one task name */
    public SplitHead {
        branches = ImmutableList.copyOf(branches);
        if (branches.isEmpty()) {
            throw new IllegalArgumentException("SplitHead: a head has at least one task");
        }
        Set<String> names = new HashSet<>();
        for (Branch branch : branches) {
            if (!names.add(branch.task().name())) {
                throw new IllegalArgumentException("SplitHead: two tasks are called '%s'"
                        .formatted(branch.task().name()));
            }
        }
    }

    /**
     * {@return a head with these tasks, each on an output layer alone}
     *
     * @throws IllegalArgumentException if there is none, or two have the same name
     */
    public static SplitHead of(Task... tasks) {
        return new SplitHead(
                List.of(tasks).stream().map(task -> new Branch(task, List.of())).collect(Collectors.toList()));
    }

    /**
     * {@return a head with one task, whose branch has these hidden layers}
     *
     * @throws IllegalArgumentException if two layers have the same name
     */
    public static SplitHead of(Task task, NamedLayer first, NamedLayer... more) {
        return new SplitHead(List.of(new Branch(
                task, ImmutableList.<NamedLayer>builder().add(first).add(more).build())));
    }

    /**
     * {@return this head with one more task, whose branch has these hidden layers}
     *
     * @throws IllegalArgumentException if the head has a task of that name, or two layers have the same name
     */
    public SplitHead with(Task task, NamedLayer... layers) {
        List<Branch> all = new ArrayList<>(branches);
        all.add(new Branch(task, List.of(layers)));
        return new SplitHead(all);
    }

    /** {@return the tasks, in the order of the branches} */
    public List<Task> tasks() {
        return branches.stream().map(Branch::task).collect(ImmutableList.toImmutableList());
    }
}
