package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Multiplies all steps by 1 or 0, and adds them up. */
final class LastStepLayerImpl extends AbstractLayer<LastStepLayer> {
    private static final long serialVersionUID = 1L;

    LastStepLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {
        // there is no noise
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArray(
            @Nullable INDArray mask, MaskState state, int minibatchSize) {
        setMaskArray(mask);
        maskState = state;
        return null; // a vector has no steps
    }

    /** {@return 1 at the last step of each example, {@code [batch, 1, steps]}} */
    private INDArray last() {
        int batch = (int) input.size(0);
        int steps = (int) input.size(2);
        double[] there = maskArray == null ? null : MatrixValues.of(maskArray);
        double[] last = new double[batch * steps];
        for (int n = 0; n < batch; n++) {
            int step = steps - 1;
            while (there != null && step > 0 && there[n * steps + step] == 0) {
                step--;
            }
            last[n * steps + step] = 1;
        }
        return Nd4j.create(last, new long[] {batch, 1, steps}, dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray out = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, dataType, new long[] {input.size(0), input.size(1)}, 'c');
        return out.assign(input.castTo(dataType).mul(last()).sum(2));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray result = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        INDArray each = epsilon.castTo(dataType).dup('c').reshape('c', input.size(0), input.size(1), 1);
        result.assign(each.mul(last()));
        return new Pair<>(new DefaultGradient(), result);
    }
}
