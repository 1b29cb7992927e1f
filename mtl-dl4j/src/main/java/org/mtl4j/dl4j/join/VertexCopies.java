package org.mtl4j.dl4j.join;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.ConfigurationJson;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.core.JsonProcessingException;

/** Makes copies of configured vertices, and of their weights, for a graph in which vertices have other names. */
final class VertexCopies {
    private VertexCopies() {}

    /**
     * Makes a copy that shares nothing with the original.
     *
     * @param name what the vertex is called in its new graph
     * @param rename gives the new name of any other vertex or input that the original names
     */
    static GraphVertex copy(GraphVertex original, String name, UnaryOperator<String> rename) {
        if (original instanceof LayerVertex vertex) {
            NeuralNetConfiguration layer = copy(vertex.getLayerConf(), name);
            layer.getLayer().setLayerName(name);
            removeIdleDropout(layer.getLayer());
            layer.clearVariables(); // the new layer adds its own
            return new LayerVertex(
                    layer,
                    vertex.getPreProcessor() == null
                            ? null
                            : vertex.getPreProcessor().clone());
        }
        if (original instanceof FrozenVertex vertex) {
            return new FrozenVertex(copy(vertex.getUnderlying(), name, rename));
        }
        if (original instanceof WeightRelatednessVertex vertex) {
            return new WeightRelatednessVertex(
                    vertex.ties().stream()
                            .map(tie -> new WeightTie(
                                    tie.layers().stream().map(rename).toList()))
                            .toList(),
                    vertex.relatedness(),
                    vertex.strength(),
                    vertex.updater().clone(),
                    vertex.learningRateFactor());
        }
        if (original instanceof LastTimeStepVertex vertex) {
            return new LastTimeStepVertex(renamed(vertex.getMaskArrayInputName(), rename));
        }
        if (original instanceof ReverseTimeSeriesVertex vertex) {
            return new ReverseTimeSeriesVertex(renamed(vertex.getMaskArrayInputName(), rename));
        }
        if (original instanceof DuplicateToTimeSeriesVertex vertex) {
            return new DuplicateToTimeSeriesVertex(renamed(vertex.getInputName(), rename));
        }
        return original.clone();
    }

    /**
     * Removes dropout that keeps everything, which the import from Keras gives every layer. It does nothing, but a
     * stock convolution with channels last fails at it in training.
     */
    private static void removeIdleDropout(Layer layer) {
        if (layer.getIDropout() instanceof Dropout dropout
                && dropout.getClass() == Dropout.class
                && dropout.getP() == 1
                && dropout.getPSchedule() == null) {
            layer.setIDropout(null);
        }
    }

    private static @Nullable String renamed(@Nullable String name, UnaryOperator<String> rename) {
        return name == null ? null : rename.apply(name);
    }

    /** Copies by way of JSON, because {@code clone()} of layers that wrap others shares the inner layer. */
    private static NeuralNetConfiguration copy(NeuralNetConfiguration original, String name) {
        try {
            ConfigurationJson json = ConfigurationJson.of(original);
            return json.read(json.write(original), NeuralNetConfiguration.class);
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalArgumentException(
                    ("the configuration of layer '%s' (%s) cannot be copied, because it is not the same when written"
                                    + " as JSON and read again: %s")
                            .formatted(name, original.getLayer().getClass().getName(), e.getMessage()),
                    e);
        }
    }

    /** Assigns weights of a vertex to those of its copy. */
    static void copyWeights(Map<String, INDArray> from, Map<String, INDArray> to) {
        from.forEach((key, values) -> to.get(key).assign(values));
    }
}
