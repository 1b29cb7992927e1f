package org.mtl4j.dl4j.internal.model;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds parameters and updater state of a graph at one moment.
 *
 * @param parameters a copy
 * @param updaterState a copy, null for updaters without state
 */
public record ParameterSnapshot(
        INDArray parameters, @Nullable INDArray updaterState) {

    /** {@return copies of what the graph has now} */
    public static ParameterSnapshot of(ComputationGraph graph) {
        INDArray state = graph.getUpdater(true).getStateViewArray();
        return new ParameterSnapshot(graph.params().dup(), state == null ? null : state.dup());
    }

    /** Writes them over those of a graph of the same form. */
    public void restoreTo(ComputationGraph graph) {
        graph.params().assign(parameters);
        if (updaterState != null) {
            graph.getUpdater(true).getStateViewArray().assign(updaterState);
        }
    }
}
