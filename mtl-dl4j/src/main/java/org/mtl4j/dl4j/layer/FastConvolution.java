package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.GradientByPosition;
import org.mtl4j.dl4j.internal.cpu.TakesGradientByPosition;
import org.mtl4j.dl4j.layer.ConvolutionPass.Operands;
import org.mtl4j.dl4j.layer.ConvolutionPass.ParameterGradients;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Convolution, with the pooling behind it if it has any, in whichever of several ways is the fastest for what it is given; what none
 * of them does is left to the stock layer.
 */
final class FastConvolution extends ConvolutionLayer implements TakesGradientByPosition {
    private static final long serialVersionUID = 1L;

    private final transient ConvolutionPass operations;
    private final transient ConvolutionPass batchLast = new BatchLastPass();
    /** Both null if there is no pooling. */
    private final transient PooledPass pooled;

    private final transient FastPooling pooling;
    /** The way of the latest forward pass; null if there was none, or the stock layer's. */
    private transient ConvolutionPass latest;
    /** Whether that pass has kept what the backward pass needs. */
    private transient boolean kept;

    FastConvolution(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
        int[] window = settings().getPooling();
        operations = new OperationPass(window == null);
        pooled = window == null ? null : new PooledPass(layerConf().getStride(), window);
        pooling = window == null ? null : FastPooling.over(window, conf, dataType);
    }

    private FastConvolutionLayer settings() {
        return (FastConvolutionLayer) layerConf();
    }

    private ConvolutionSettings says() {
        return new ConvolutionSettings(settings(), convolutionMode, dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray convolved = convolved(training, workspaces);
        if (!poolsApart()) {
            return convolved;
        }
        pooling.setInput(convolved, workspaces);
        return pooling.activate(training, workspaces);
    }

    private boolean poolsApart() {
        return pooling != null && latest != pooled;
    }

    private INDArray convolved(boolean training, LayerWorkspaceMgr workspaces) {
        latest = null;
        ConvolutionSettings says = says();
        if (says.leftToStock()) {
            return super.activate(training, workspaces);
        }
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaces);
        validateInputRank();
        Operands of = operands(training, workspaces);
        validateInputDepth(of.weights().size(1));
        return forward(says, of, training, workspaces);
    }

    private INDArray forward(ConvolutionSettings says, Operands of, boolean training, LayerWorkspaceMgr workspaces) {
        latest = pass(says, of, training);
        kept = training;
        return latest.forward(says, of, training, workspaces);
    }

    private ConvolutionPass pass(ConvolutionSettings says, Operands of, boolean training) {
        if (pooled != null && pooled.does(says, of.x(), of.weights())) {
            return pooled;
        }
        return training && says.stride1() && says.takesBatchLast(of.x(), of.weights()) ? batchLast : operations;
    }

    /** The input, and parameters with noise if they have any. */
    private Operands operands(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray weights = getParamWithNoise(ConvolutionParamInitializer.WEIGHT_KEY, training, workspaces);
        INDArray bias =
                hasBias() ? getParamWithNoise(ConvolutionParamInitializer.BIAS_KEY, training, workspaces) : null;
        return new Operands(input, weights, bias == null ? null : bias.reshape(bias.length()));
    }

    private ParameterGradients gradients() {
        return new ParameterGradients(
                gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY),
                hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        ConvolutionSettings says = says();
        if (says.leftToStock()) {
            return super.backpropGradient(throughPooling(epsilon, workspaces), workspaces);
        }
        assertInputSet(true);
        Operands of = operands(true, workspaces);
        if (latest == null || !kept) { // of a frozen layer predictions are asked, and gradients all the same
            forward(says, of, true, workspaces);
        }
        ParameterGradients into = gradients();
        INDArray ofInput = latest.backward(says, of, throughPooling(epsilon, workspaces), into, workspaces);
        weightNoiseParams.clear();
        return new Pair<>(gradient(into), ofInput == null ? null : backpropDropOutIfPresent(ofInput));
    }

    private INDArray throughPooling(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        return poolsApart() ? pooling.backpropGradient(epsilon, workspaces).getSecond() : epsilon;
    }

    private static Gradient gradient(ParameterGradients of) {
        Gradient gradient = new DefaultGradient();
        if (of.bias() != null) {
            gradient.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, of.bias());
        }
        gradient.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, of.weights(), 'c');
        return gradient;
    }

    /** As a pooling layer behind this one does. */
    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int batch) {
        Pair<INDArray, MaskState> own = super.feedForwardMaskArray(mask, state, batch);
        return pooling == null || own.getFirst() == null
                ? own
                : pooling.feedForwardMaskArray(own.getFirst(), own.getSecond(), batch);
    }

    @Override
    public boolean takesGradientByPosition() {
        return latest != null && latest == pooled && pooled.takesGradientByPosition();
    }

    @Override
    public GradientByPosition gradientByPosition(int parts, LayerWorkspaceMgr workspaces) {
        return pooled.gradientByPosition(parts, gradients(), workspaces);
    }

    @Override
    public void clear() {
        super.clear();
        latest = null;
        operations.clear();
        batchLast.clear();
        if (pooling != null) {
            pooled.clear();
            pooling.clear();
        }
    }
}
