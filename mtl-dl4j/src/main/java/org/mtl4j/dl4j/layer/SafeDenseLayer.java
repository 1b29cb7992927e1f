package org.mtl4j.dl4j.layer;

import java.io.IOException;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

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

    /**
     * Copies a stock layer's configuration.
     *
     * @throws IllegalArgumentException if Deeplearning4j cannot write and read it as JSON, as saved models need it
     */
    public static SafeDenseLayer of(DenseLayer stock) {
        try {
            ObjectMapper mapper = NeuralNetConfiguration.mapper();
            ObjectNode tree = (ObjectNode) mapper.readTree(mapper.writeValueAsString(stock));
            tree.put("@class", SafeDenseLayer.class.getName());
            return (SafeDenseLayer) mapper.readValue(tree.toString(), org.deeplearning4j.nn.conf.layers.Layer.class);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "layer '%s' cannot be written and read as JSON, which is how models are saved: %s"
                            .formatted(stock.getLayerName(), e.getMessage()),
                    e);
        }
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
