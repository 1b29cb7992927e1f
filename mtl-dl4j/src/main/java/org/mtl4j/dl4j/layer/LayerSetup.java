package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.mtl4j.dl4j.internal.cpu.ProductCheck;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Completes what the constructors of Deeplearning4j's layers leave undone. */
final class LayerSetup {
    private LayerSetup() {}

    /**
     * Gives a new layer what {@code instantiate} of its configuration got.
     *
     * @return the layer
     * @throws IllegalStateException if the backend computes wrong products of matrices in the parameters' data type
     */
    static Layer initialise(
            Layer layer,
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters) {
        if (parameters != null) {
            ProductCheck.require(parameters.dataType());
        }
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(conf.getLayer().initializer().init(conf, parameters, initializeParameters));
        layer.setConf(conf);
        return layer;
    }
}
