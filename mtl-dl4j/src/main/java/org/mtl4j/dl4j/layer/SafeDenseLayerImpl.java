package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes what the stock layer does: by {@link DensePass} with ReLU or without an activation, in the memory of a CPU
 * in single precision, by {@link HalfPrecisionProducts} in half precision, and else by the stock code, with bias and
 * mask applied by {@link SafeBroadcast}.
 */
final class SafeDenseLayerImpl extends DenseLayer {
    private static final long serialVersionUID = 1L;

    private final transient SafeBias bias = new SafeBias();
    private final transient DensePass pass = new DensePass();

    SafeDenseLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean hasBias() {
        return !bias.isSuppressed() && super.hasBias();
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        if (dataType == DataType.HALF && !hasLayerNorm()) {
            assertInputSet(forBackprop);
            applyDropOutIfNecessary(training, workspaces);
            INDArray weights = getParamWithNoise(DefaultParamInitializer.WEIGHT_KEY, training, workspaces);
            if (HalfPrecisionProducts.fit(input, weights)) {
                INDArray added =
                        hasBias() ? getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces) : null;
                INDArray z = HalfPrecisionProducts.outputs(input, weights, added, workspaces);
                if (maskArray != null) {
                    applyMask(z);
                }
                return new Pair<>(z, z);
            }
        }
        return bias.preOutput(
                super.hasBias(),
                () -> super.preOutputWithPreNorm(training, forBackprop, workspaces),
                () -> getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces),
                maskArray == null ? null : this::applyMask);
    }

    @Override
    protected void applyMask(INDArray rows) {
        if (!bias.isSuppressed()) {
            SafeBroadcast.multiplyColumn(rows, maskArray);
        }
    }

    @Override
    public void clear() {
        super.clear();
        pass.clear();
    }

    private boolean isRelu() {
        return PlainActivation.isRelu(layerConf().getActivationFn());
    }

    /** Tells whether the layer can be computed without the stock code, given that the input is such. */
    private boolean isPlain() {
        return dataType == DataType.FLOAT
                && maskArray == null
                && layerConf().getWeightNoise() == null
                && !hasLayerNorm()
                && (isRelu() || PlainActivation.isIdentity(layerConf().getActivationFn()));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        pass.clear();
        if (isPlain()) {
            assertInputSet(false);
            applyDropOutIfNecessary(training, workspaces);
            if (DensePass.supports(input, params)) {
                return pass.forward(input, params, isRelu(), training, workspaces);
            }
        }
        return super.activate(training, workspaces);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        if (!pass.isOf(input) || epsilon.dataType() != dataType || !isPlain()) {
            return super.backpropGradient(epsilon, workspaces);
        }
        INDArray delta = isRelu() ? pass.throughRelu(epsilon, workspaces) : epsilon;
        pass.clear();
        Pair<Gradient, INDArray> gradients = DensePass.backward(input, delta, params, gradientViews, workspaces);
        backpropDropOutIfPresent(gradients.getSecond());
        return gradients;
    }
}
