package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures two-dimensional pooling like {@link SubsamplingLayer}: the same configuration and the same results, with a
 * faster backward pass of max pooling on a CPU where windows do not overlap. Everything else is computed by the stock
 * layer's code.
 *
 * <pre>{@code
 * new FastPoolingLayer.Builder(PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build()
 * }</pre>
 *
 * Of equal largest values in a window the first gets the gradient.
 */
public class FastPoolingLayer extends SubsamplingLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private boolean rectified;

    /** Makes an empty layer, for deserialisation. */
    public FastPoolingLayer() {}

    /** Makes the layer that a builder describes. */
    protected FastPoolingLayer(Builder builder) {
        super(builder);
        this.rectified = builder.rectified;
    }

    /** Tells whether the result goes through ReLU; see {@link Builder#rectified}. */
    public boolean isRectified() {
        return rectified;
    }

    /** Returns a copy whose result goes through ReLU; see {@link Builder#rectified}. */
    public FastPoolingLayer withRelu() {
        FastPoolingLayer copy = (FastPoolingLayer) clone();
        copy.rectified = true;
        return copy;
    }

    /** Tells whether it is max pooling over windows that do not overlap, in NCHW: what is computed by own kernels. */
    boolean isDisjointMaxPooling() {
        return getPoolingType() == org.deeplearning4j.nn.conf.layers.PoolingType.MAX
                && getCnn2dDataFormat() == CNN2DFormat.NCHW
                && getConvolutionMode() != ConvolutionMode.Same
                && Arrays.equals(getKernelSize(), getStride())
                && getPadding()[0] == 0
                && getPadding()[1] == 0
                && getDilation()[0] == 1
                && getDilation()[1] == 1;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        return LayerSetup.initialise(
                new FastPoolingLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastPoolingLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof FastPoolingLayer layer && rectified == layer.rectified;
    }

    @Override
    public int hashCode() {
        return super.hashCode() * 31 + Boolean.hashCode(rectified);
    }

    @Override
    public String toString() {
        return "FastPoolingLayer(rectified=" + rectified + ", " + super.toString() + ")";
    }

    /** Builds the layer: the stock layer's builder, with one option more. */
    public static class Builder extends SubsamplingLayer.Builder {
        private boolean rectified;

        /** Starts with the type of pooling. */
        public Builder(org.deeplearning4j.nn.conf.layers.PoolingType type) {
            super(type);
        }

        /**
         * Sets whether the result goes through ReLU; it does not by default. ReLU and max pooling commute, so that a
         * convolution with ReLU and max pooling behind it gives the same as one without and this, which has a quarter
         * of the values to rectify where windows are 2×2.
         */
        public Builder rectified(boolean rectified) {
            this.rectified = rectified;
            return this;
        }

        @Override
        public Builder kernelSize(int... size) {
            setKernelSize(size);
            return this;
        }

        @Override
        public Builder stride(int... stride) {
            setStride(stride);
            return this;
        }

        @Override
        public Builder padding(int... padding) {
            setPadding(padding);
            return this;
        }

        @Override
        public Builder convolutionMode(ConvolutionMode mode) {
            setConvolutionMode(mode);
            return this;
        }

        @Override
        @SuppressWarnings("unchecked") // as the stock builder declares it
        public FastPoolingLayer build() {
            super.build(); // checks
            return new FastPoolingLayer(this);
        }
    }
}
