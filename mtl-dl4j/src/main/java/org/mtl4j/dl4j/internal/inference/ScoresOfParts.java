package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;

/**
 * Collects scores on several threads: each part is added to whichever accumulators are free, and all are merged at the
 * end. Scores are exact, so that it does not matter which part comes to which.
 */
final class ScoresOfParts {
    private final List<Task> tasks;
    /** Those that nobody is adding to; guarded by itself. */
    private final Deque<TaskScores> free = new ArrayDeque<>();

    ScoresOfParts(List<Task> tasks) {
        this.tasks = tasks;
    }

    /** Adds a part, for any thread. */
    void add(Consumer<TaskScores> part) {
        TaskScores scores = take();
        part.accept(scores);
        synchronized (free) {
            free.push(scores);
        }
    }

    private TaskScores take() {
        synchronized (free) {
            if (!free.isEmpty()) {
                return free.pop();
            }
        }
        return TaskScores.of(tasks);
    }

    /** {@return the scores of all parts, when none is being added any more} */
    TaskScores merged() {
        TaskScores all = take();
        synchronized (free) {
            free.forEach(all::merge);
        }
        return all;
    }
}
