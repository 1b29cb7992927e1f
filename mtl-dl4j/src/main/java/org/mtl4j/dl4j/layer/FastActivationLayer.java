package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures an activation like {@link ActivationLayer}: the same results, but its input stays as it is in predictions,
 * too, where the stock layer of 1.0.0-M2.1 writes over the data, or over what other layers read. ReLU takes one pass
 * over predictions on a CPU in single precision.
 */
public class FastActivationLayer extends ActivationLayer {
    private static final long serialVersionUID = 1L;

    /** Makes a ReLU without a name and without dropout. */
    public FastActivationLayer() {
        super(new ActivationReLU());
    }

    /** Copies a stock layer's configuration. */
    static FastActivationLayer of(ActivationLayer stock) {
        FastActivationLayer fast = new FastActivationLayer();
        fast.setLayerName(stock.getLayerName());
        fast.setIDropout(stock.getIDropout());
        fast.setConstraints(stock.getConstraints());
        fast.setActivationFn(stock.getActivationFn());
        return fast;
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
                new FastActivationLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FastActivationLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FastActivationLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
