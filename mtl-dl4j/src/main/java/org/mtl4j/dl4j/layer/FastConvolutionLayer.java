package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ConvolutionUtils;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionSpec;
import org.mtl4j.dl4j.internal.cpu.convolution.PooledConvolution;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures a two-dimensional convolution like {@link ConvolutionLayer}: the same configuration, the same parameters
 * in the same order, the same results to rounding. It calls ND4J's own convolution operations directly on the layer's
 * parameters, which on a CPU with a oneDNN build of ND4J is several times faster than the stock layer, whose own fast
 * path is dead in 1.0.0-M2.1. On any other backend it runs whatever that backend has for the operations.
 *
 * <pre>{@code
 * new FastConvolutionLayer.Builder(3, 3).nOut(40).activation(Activation.RELU).build()
 * }</pre>
 *
 * Channels-last data ({@code NHWC}) and dilated kernels are computed by the stock layer's code.
 */
public class FastConvolutionLayer extends ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private boolean inputGradient = true;

    /** Height and width; null for none. */
    @JsonProperty
    private int @Nullable [] pooling;

    /** Whether predictions are channels-last. */
    @JsonProperty
    private boolean channelsLast;

    /** Whether activations are batch-last. */
    @JsonProperty
    private boolean batchLast;

    /**
     * Whether what reads the output may overwrite it in training; assumed unless {@link MemoryLayout} finds that
     * nothing does.
     */
    @JsonProperty
    private boolean outputOverwritten = true;

    /** Makes an empty layer, for deserialisation. */
    public FastConvolutionLayer() {}

    /** Makes the layer that a builder describes. */
    protected FastConvolutionLayer(Builder builder) {
        super(builder);
        this.inputGradient = builder.inputGradient;
        this.pooling = builder.pooling;
    }

    /** Tells whether the layer computes the gradient with respect to its input; see {@link Builder#inputGradient}. */
    public boolean isInputGradient() {
        return inputGradient;
    }

    /** Returns height and width of the windows of {@link Builder#pooling}; null for none. */
    public int @Nullable [] getPooling() {
        return pooling == null ? null : pooling.clone();
    }

    /**
     * Returns a copy with max pooling behind the activation; see {@link Builder#pooling}.
     *
     * @throws IllegalArgumentException if height or width of the windows is not positive
     */
    public FastConvolutionLayer withPooling(int height, int width) {
        FastConvolutionLayer copy = clone();
        copy.pooling = checked(new int[] {height, width});
        return copy;
    }

    private static int[] checked(int[] pooling) {
        if (pooling.length != 2 || pooling[0] < 1 || pooling[1] < 1) {
            throw new IllegalArgumentException("pooling must be height and width of a window, both at least 1, and is "
                    + Arrays.toString(pooling));
        }
        return pooling.clone();
    }

    /**
     * Tells whether images are NHWC or the kernel is dilated, for which oneDNN has no primitive behind the operation.
     */
    boolean isLeftToStock() {
        return getCnn2dDataFormat() == CNN2DFormat.NHWC || getDilation()[0] != 1 || getDilation()[1] != 1;
    }

    /** Tells whether the configuration allows the convolution to be fused with the pooling behind it. */
    boolean allowsFusedPooling() {
        return pooling != null
                && !inputGradient
                && getNIn() * getKernelSize()[0] * getKernelSize()[1] <= PooledConvolution.MAX_WEIGHTS_PER_OUTPUT;
    }

    /**
     * Returns the type of the convolution's output, with sizes divided by those of the pooling windows and rounded
     * down.
     */
    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        InputType type = super.getOutputType(layerIndex, inputType);
        if (pooling == null) {
            return type;
        }
        InputType.InputTypeConvolutional image = (InputType.InputTypeConvolutional) type;
        if (image.getHeight() < pooling[0] || image.getWidth() < pooling[1]) {
            throw new IllegalArgumentException(
                    "Convolution '%s': pooling windows of %d x %d do not fit into its output of %d x %d"
                            .formatted(getLayerName(), pooling[0], pooling[1], image.getHeight(), image.getWidth()));
        }
        return InputType.convolutional(
                image.getHeight() / pooling[0], image.getWidth() / pooling[1], image.getChannels(), image.getFormat());
    }

    /** Returns which memory layouts {@link MemoryLayout} has chosen. */
    ConvolutionSpec.Layouts layouts() {
        return new ConvolutionSpec.Layouts(channelsLast, batchLast, outputOverwritten);
    }

    /**
     * Sets the memory layouts. Shapes stay the same, and values to rounding. Predictions are channels-last only where
     * oneDNN convolves, in single precision, without an activation or with ReLU. Training is batch-last only on a CPU,
     * in single precision, for batches of at least 16, without an activation or with ReLU, and with stride 1 unless the
     * pooling is fused. If the output is overwritten, the gradient of ReLU needs a copy of it.
     */
    void setLayouts(ConvolutionSpec.Layouts layouts) {
        channelsLast = layouts.channelsLast();
        batchLast = layouts.batchLast();
        outputOverwritten = layouts.outputOverwritten();
    }

    /**
     * Returns what the stock layer does, but for flat images one that does not expect a gradient if this layer has
     * none.
     */
    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
        InputPreProcessor usual = super.getPreProcessorForInputType(inputType);
        return !inputGradient && usual instanceof FeedForwardToCnnPreProcessor flat
                ? new FlatDataPreProcessor(flat.getInputHeight(), flat.getInputWidth(), flat.getNumChannels())
                : usual;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        LayerValidation.assertNInNOutSet("FastConvolutionLayer", getLayerName(), index, getNIn(), getNOut());
        return LayerSetup.initialise(
                new FastConvolutionLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    public FastConvolutionLayer clone() {
        FastConvolutionLayer clone = (FastConvolutionLayer) super.clone();
        clone.pooling = getPooling();
        return clone;
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastConvolutionLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof FastConvolutionLayer layer
                && inputGradient == layer.inputGradient
                && channelsLast == layer.channelsLast
                && batchLast == layer.batchLast
                && outputOverwritten == layer.outputOverwritten
                && Arrays.equals(pooling, layer.pooling);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                super.hashCode(), inputGradient, channelsLast, batchLast, outputOverwritten, Arrays.hashCode(pooling));
    }

    @Override
    public String toString() {
        return "Fast" + super.toString();
    }

    /** Builds the layer: the stock layer's builder, with two options more. */
    public static class Builder extends BaseConvBuilder<Builder> {
        private boolean inputGradient = true;
        private int @Nullable [] pooling;

        /** Starts with the kernel's height and width, or one number for both. */
        public Builder(int... kernelSize) {
            super(kernelSize);
        }

        /**
         * Sets whether the layer computes the gradient with respect to its input; it does by default. Where the input
         * is the network's data and every layer on it is of this kind, nobody needs that gradient, which costs more
         * than all else in a first layer. The layer then returns no gradient.
         */
        public Builder inputGradient(boolean compute) {
            this.inputGradient = compute;
            return this;
        }

        /**
         * Adds max pooling behind the activation; none by default. The result is that of a pooling layer behind this
         * one with kernel and stride of this size and without padding; positions that do not fill a last window are
         * left out. Where the activation is ReLU, both are fused on a CPU, and the array between them, the largest of
         * many a network, is never stored: in a first layer on gray images, with few weights for each output and no
         * {@link #inputGradient}, and with stride 1 in training and predictions of at least 16 examples.
         *
         * @param height of a window, at least 1
         * @param width of a window, at least 1
         * @throws IllegalArgumentException if one is not positive
         */
        public Builder pooling(int height, int width) {
            this.pooling = checked(new int[] {height, width});
            return this;
        }

        @Override
        protected boolean allowCausal() {
            return false;
        }

        @Override
        @SuppressWarnings("unchecked")
        public FastConvolutionLayer build() {
            ConvolutionUtils.validateConvolutionModePadding(convolutionMode, padding);
            ConvolutionUtils.validateCnnKernelStridePadding(kernelSize, stride, padding);
            return new FastConvolutionLayer(this);
        }
    }
}
