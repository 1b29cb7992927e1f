package org.mtl4j.dl4j.join;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

/** Holds a network that is to be joined with others: its configuration, always as that of a graph, and its weights. */
final class SourceNetwork {
    private final String name;
    private final ComputationGraphConfiguration configuration;
    private final Function<String, Map<String, INDArray>> weights;
    private final List<InputType> inputTypes;

    private SourceNetwork(
            String name,
            ComputationGraphConfiguration configuration,
            Function<String, Map<String, INDArray>> weights,
            InputType... inputTypes) {
        this.name = name;
        this.configuration = configuration;
        this.weights = weights;
        this.inputTypes = ImmutableList.copyOf(inputTypes);
        if (name.isBlank() || name.contains(VertexNames.SEPARATOR)) {
            throw new IllegalArgumentException(
                    "the name of a network must not be blank and have no '%s' in it, got '%s'"
                            .formatted(VertexNames.SEPARATOR, name));
        }
        if (inputTypes.length != 0 && inputTypes.length != inputs().size()) {
            throw new IllegalArgumentException("network '%s' has the inputs %s, but %d input types were given: %s"
                    .formatted(name, inputs(), inputTypes.length, List.of(inputTypes)));
        }
    }

    static SourceNetwork of(String name, ComputationGraph graph, InputType... inputTypes) {
        requireInitialised(name, graph.getVertices() != null);
        return new SourceNetwork(
                name,
                graph.getConfiguration(),
                vertex -> graph.getVertex(vertex).paramTable(false),
                inputTypes);
    }

    /** Layers without a name get {@code layer0} and so on, those with a name that came before their place behind it. */
    static SourceNetwork of(String name, MultiLayerNetwork network, InputType... inputType) {
        requireInitialised(name, network.isInitCalled());
        MultiLayerConfiguration stack = network.getLayerWiseConfigurations();
        NeuralNetConfiguration defaults = stack.getConf(0).clone();
        defaults.setLayer(null);
        GraphBuilder graph = new NeuralNetConfiguration.Builder(defaults)
                .dataType(stack.getDataType())
                .trainingWorkspaceMode(stack.getTrainingWorkspaceMode())
                .inferenceWorkspaceMode(stack.getInferenceWorkspaceMode())
                .cacheMode(stack.getCacheMode())
                .graphBuilder()
                .addInputs(VertexNames.INPUT)
                .validateOutputLayerConfig(false);
        setBackpropagation(graph, stack.getBackpropType(), stack.getTbpttFwdLength(), stack.getTbpttBackLength());
        Map<String, Integer> places = new HashMap<>();
        places.put(VertexNames.INPUT, -1);
        String end = VertexNames.INPUT;
        for (int i = 0; i < network.getnLayers(); i++) {
            String given = stack.getConf(i).getLayer().getLayerName();
            String layer = given == null ? "layer" + i : places.containsKey(given) ? given + "-" + i : given;
            graph.addVertex(layer, new LayerVertex(stack.getConf(i), stack.getInputPreProcess(i)), end);
            places.put(layer, i);
            end = layer;
        }
        return new SourceNetwork(
                name,
                graph.setOutputs(end).build(),
                layer -> network.getLayer(places.get(layer)).paramTable(false),
                inputType);
    }

    private static void requireInitialised(String name, boolean initialised) {
        if (!initialised) {
            throw new IllegalArgumentException(
                    "network '%s' has no weights; call init(), train it or load it before it is joined"
                            .formatted(name));
        }
    }

    /** Starts to build a graph with the settings of another one, without vertices. */
    static GraphBuilder graphLike(ComputationGraphConfiguration configuration) {
        NeuralNetConfiguration defaults =
                configuration.getDefaultConfiguration().clone();
        defaults.setLayer(null);
        GraphBuilder graph = new NeuralNetConfiguration.Builder(defaults)
                .dataType(configuration.getDataType())
                .trainingWorkspaceMode(configuration.getTrainingWorkspaceMode())
                .inferenceWorkspaceMode(configuration.getInferenceWorkspaceMode())
                .cacheMode(configuration.getCacheMode())
                .graphBuilder()
                .allowDisconnected(true)
                .validateOutputLayerConfig(false); // the sources were valid or meant to be as they are
        setBackpropagation(
                graph,
                configuration.getBackpropType(),
                configuration.getTbpttFwdLength(),
                configuration.getTbpttBackLength());
        return graph;
    }

    private static void setBackpropagation(GraphBuilder graph, BackpropType type, int forward, int back) {
        graph.backpropType(type);
        if (type == BackpropType.TruncatedBPTT) {
            graph.tBPTTForwardLength(forward).tBPTTBackwardLength(back);
        }
    }

    /** {@return the settings that a graph has once for all of its layers, by what they are called in messages} */
    Map<String, Object> settings() {
        NeuralNetConfiguration defaults = configuration.getDefaultConfiguration();
        boolean truncated = configuration.getBackpropType() == BackpropType.TruncatedBPTT;
        return ImmutableMap.of(
                "data type",
                configuration.getDataType(),
                "backpropagation",
                truncated
                        ? "truncated after %s steps forward, %s back"
                                .formatted(configuration.getTbpttFwdLength(), configuration.getTbpttBackLength())
                        : "not truncated",
                "optimisation algorithm",
                String.valueOf(defaults.getOptimizationAlgo()),
                "miniBatch",
                defaults.isMiniBatch(),
                "minimize",
                defaults.isMinimize());
    }

    String name() {
        return name;
    }

    ComputationGraphConfiguration configuration() {
        return configuration;
    }

    List<String> inputs() {
        return configuration.getNetworkInputs();
    }

    List<String> outputs() {
        return configuration.getNetworkOutputs();
    }

    Map<String, GraphVertex> vertices() {
        return configuration.getVertices();
    }

    List<String> inputsOf(String vertex) {
        return configuration.getVertexInputs().getOrDefault(vertex, List.of());
    }

    /** {@return the weights of a vertex by name, views; empty for one that has none} */
    Map<String, INDArray> weightsOf(String vertex) {
        Map<String, INDArray> table = weights.apply(vertex);
        return table == null ? Map.of() : table;
    }

    /** {@return the type of an input as far as it was given} */
    Optional<InputType> givenType(String input) {
        return inputTypes.isEmpty() ? Optional.empty() : Optional.of(inputTypes.get(inputs().indexOf(input)));
    }

    /** {@return the updater of the first layer that learns} */
    Optional<IUpdater> updater() {
        return vertices().values().stream()
                .filter(LayerVertex.class::isInstance)
                .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer())
                .filter(BaseLayer.class::isInstance)
                .map(layer -> ((BaseLayer) layer).getIUpdater())
                .filter(updater -> updater != null && !(updater instanceof NoOp))
                .findFirst();
    }

    /** {@return the vertex itself and everything that it is computed from} */
    Set<String> origins(String vertex) {
        Set<String> found = new HashSet<>();
        collectOrigins(vertex, found);
        return Collections.unmodifiableSet(found);
    }

    private void collectOrigins(String vertex, Set<String> found) {
        if (found.add(vertex)) {
            inputsOf(vertex).forEach(input -> collectOrigins(input, found));
        }
    }
}
