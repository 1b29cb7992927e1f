package org.mtl4j.dl4j.vertex;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Names the layer inside a {@link WeightRelatednessVertex}, of which a graph asks for a configuration. */
final class WeightRelatednessLayer extends NoParamLayer {
    private static final long serialVersionUID = 1L;

    WeightRelatednessLayer(String name) {
        this.layerName = name;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        throw new UnsupportedOperationException("made by its vertex");
    }

    @Override
    public InputType getOutputType(int index, InputType type) {
        return type;
    }

    @Override
    public @Nullable InputPreProcessor getPreProcessorForInputType(InputType type) {
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType type) {
        throw new UnsupportedOperationException("reported by its vertex");
    }
}
