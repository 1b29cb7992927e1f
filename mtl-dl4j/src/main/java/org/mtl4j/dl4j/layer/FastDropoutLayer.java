package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures dropout like {@link DropoutLayer}. In steps that the library makes, what is dropped depends on the seed,
 * the number of the step, the layer's name and the place of a number in the batch, so that it is the same on any number
 * of threads; elsewhere, and with masks of features, the stock layer's code draws from ND4J's stream.
 */
public class FastDropoutLayer extends DropoutLayer {
    private static final long serialVersionUID = 1L;

    /** Makes a layer that drops nothing; for deserialisation. */
    public FastDropoutLayer() {}

    /**
     * Makes a layer.
     *
     * @param keep with which probability a number is kept, in (0, 1)
     */
    public FastDropoutLayer(double keep) {
        super(keep);
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
                new FastDropoutLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    public FastDropoutLayer clone() {
        return (FastDropoutLayer) super.clone();
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastDropoutLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FastDropoutLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
