package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.mtl4j.task.Task;

/**
 * What a network says of one face.
 *
 * @param box of the face, in pixels of the picture
 * @param landmarks in pixels of the picture; empty if the network has no points, or finds none, as where the picture is
 *     no picture of anything
 * @param tasks of the network
 * @param outputs by task, in their order: relative points, probabilities of classes or of labels
 */
public record FaceAnswer(Box box, Optional<Landmarks> landmarks, List<Task> tasks, List<double[]> outputs) {
    /** Copies the lists. */
    public FaceAnswer {
        tasks = ImmutableList.copyOf(tasks);
        outputs = outputs.stream().map(double[]::clone).toList();
    }

    /**
     * {@return the outputs of a task, a copy}
     *
     * @throws IllegalArgumentException if there is no such task
     */
    public double[] of(String task) {
        for (int t = 0; t < tasks.size(); t++) {
            if (tasks.get(t).name().equals(task)) {
                return outputs.get(t).clone();
            }
        }
        throw new IllegalArgumentException("no task '%s'; there are %s"
                .formatted(task, tasks.stream().map(Task::name).toList()));
    }
}
