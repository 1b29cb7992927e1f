package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.dl4j.internal.layer.WholeBatch;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Asks a unit for all of its outputs, and for its gradients. What it has as activation, as every vertex has one, is a
 * single number; the outputs wait for the {@link UnitOutputVertexImpl}s, which read it.
 */
final class SharingUnitVertexImpl extends UnitVertexImpl implements WholeBatch {
    private static final long serialVersionUID = 1L;

    /** Of an array whose memory Java can address as a buffer. */
    private static final long MOST_NUMBERS = Integer.MAX_VALUE / Float.BYTES;

    private final SharingUnit unit;
    private final List<Shape> shapes;
    private final List<UnitParameter> allParameters;
    /** A faster way to the same; null if there is none. */
    private final @Nullable UnitComputation computation;
    /** By output; null until asked for. */
    private transient @Nullable List<UnitOutputVertexImpl> outputVertices;

    /** Null until asked for. */
    private transient @Nullable UnitArrays parameterViews;

    private transient List<@Nullable INDArray> outputs = List.of();
    private transient INDArray @Nullable [] masks;
    private transient @Nullable MaskState maskState;
    /** Where the parts of a divided batch meet; null if a batch is whole. */
    private transient Rendezvous.@Nullable Seat seat;

    SharingUnitVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            DataType dataType,
            SharingUnit unit,
            List<Shape> shapes,
            List<UnitParameter> described,
            @Nullable INDArray all,
            UnitTraining training) {
        super(graph, name, index, dataType, described, all, training);
        this.unit = unit;
        this.shapes = shapes;
        this.allParameters = unit.parameters(shapes);
        this.computation = UnitComputation.of(unit);
    }

    @Override
    public void setSeat(Rendezvous.@Nullable Seat seat) {
        this.seat = seat;
        if (computation != null) {
            computation.setSeat(seat, vertexName);
        }
    }

    /** Tells whether the unit is to be asked about a whole batch, of which there is a part here. */
    private boolean gathers() {
        return unit.looksAtBatch() && seat != null && seat.isHere();
    }

    private List<UnitOutputVertexImpl> outputVertices() {
        if (outputVertices == null) {
            UnitOutputVertexImpl[] found = new UnitOutputVertexImpl[shapes.size()];
            for (GraphVertex vertex : graph.getVertices()) {
                if (vertex instanceof UnitOutputVertexImpl output && output.reads(this)) {
                    found[output.output()] = output;
                }
            }
            if (Arrays.asList(found).contains(null)) {
                throw new IllegalStateException("Unit vertex '%s': each output needs a vertex, there are %s"
                        .formatted(vertexName, Arrays.toString(found)));
            }
            outputVertices = List.of(found);
        }
        return outputVertices;
    }

    /**
     * Output s, once: in predictions Deeplearning4j clears a vertex before those that read it have run, so clearing
     * cannot let go of it.
     */
    INDArray takeOutput(int s) {
        return outputs.set(s, null);
    }

    /** The mask of a tower and what to do with it; null if it has none. */
    @Nullable
    Pair<INDArray, MaskState> mask(int s) {
        return masks == null || masks[s] == null ? null : new Pair<>(masks[s], maskState);
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        if (computation != null && canCompute()) {
            computeForward(computation, training, workspaces);
            return workspaces.create(ArrayType.ACTIVATIONS, dataType, new long[] {1, 1}, 'c');
        }
        List<INDArray> made;
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            made = training && gathers()
                    ? GatheredUnit.forward(unit, vertexName, seat, inputArrays(), parameterArrays())
                    : unit.forward(inputArrays(), parameterArrays(), training);
        }
        requireShapes(made);
        List<@Nullable INDArray> kept = new ArrayList<>();
        for (INDArray each : made) {
            kept.add(workspaces
                    .createUninitialized(ArrayType.ACTIVATIONS, dataType, each.shape(), 'c')
                    .assign(each));
        }
        outputs = kept;
        return workspaces.create(ArrayType.ACTIVATIONS, dataType, new long[] {1, 1}, 'c');
    }

    /** Tells whether the faster way is open: on a CPU, in single precision. */
    private boolean canCompute() {
        return dataType == DataType.FLOAT
                && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && Arrays.stream(inputs).allMatch(input -> input.length() <= MOST_NUMBERS);
    }

    private boolean batchLast() {
        return BatchLastLayout.matches(inputs);
    }

    /** The array in the layout of the inputs. */
    private INDArray inLayout(INDArray array, ArrayType use, LayerWorkspaceMgr workspaces) {
        if (batchLast()) {
            return BatchLastLayout.of(array, use, workspaces);
        }
        return HostMemory.isContiguous(array)
                ? array
                : workspaces
                        .createUninitialized(use, dataType, array.shape(), 'c')
                        .assign(array);
    }

    private INDArray[] inputsInLayout(ArrayType use, LayerWorkspaceMgr workspaces) {
        return Arrays.stream(inputs)
                .map(input -> inLayout(input, use, workspaces))
                .toArray(INDArray[]::new);
    }

    private void computeForward(UnitComputation fast, boolean training, LayerWorkspaceMgr workspaces) {
        INDArray[] outs = new INDArray[shapes.size()];
        for (int s = 0; s < outs.length; s++) {
            outs[s] = workspaces.createUninitialized(
                    ArrayType.ACTIVATIONS, dataType, inputs[s].shape(), batchLast() ? 'f' : 'c');
        }
        INDArray[] x = inputsInLayout(ArrayType.ACTIVATIONS, workspaces);
        fast.forward(x, parameterArrays(), training, outs, workspaces);
        outputs = new ArrayList<>(Arrays.asList(outs));
    }

    private Pair<Gradient, INDArray[]> computeBackward(UnitComputation fast, LayerWorkspaceMgr workspaces) {
        INDArray[] epsilons = outputVertices().stream()
                .map(output -> inLayout(output.takeGradient(), ArrayType.BP_WORKING_MEM, workspaces))
                .toArray(INDArray[]::new);
        INDArray[] results = new INDArray[inputs.length];
        for (int t = 0; t < results.length; t++) {
            results[t] = workspaces.createUninitialized(
                    ArrayType.ACTIVATION_GRAD, dataType, inputs[t].shape(), batchLast() ? 'f' : 'c');
        }
        INDArray[] x = inputsInLayout(ArrayType.BP_WORKING_MEM, workspaces);
        UnitArrays found = fast.backward(x, parameterArrays(), epsilons, results, workspaces);
        setGradients(found);
        return new Pair<>(gradient(), results);
    }

    private void setGradients(UnitArrays found) {
        for (UnitParameter parameter : allParameters) {
            ownerOf(parameter).setGradient(parameter, found.get(parameter.name(), parameter.output()));
        }
    }

    private void requireShapes(List<INDArray> made) {
        List<Shape> expected = unit.outputs(shapes);
        for (int s = 0; s < expected.size(); s++) {
            long[] shape = expected.get(s).batch(inputs[0].size(0));
            if (made.size() != expected.size() || !Arrays.equals(made.get(s).shape(), shape)) {
                throw new IllegalStateException(
                        "Unit '%s' (%s): output %d is to be of shape %s, as its outputs(...) says, got %s"
                                .formatted(
                                        vertexName,
                                        unit,
                                        s,
                                        Arrays.toString(shape),
                                        made.stream()
                                                .map(each -> Arrays.toString(each.shape()))
                                                .toList()));
            }
        }
    }

    /** The inputs as a unit is promised them; to be called outside of workspaces. */
    private List<INDArray> inputArrays() {
        List<INDArray> arrays = new ArrayList<>();
        for (INDArray input : inputs) {
            arrays.add(plain(input));
        }
        return arrays;
    }

    private INDArray plain(INDArray array) {
        INDArray typed = array.dataType() == dataType ? array : array.castTo(dataType);
        return HostMemory.isContiguous(typed) ? typed : typed.dup('c');
    }

    /** The parameters: views, which stay the same. */
    private UnitArrays parameterArrays() {
        if (parameterViews != null) {
            return parameterViews;
        }
        UnitArrays arrays = UnitArrays.none();
        for (UnitParameter parameter : allParameters) {
            UnitVertexImpl owner = ownerOf(parameter);
            arrays = arrays.with(parameter.name(), parameter.output(), owner.value(parameter.name()));
        }
        parameterViews = arrays;
        return arrays;
    }

    private UnitVertexImpl ownerOf(UnitParameter parameter) {
        return parameter.output() == UnitParameter.ALL_OUTPUTS
                ? this
                : outputVertices().get(parameter.output());
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (computation != null && canCompute()) {
            return computeBackward(computation, workspaces);
        }
        UnitGradients found;
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            List<INDArray> ofOutputs = new ArrayList<>();
            for (UnitOutputVertexImpl output : outputVertices()) {
                ofOutputs.add(plain(output.takeGradient()));
            }
            found = gathers()
                    ? GatheredUnit.backward(
                            unit, vertexName, seat, inputArrays(), parameterArrays(), ofOutputs, allParameters)
                    : unit.backward(inputArrays(), parameterArrays(), ofOutputs);
        }
        INDArray[] results = new INDArray[inputs.length];
        for (int t = 0; t < results.length; t++) {
            INDArray given = found.inputs().get(t);
            if (!given.equalShapes(inputs[t])) {
                throw new IllegalStateException("Unit '%s' (%s): the gradient of input %d has shape %s, the input %s"
                        .formatted(
                                vertexName,
                                unit,
                                t,
                                Arrays.toString(given.shape()),
                                Arrays.toString(inputs[t].shape())));
            }
            results[t] = workspaces
                    .createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, given.shape(), 'c')
                    .assign(given);
        }
        setGradients(found.parameters());
        return new Pair<>(gradient(), results);
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            INDArray @Nullable [] given, MaskState state, int minibatchSize) {
        masks = given == null ? null : given.clone();
        maskState = state;
        return null; // the outputs have them, each that of its tower
    }

    @Override
    public String toString() {
        return "SharingUnitVertex(name=%s, %s, inputs=%s)".formatted(vertexName, unit, shapes.size());
    }
}
