package org.mtl4j.balance;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Weights that follow schedules.
 *
 * @param byTask per task by what its λ is multiplied, by epoch of the run, 0 for its first (the iteration that the
 *     schedule is asked for is always 0); tasks that are not named keep their λ
 */
public record ScheduledWeights(Map<String, ISchedule> byTask) implements LossWeighting {
    /** Copies the map. */
    public ScheduledWeights {
        byTask = ImmutableMap.copyOf(byTask);
    }

    @Override
    public double[] factors(List<Task> tasks, List<EpochResult> run) {
        for (String name : byTask.keySet()) {
            if (tasks.stream().noneMatch(task -> task.name().equals(name))) {
                throw new IllegalArgumentException("ScheduledWeights: no task '%s'; there are %s"
                        .formatted(name, tasks.stream().map(Task::name).toList()));
            }
        }
        return tasks.stream()
                .mapToDouble(task -> byTask.containsKey(task.name())
                        ? byTask.get(task.name()).valueAt(0, run.size())
                        : 1)
                .toArray();
    }
}
