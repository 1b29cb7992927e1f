package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures batch normalisation (Ioffe and Szegedy, ICML 2015) like {@link BatchNormalization}: the same
 * configuration, parameters and results to rounding, in two passes over the data on a CPU in single precision. Other
 * data types and layouts of memory are copied and computed in double precision. Everything else is computed by the
 * stock layer's code: images with channels last by their configuration, fixed γ and β, sequences.
 */
public class FastBatchNormalizationLayer extends BatchNormalization {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private boolean rectified;

    /** Makes a layer with the stock layer's defaults, decay 0.9 and ε 1e-5; for deserialisation. */
    public FastBatchNormalizationLayer() {}

    /**
     * Makes a layer with learned γ and β.
     *
     * @param decay fraction of the old estimates of mean and variance that each step keeps, in [0, 1]
     * @param epsilon ε, added to the variance; above 0
     */
    public FastBatchNormalizationLayer(double decay, double epsilon) {
        setDecay(decay);
        setEps(epsilon);
    }

    /** Tells whether the result goes through ReLU; it does not by default. */
    public boolean isRectified() {
        return rectified;
    }

    /** Returns a copy whose result goes through ReLU, which saves an activation layer behind it. */
    public FastBatchNormalizationLayer withRelu() {
        FastBatchNormalizationLayer copy = (FastBatchNormalizationLayer) clone();
        copy.rectified = true;
        return copy;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        LayerValidation.assertNOutSet("FastBatchNormalizationLayer", getLayerName(), index, getNOut());
        return LayerSetup.initialise(
                new FastBatchNormalizationLayerImpl(conf, dataType),
                conf,
                listeners,
                index,
                parameters,
                initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastBatchNormalizationLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FastBatchNormalizationLayer layer
                && super.equals(other)
                && rectified == layer.rectified;
    }

    @Override
    public int hashCode() {
        return super.hashCode() * 31 + Boolean.hashCode(rectified);
    }
}
