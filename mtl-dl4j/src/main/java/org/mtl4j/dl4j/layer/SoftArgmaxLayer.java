package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures a soft-argmax, the expected position under a softmax over each feature map, {@code [batch, channels,
 * height, width]} to {@code [batch, 2 * channels]}; see {@link org.mtl4j.layer.SoftArgmax} for the formula. Without
 * parameters, on any backend.
 */
public class SoftArgmaxLayer extends NoParamLayer {
    private static final long serialVersionUID = 1L;

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        return LayerSetup.initialise(
                new SoftArgmaxLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return InputType.feedForward(2 * maps(input).getChannels());
    }

    @Override
    public @Nullable InputPreProcessor getPreProcessorForInputType(InputType input) {
        maps(input);
        return null;
    }

    private InputType.InputTypeConvolutional maps(InputType input) {
        if (input instanceof InputType.InputTypeConvolutional maps && maps.getFormat() == CNN2DFormat.NCHW) {
            return maps;
        }
        throw new IllegalStateException(
                "SoftArgmaxLayer '%s' needs feature maps whose channels come first (NCHW), got %s"
                        .formatted(getLayerName(), input));
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(getLayerName(), SoftArgmaxLayer.class, input, getOutputType(-1, input))
                .standardMemory(0, 0)
                .workingMemory(0, 0, 0, 2 * input.arrayElementsPerExample())
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }
}
