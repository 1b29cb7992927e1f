package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.DropoutLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.DropoutKernel;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.internal.random.Seeds;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Drops by the step and the place in the batch, and computes in the backward pass anew what was dropped. */
final class FastDropoutLayerImpl extends DropoutLayer implements StepDraws {
    private static final long serialVersionUID = 1L;

    private transient boolean inStep;
    private transient long step;
    private transient long firstExample;
    /** What the latest forward pass dropped; null if the stock layer's code did. */
    private transient @Nullable DropoutKernel dropped;

    FastDropoutLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public void beginStep(long step, long firstExample) {
        this.inStep = true;
        this.step = step;
        this.firstExample = firstExample;
    }

    @Override
    public void endStep() {
        inStep = false;
    }

    /** Hands the mask on, and has none: the stock layer takes that of the steps of a sequence for one of examples. */
    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArray(
            @Nullable INDArray mask, MaskState state, int minibatchSize) {
        return mask == null ? null : new Pair<>(mask, state);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        dropped = null;
        if (!training
                || !inStep
                || !(layerConf().getIDropout() instanceof Dropout rule)
                || rule.getPSchedule() != null) {
            return super.activate(training, workspaces);
        }
        long key = Seeds.mixed(
                Seeds.mixed(conf().getSeed(), step), layerConf().getLayerName().hashCode());
        DropoutKernel kernel = new DropoutKernel(key, firstExample, rule.getP());
        INDArray out = workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
        kernel.apply(input, out);
        dropped = kernel;
        return out;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (dropped == null) {
            return super.backpropGradient(epsilon, workspaces);
        }
        INDArray result =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, epsilon.dataType(), epsilon.shape(), 'c');
        boolean narrow = epsilon.dataType() == DataType.FLOAT && !HostMemory.isContiguous(epsilon);
        dropped.apply(narrow ? workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c') : epsilon, result);
        dropped = null;
        return new Pair<>(new DefaultGradient(), result);
    }
}
