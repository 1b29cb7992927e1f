package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.task.Task;

/**
 * Holds what a step came to.
 *
 * @param score the objective before the step
 * @param losses per task, mean over the examples that have its label, without its weight
 */
public record StepResult(double score, double[] losses) {

    /** {@return what the graph says of what it has computed last, which anybody may have asked it for} */
    static StepResult of(ComputationGraph graph, List<Task> tasks) {
        return new StepResult(
                graph.score(),
                tasks.stream()
                        .mapToDouble(task -> TaskLoss.of(graph, task.name()).value())
                        .toArray());
    }
}
