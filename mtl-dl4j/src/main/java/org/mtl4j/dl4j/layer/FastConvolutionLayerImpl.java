package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ConvolutionUtils;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.convolution.BatchLastConvolution;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.Operands;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionSpec;
import org.mtl4j.dl4j.internal.cpu.convolution.OperationConvolution;
import org.mtl4j.dl4j.internal.cpu.convolution.PooledConvolution;
import org.mtl4j.dl4j.internal.cpu.convolution.WinogradPooledConvolution;
import org.mtl4j.dl4j.internal.layer.FusedBackward;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a convolution, and the pooling behind it if it has any, by the algorithm that is fastest for what it is
 * given; what none of them supports is left to the stock layer's code.
 */
final class FastConvolutionLayerImpl extends ConvolutionLayer implements FusedBackward {
    private static final long serialVersionUID = 1L;

    private final transient ConvolutionAlgorithm operations;
    private final transient ConvolutionAlgorithm batchLast = new BatchLastConvolution();
    /** Convolution of few inputs and pooling fused; null, like the next two, if there is no pooling. */
    private final transient @Nullable PooledConvolution fused;

    /** Convolution of many inputs and pooling fused. */
    private final transient @Nullable WinogradPooledConvolution pooledBatchLast;

    /** The pooling, where it is not fused. */
    private final transient @Nullable FastPoolingLayerImpl pooling;
    /** Algorithm of the latest forward pass; null if there was none, or by the stock layer's code. */
    private transient @Nullable ConvolutionAlgorithm latest;
    /** The biases of the latest pass, and a view of them. */
    private transient @Nullable INDArray latestBias;

    private transient @Nullable INDArray flatBias;
    /** Whether that pass has kept what the backward pass needs. */
    private transient boolean kept;

    FastConvolutionLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
        int[] window = settings().getPooling();
        operations = new OperationConvolution(window == null);
        fused = window == null ? null : new PooledConvolution(layerConf().getStride(), window);
        pooledBatchLast = window == null ? null : new WinogradPooledConvolution(window);
        pooling = window == null ? null : FastPoolingLayerImpl.behindConvolution(window, conf, dataType);
    }

    private FastConvolutionLayer settings() {
        return (FastConvolutionLayer) layerConf();
    }

    /** Describes the convolution of the present input. */
    private ConvolutionSpec spec() {
        FastConvolutionLayer layer = settings();
        boolean same = convolutionMode == ConvolutionMode.Same;
        int[] outputSize = ConvolutionUtils.getOutputSize(
                input,
                layer.getKernelSize(),
                layer.getStride(),
                same ? null : layer.getPadding(),
                convolutionMode,
                layer.getDilation(),
                CNN2DFormat.NCHW);
        boolean padded =
                same && !SamePadding.isNone(input, layer.getKernelSize(), layer.getStride(), layer.getDilation());
        int[] padding = same
                ? SamePadding.before(input, layer.getKernelSize(), layer.getStride(), layer.getDilation())
                : layer.getPadding();
        return new ConvolutionSpec(
                dataType,
                layer.getActivationFn(),
                layer.getStride(),
                padding,
                padded,
                outputSize,
                layer.isInputGradient(),
                layer.getWeightNoise() != null,
                layer.layouts());
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray convolved = convolve(training, workspaces);
        if (!poolsSeparately()) {
            return convolved;
        }
        pooling.setInput(convolved, workspaces);
        return pooling.activate(training, workspaces);
    }

    private boolean poolsSeparately() {
        return pooling != null && latest != fused && latest != pooledBatchLast;
    }

    private INDArray convolve(boolean training, LayerWorkspaceMgr workspaces) {
        latest = null;
        if (settings().isLeftToStock()) {
            return super.activate(training, workspaces);
        }
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaces);
        validateInputRank();
        Operands operands = operands(training, workspaces);
        validateInputDepth(operands.weights().size(1));
        return forward(spec(), operands, training, workspaces);
    }

    private INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces) {
        latest = algorithm(spec, operands);
        kept = training;
        return latest.forward(withActivation(spec), operands, training, workspaces);
    }

    /** Leaves ReLU to the pooling, where that is not fused: there is less to do behind it. */
    private ConvolutionSpec withActivation(ConvolutionSpec spec) {
        return poolsSeparately() ? spec.withoutRelu() : spec;
    }

    private ConvolutionAlgorithm algorithm(ConvolutionSpec spec, Operands operands) {
        if (fused != null && fused.supports(spec, operands.x(), operands.weights())) {
            return fused;
        }
        if (pooledBatchLast != null && pooledBatchLast.supports(spec, operands.x(), operands.weights())) {
            return pooledBatchLast;
        }
        boolean inBatchLast = spec.hasUnitStride() && spec.isBatchLast(operands.x(), operands.weights());
        return inBatchLast ? batchLast : operations;
    }

    /** Returns the input, and the parameters with noise if they have any. */
    private Operands operands(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray weights = getParamWithNoise(ConvolutionParamInitializer.WEIGHT_KEY, training, workspaces);
        INDArray bias =
                hasBias() ? getParamWithNoise(ConvolutionParamInitializer.BIAS_KEY, training, workspaces) : null;
        return new Operands(input, weights, bias == null ? null : flat(bias));
    }

    /** Makes no new view of the layer's own biases in every step. */
    private INDArray flat(INDArray bias) {
        if (settings().getWeightNoise() != null) {
            return bias.reshape(bias.length());
        }
        INDArray flat = flatBias;
        if (flat == null || bias != latestBias) {
            flat = bias.reshape(bias.length());
            latestBias = bias;
            flatBias = flat;
        }
        return flat;
    }

    private ParameterGradients gradients() {
        return new ParameterGradients(
                gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY),
                hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (settings().isLeftToStock()) {
            return super.backpropGradient(throughPooling(epsilon, workspaces), workspaces);
        }
        assertInputSet(true);
        ConvolutionSpec spec = spec();
        Operands operands = operands(true, workspaces);
        if (latest == null || !kept) { // a frozen layer predicts, and is asked for gradients all the same
            forward(spec, operands, true, workspaces);
        }
        ParameterGradients gradients = gradients();
        INDArray inputGradient = latest.backward(
                withActivation(spec), operands, throughPooling(epsilon, workspaces), gradients, workspaces);
        weightNoiseParams.clear();
        return new Pair<>(gradient(gradients), inputGradient == null ? null : backpropDropOutIfPresent(inputGradient));
    }

    private INDArray throughPooling(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        return poolsSeparately() ? pooling.backpropGradient(epsilon, workspaces).getSecond() : epsilon;
    }

    private static Gradient gradient(ParameterGradients gradients) {
        Gradient gradient = new DefaultGradient();
        if (gradients.bias() != null) {
            gradient.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, gradients.bias());
        }
        gradient.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, gradients.weights(), 'c');
        return gradient;
    }

    /** Shrinks the mask as a pooling layer behind this one would. */
    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int batch) {
        Pair<INDArray, MaskState> own = super.feedForwardMaskArray(mask, state, batch);
        return pooling == null || own.getFirst() == null
                ? own
                : pooling.feedForwardMaskArray(own.getFirst(), own.getSecond(), batch);
    }

    @Override
    public boolean canFuseBackward() {
        return latest != null && latest == fused && fused.canFuseBackward();
    }

    @Override
    public GradientSink fuseBackward(int parts, LayerWorkspaceMgr workspaces) {
        return fused.fuseBackward(parts, gradients(), workspaces);
    }

    @Override
    public void clear() {
        super.clear();
        latest = null;
        operations.clear();
        batchLast.clear();
        if (pooling != null) {
            fused.clear();
            pooledBatchLast.clear();
            pooling.clear();
        }
    }
}
