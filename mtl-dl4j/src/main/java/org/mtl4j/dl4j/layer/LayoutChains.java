package org.mtl4j.dl4j.layer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.jspecify.annotations.Nullable;

/** Finds the largest set of vertices whose activations can have a memory layout without any conversion. */
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

    /** Starts with all vertices that could, and removes those that cannot until nothing changes. */
    Set<String> find() {
        vertices.forEach((name, vertex) -> {
            if (rules.produces(vertex)
                    || rules.preserves(vertex, inputs.get(name).size())) {
                found.add(name);
            }
        });
        while (found.removeIf(name -> !fits(name))) {
            // what reads it, or is read by it, may have to go next
        }
        return found;
    }

    private boolean fits(String name) {
        boolean fed = rules.produces(vertices.get(name)) || found.containsAll(inputs.get(name));
        return fed
                && !outputs.contains(name)
                && readers.getOrDefault(name, List.of()).stream()
                        .allMatch(reader -> found.contains(reader) || rules.accepts(vertices.get(reader)));
    }

    /**
     * Tells whether what reads a vertex's output may overwrite it, itself or behind vertices that pass the same memory
     * on: layers that add noise to their input ({@code GaussianNoise}, {@code GaussianDropout}, {@code AlphaDropout})
     * do so in place, and so may layers of somebody else. Plain dropout does too, but leaves no gradient where it
     * writes.
     */
    boolean isOverwritten(String name) {
        return readers.getOrDefault(name, List.of()).stream()
                .anyMatch(reader ->
                        overwrites(vertices.get(reader)) || passesOn(vertices.get(reader)) && isOverwritten(reader));
    }

    private static boolean overwrites(GraphVertex vertex) {
        Layer layer = layer(vertex);
        return layer == null
                ? !isKnown(vertex)
                : !isKnown(layer)
                        || layer.getIDropout() != null && layer.getIDropout().getClass() != Dropout.class;
    }

    /** Tells whether a layer is a stock one or the library's; what others do to their inputs is not known. */
    private static boolean isKnown(Layer layer) {
        String name = layer.getClass().getName();
        boolean wraps = layer instanceof BaseWrapperLayer || layer instanceof FrozenLayer;
        return !wraps
                && (name.startsWith("org.deeplearning4j.nn.conf.layers.") || name.startsWith("org.mtl4j.dl4j.layer."));
    }

    private static boolean isKnown(GraphVertex vertex) {
        String name = vertex.getClass().getName();
        return name.startsWith("org.deeplearning4j.nn.conf.graph.") || name.startsWith("org.mtl4j.");
    }

    private static boolean passesOn(GraphVertex vertex) {
        return vertex instanceof PreprocessorVertex
                || vertex instanceof ReshapeVertex
                || layer(vertex) instanceof DropoutLayer;
    }

    static boolean hasNoPreProcessor(GraphVertex vertex) {
        return !(vertex instanceof LayerVertex layer) || layer.getPreProcessor() == null;
    }

    static boolean flattens(GraphVertex vertex) {
        return vertex instanceof LayerVertex layer
                && layer.getPreProcessor() != null
                && layer.getPreProcessor().getClass() == CnnToFeedForwardPreProcessor.class;
    }

    /** Returns the configuration of a vertex's layer; null for a vertex without. */
    static @Nullable Layer layer(GraphVertex vertex) {
        return vertex instanceof LayerVertex layer ? layer.getLayerConf().getLayer() : null;
    }

    /** Tells whether a vertex has a layer of just this class: one that is made of it may do anything. */
    static boolean is(GraphVertex vertex, Class<? extends Layer> type) {
        Layer layer = layer(vertex);
        return layer != null && layer.getClass() == type;
    }

    /** Tells whether a vertex is one of the library's own convolutions, and not left to the stock layer's code. */
    static boolean isOwnConvolution(GraphVertex vertex) {
        return hasNoPreProcessor(vertex)
                && layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getClass() == FastConvolutionLayer.class
                && !convolution.isLeftToStock();
    }
}
