package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.task.Task;

/**
 * Carries everything of the model that a worker must have.
 *
 * @param parameters of the graph
 * @param updaterState null where workers compute gradients only
 * @param factors per task by what its λ is multiplied
 * @param iteration of the graph
 * @param epoch of the graph
 */
record SharedState(
        ArrayValues parameters, @Nullable ArrayValues updaterState, double[] factors, int iteration, int epoch)
        implements Serializable {
    /** Writes all but the factors into a copy of the model. */
    void moveInto(ComputationGraph graph) {
        parameters.copyTo(graph.params());
        if (updaterState != null) {
            updaterState.copyTo(graph.getUpdater(true).getStateViewArray());
        }
        graph.getConfiguration().setIterationCount(iteration);
        graph.getConfiguration().setEpochCount(epoch);
    }

    /** Weighs the tasks of a copy of the model. */
    void weigh(ComputationGraph graph, List<Task> tasks) {
        for (int t = 0; t < factors.length; t++) {
            TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(factors[t]);
        }
    }
}
