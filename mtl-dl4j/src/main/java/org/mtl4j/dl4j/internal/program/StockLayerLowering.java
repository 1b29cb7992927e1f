package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.layer.SafeDenseLayer;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * Turns layers of Deeplearning4j's that the library has none of its own for into steps. What they make of masks is left
 * alone: it differs from layer to layer.
 */
final class StockLayerLowering {
    private final ProgramBuilder program;
    private final LayerLowering layers;

    StockLayerLowering(ProgramBuilder program, LayerLowering layers) {
        this.program = program;
        this.layers = layers;
    }

    /** {@return the result; null if the layer is of none of these classes} */
    @Nullable
    Flow lower(Layer layer, Flow read) {
        Class<?> type = layer.getClass();
        if (type == MaskLayer.class) {
            return read.mask() == null
                    ? read
                    : new Flow(program.add(new Operation.MaskSteps(), read.value(), read.mask()), read.mask());
        }
        Value result = value(layer, read.value());
        if (result != null && read.mask() != null) {
            throw layers.refused(
                    "layer of class " + type.getName(),
                    "its input has a mask, and no operations stand for what Deeplearning4j makes of one; without masks"
                            + " there are");
        }
        return result == null ? null : new Flow(result, null);
    }

    private @Nullable Value value(Layer layer, Value x) {
        Class<?> type = layer.getClass();
        if (type == Convolution1DLayer.class || type == Convolution1D.class) {
            return convolution1D((Convolution1DLayer) layer, x);
        } else if (type == Subsampling1DLayer.class) {
            return pooling1D((Subsampling1DLayer) layer, x);
        } else if (type == DepthwiseConvolution2D.class) {
            return depthwise((DepthwiseConvolution2D) layer, x);
        } else if (type == SeparableConvolution2D.class) {
            return separable((SeparableConvolution2D) layer, x);
        } else if (type == Upsampling2D.class) {
            requireNchw(((Upsampling2D) layer).getFormat());
            int[] size = ((Upsampling2D) layer).getSize();
            return repeated(repeated(x, 1, size[0]), 2, size[1]);
        } else if (type == Upsampling1D.class) {
            return repeated(x, 1, ((Upsampling1D) layer).getSize()[0]);
        } else if (type == ZeroPaddingLayer.class) {
            requireNchw(((ZeroPaddingLayer) layer).getDataFormat());
            int[] padding = ((ZeroPaddingLayer) layer).getPadding();
            return padded(padded(x, 1, padding[0], padding[1]), 2, padding[2], padding[3]);
        } else if (type == ZeroPadding1DLayer.class) {
            int[] padding = ((ZeroPadding1DLayer) layer).getPadding();
            return padded(x, 1, padding[0], padding[1]);
        } else if (type == Cropping2D.class) {
            requireNchw(((Cropping2D) layer).getDataFormat());
            int[] cropping = ((Cropping2D) layer).getCropping();
            return cropped(cropped(x, 1, cropping[0], cropping[1]), 2, cropping[2], cropping[3]);
        } else if (type == Cropping1D.class) {
            int[] cropping = ((Cropping1D) layer).getCropping();
            return cropped(x, 1, cropping[0], cropping[1]);
        } else if (type == SpaceToDepthLayer.class) {
            requireNchw(((SpaceToDepthLayer) layer).getDataFormat());
            return spaceToDepth(x, ((SpaceToDepthLayer) layer).getBlockSize());
        } else if (type == PReLULayer.class) {
            return prelu((PReLULayer) layer, x);
        } else if (type == ElementWiseMultiplicationLayer.class) {
            return elementWise((ElementWiseMultiplicationLayer) layer, x);
        } else if (type == RepeatVector.class) {
            RepeatVector repeat = (RepeatVector) layer;
            requireNcw(repeat.getDataFormat());
            Value column = program.add(new Operation.Reshape(List.of(x.elements(), 1)), x);
            return repeated(column, 1, repeat.getN());
        } else if (type == LSTM.class) {
            return lstm((LSTM) layer, x);
        } else if (type == LastTimeStep.class) {
            Flow inner = layers.lower(((LastTimeStep) layer).getUnderlying(), new Flow(x, null));
            return program.add(new Operation.LastStep(), inner.value());
        } else if (type == TimeDistributed.class) {
            return timeDistributed((TimeDistributed) layer, x);
        } else if (type == RnnOutputLayer.class) {
            RnnOutputLayer output = (RnnOutputLayer) layer;
            requireNcw(output.getRnnDataFormat());
            return layers.rowwise(output.getActivationFn(), byStep(output, output.hasBias(), x));
        } else if (type == LossLayer.class) {
            return layers.activated(((LossLayer) layer).getActivationFn(), x);
        } else if (type == EmbeddingLayer.class) {
            return embedding((EmbeddingLayer) layer, x);
        } else if (type == EmbeddingSequenceLayer.class) {
            return sequenceEmbedding((EmbeddingSequenceLayer) layer, x);
        } else if (type == AutoEncoder.class) {
            AutoEncoder encoder = (AutoEncoder) layer;
            return layers.activated(encoder.getActivationFn(), layers.dense(encoder, true, x));
        }
        return null;
    }

    private void requireNchw(CNN2DFormat format) {
        if (format != CNN2DFormat.NCHW) {
            throw layers.refused("layer", "its channels come last (NHWC); only NCHW is known");
        }
    }

    private void requireNcw(RNNFormat format) {
        if (format != RNNFormat.NCW) {
            throw layers.refused("layer", "its features come last (NWC); only NCW is known");
        }
    }

    // ------------------------------------------------------------------ convolutions and pooling

    private Value convolution1D(Convolution1DLayer layer, Value x) {
        requireNcw(layer.getRnnDataFormat());
        int steps = x.shape().get(x.rank() - 1);
        int kernel = layer.getKernelSize()[0];
        int stride = layer.getStride()[0];
        int dilation = layer.getDilation()[0];
        int span = (kernel - 1) * dilation + 1;
        int before = layer.getPadding()[0];
        int after = before;
        if (layer.getConvolutionMode() == ConvolutionMode.Same) {
            int all = Window.samePadding(steps, kernel, stride, dilation);
            before = all / 2;
            after = all - before;
        } else if (layer.getConvolutionMode() == ConvolutionMode.Causal) {
            before = span - 1;
            after = 0;
        }
        Operation convolution = new Operation.SequenceConvolution(
                Math.toIntExact(layer.getNIn()),
                Math.toIntExact(layer.getNOut()),
                kernel,
                stride,
                dilation,
                before,
                after,
                outputsFirst(layers.parameter("W"), kernel, Math.toIntExact(layer.getNIn())),
                layers.parameterIf(layer.hasBias(), "b"));
        return layers.activated(layer.getActivationFn(), program.add(convolution, x));
    }

    /** Deeplearning4j says that weights are [out, in, kernel], and reads the same memory as [kernel, in, out]. */
    private static float[] outputsFirst(float[] given, int kernel, int in) {
        float[] weights = new float[given.length];
        int out = given.length / (kernel * in);
        for (int k = 0; k < kernel; k++) {
            for (int i = 0; i < in; i++) {
                for (int o = 0; o < out; o++) {
                    weights[(o * in + i) * kernel + k] = given[(k * in + i) * out + o];
                }
            }
        }
        return weights;
    }

    /** Pools images of one column. */
    private Value pooling1D(Subsampling1DLayer layer, Value x) {
        Value column = program.add(
                new Operation.Reshape(List.of(x.channels(), x.shape().get(1), 1)), x);
        Value pooled = layers.pooling(
                layer,
                layers.window(
                        new int[] {layer.getKernelSize()[0], 1},
                        new int[] {layer.getStride()[0], 1},
                        new int[] {layer.getDilation()[0], 1},
                        new int[] {layer.getPadding()[0], 0},
                        layer.getConvolutionMode(),
                        column),
                column);
        return program.add(new Operation.Reshape(pooled.shape().subList(0, 2)), pooled);
    }

    private Value depthwise(DepthwiseConvolution2D layer, Value x) {
        requireNchw(layer.getCnn2dDataFormat());
        int each = layer.getDepthMultiplier();
        int channels = x.channels();
        int positions = layer.getKernelSize()[0] * layer.getKernelSize()[1];
        float[] given = layers.parameter("W"); // [height, width, in, each]
        float[] weights = new float[given.length];
        for (int p = 0; p < positions; p++) {
            for (int o = 0; o < channels * each; o++) {
                weights[o * positions + p] = given[p * channels * each + o];
            }
        }
        Value out = grouped(layer, x, each, weights, layers.parameterIf(layer.hasBias(), "b"));
        return layers.activated(layer.getActivationFn(), out);
    }

    private Value separable(SeparableConvolution2D layer, Value x) {
        requireNchw(layer.getCnn2dDataFormat());
        int each = layer.getDepthMultiplier();
        int channels = x.channels();
        int positions = layer.getKernelSize()[0] * layer.getKernelSize()[1];
        float[] given = layers.parameter("W"); // [each, in, height, width]
        float[] weights = new float[given.length];
        for (int m = 0; m < each; m++) {
            for (int c = 0; c < channels; c++) {
                System.arraycopy(given, (m * channels + c) * positions, weights, (c * each + m) * positions, positions);
            }
        }
        Value deep = grouped(layer, x, each, weights, null);
        Value out = program.add(
                new Operation.ChannelProduct(
                        channels * each,
                        Math.toIntExact(layer.getNOut()),
                        layers.parameter("pW"),
                        layers.parameterIf(layer.hasBias(), "b")),
                deep);
        return layers.activated(layer.getActivationFn(), out);
    }

    private Value grouped(ConvolutionLayer layer, Value x, int each, float[] weights, float @Nullable [] bias) {
        Window window = layers.window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                layer.getConvolutionMode(),
                x);
        return program.add(
                new Operation.Convolution(x.channels(), x.channels() * each, x.channels(), window, weights, bias), x);
    }

    // ------------------------------------------------------------------ where numbers lie

    /** Repeats each number along a size. */
    private Value repeated(Value x, int axis, int times) {
        if (times == 1) {
            return x;
        }
        List<Integer> apart = new ArrayList<>(x.shape());
        apart.add(axis + 1, 1);
        Value column = program.add(new Operation.Reshape(apart), x);
        Value copies = program.add(new Operation.Concatenate(axis + 1), Collections.nCopies(times, column));
        return program.add(
                new Operation.Reshape(Shapes.with(x.shape(), axis, x.shape().get(axis) * times)), copies);
    }

    private Value padded(Value x, int axis, int before, int after) {
        List<Value> parts = new ArrayList<>();
        if (before > 0) {
            parts.add(zeros(x, axis, before));
        }
        parts.add(x);
        if (after > 0) {
            parts.add(zeros(x, axis, after));
        }
        return parts.size() == 1 ? x : program.add(new Operation.Concatenate(axis), parts);
    }

    private Value zeros(Value like, int axis, int size) {
        List<Integer> shape = Shapes.with(like.shape(), axis, size);
        return program.add(new Operation.Constant(shape, new float[Math.toIntExact(Shapes.elements(shape))]), like);
    }

    private Value cropped(Value x, int axis, int before, int after) {
        return before + after == 0
                ? x
                : program.add(new Operation.Slice(axis, before, x.shape().get(axis) - after), x);
    }

    private Value spaceToDepth(Value x, int block) {
        int height = x.shape().get(1) / block;
        int width = x.shape().get(2) / block;
        Value blocks = program.add(new Operation.Reshape(List.of(x.channels(), height, block, width, block)), x);
        Value turned = program.add(new Operation.Transpose(List.of(2, 4, 0, 1, 3)), blocks);
        return program.add(new Operation.Reshape(List.of(x.channels() * block * block, height, width)), turned);
    }

    // ------------------------------------------------------------------ numbers one by one

    /** The part above 0, plus the part below times a slope for each number. */
    private Value prelu(PReLULayer layer, Value x) {
        List<Integer> shape = new ArrayList<>(x.shape());
        if (layer.getSharedAxes() != null) {
            for (long axis : layer.getSharedAxes()) {
                shape.set(Math.toIntExact(axis) - 1, 1);
            }
        }
        float[] given = layers.parameter("W");
        float[] slopes = new float[x.elements()];
        for (int i = 0; i < slopes.length; i++) {
            slopes[i] = given[broadcast(i, x.shape(), shape)];
        }
        Value above = program.add(Operation.Rectify.RELU, x);
        Value below = program.add(new Operation.Combine(Operation.Arithmetic.SUBTRACT), x, above);
        Value factors = program.add(new Operation.Constant(x.shape(), slopes), x);
        Value scaled = program.add(new Operation.Combine(Operation.Arithmetic.MULTIPLY), below, factors);
        return program.add(new Operation.Combine(Operation.Arithmetic.ADD), above, scaled);
    }

    /** Where in an array, some of whose sizes are 1, the number is that belongs to one of a whole array. */
    private static int broadcast(int index, List<Integer> whole, List<Integer> part) {
        int at = 0;
        int rest = index;
        int step = 1;
        for (int d = whole.size() - 1; d >= 0; d--) {
            int place = rest % whole.get(d);
            rest /= whole.get(d);
            at += part.get(d) == 1 ? 0 : place * step;
            step *= part.get(d);
        }
        return at;
    }

    private Value elementWise(ElementWiseMultiplicationLayer layer, Value x) {
        int size = x.elements();
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        Operation scale = new Operation.BatchNormalization(
                layers.parameter("W"), layers.parameter("b"), new float[size], ones, 0);
        return layers.activated(layer.getActivationFn(), program.add(scale, x));
    }

    // ------------------------------------------------------------------ sequences and codes

    /** Deeplearning4j's gates are candidate, forget, output, input. */
    private Value lstm(LSTM layer, Value x) {
        if (layer.getActivationFn().getClass() != ActivationTanH.class
                || layer.getGateActivationFn().getClass() != ActivationSigmoid.class) {
            throw layers.refused("LSTM", "its activations are not tanh, and sigmoid of the gates");
        }
        int in = Math.toIntExact(layer.getNIn());
        int units = Math.toIntExact(layer.getNOut());
        return program.add(
                new Operation.Recurrent(
                        Operation.Cell.LSTM,
                        in,
                        units,
                        inOrder(layers.parameter("W"), in, units),
                        inOrder(layers.parameter("RW"), units, units),
                        inOrder(layers.parameter("b"), 1, units),
                        null),
                x);
    }

    private static float[] inOrder(float[] given, int rows, int units) {
        int[] order = {3, 1, 2, 0};
        float[] weights = new float[given.length];
        for (int row = 0; row < rows; row++) {
            for (int g = 0; g < order.length; g++) {
                System.arraycopy(
                        given,
                        (row * order.length + order[g]) * units,
                        weights,
                        (row * order.length + g) * units,
                        units);
            }
        }
        return weights;
    }

    private Value timeDistributed(TimeDistributed layer, Value x) {
        requireNcw(layer.getRnnDataFormat());
        Layer inner = layer.getUnderlying();
        if (inner.getClass() != DenseLayer.class && inner.getClass() != SafeDenseLayer.class
                || ((DenseLayer) inner).isHasLayerNorm()) {
            throw layers.refused(
                    "TimeDistributed of " + inner.getClass().getName(), "only of plain dense layers is it known");
        }
        DenseLayer dense = (DenseLayer) inner;
        return layers.rowwise(dense.getActivationFn(), byStep(dense, dense.hasBias(), x));
    }

    private Value byStep(FeedForwardLayer layer, boolean bias, Value x) {
        int in = Math.toIntExact(layer.getNIn());
        int out = Math.toIntExact(layer.getNOut());
        float[] given = layers.parameter("W");
        float[] weights = new float[given.length];
        for (int i = 0; i < in; i++) {
            for (int o = 0; o < out; o++) {
                weights[o * in + i] = given[i * out + o];
            }
        }
        return program.add(new Operation.ChannelProduct(in, out, weights, layers.parameterIf(bias, "b")), x);
    }

    private Value embedding(EmbeddingLayer layer, Value x) {
        int size = Math.toIntExact(layer.getNIn());
        int dimension = Math.toIntExact(layer.getNOut());
        float[] table = withBias(layers.parameter("W"), layers.parameterIf(layer.hasBias(), "b"));
        Operation lookup = new Operation.Lookup(List.of(size), List.of(dimension), List.of(table));
        return layers.activated(layer.getActivationFn(), program.add(lookup, x));
    }

    private Value sequenceEmbedding(EmbeddingSequenceLayer layer, Value x) {
        requireNcw(layer.getOutputFormat());
        int size = Math.toIntExact(layer.getNIn());
        int dimension = Math.toIntExact(layer.getNOut());
        float[] table = withBias(layers.parameter("W"), layers.parameterIf(layer.hasBias(), "b"));
        Operation lookup = new Operation.SequenceLookup(size, dimension, table);
        return layers.rowwise(layer.getActivationFn(), program.add(lookup, x));
    }

    private static float[] withBias(float[] table, float @Nullable [] bias) {
        for (int i = 0; bias != null && i < table.length; i++) {
            table[i] += bias[i % bias.length];
        }
        return table;
    }
}
