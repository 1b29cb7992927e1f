package mtl.dl4j.layer;

import java.nio.IntBuffer;
import mtl.dl4j.host.BatchLast;
import mtl.dl4j.host.ChannelsLast;
import mtl.dl4j.host.HostBuild;
import mtl.dl4j.host.HostLoop;
import mtl.dl4j.host.HostMemory;
import mtl.dl4j.host.HostPieces;
import mtl.dl4j.host.HostProduct;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Convolution by the operations {@code conv2d} and {@code conv2d_bp}, with the weights as {@code [out, in, kH, kW]}, or, in training
 * with the batch last, by {@link BatchLastConvolution}.
 *
 * <p>What the forward pass of a training step leaves for the backward pass: the output for ReLU, whose derivative it tells,
 * the value before the activation for all others. Both live in the activations' workspace, to the end of the step.
 */
final class FastConvolution extends ConvolutionLayer implements TakesGradientByPosition {
    private static final long serialVersionUID = 1L;

    private static final int WEIGHTS_OUT_IN_H_W = 1;
    private static final int CHANNELS_FIRST = 0;

    private transient INDArray kept;
    /** Both null if there is no pooling. */
    private final transient FastPooling pooling;

    private final transient PooledConvolution pooled;
    private transient boolean pooledAtOnce;
    private final boolean oneDnn;

    /** Input of the latest forward pass in training, with the batch last; null if that was computed in another way. */
    private transient INDArray batchLast;

    private transient BatchLastPooledConvolution batchLastPooled;
    /** Whether the gradients of this step are there already. */
    private transient boolean gradientTaken;

    FastConvolution(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
        int[] window = settings().getPooling();
        pooling = window == null ? null : FastPooling.over(window, conf, dataType);
        pooled = window == null ? null : new PooledConvolution(layerConf().getStride(), window);
        oneDnn = HostBuild.hasFastConvolution();
    }

    private FastConvolutionLayer settings() {
        return (FastConvolutionLayer) layerConf();
    }

    /** Channels last, and dilated kernels, for which oneDNN has no primitive behind the operation in 1.0.0-M2.1. */
    private boolean leftToStock() {
        int[] dilation = layerConf().getDilation();
        return layerConf().getCnn2dDataFormat() == CNN2DFormat.NHWC || dilation[0] != 1 || dilation[1] != 1;
    }

    /** Whether predictions lie with channels last: oneDNN then leaves them as it has computed them. */
    private boolean channelsLast() {
        IActivation activation = layerConf().getActivationFn();
        return settings().isChannelsLast()
                && pooling == null
                && oneDnn
                && dataType == DataType.FLOAT
                && (activation instanceof ActivationIdentity || isPlainRelu(activation));
    }

    /** Whether this pass is by products of matrices with the batch last. */
    private boolean mayPutBatchLast(boolean training) {
        IActivation activation = layerConf().getActivationFn();
        INDArray weights = getParam(ConvolutionParamInitializer.WEIGHT_KEY);
        return training
                && settings().isBatchLast()
                && !leftToStock()
                && layerConf().getWeightNoise() == null
                && dataType == DataType.FLOAT
                && input.rank() == 4
                && input.size(0) >= BatchLast.LEAST_EXAMPLES
                && (activation instanceof ActivationIdentity || isPlainRelu(activation))
                && HostProduct.available()
                && HostMemory.holds(weights)
                && (HostMemory.holds(input) || BatchLast.holds(input));
    }

    private INDArray scratch(ArrayType use, long length, LayerWorkspaceMgr workspaces) {
        return workspaces.createUninitialized(use, dataType, length);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        batchLast = null;
        gradientTaken = false;
        if (pooling == null) {
            return convolved(training, workspaces);
        }
        pooledAtOnce = mayPoolAtOnce();
        if (pooledAtOnce) {
            return pooledAtOnce(training, workspaces);
        }
        pooling.setInput(convolved(training, workspaces), workspaces);
        return pooling.activate(training, workspaces);
    }

    private boolean mayPoolAtOnce() {
        return !leftToStock()
                && !settings().isInputGradient()
                && isPlainRelu(layerConf().getActivationFn())
                && dataType == DataType.FLOAT
                && layerConf().getWeightNoise() == null
                && pooled.does(input, getParam(ConvolutionParamInitializer.WEIGHT_KEY));
    }

    private INDArray pooledAtOnce(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray weights = weightsForInput(training, workspaces);
        INDArray bias = hasBias() ? bias(training, workspaces) : null;
        int[] out = outputSize(input);
        int[] window = settings().getPooling();
        long[] shape = {input.size(0), weights.size(0), out[0] / window[0], out[1] / window[1]};
        if (mayPutBatchLast(training)) {
            INDArray y = workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'f');
            batchLast = BatchLast.of(input, ArrayType.ACTIVATIONS, workspaces);
            BatchLastPooledConvolution next = new BatchLastPooledConvolution(
                    input.shape(), weights.shape(), layerConf().getStride(), padding(input), window, shape);
            next.takeOver(batchLastPooled);
            batchLastPooled = next;
            INDArray scratch = scratch(ArrayType.FF_WORKING_MEM, next.scratch(), workspaces);
            next.forward(batchLast, weights, bias, y, scratch);
            return y;
        }
        INDArray y = workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'c');
        pooled.forward(input, weights, bias, padding(input), y, training);
        return y;
    }

    /** Drops inputs out if it is to be, and makes sure that they and the weights fit. */
    private INDArray weightsForInput(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaces);
        validateInputRank();
        INDArray weights = getParamWithNoise(ConvolutionParamInitializer.WEIGHT_KEY, training, workspaces);
        validateInputDepth(weights.size(1));
        return weights;
    }

    private INDArray convolved(boolean training, LayerWorkspaceMgr workspaces) {
        if (leftToStock()) {
            return super.activate(training, workspaces);
        }
        INDArray weights = weightsForInput(training, workspaces);
        if (stride1() && mayPutBatchLast(training)) {
            return convolvedBatchLast(weights, workspaces);
        }
        INDArray x = input.castTo(dataType);
        int[] out = outputSize(x);
        long[] shape = {x.size(0), weights.size(0), out[0], out[1]};
        boolean channelsLast = !training && channelsLast();
        INDArray z = channelsLast
                ? ChannelsLast.activations(dataType, shape, workspaces)
                : workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'c');
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d");
        if (hasBias()) {
            op.addInputs(x, weights, bias(training, workspaces));
        } else {
            op.addInputs(x, weights);
        }
        Nd4j.getExecutioner()
                .exec(op.addOutputs(z).addIntegerArguments(arguments(weights)).build());
        IActivation activation = layerConf().getActivationFn();
        if (activation instanceof ActivationIdentity) {
            return z;
        }
        if (channelsLast && ChannelsLast.holds(z)) {
            HostPieces.rectify(z, z);
            return z;
        }
        if (isPlainRelu(activation)) {
            INDArray y = activation.getActivation(z, training);
            kept = training ? y : null;
            return y;
        }
        if (!training) {
            return activation.getActivation(z, false);
        }
        kept = z;
        return activation.getActivation(workspaces.dup(ArrayType.ACTIVATIONS, z, 'c'), true);
    }

    private boolean stride1() {
        return layerConf().getStride()[0] == 1 && layerConf().getStride()[1] == 1;
    }

    private BatchLastConvolution products(INDArray weights) {
        return new BatchLastConvolution(input.shape(), weights.shape(), padding(input), outputSize(input));
    }

    private INDArray convolvedBatchLast(INDArray weights, LayerWorkspaceMgr workspaces) {
        int[] out = outputSize(input);
        INDArray y = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, dataType, new long[] {input.size(0), weights.size(0), out[0], out[1]}, 'f');
        batchLast = BatchLast.of(input, ArrayType.ACTIVATIONS, workspaces);
        products(weights)
                .forward(
                        batchLast,
                        weights,
                        hasBias() ? bias(true, workspaces) : null,
                        y,
                        scratch(ArrayType.FF_WORKING_MEM, weights.length(), workspaces));
        if (isPlainRelu(layerConf().getActivationFn())) {
            HostPieces.rectify(y, y);
            kept = y;
        }
        return y;
    }

    private Pair<Gradient, INDArray> gradientsBatchLast(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        INDArray weights = getParamWithNoise(ConvolutionParamInitializer.WEIGHT_KEY, true, workspaces);
        INDArray weightGradient = gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray biasGradient = hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null;
        INDArray delta = BatchLast.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        if (isPlainRelu(layerConf().getActivationFn())) {
            INDArray open = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, dataType, delta.shape(), 'f');
            keepWherePositive(kept, delta, open);
            delta = open;
        }
        BatchLastConvolution products = products(weights);
        products.parameterGradients(
                batchLast,
                delta,
                weightGradient,
                biasGradient,
                scratch(ArrayType.BP_WORKING_MEM, products.scratch(), workspaces));
        INDArray inputGradient = null;
        if (settings().isInputGradient()) {
            inputGradient = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'f');
            products.inputGradient(
                    delta, weights, inputGradient, scratch(ArrayType.BP_WORKING_MEM, weights.length(), workspaces));
            inputGradient = backpropDropOutIfPresent(inputGradient);
        }
        weightNoiseParams.clear();
        return new Pair<>(gradient(weightGradient, biasGradient), inputGradient);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (pooledAtOnce) {
            return gradientsAtOnce(epsilon, workspaces);
        }
        INDArray gradient = pooling == null
                ? epsilon
                : pooling.backpropGradient(epsilon, workspaces).getSecond();
        if (batchLast != null) {
            assertInputSet(true);
            return gradientsBatchLast(gradient, workspaces);
        }
        return leftToStock() ? super.backpropGradient(gradient, workspaces) : gradients(gradient, workspaces);
    }

    private Pair<Gradient, INDArray> gradientsAtOnce(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray weightGradient = gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray biasGradient = hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null;
        if (gradientTaken) {
            gradientTaken = false;
            return new Pair<>(gradient(weightGradient, biasGradient), null);
        }
        if (batchLast != null) {
            batchLastPooled.backward(
                    batchLast,
                    BatchLast.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces),
                    weightGradient,
                    biasGradient,
                    scratch(ArrayType.BP_WORKING_MEM, batchLastPooled.scratch(), workspaces));
            weightNoiseParams.clear();
            return new Pair<>(gradient(weightGradient, biasGradient), null);
        }
        INDArray contiguous =
                HostMemory.holds(epsilon) ? epsilon : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
        pooled.backward(input, padding(input), contiguous, weightGradient, biasGradient);
        weightNoiseParams.clear();
        return new Pair<>(gradient(weightGradient, biasGradient), null);
    }

    @Override
    public boolean takesGradientByPosition() {
        return pooledAtOnce && batchLast != null;
    }

    @Override
    public GradientByPosition gradientByPosition(int parts, LayerWorkspaceMgr workspaces) {
        gradientTaken = true;
        return batchLastPooled
        .new Backward(
                batchLast,
                gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY),
                hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null,
                scratch(ArrayType.BP_WORKING_MEM, batchLastPooled.scratch(parts), workspaces),
                parts);
    }

    private Pair<Gradient, INDArray> gradients(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray weights = getParamWithNoise(ConvolutionParamInitializer.WEIGHT_KEY, true, workspaces);
        INDArray x = input.castTo(dataType);
        INDArray delta = delta(epsilon.castTo(dataType), workspaces);
        INDArray weightGradient = gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray biasGradient = hasBias() ? gradientViews.get(ConvolutionParamInitializer.BIAS_KEY) : null;
        INDArray inputGradient = null;
        if (!settings().isInputGradient() && HostMemory.holds(x, delta)) {
            new PatchProduct(x, delta, layerConf().getStride(), padding(x))
                    .into(weightGradient, biasGradient, workspaces);
        } else {
            ArrayType use = settings().isInputGradient() ? ArrayType.ACTIVATION_GRAD : ArrayType.BP_WORKING_MEM;
            inputGradient = workspaces.createUninitialized(use, dataType, x.shape(), 'c');
            DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d_bp");
            if (hasBias()) {
                op.addInputs(x, weights, bias(true, workspaces), delta)
                        .addOutputs(inputGradient, weightGradient, biasGradient.reshape(biasGradient.length()));
            } else {
                op.addInputs(x, weights, delta).addOutputs(inputGradient, weightGradient);
            }
            Nd4j.getExecutioner()
                    .exec(op.addIntegerArguments(arguments(weights)).build());
            inputGradient = settings().isInputGradient() ? backpropDropOutIfPresent(inputGradient) : null;
        }
        weightNoiseParams.clear();
        return new Pair<>(gradient(weightGradient, biasGradient), inputGradient);
    }

    private static Gradient gradient(INDArray weightGradient, INDArray biasGradient) {
        Gradient gradient = new DefaultGradient();
        if (biasGradient != null) {
            gradient.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, biasGradient);
        }
        gradient.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, weightGradient, 'c');
        return gradient;
    }

    /** The gradient with respect to the value before the activation, contiguous. */
    private INDArray delta(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        IActivation activation = layerConf().getActivationFn();
        if (activation instanceof ActivationIdentity) {
            return epsilon.ordering() == 'c' && !epsilon.isView()
                    ? epsilon
                    : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
        }
        if (kept == null) {
            throw new IllegalStateException(
                    "Convolution '%s': backpropagation without a forward pass of a training step"
                            .formatted(layerConf().getLayerName()));
        }
        if (isPlainRelu(activation)) {
            INDArray delta = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, dataType, epsilon.shape(), 'c');
            if (HostMemory.holds(kept, epsilon)) {
                keepWherePositive(kept, epsilon, delta);
                return delta;
            }
            Nd4j.getExecutioner().exec(new Step(kept, delta, 0));
            return delta.muli(epsilon);
        }
        return activation
                .backprop(workspaces.dup(ArrayType.BP_WORKING_MEM, kept, 'c'), epsilon.dup('c'))
                .getFirst();
    }

    /** {@code result = y > 0 ? epsilon : 0}, by bit patterns, which leaves no branches. */
    private static void keepWherePositive(INDArray y, INDArray epsilon, INDArray result) {
        int batch = (int) y.size(0);
        int each = (int) (y.length() / batch);
        IntBuffer values = HostMemory.bits(y);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer results = HostMemory.bits(result);
        HostLoop.over(batch, HostLoop.parts(batch, y.length()), (part, from, to) -> {
            int[] value = new int[each];
            int[] gradient = new int[each];
            for (int n = from; n < to; n++) {
                values.get(n * each, value);
                gradients.get(n * each, gradient);
                for (int i = 0; i < each; i++) {
                    gradient[i] &= (-value[i] & ~value[i]) >> 31; // all ones for patterns above 0, 0 for 0 and -0
                }
                results.put(n * each, gradient);
            }
        });
    }

    private INDArray bias(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray bias = getParamWithNoise(ConvolutionParamInitializer.BIAS_KEY, training, workspaces);
        return bias.reshape(bias.length());
    }

    private int[] arguments(INDArray weights) {
        int[] stride = layerConf().getStride();
        int[] pad = layerConf().getPadding();
        int[] dilation = layerConf().getDilation();
        return new int[] {
            (int) weights.size(2),
            (int) weights.size(3),
            stride[0],
            stride[1],
            pad[0],
            pad[1],
            dilation[0],
            dilation[1],
            same() ? 1 : 0,
            CHANNELS_FIRST,
            WEIGHTS_OUT_IN_H_W
        };
    }

    private boolean same() {
        return convolutionMode == ConvolutionMode.Same;
    }

    private int[] outputSize(INDArray x) {
        return ConvolutionUtils.getOutputSize(
                x,
                layerConf().getKernelSize(),
                layerConf().getStride(),
                same() ? null : layerConf().getPadding(),
                convolutionMode,
                layerConf().getDilation(),
                CNN2DFormat.NCHW);
    }

    private int[] padding(INDArray x) {
        return same()
                ? ConvolutionUtils.getSameModeTopLeftPadding(
                        outputSize(x),
                        new int[] {(int) x.size(2), (int) x.size(3)},
                        layerConf().getKernelSize(),
                        layerConf().getStride(),
                        layerConf().getDilation())
                : layerConf().getPadding();
    }

    private static boolean isPlainRelu(IActivation activation) {
        return activation instanceof ActivationReLU && activation.equals(new ActivationReLU());
    }

    @Override
    public void clear() {
        super.clear();
        kept = null;
        batchLast = null;
        gradientTaken = false;
        if (pooling != null) {
            pooling.clear();
        }
    }
}
