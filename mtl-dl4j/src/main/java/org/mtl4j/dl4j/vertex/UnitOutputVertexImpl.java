package org.mtl4j.dl4j.vertex;

import java.util.List;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Hands on one output of a {@link SharingUnitVertexImpl}, and has the parameters that only it depends on. */
final class UnitOutputVertexImpl extends UnitVertexImpl {
    private static final long serialVersionUID = 1L;

    private final int output;
    private transient @Nullable INDArray gradientForUnit;

    UnitOutputVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            DataType dataType,
            int output,
            List<UnitParameter> described,
            @Nullable INDArray all,
            UnitTraining training) {
        super(graph, name, index, dataType, described, all, training);
        this.output = output;
    }

    int output() {
        return output;
    }

    boolean reads(SharingUnitVertexImpl unit) {
        return unit() == unit;
    }

    private GraphVertex unit() {
        return graph.getVertices()[getInputVertices()[0].getVertexIndex()];
    }

    /** The gradient of the output, once. */
    INDArray takeGradient() {
        INDArray taken = gradientForUnit;
        gradientForUnit = null;
        if (taken == null) {
            throw new IllegalStateException("Unit vertex '%s': there is no output gradient".formatted(vertexName));
        }
        return taken;
    }

    @Override
    public void clear() {
        super.clear();
        gradientForUnit = null;
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray computed = ((SharingUnitVertexImpl) unit()).takeOutput(output);
        return workspaces.leverageTo(ArrayType.ACTIVATIONS, computed);
    }

    /**
     * Keeps the gradient for the unit, in memory that lives until its turn has come: the same that what is returned
     * here lies in.
     */
    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!canDoBackward()) {
            throw new IllegalStateException("Unit vertex '%s': output gradient not set".formatted(vertexName));
        }
        gradientForUnit = workspaces
                .createUninitialized(
                        ArrayType.ACTIVATION_GRAD,
                        dataType,
                        epsilon.shape(),
                        BatchLastLayout.matches(epsilon) ? 'f' : 'c')
                .assign(epsilon);
        INDArray nothing = workspaces.create(ArrayType.ACTIVATION_GRAD, dataType, new long[] {1, 1}, 'c');
        return new Pair<>(gradient(), new INDArray[] {nothing});
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            INDArray @Nullable [] masks, MaskState state, int minibatchSize) {
        return ((SharingUnitVertexImpl) unit()).mask(output);
    }

    @Override
    public String toString() {
        return "UnitOutputVertex(name=%s, output=%s)".formatted(vertexName, output);
    }
}
