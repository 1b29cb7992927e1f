package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.ExampleBlocks;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Concatenates activations along dimension 1, and hands each input its part of the gradient. */
final class JoinVertexImpl extends BaseGraphVertex {
    private static final long serialVersionUID = 1L;

    /** By input which steps are there; null for an input that has all, and where no input has a mask. */
    private transient @Nullable INDArray @Nullable [] masks;

    JoinVertexImpl(ComputationGraph graph, String name, int index, DataType dataType) {
        super(graph, name, index, null, null, dataType);
    }

    @Override
    public boolean hasLayer() {
        return false;
    }

    @Override
    public @Nullable Layer getLayer() {
        return null;
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        if (!canDoForward()) {
            throw new IllegalStateException("vertex '%s': not all inputs are set".formatted(vertexName));
        }
        long[] shape = inputs[0].shape().clone();
        shape[1] = Arrays.stream(inputs).mapToLong(input -> input.size(1)).sum();
        INDArray joined = HostArray.create(workspaces, ArrayType.ACTIVATIONS, dataType, shape, 'c');
        if (masks == null && HostMemory.isContiguous(joined) && HostMemory.isContiguous(inputs)) {
            ExampleBlocks.join(inputs, joined);
            return joined;
        }
        INDArray[] parts = new INDArray[inputs.length];
        for (int i = 0; i < parts.length; i++) {
            INDArray part = inputs[i];
            if (part.dataType() != dataType) { // layers give the network's type, but its data may be of another
                part = workspaces
                        .createUninitialized(ArrayType.FF_WORKING_MEM, dataType, part.shape(), 'c')
                        .assign(part);
            }
            INDArray mask = mask(i);
            parts[i] = mask == null
                    ? part
                    : part.mul(
                            mask, HostArray.create(workspaces, ArrayType.FF_WORKING_MEM, dataType, part.shape(), 'c'));
        }
        Nd4j.exec(DynamicCustomOp.builder("concat")
                .addInputs(parts)
                .addOutputs(joined)
                .addIntegerArguments(1)
                .build());
        return joined;
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!canDoBackward()) {
            throw new IllegalStateException("vertex '%s': no gradient is set".formatted(vertexName));
        }
        INDArray[] gradients = new INDArray[inputs.length];
        long from = 0;
        for (int i = 0; i < gradients.length; i++) {
            long to = from + inputs[i].size(1);
            INDArray gradient =
                    HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, dataType, inputs[i].shape(), 'c');
            if (HostMemory.isContiguous(epsilon) && HostMemory.isContiguous(gradient)) {
                ExampleBlocks.cut(epsilon, from, gradient);
            } else {
                INDArray part = epsilon.get(channels(epsilon.rank(), from, to));
                gradient.assign(part);
            }
            INDArray mask = mask(i);
            if (mask != null) {
                gradient.muli(mask);
            }
            gradients[i] = gradient;
            from = to;
        }
        return new Pair<>(null, gradients);
    }

    private static INDArrayIndex[] channels(int rank, long from, long to) {
        INDArrayIndex[] where = new INDArrayIndex[rank];
        Arrays.fill(where, NDArrayIndex.all());
        where[1] = NDArrayIndex.interval(from, to);
        return where;
    }

    /** The mask of one input as {@code [batch, 1, steps]}, of the network's type; null if all steps are there. */
    private @Nullable INDArray mask(int input) {
        if (masks == null || graph.getInputMaskArrays() == null || inputs[input].rank() != 3) {
            return null; // those that were set may be of an earlier batch
        }
        INDArray mask = masks[input];
        return mask == null ? null : mask.castTo(dataType).reshape('c', mask.size(0), 1, mask.size(1));
    }

    @Override
    public void setBackpropGradientsViewArray(@Nullable INDArray view) {
        if (view != null) {
            throw new IllegalArgumentException("vertex '%s' has no parameters".formatted(vertexName));
        }
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            @Nullable INDArray @Nullable [] given, MaskState state, int minibatchSize) {
        masks = given == null ? null : given.clone();
        if (given == null || given.length == 0 || Arrays.stream(given).anyMatch(mask -> mask == null)) {
            return null; // an input that has all steps has some where others have none
        }
        INDArray any = given[0].castTo(dataType);
        for (int i = 1; i < given.length; i++) {
            INDArray sum = any.add(given[i].castTo(dataType));
            any = sum.gt(0).castTo(dataType);
        }
        return new Pair<>(any, state);
    }

    @Override
    public String toString() {
        return "JoinVertex(name=%s, inputs=%s)".formatted(vertexName, getNumInputArrays());
    }
}
