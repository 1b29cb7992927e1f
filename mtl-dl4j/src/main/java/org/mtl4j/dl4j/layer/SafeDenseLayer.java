package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures a fully connected layer like {@link DenseLayer}: the same configuration, parameters and results. The stock
 * layer adds its bias by an operation of ND4J 1.0.0-M2.1 that crashes the JVM if another thread causes a garbage
 * collection meanwhile; this one does not.
 *
 * <pre>{@code
 * SafeDenseLayer.of(new DenseLayer.Builder().nOut(120).activation(Activation.RELU).build())
 * }</pre>
 */
public class SafeDenseLayer extends DenseLayer {
    private static final long serialVersionUID = 1L;

    /** Makes an empty layer, for deserialisation. */
    public SafeDenseLayer() {}

    /** Copies a configuration, with everything that is set in it. */
    SafeDenseLayer(DenseLayer stock) {
        DenseLayer from = (DenseLayer) stock.clone();
        setLayerName(from.getLayerName());
        setIDropout(from.getIDropout());
        setConstraints(from.getConstraints());
        setActivationFn(from.getActivationFn());
        setWeightInitFn(from.getWeightInitFn());
        setBiasInit(from.getBiasInit());
        setGainInit(from.getGainInit());
        setRegularization(from.getRegularization());
        setRegularizationBias(from.getRegularizationBias());
        setIUpdater(from.getIUpdater());
        setBiasUpdater(from.getBiasUpdater());
        setWeightNoise(from.getWeightNoise());
        setGradientNormalization(from.getGradientNormalization());
        setGradientNormalizationThreshold(from.getGradientNormalizationThreshold());
        setNIn(from.getNIn());
        setNOut(from.getNOut());
        setTimeDistributedFormat(from.getTimeDistributedFormat());
        setHasLayerNorm(from.hasLayerNorm());
        setHasBias(from.hasBias());
    }

    /** Copies a stock layer's configuration, with everything that is set in it. */
    public static SafeDenseLayer of(DenseLayer stock) {
        return new SafeDenseLayer(stock);
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        LayerValidation.assertNInNOutSet("SafeDenseLayer", getLayerName(), index, getNIn(), getNOut());
        return LayerSetup.initialise(
                new SafeDenseLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof SafeDenseLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SafeDenseLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
