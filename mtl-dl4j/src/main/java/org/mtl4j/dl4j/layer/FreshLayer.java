package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What every layer has to be given before a graph can use it. */
final class FreshLayer {
    private FreshLayer() {}

    /**
     * Gives a layer what {@code instantiate} of its configuration got.
     *
     * @return the layer
     */
    static Layer filled(
            Layer layer,
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters) {
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(conf.getLayer().initializer().init(conf, parameters, initializeParameters));
        layer.setConf(conf);
        return layer;
    }
}
