package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;

/** Looks for the largest set of vertices whose activations can have a layout without anyone being worse off. */
final class LayoutChains {
    private final Map<String, GraphVertex> vertices;
    private final Map<String, List<String>> inputs;
    private final Map<String, List<String>> readers = new HashMap<>();
    private final Set<String> outputs;
    private final LayoutRules rules;
    private final Set<String> found = new HashSet<>();

    LayoutChains(ComputationGraphConfiguration configuration, LayoutRules rules) {
        vertices = configuration.getVertices();
        inputs = configuration.getVertexInputs();
        outputs = new HashSet<>(configuration.getNetworkOutputs());
        inputs.forEach((vertex, read) -> read.forEach(input ->
                readers.computeIfAbsent(input, key -> new ArrayList<>()).add(vertex)));
        this.rules = rules;
    }

    /** Starts with all that could, and takes away what cannot until nothing changes. */
    Set<String> find() {
        vertices.forEach((name, vertex) -> {
            if (rules.gives(vertex) || rules.passes(vertex, inputs.get(name).size())) {
                found.add(name);
            }
        });
        while (found.removeIf(name -> !fits(name))) {
            // what reads it, or is read by it, may have to go next
        }
        return found;
    }

    private boolean fits(String name) {
        boolean fed = rules.gives(vertices.get(name)) || found.containsAll(inputs.get(name));
        return fed
                && !outputs.contains(name)
                && readers.getOrDefault(name, List.of()).stream()
                        .allMatch(reader -> found.contains(reader) || rules.takes(vertices.get(reader)));
    }

    /**
     * Whether what reads it may write its noisy input over it, itself or by way of vertices that hand on the same memory. Plain
     * dropout leaves no gradient where it writes.
     */
    boolean overwritten(String name) {
        return readers.getOrDefault(name, List.of()).stream()
                .anyMatch(reader ->
                        overwrites(vertices.get(reader)) || handsOn(vertices.get(reader)) && overwritten(reader));
    }

    private static boolean overwrites(GraphVertex vertex) {
        Layer layer = layer(vertex);
        return layer == null
                ? !ofKnownOrigin(vertex)
                : layer.getIDropout() != null && !(layer.getIDropout() instanceof Dropout);
    }

    private static boolean ofKnownOrigin(GraphVertex vertex) {
        String name = vertex.getClass().getName();
        return name.startsWith("org.deeplearning4j.nn.conf.graph.") || name.startsWith("org.mtl4j.");
    }

    private static boolean handsOn(GraphVertex vertex) {
        return vertex instanceof PreprocessorVertex
                || vertex instanceof ReshapeVertex
                || layer(vertex) instanceof DropoutLayer;
    }

    static boolean unprepared(GraphVertex vertex) {
        return !(vertex instanceof LayerVertex layer) || layer.getPreProcessor() == null;
    }

    static boolean flattens(GraphVertex vertex) {
        return vertex instanceof LayerVertex layer && layer.getPreProcessor() instanceof CnnToFeedForwardPreProcessor;
    }

    /** Null for a vertex without a layer. */
    static Layer layer(GraphVertex vertex) {
        return vertex instanceof LayerVertex layer ? layer.getLayerConf().getLayer() : null;
    }

    /** Whether it is one of the library's own convolutions that does not leave its work to the stock layer's code. */
    static boolean convolution(GraphVertex vertex) {
        return unprepared(vertex)
                && layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getCnn2dDataFormat() == CNN2DFormat.NCHW
                && convolution.getDilation()[0] == 1
                && convolution.getDilation()[1] == 1;
    }
}
