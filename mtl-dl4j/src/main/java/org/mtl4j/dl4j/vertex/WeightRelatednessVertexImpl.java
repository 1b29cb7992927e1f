package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.impl.LayerVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Passes activations on, and computes the term's gradient when everything behind it has computed its own. */
final class WeightRelatednessVertexImpl extends LayerVertex {
    private static final long serialVersionUID = 1L;

    private final WeightRelatednessLayerImpl term;

    WeightRelatednessVertexImpl(
            ComputationGraph graph, String name, int index, WeightRelatednessLayerImpl term, DataType dataType) {
        super(graph, name, index, term, null, false, dataType);
        this.term = term;
    }

    /** Layers next to the input need not compute a gradient for it, so none may arrive here. */
    @Override
    public boolean canDoBackward() {
        return true;
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        Gradient gradient = term.addGradients();
        boolean inputIsData = graph.getVertices()[getInputVertices()[0].getVertexIndex()].isInputVertex();
        INDArray handedOn = epsilon == null || inputIsData ? null : workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon);
        return new Pair<>(gradient, new INDArray[] {handedOn});
    }

    @Override
    public void setLayerAsFrozen() {
        throw new IllegalArgumentException(
                "Vertex '%s' ties the weights of other layers and cannot be frozen itself".formatted(getVertexName()));
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
