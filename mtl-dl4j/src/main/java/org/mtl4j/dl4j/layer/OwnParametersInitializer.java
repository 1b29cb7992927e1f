package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Divides the parameters of an {@link OwnParametersLayer}, and has it write their start. */
final class OwnParametersInitializer implements ParamInitializer {
    static final OwnParametersInitializer INSTANCE = new OwnParametersInitializer();

    private OwnParametersInitializer() {}

    private static List<OwnParametersLayer.Parameter> parameters(Layer layer) {
        return ((OwnParametersLayer) layer).parameters();
    }

    private static long length(OwnParametersLayer.Parameter parameter) {
        return Arrays.stream(parameter.shape()).reduce(1, Math::multiplyExact);
    }

    private static List<String> keys(Layer layer, boolean weights, boolean others) {
        return parameters(layer).stream()
                .filter(parameter -> parameter.weight() ? weights : others)
                .map(OwnParametersLayer.Parameter::name)
                .toList();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return parameters(layer).stream()
                .mapToLong(OwnParametersInitializer::length)
                .sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return keys(layer, true, true);
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return keys(layer, true, false);
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return keys(layer, false, true);
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return weightKeys(layer).contains(key);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return biasKeys(layer).contains(key);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initializeParameters) {
        Map<String, INDArray> arrays = views(conf.getLayer(), view);
        arrays.keySet().forEach(conf::addVariable);
        if (initializeParameters) {
            view.assign(0);
            ((OwnParametersLayer) conf.getLayer()).start(arrays);
        }
        return Collections.synchronizedMap(arrays);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return views(conf.getLayer(), view);
    }

    private Map<String, INDArray> views(Layer layer, INDArray view) {
        if (view.length() != numParams(layer)) {
            throw new IllegalStateException("%s '%s' has %s parameters, got %s"
                    .formatted(
                            layer.getClass().getSimpleName(), layer.getLayerName(), numParams(layer), view.length()));
        }
        INDArray flat = view.reshape(view.length());
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        long from = 0;
        for (OwnParametersLayer.Parameter parameter : parameters(layer)) {
            long to = from + length(parameter);
            arrays.put(
                    parameter.name(), flat.get(NDArrayIndex.interval(from, to)).reshape('c', parameter.shape()));
            from = to;
        }
        return arrays;
    }
}
