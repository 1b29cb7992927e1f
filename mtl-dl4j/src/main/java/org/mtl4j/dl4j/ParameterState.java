package org.mtl4j.dl4j;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Parameters and updater state of a graph at one moment.
 *
 * @param parameters a copy
 * @param updaterState a copy, null for updaters without state
 */
record ParameterState(INDArray parameters, INDArray updaterState) {

    static ParameterState of(ComputationGraph graph) {
        INDArray state = graph.getUpdater(true).getStateViewArray();
        return new ParameterState(graph.params().dup(), state == null ? null : state.dup());
    }

    void restoreTo(ComputationGraph graph) {
        graph.params().assign(parameters);
        if (updaterState != null) {
            graph.getUpdater(true).getStateViewArray().assign(updaterState);
        }
    }
}
