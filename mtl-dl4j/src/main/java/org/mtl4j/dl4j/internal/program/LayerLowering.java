package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.layer.DSelectGateLayer;
import org.mtl4j.dl4j.layer.EmbeddingTablesLayer;
import org.mtl4j.dl4j.layer.ExpertDenseLayer;
import org.mtl4j.dl4j.layer.FastActivationLayer;
import org.mtl4j.dl4j.layer.FastBatchNormalizationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.FastDropoutLayer;
import org.mtl4j.dl4j.layer.FastPoolingLayer;
import org.mtl4j.dl4j.layer.FeatureNormalizationLayer;
import org.mtl4j.dl4j.layer.LastStepLayer;
import org.mtl4j.dl4j.layer.RecurrentCellLayer;
import org.mtl4j.dl4j.layer.SafeDenseLayer;
import org.mtl4j.dl4j.layer.SequenceConvolutionLayer;
import org.mtl4j.dl4j.layer.SoftArgmaxLayer;
import org.mtl4j.dl4j.layer.TaskOutputLayer;
import org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.layer.Recurrent;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns the layer of one vertex into steps. */
final class LayerLowering {
    private final ProgramBuilder program;
    private final String vertex;
    private final Map<String, INDArray> parameters;

    LayerLowering(ProgramBuilder program, String vertex, Map<String, INDArray> parameters) {
        this.program = program;
        this.vertex = vertex;
        this.parameters = parameters;
    }

    Flow lower(LayerVertex config, Flow read) {
        Flow prepared = prepare(config.getPreProcessor(), read);
        return lower(config.getLayerConf().getLayer(), prepared);
    }

    LoweringException refused(String what, String why) {
        return new LoweringException(vertex, what, why);
    }

    /** Flattens, or the other way round, as Deeplearning4j does between layers. */
    private Flow prepare(@Nullable InputPreProcessor between, Flow read) {
        if (between == null) {
            return read;
        }
        Value value = read.value();
        if (between.getClass() == CnnToFeedForwardPreProcessor.class) {
            if (((CnnToFeedForwardPreProcessor) between).getFormat() != CNN2DFormat.NCHW) {
                throw refused("images flattened", "their channels come last (NHWC); only NCHW is known");
            }
            return new Flow(flat(value), null);
        }
        boolean own = between.getClass().getPackage() == FastConvolutionLayer.class.getPackage();
        if (between instanceof FeedForwardToCnnPreProcessor image
                && (own || between.getClass() == FeedForwardToCnnPreProcessor.class)) {
            List<Integer> shape = List.of(
                    Math.toIntExact(image.getNumChannels()),
                    Math.toIntExact(image.getInputHeight()),
                    Math.toIntExact(image.getInputWidth()));
            return new Flow(
                    value.shape().equals(shape) ? value : program.add(new Operation.Reshape(shape), value), null);
        }
        throw refused(
                "pre-processor " + between.getClass().getName(),
                "no operations stand for a pre-processor of this class");
    }

    private Value flat(Value value) {
        return value.rank() == 1 ? value : program.add(new Operation.Reshape(List.of(value.elements())), value);
    }

    Flow lower(Layer layer, Flow read) {
        Class<?> type = layer.getClass();
        Value x = read.value();
        if (type == FrozenLayer.class) {
            return lower(((FrozenLayer) layer).getLayer(), read);
        } else if (type == FrozenLayerWithBackprop.class) {
            return lower(((FrozenLayerWithBackprop) layer).getUnderlying(), read);
        } else if (type == FastDropoutLayer.class || type == DropoutLayer.class) {
            return read; // drops in training only
        } else if (type == FastActivationLayer.class || type == ActivationLayer.class) {
            return new Flow(activated(((ActivationLayer) layer).getActivationFn(), x), read.mask());
        } else if (type == FastConvolutionLayer.class || type == ConvolutionLayer.class) {
            return new Flow(convolution((ConvolutionLayer) layer, x), null);
        } else if (type == FastPoolingLayer.class || type == SubsamplingLayer.class) {
            return new Flow(pooling((SubsamplingLayer) layer, x), null);
        } else if (type == TypedGlobalPoolingLayer.class || type == GlobalPoolingLayer.class) {
            return new Flow(globalPooling((GlobalPoolingLayer) layer, read), null);
        } else if (type == SafeDenseLayer.class || type == DenseLayer.class) {
            DenseLayer dense = (DenseLayer) layer;
            if (dense.isHasLayerNorm()) {
                throw refused("dense layer", "it has layer normalisation within; only one behind it is known");
            }
            return new Flow(activated(dense.getActivationFn(), dense(dense, dense.hasBias(), x)), null);
        } else if (type == ExpertDenseLayer.class) {
            return new Flow(experts((ExpertDenseLayer) layer, x), null);
        } else if (type == TaskOutputLayer.class || type == OutputLayer.class) {
            OutputLayer output = (OutputLayer) layer;
            return new Flow(activated(output.getActivationFn(), dense(output, output.hasBias(), x)), null);
        } else if (type == FastBatchNormalizationLayer.class || type == BatchNormalization.class) {
            return new Flow(batchNormalization((BatchNormalization) layer, x), read.mask());
        } else if (type == SoftArgmaxLayer.class) {
            return new Flow(program.add(new Operation.SoftArgmax(), x), null);
        } else if (type == DSelectGateLayer.class) {
            return new Flow(dselect((DSelectGateLayer) layer, x), null);
        } else if (type == EmbeddingTablesLayer.class) {
            return embedding((EmbeddingTablesLayer) layer, read);
        } else if (type == SequenceConvolutionLayer.class) {
            return sequenceConvolution((SequenceConvolutionLayer) layer, read);
        } else if (type == RecurrentCellLayer.class) {
            return new Flow(recurrent((RecurrentCellLayer) layer, read), read.mask());
        } else if (type == FeatureNormalizationLayer.class) {
            return new Flow(layerNormalization((FeatureNormalizationLayer) layer, read), read.mask());
        } else if (type == LastStepLayer.class) {
            return new Flow(program.addMasked(new Operation.LastStep(), x, read.mask()), null);
        }
        Flow stock = new StockLayerLowering(program, this).lower(layer, read);
        if (stock != null) {
            return stock;
        }
        throw refused("layer of class " + type.getName(), "no operations stand for a layer of this class");
    }

    float[] parameter(String name) {
        return Rows.floats(Objects.requireNonNull(parameters.get(name), name));
    }

    float @Nullable [] parameterIf(boolean there, String name) {
        return there ? parameter(name) : null;
    }

    Value activated(IActivation activation, Value value) {
        return Activations.add(program, activation, value);
    }

    private Value convolution(ConvolutionLayer layer, Value x) {
        if (layer.getCnn2dDataFormat() != CNN2DFormat.NCHW) {
            throw refused("convolution", "its channels come last (NHWC); only NCHW is known");
        }
        Window window = window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                layer.getConvolutionMode(),
                x);
        Value out = program.add(
                new Operation.Convolution(
                        Math.toIntExact(layer.getNIn()),
                        Math.toIntExact(layer.getNOut()),
                        1,
                        window,
                        parameter("W"),
                        parameterIf(layer.hasBias(), "b")),
                x);
        out = activated(layer.getActivationFn(), out);
        int[] pooling = layer instanceof FastConvolutionLayer fast ? fast.getPooling() : null;
        return pooling == null
                ? out
                : program.add(
                        new Operation.Pooling(
                                Operation.PoolingKind.MAX,
                                Window.of(pooling[0], pooling[1], pooling[0], pooling[1]),
                                false,
                                0),
                        out);
    }

    Window window(int[] kernel, int[] stride, int[] dilation, int[] padding, ConvolutionMode mode, Value x) {
        if (x.rank() != 3) {
            throw refused("convolution or pooling", "it reads images, got " + x);
        }
        int[] before = padding.clone();
        int[] after = padding.clone();
        if (mode == ConvolutionMode.Same) {
            for (int d = 0; d < 2; d++) {
                int all = Window.samePadding(x.shape().get(d + 1), kernel[d], stride[d], dilation[d]);
                before[d] = all / 2;
                after[d] = all - before[d];
            }
        } else if (mode == ConvolutionMode.Causal) {
            throw refused("convolution or pooling", "causal padding is for sequences");
        }
        return new Window(
                kernel[0],
                kernel[1],
                stride[0],
                stride[1],
                dilation[0],
                dilation[1],
                before[0],
                before[1],
                after[0],
                after[1]);
    }

    private Operation.PoolingKind kind(PoolingType type) {
        return switch (type) {
            case MAX -> Operation.PoolingKind.MAX;
            case AVG -> Operation.PoolingKind.AVERAGE;
            case SUM -> Operation.PoolingKind.SUM;
            case PNORM -> Operation.PoolingKind.PNORM;
        };
    }

    private Value pooling(SubsamplingLayer layer, Value x) {
        if (layer.getCnn2dDataFormat() != CNN2DFormat.NCHW) {
            throw refused("pooling", "its channels come last (NHWC); only NCHW is known");
        }
        Window window = window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                layer.getConvolutionMode(),
                x);
        return pooling(layer, window, x);
    }

    Value pooling(SubsamplingLayer layer, Window window, Value x) {
        Operation.PoolingKind kind = kind(layer.getPoolingType());
        if (kind == Operation.PoolingKind.SUM) {
            throw refused("pooling", "Deeplearning4j has no sums of windows");
        }
        Value out = program.add(
                new Operation.Pooling(
                        kind,
                        window,
                        layer.isAvgPoolIncludePadInDivisor(),
                        kind == Operation.PoolingKind.PNORM ? layer.getPnorm() : 0),
                x);
        boolean rectified = layer instanceof FastPoolingLayer fast && fast.isRectified();
        return rectified ? program.add(Operation.Rectify.RELU, out) : out;
    }

    private Value globalPooling(GlobalPoolingLayer layer, Flow read) {
        int[] dimensions = layer.getPoolingDimensions();
        int[] all = read.value().rank() == 3 ? new int[] {2, 3} : new int[] {2};
        if (dimensions != null && !Arrays.equals(dimensions, all) || !layer.isCollapseDimensions()) {
            throw refused("global pooling", "over dimensions of its own, or keeping them; only whole maps are known");
        }
        Operation.PoolingKind kind = kind(layer.getPoolingType());
        return program.addMasked(
                new Operation.GlobalPooling(kind, kind == Operation.PoolingKind.PNORM ? layer.getPnorm() : 0),
                read.value(),
                read.mask());
    }

    Value dense(FeedForwardLayer layer, boolean bias, Value x) {
        return program.add(
                new Operation.Dense(
                        Math.toIntExact(layer.getNIn()),
                        Math.toIntExact(layer.getNOut()),
                        parameter("W"),
                        parameterIf(bias, "b")),
                x);
    }

    /** Weights are {@code [in, experts * out]}, the experts' columns one behind the other. */
    private Value experts(ExpertDenseLayer layer, Value x) {
        float[] weights = parameter("W");
        float @Nullable [] bias = parameterIf(layer.hasBias(), "b");
        int columns = Math.toIntExact(parameters.get("W").size(1));
        int in = weights.length / columns;
        int blocks = layer.isInputShared() ? 1 : layer.experts();
        int each = columns / blocks;
        Operation product;
        if (blocks == 1) {
            product = new Operation.Dense(in, columns, weights, bias);
        } else {
            float[] byBlock = new float[weights.length];
            for (int g = 0; g < blocks; g++) {
                for (int i = 0; i < in; i++) {
                    System.arraycopy(weights, i * columns + g * each, byBlock, (g * in + i) * each, each);
                }
            }
            product = new Operation.BlockDense(blocks, in, each, byBlock, bias);
        }
        return activated(layer.getActivationFn(), program.add(product, x));
    }

    private Value batchNormalization(BatchNormalization layer, Value x) {
        if (layer.getCnn2DFormat() != CNN2DFormat.NCHW && x.rank() == 3) {
            throw refused("batch normalisation", "its channels come last (NHWC); only NCHW is known");
        }
        float[] mean = parameter("mean");
        float[] variance;
        if (layer.isUseLogStd()) {
            double[] logarithms = Rows.numbers(Objects.requireNonNull(parameters.get("log10stdev")));
            variance = new float[logarithms.length];
            for (int i = 0; i < variance.length; i++) {
                variance[i] = (float) Math.pow(10, 2 * logarithms[i]);
            }
        } else {
            variance = parameter("var");
        }
        Value out = program.add(
                new Operation.BatchNormalization(
                        layer.isLockGammaBeta() ? filled(mean.length, layer.getGamma()) : parameter("gamma"),
                        layer.isLockGammaBeta() ? filled(mean.length, layer.getBeta()) : parameter("beta"),
                        mean,
                        variance,
                        (float) layer.getEps()),
                x);
        boolean rectified = layer instanceof FastBatchNormalizationLayer fast && fast.isRectified();
        return rectified ? program.add(Operation.Rectify.RELU, out) : out;
    }

    private static float[] filled(int length, double value) {
        float[] all = new float[length];
        Arrays.fill(all, (float) value);
        return all;
    }

    private Value dselect(DSelectGateLayer layer, Value x) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(layer.experts() - 1);
        int logits = layer.selectors() * bits + layer.selectors();
        Operation ofLogits = layer.byExample()
                ? new Operation.Dense(x.elements(), logits, parameter("W"), parameter("b"))
                : new Operation.Constant(List.of(logits), parameter("b"));
        return program.add(
                new Operation.SelectorWeights(layer.experts(), layer.selectors(), bits, (float) layer.gamma()),
                program.add(ofLogits, x));
    }

    private Flow embedding(EmbeddingTablesLayer layer, Flow read) {
        int[] sizes = layer.sizes();
        int[] dimensions = layer.dimensions();
        if (layer.isSequence()) {
            Operation lookup = new Operation.SequenceLookup(sizes[0], dimensions[0], parameter("W0"));
            return new Flow(program.addMasked(lookup, read.value(), read.mask()), read.mask());
        }
        List<float[]> tables = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            tables.add(parameter("W" + i));
        }
        Operation lookup = new Operation.Lookup(
                Arrays.stream(sizes).boxed().toList(),
                Arrays.stream(dimensions).boxed().toList(),
                tables);
        return new Flow(program.add(lookup, read.value()), null);
    }

    private Flow sequenceConvolution(SequenceConvolutionLayer layer, Flow read) {
        Value x = read.value();
        int steps = x.shape().get(1);
        int kernel = layer.kernel();
        int stride = layer.stride();
        int windows = Math.toIntExact(layer.windows(steps));
        int before = layer.isSame() ? (kernel - 1) / 2 : 0;
        int after = Math.max(0, (windows - 1) * stride + kernel - before - steps);
        @Nullable Value mask = null;
        if (read.mask() != null) {
            x = program.add(new Operation.MaskSteps(), x, read.mask());
            mask = program.add(new Operation.WindowMask(kernel, stride, before, layer.isSame(), windows), read.mask());
        }
        Value out = program.add(
                new Operation.SequenceConvolution(
                        Math.toIntExact(layer.getNIn()),
                        Math.toIntExact(layer.getNOut()),
                        kernel,
                        stride,
                        1,
                        before,
                        after,
                        parameter("W"),
                        parameterIf(layer.isBias(), "b")),
                x);
        out = rowwise(layer.getActivationFn(), out);
        return new Flow(mask == null ? out : program.add(new Operation.MaskSteps(), out, mask), mask);
    }

    /** Adds an activation that reads the features of each step as a row; a softmax is over the features. */
    Value rowwise(IActivation activation, Value value) {
        return activation.getClass() == ActivationSoftmax.class
                ? program.add(new Operation.Softmax(0), value)
                : activated(activation, value);
    }

    private Value recurrent(RecurrentCellLayer layer, Flow read) {
        boolean lstm = layer.cell() == Recurrent.Cell.LSTM;
        Operation cell = new Operation.Recurrent(
                lstm ? Operation.Cell.LSTM : Operation.Cell.GRU,
                Math.toIntExact(layer.getNIn()),
                Math.toIntExact(layer.getNOut()),
                parameter("W"),
                parameter("R"),
                parameter("b"),
                lstm ? null : parameter("d"));
        return program.addMasked(cell, read.value(), read.mask());
    }

    private Value layerNormalization(FeatureNormalizationLayer layer, Flow read) {
        Value out = program.add(
                new Operation.LayerNormalization(parameter("gain"), parameter("b"), (float) layer.epsilon()),
                read.value());
        return read.mask() == null || out.rank() != 2 ? out : program.add(new Operation.MaskSteps(), out, read.mask());
    }
}
