package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.impl.ElementWiseVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adds two inputs in one pass in predictions; training is left to the stock vertex's code, which keeps what gradients
 * need.
 */
final class SumVertexImpl extends ElementWiseVertex {
    private static final long serialVersionUID = 1L;

    /** Whether the latest forward pass left nothing for the stock vertex's code. */
    private transient boolean predicted;

    SumVertexImpl(ComputationGraph graph, String name, int index, DataType dataType) {
        super(graph, name, index, Op.Add, dataType);
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray[] terms = getInputs();
        if (training
                || !canDoForward()
                || terms.length != 2
                || dataType != DataType.FLOAT
                || !Elementwise.sameOrder(terms[0], terms[1])) {
            predicted = false;
            return super.doForward(training, workspaces);
        }
        predicted = true;
        INDArray sum = ChannelsLastLayout.createActivationsLike(terms[0], workspaces);
        Elementwise.add(terms[0], terms[1], sum);
        return sum;
    }

    /** Returns gradients after predictions too, for which a graph can be asked. */
    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!predicted) {
            return super.doBackward(truncated, workspaces);
        }
        return new Pair<>(null, new INDArray[] {
            workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon), workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon)
        });
    }
}
