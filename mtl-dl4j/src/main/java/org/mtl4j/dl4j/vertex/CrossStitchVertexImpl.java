package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.stitch.CrossStitchKernel;
import org.mtl4j.dl4j.internal.layer.FusedBackward;
import org.mtl4j.sharing.Granularity;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes one output of a cross-stitch unit and its gradients. Channels that come last are treated as vectors, one for
 * each position.
 */
final class CrossStitchVertexImpl extends OneParameterVertexImpl {
    private static final long serialVersionUID = 1L;

    /** Deeplearning4j's name for the memory of all activations of a training step. */
    private static final String ACTIVATIONS_OF_A_STEP = "WS_ALL_LAYERS_ACT";

    private final int output;
    private final boolean channelsLast;
    private final Granularity granularity;
    /** Null until asked for. */
    private transient @Nullable StitchPartners partners;
    /** This vertex's output, if another vertex of the unit has computed it already. */
    private transient @Nullable INDArray mixedAhead;

    /** The inputs that it was computed from. */
    private transient INDArray @Nullable [] mixedFrom;
    /** The gradient that another vertex has used in this one's place, or null. */
    private transient @Nullable INDArray unmixedFor;
    /** Whether another vertex has returned the input gradients of this one. */
    private transient boolean gradientsReturned;

    CrossStitchVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            int output,
            boolean channelsLast,
            INDArray alpha,
            Granularity granularity,
            VertexTraining training,
            DataType dataType) {
        super(graph, name, index, CrossStitchVertex.ALPHA, alpha, training, dataType);
        this.output = output;
        this.channelsLast = channelsLast;
        this.granularity = granularity;
    }

    @Override
    public void clear() {
        super.clear();
        mixedAhead = null;
        mixedFrom = null;
        unmixedFor = null;
        gradientsReturned = false;
    }

    @Override
    public INDArray doForward(boolean isTraining, LayerWorkspaceMgr workspaces) {
        requireAllInputs();
        for (int t = 0; t < inputs.length; t++) { // layers give the network's type, but its data may be of another
            inputs[t] = ofNetworksType(inputs[t], ArrayType.ACTIVATIONS, workspaces);
        }
        if (onHost()) {
            return mixOnHost(isTraining, workspaces);
        }
        INDArray first = inputs[0];
        INDArray out = HostArray.create(workspaces, ArrayType.ACTIVATIONS, first.dataType(), first.shape(), 'c');
        INDArray[] x = channelsSecond(inputs, workspaces, ArrayType.FF_WORKING_MEM);
        INDArray y = channelsSecond(out);
        if (y.dataType() == parameter.dataType() && HostMemory.isContiguous(x)) {
            CrossStitchKernel.forward(x, new float[][][] {coefficients(x[0])}, new INDArray[] {y});
        } else {
            anyBackend(workspaces).forward(x, y);
        }
        return out;
    }

    private INDArray ofNetworksType(INDArray array, ArrayType memory, LayerWorkspaceMgr workspaces) {
        return array.dataType() == dataType
                ? array
                : workspaces
                        .createUninitialized(memory, dataType, array.shape(), 'c')
                        .assign(array);
    }

    /** Computes the output, and those of all vertices of the unit where activations live to the end of the step. */
    private INDArray mixOnHost(boolean isTraining, LayerWorkspaceMgr workspaces) {
        INDArray ready = mixedAhead;
        mixedAhead = null;
        if (ready != null && sameObjects(mixedFrom, inputs)) {
            return ready;
        }
        boolean together =
                isTraining && activationsStay(workspaces) && partners().first() == this && inputsShared();
        List<CrossStitchVertexImpl> all = together ? partners().inOrder() : List.of(this);
        INDArray[] outs = new INDArray[all.size()];
        for (int s = 0; s < outs.length; s++) {
            outs[s] = HostArray.create(workspaces, ArrayType.ACTIVATIONS, dataType, inputs[0].shape(), order());
        }
        CrossStitchKernel.forward(inputs, coefficients(all), outs);
        for (int s = 1; s < outs.length; s++) {
            all.get(s).mixedAhead = outs[s];
            all.get(s).mixedFrom = inputs.clone();
        }
        return outs[0];
    }

    /**
     * Tells whether activations live to the end of the step: in training, but not in predictions, which reuse memory.
     */
    private static boolean activationsStay(LayerWorkspaceMgr workspaces) {
        return workspaces.isScopedOut(ArrayType.ACTIVATIONS)
                || ACTIVATIONS_OF_A_STEP.equals(workspaces.getWorkspaceName(ArrayType.ACTIVATIONS));
    }

    private OperationStitch anyBackend(LayerWorkspaceMgr workspaces) {
        return new OperationStitch(parameter, granularity, inputs.length, workspaces);
    }

    private StitchPartners partners() {
        if (partners == null) {
            partners = new StitchPartners(this, graph);
        }
        return partners;
    }

    private boolean inputsShared() {
        return partners().inOrder().stream().allMatch(partner -> sameObjects(partner.inputs, inputs));
    }

    private static boolean sameObjects(INDArray[] a, INDArray[] b) {
        for (int i = 0; i < b.length; i++) {
            if (a == null || a[i] != b[i]) {
                return false;
            }
        }
        return true;
    }

    private float[][][] coefficients(List<CrossStitchVertexImpl> vertices) {
        return vertices.stream().map(vertex -> vertex.coefficients(inputs[0])).toArray(float[][][]::new);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!canDoBackward()) {
            throw new IllegalStateException(
                    "Cross-stitch vertex '%s': inputs or output gradient not set".formatted(vertexName));
        }
        epsilon = ofNetworksType(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        if (onHost()) {
            return new Pair<>(alphaGradient(), unmixOnHost(workspaces));
        }
        INDArray[] inputGradients = new INDArray[inputs.length];
        INDArray[] results = new INDArray[inputs.length];
        for (int t = 0; t < inputs.length; t++) {
            inputGradients[t] =
                    HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, epsilon.dataType(), epsilon.shape(), 'c');
            results[t] = channelsSecond(inputGradients[t]);
        }
        INDArray eps = channelsSecond(OperationStitch.contiguous(epsilon, workspaces, ArrayType.BP_WORKING_MEM));
        INDArray[] x = channelsSecond(inputs, workspaces, ArrayType.BP_WORKING_MEM);
        if (eps.dataType() == parameter.dataType() && HostMemory.isContiguous(eps) && HostMemory.isContiguous(x)) {
            float[][][] row = {coefficients(x[0])};
            GradientSink[] targets =
                    Arrays.stream(results).map(CrossStitchKernel::into).toArray(GradientSink[]::new);
            setAlphaGradient(CrossStitchKernel.backward(x, row, new INDArray[] {eps}, targets)[0]);
        } else {
            anyBackend(workspaces).backward(x, eps, results, gradientView);
        }
        return new Pair<>(alphaGradient(), inputGradients);
    }

    /** Computes the gradients, and those of all vertices of the unit where all their output gradients are known. */
    private INDArray[] unmixOnHost(LayerWorkspaceMgr workspaces) {
        if (unmixedFor == epsilon) { // which is not null
            unmixedFor = null;
            gradientsReturned = true;
            return new INDArray[0];
        }
        boolean together = partners().last() == this
                && partners().gradientsTogether()
                && inputsShared()
                && partners().inOrder().stream().allMatch(partner -> partner.epsilon != null);
        List<CrossStitchVertexImpl> all = together ? partners().inOrder() : List.of(this);
        INDArray[] epsilons = all.stream()
                .map(vertex -> inLayoutOfInputs(vertex.epsilon, workspaces))
                .toArray(INDArray[]::new);
        INDArray[] inputGradients = new INDArray[inputs.length];
        GradientSink[] targets = new GradientSink[inputs.length];
        for (int t = 0; t < inputs.length; t++) {
            FusedBackward layer = together && order() == 'f' ? partners().fusedLayer(t) : null;
            if (layer != null && layer.canFuseBackward()) {
                // Deeplearning4j wants an array; one of a single number, so that whoever took it for the gradient would
                // fail
                inputGradients[t] =
                        HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, dataType, new long[] {1}, 'c');
                targets[t] = layer.fuseBackward(CrossStitchKernel.parts(epsilons[0]), workspaces);
            } else {
                inputGradients[t] =
                        HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, dataType, epsilon.shape(), order());
                targets[t] = CrossStitchKernel.into(inputGradients[t]);
            }
        }
        double[][][] ofAlpha = CrossStitchKernel.backward(inputs, coefficients(all), epsilons, targets);
        for (int s = 0; s < ofAlpha.length; s++) {
            all.get(s).setAlphaGradient(ofAlpha[s]);
            all.get(s).unmixedFor = all.get(s) == this ? null : all.get(s).epsilon;
        }
        return inputGradients;
    }

    /**
     * Returns null where another vertex of the unit has returned the gradients: Deeplearning4j asks when it is about to
     * add up what the vertices returned, and adding zeros would be one more pass over memory.
     */
    @Override
    public VertexIndices @Nullable [] getInputVertices() {
        boolean nothing = gradientsReturned;
        gradientsReturned = false;
        return nothing ? null : super.getInputVertices();
    }

    private INDArray inLayoutOfInputs(INDArray gradient, LayerWorkspaceMgr workspaces) {
        if (order() == 'f') {
            return BatchLastLayout.of(gradient, ArrayType.BP_WORKING_MEM, workspaces);
        }
        return HostMemory.isContiguous(gradient) ? gradient : workspaces.dup(ArrayType.BP_WORKING_MEM, gradient, 'c');
    }

    private Gradient alphaGradient() {
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(CrossStitchVertex.ALPHA, gradientView);
        return gradient;
    }

    private boolean onHost() {
        return !channelsLast && (BatchLastLayout.matches(inputs) || HostMemory.isContiguous(inputs));
    }

    /** Returns the order of the inputs: f if they are batch-last, c otherwise. */
    private char order() {
        return BatchLastLayout.matches(inputs) ? 'f' : 'c';
    }

    /**
     * Stores the gradient, given by input and channel, at once: each call of ND4J takes longer than writing the
     * numbers.
     */
    private void setAlphaGradient(double[][] perChannel) {
        float[] row = new float[(int) gradientView.length()];
        for (int t = 0; t < perChannel.length; t++) {
            if (granularity == Granularity.PER_LAYER) {
                row[t] = (float) Arrays.stream(perChannel[t]).sum();
            } else {
                for (int c = 0; c < perChannel[t].length; c++) {
                    row[t * perChannel[t].length + c] = (float) perChannel[t][c];
                }
            }
        }
        HostMemory.floats(gradientView).put(row);
    }

    /** Returns the arrays, or views with a vector of channels for each position if channels come last. */
    private INDArray[] channelsSecond(INDArray[] arrays, LayerWorkspaceMgr workspaces, ArrayType scratch) {
        if (!channelsLast) {
            return arrays;
        }
        return Arrays.stream(arrays)
                .map(array -> channelsSecond(OperationStitch.contiguous(array, workspaces, scratch)))
                .toArray(INDArray[]::new);
    }

    /** Returns a contiguous array, or such a view of it. */
    private INDArray channelsSecond(INDArray array) {
        if (!channelsLast) {
            return array;
        }
        long channels = array.size(-1);
        return array.reshape('c', array.length() / channels, channels);
    }

    /** Returns α by input and channel. */
    private float[][] coefficients(INDArray x) {
        int channels = (int) x.size(1);
        float[][] byChannel = new float[inputs.length][channels];
        float[] row = new float[(int) parameter.length()];
        HostMemory.floats(parameter).get(row);
        for (int t = 0; t < inputs.length; t++) {
            for (int c = 0; c < channels; c++) {
                byChannel[t][c] = granularity == Granularity.PER_LAYER ? row[t] : row[t * channels + c];
            }
        }
        return byChannel;
    }

    private void requireAllInputs() {
        if (!canDoForward()) {
            throw new IllegalStateException("Cross-stitch vertex '%s': inputs not set".formatted(vertexName));
        }
        for (int t = 1; t < inputs.length; t++) {
            if (!inputs[t].equalShapes(inputs[0])) {
                throw new IllegalStateException("Cross-stitch vertex '%s': input %d has shape %s, input 0 has %s"
                        .formatted(
                                vertexName, t, Arrays.toString(inputs[t].shape()), Arrays.toString(inputs[0].shape())));
            }
        }
        long channels = inputs[0].size(channelsLast ? -1 : 1);
        if (granularity == Granularity.PER_CHANNEL && channels * inputs.length != parameter.length()) {
            throw new IllegalStateException("Cross-stitch vertex '%s': alpha is for %d channels, the inputs have %d"
                    .formatted(vertexName, parameter.length() / inputs.length, channels));
        }
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            INDArray[] masks, MaskState state, int minibatchSize) {
        // the mask of the tower that the output goes to; the other towers' steps are mixed into its own
        INDArray own = masks == null || masks.length == 0 ? null : masks[output];
        return own == null ? null : new Pair<>(own, state);
    }

    @Override
    public String toString() {
        return "CrossStitchVertex(name=%s, %s, inputs=%s)".formatted(vertexName, granularity, inputs.length);
    }
}
