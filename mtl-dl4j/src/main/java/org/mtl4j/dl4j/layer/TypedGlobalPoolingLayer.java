package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures global pooling that announces the right type of its output: vectors, made of sequences. The stock layer of
 * 1.0.0-M2.1 makes vectors too but announces sequences, after which a graph gives the next layer a wrong pre-processor.
 * And it broadcasts by operations that crash the JVM if another thread causes a garbage collection meanwhile.
 */
public class TypedGlobalPoolingLayer extends GlobalPoolingLayer {
    private static final long serialVersionUID = 1L;

    /** Makes an empty layer, for deserialisation. */
    public TypedGlobalPoolingLayer() {}

    /** Makes a layer that pools over all positions or steps. */
    public TypedGlobalPoolingLayer(PoolingType type) {
        super(type);
    }

    /** Copies a stock layer's configuration, with everything that is set in it. */
    static TypedGlobalPoolingLayer of(GlobalPoolingLayer stock) {
        TypedGlobalPoolingLayer to = new TypedGlobalPoolingLayer(stock.getPoolingType());
        to.setLayerName(stock.getLayerName());
        to.setIDropout(stock.getIDropout());
        to.setConstraints(stock.getConstraints());
        to.setPoolingDimensions(stock.getPoolingDimensions());
        to.setPnorm(stock.getPnorm());
        to.setCollapseDimensions(stock.isCollapseDimensions());
        return to;
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
                new TypedGlobalPoolingLayerImpl(conf, dataType),
                conf,
                listeners,
                index,
                parameters,
                initializeParameters);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return input instanceof InputType.InputTypeRecurrent sequence
                ? InputType.feedForward(sequence.getSize())
                : super.getOutputType(index, input);
    }
}
