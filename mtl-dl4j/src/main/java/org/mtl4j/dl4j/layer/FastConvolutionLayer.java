package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Two-dimensional convolution like {@link ConvolutionLayer}: the same configuration, the same parameters in the same
 * order, the same results to rounding. It calls ND4J's own convolution operations on the layer's parameters as they lie,
 * which on a CPU with a oneDNN build of ND4J is several times faster than the stock layer, whose own fast path is dead in
 * 1.0.0-M2.1. On any other backend it runs whatever that backend has for the operations.
 *
 * <pre>{@code
 * new FastConvolutionLayer.Builder(3, 3).nOut(40).activation(Activation.RELU).build()
 * }</pre>
 *
 * Channels-last data ({@code NHWC}) and dilated kernels are computed by the stock layer's code.
 */
public class FastConvolutionLayer extends ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    /** Whether the layer computes the gradient with respect to its input; not needed next to the network's input. */
    private boolean inputGradient = true;

    /** Height and width of the windows of maximum pooling behind the activation; null for none. */
    private int[] pooling;

    /** Whether predictions lie in memory with all channels of a position side by side. */
    private boolean channelsLast;

    /** Whether activations of training lie in memory with all examples side by side. */
    private boolean batchLast;

    /** Whether what reads the result may overwrite it in training; nobody knows unless told. */
    private boolean outputOverwritten = true;

    /** For deserialisation. */
    public FastConvolutionLayer() {}

    /** A copy of a stock layer's configuration. */
    protected FastConvolutionLayer(Builder builder) {
        super(builder);
        this.inputGradient = builder.inputGradient;
        this.pooling = builder.pooling;
    }

    /** Whether the layer computes the gradient with respect to its input. */
    public boolean isInputGradient() {
        return inputGradient;
    }

    /** Sets whether the layer computes the gradient with respect to its input; see {@link Builder#inputGradient}. */
    public void setInputGradient(boolean inputGradient) {
        this.inputGradient = inputGradient;
    }

    /** Height and width of the windows of maximum pooling behind the activation; null for none. */
    public int[] getPooling() {
        return pooling == null ? null : pooling.clone();
    }

    /** Sets maximum pooling behind the activation; see {@link Builder#pooling}. */
    public void setPooling(int[] pooling) {
        this.pooling = pooling == null ? null : checked(pooling);
    }

    private static int[] checked(int[] pooling) {
        if (pooling.length != 2 || pooling[0] < 1 || pooling[1] < 1) {
            throw new IllegalArgumentException("pooling must be height and width of a window, both at least 1, and is "
                    + Arrays.toString(pooling));
        }
        return pooling.clone();
    }

    /** Whether it has pooling behind it that it may do in one go with the convolution, as far as the configuration tells. */
    public boolean poolsAtOnce() {
        return pooling != null
                && !inputGradient
                && getNIn() * getKernelSize()[0] * getKernelSize()[1] <= PooledConvolution.MOST_ENTRIES;
    }

    /** What the convolution gives, divided by the size of the windows and rounded down. */
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

    /** Whether predictions lie in memory with all channels of a position side by side; false unless set. */
    public boolean isChannelsLast() {
        return channelsLast;
    }

    /**
     * Sets whether predictions lie in memory with all channels of a position side by side, which saves putting them in order
     * where the next layer is such a convolution, too. Their shape and their values are the same. It is done only where
     * oneDNN convolves, in single precision, without an activation or with ReLU.
     *
     * @param channelsLast true where what reads the layer is fast on such arrays; see {@link
     *     org.mtl4j.dl4j.vertex.MemoryLayout}
     */
    public void setChannelsLast(boolean channelsLast) {
        this.channelsLast = channelsLast;
    }

    /** Whether activations of training lie in memory with all examples side by side; false unless set. */
    public boolean isBatchLast() {
        return batchLast;
    }

    /**
     * Sets whether activations of training lie in memory with all examples of a channel and position side by side, of which the layer
     * then makes products of matrices by itself. Their shape and, to rounding, their values are the same. It is done only on a
     * CPU, in single precision, for batches of at least 16 on each thread, without an activation or with ReLU; with stride 1, unless it pools at once.
     *
     * @param batchLast true where what reads the layer is fast on such arrays; see {@link org.mtl4j.dl4j.vertex.MemoryLayout}
     */
    public void setBatchLast(boolean batchLast) {
        this.batchLast = batchLast;
    }

    /** Whether what reads the result may overwrite it in training; true unless set. */
    public boolean isOutputOverwritten() {
        return outputOverwritten;
    }

    /**
     * Sets whether what reads the result may overwrite it in training, as Deeplearning4j does where the layer behind adds noise to its
     * input ({@code GaussianNoise}, {@code GaussianDropout}, {@code AlphaDropout}). The gradient of ReLU then needs a copy. (Plain
     * {@code Dropout} overwrites too, but leaves no gradient where it does.)
     *
     * @param outputOverwritten true for a layer that is read so; {@link org.mtl4j.dl4j.vertex.MemoryLayout} finds out by itself
     */
    public void setOutputOverwritten(boolean outputOverwritten) {
        this.outputOverwritten = outputOverwritten;
    }

    /** As in the stock layer; that of flat images expects a gradient, which this layer may not have. */
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
        return FreshLayer.filled(
                new FastConvolution(conf, dataType), conf, listeners, index, parameters, initializeParameters);
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

    /** The stock layer's builder, and what is new here. */
    public static class Builder extends BaseConvBuilder<Builder> {
        private boolean inputGradient = true;
        private int[] pooling;

        /** A kernel of this height and width (or of one side). */
        public Builder(int... kernelSize) {
            super(kernelSize);
        }

        /**
         * Whether the layer computes the gradient with respect to its input; true unless told otherwise. Where the input
         * is the network's data and every layer on it is of this kind, nobody needs that gradient; it costs more than all
         * else in a first layer. The layer then hands back no gradient.
         */
        public Builder inputGradient(boolean compute) {
            this.inputGradient = compute;
            return this;
        }

        /**
         * Maximum pooling over separate windows behind the activation, by the layer itself; none unless told otherwise. It gives
         * what a pooling layer behind this one gives (kernel and stride of this size, without padding; what a last window does
         * not fill is left out). Where the activation is ReLU, no {@link #inputGradient} is wanted and the inputs of each output
         * are few, as in a first layer on gray images, both are computed in one go on a CPU, and what lies between them, the
         * largest array of many a network, is never stored.
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
            org.deeplearning4j.util.ConvolutionUtils.validateConvolutionModePadding(convolutionMode, padding);
            org.deeplearning4j.util.ConvolutionUtils.validateCnnKernelStridePadding(kernelSize, stride, padding);
            return new FastConvolutionLayer(this);
        }
    }
}
