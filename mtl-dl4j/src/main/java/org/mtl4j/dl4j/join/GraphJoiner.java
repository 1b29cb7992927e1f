package org.mtl4j.dl4j.join;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.nd4j.linalg.learning.config.IUpdater;

/** Joins several networks into one graph, with units and weight relatedness between them. */
final class GraphJoiner {
    private final Map<String, SourceNetwork> sources;
    private final @Nullable IUpdater updater;
    private final Map<String, SharedInput> shared;
    /** The names in the graph, by network and by its own name of an input or vertex. */
    private final Map<String, Map<String, String>> names = new LinkedHashMap<>();
    /** What is to be read in the place of a vertex, by its name. */
    private final Map<String, String> detours = new HashMap<>();

    /**
     * Describes an input that several networks read.
     *
     * @param type its type
     * @param readers networks, or {@code network/input} for those of several inputs; empty for all networks
     */
    record SharedInput(InputType type, List<String> readers) {}

    /** @param updater for units and coefficients; null for those of the sources */
    GraphJoiner(Map<String, SourceNetwork> sources, Map<String, SharedInput> shared, @Nullable IUpdater updater) {
        this.sources = sources;
        this.shared = shared;
        this.updater = updater;
        if (sources.size() < 2) {
            throw new IllegalArgumentException("at least 2 networks are joined, got " + sources.keySet());
        }
        requireOneSetOfSettings();
        nameEverything();
    }

    private void requireOneSetOfSettings() {
        SourceNetwork first = Iterables.get(sources.values(), 0);
        for (SourceNetwork source : sources.values()) {
            source.settings().forEach((setting, value) -> {
                Object expected = first.settings().get(setting);
                if (!value.equals(expected)) {
                    throw new IllegalArgumentException(
                            "a graph has one setting of '%s' for all layers, but network '%s' has %s and '%s' has %s"
                                    .formatted(setting, first.name(), expected, source.name(), value));
                }
            });
        }
    }

    private void nameEverything() {
        for (SourceNetwork source : sources.values()) {
            Map<String, String> own = new HashMap<>();
            source.inputs().forEach(input -> own.put(input, VertexNames.in(source.name(), input)));
            source.vertices().keySet().forEach(vertex -> own.put(vertex, VertexNames.in(source.name(), vertex)));
            names.put(source.name(), own);
        }
        Set<String> redirected = new HashSet<>();
        shared.forEach((name, input) -> {
            if (name.isBlank() || name.contains(VertexNames.SEPARATOR) || name.equals(VertexNames.RELATEDNESS)) {
                throw new IllegalArgumentException(
                        "a shared input must not be blank, called '%s', or have a '%s' in its name, got '%s'"
                                .formatted(VertexNames.RELATEDNESS, VertexNames.SEPARATOR, name));
            }
            for (String reader : input.readers().isEmpty() ? sources.keySet() : input.readers()) {
                share(name, reader, redirected);
            }
        });
    }

    private void share(String input, String reader, Set<String> redirected) {
        SourceNetwork source = sources.get(reader.split(VertexNames.SEPARATOR, 2)[0]);
        if (source == null) {
            throw new IllegalArgumentException("shared input '%s' is read by '%s', but the networks are %s"
                    .formatted(input, reader, sources.keySet()));
        }
        String own;
        if (reader.equals(source.name()) && source.inputs().size() == 1) {
            own = source.inputs().get(0);
        } else {
            own = source.inputs().stream()
                    .filter(candidate -> reader.equals(VertexNames.in(source.name(), candidate)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "shared input '%s': network '%s' has the inputs %s; say which, as in '%s', got '%s'"
                                    .formatted(
                                            input,
                                            source.name(),
                                            source.inputs(),
                                            VertexNames.in(
                                                    source.name(),
                                                    source.inputs().get(0)),
                                            reader)));
        }
        if (!redirected.add(VertexNames.in(source.name(), own))) {
            throw new IllegalArgumentException(
                    "input '%s' of network '%s' is shared twice".formatted(own, source.name()));
        }
        if (source.vertices().containsKey(input)) {
            throw new IllegalArgumentException(
                    "network '%s' has a layer called '%s', so the shared input cannot have this name"
                            .formatted(source.name(), input));
        }
        names.get(source.name()).put(own, input);
    }

    Map<String, SourceShapes> shapes() {
        Map<String, SourceShapes> shapes = new LinkedHashMap<>();
        for (SourceNetwork source : sources.values()) {
            Map<String, InputType> types = new HashMap<>();
            for (String input : source.inputs()) {
                SharedInput read = shared.get(names.get(source.name()).get(input));
                if (read != null) {
                    types.put(input, read.type());
                }
            }
            shapes.put(source.name(), new SourceShapes(source, types));
        }
        return shapes;
    }

    /** @param related the term, null for none */
    ComputationGraph join(List<StitchPlace> places, @Nullable RelatednessTerm related) {
        StitchPlace.requireOrder(places, sources);
        SourceNetwork first = Iterables.get(sources.values(), 0);
        GraphBuilder graph = SourceNetwork.graphLike(first.configuration());
        List<String> inputs = inputs();
        graph.addInputs(inputs);
        if (related != null) {
            // first in topological order, whatever input the tied layers read, so that its gradient is computed last
            graph.addVertex(VertexNames.RELATEDNESS, related.vertex(updaterOf(first)), inputs.get(0));
            detours.put(inputs.get(0), VertexNames.RELATEDNESS);
        }
        Map<String, SourceShapes> shapes = shapes();
        Map<String, CrossStitchVertex> units = new LinkedHashMap<>();
        Map<String, String[]> mixed = new HashMap<>();
        for (StitchPlace place : places) {
            addUnit(place, place.types(shapes), units, mixed);
        }
        for (SourceNetwork source : sources.values()) {
            addVertices(source, graph);
        }
        units.forEach((name, unit) -> graph.addVertex(name, unit, mixed.get(name)));
        graph.setOutputs(sources.values().stream()
                .flatMap(source -> source.outputs().stream().map(names.get(source.name())::get))
                .toArray(String[]::new));
        ComputationGraphConfiguration configuration = graph.build();
        MemoryLayout.arrange(configuration);
        ComputationGraph joined = new ComputationGraph(configuration);
        joined.init();
        for (SourceNetwork source : sources.values()) {
            for (String vertex : source.vertices().keySet()) {
                VertexCopies.copyWeights(
                        source.weightsOf(vertex),
                        joined.getVertex(names.get(source.name()).get(vertex)).paramTable(false));
            }
        }
        if (related != null) {
            requireAlikeWeights(joined);
        }
        return joined;
    }

    /** Lists the inputs of networks in their order, one that is shared where it comes first. */
    private List<String> inputs() {
        Set<String> inputs = new LinkedHashSet<>();
        for (SourceNetwork source : sources.values()) {
            source.inputs().forEach(input -> inputs.add(names.get(source.name()).get(input)));
        }
        return List.copyOf(inputs);
    }

    private void addUnit(
            StitchPlace place,
            List<InputType> types,
            Map<String, CrossStitchVertex> units,
            Map<String, String[]> mixed) {
        List<String> networks = List.copyOf(place.layers().keySet());
        String[] inputs = networks.stream()
                .map(network -> names.get(network).get(place.layers().get(network)))
                .toArray(String[]::new);
        for (int s = 0; s < inputs.length; s++) {
            CrossStitchVertex unit = new CrossStitchVertex(
                    place.unit(),
                    inputs.length,
                    s,
                    updaterOf(sources.get(networks.get(s))),
                    CrossStitchVertex.CHANNELS_OF_INPUT_TYPES);
            unit.getOutputType(0, types.toArray(InputType[]::new)); // tells it the number of channels
            place.unit().initialRows(inputs.length, Math.max(1, unit.channels())); // refuses what does not fit
            String name = VertexNames.stitch(inputs[s]);
            while (names.get(networks.get(s)).containsValue(name)) { // the network has been stitched before
                name = VertexNames.stitch(name);
            }
            units.put(name, unit);
            mixed.put(name, inputs);
            detours.put(inputs[s], name);
        }
    }

    private void addVertices(SourceNetwork source, GraphBuilder graph) {
        Map<String, String> own = names.get(source.name());
        source.vertices().forEach((vertex, configuration) -> {
            String name = own.get(vertex);
            String[] inputs = source.inputsOf(vertex).stream()
                    .map(own::get)
                    .map(input -> detours.getOrDefault(input, input))
                    .toArray(String[]::new);
            graph.addVertex(name, VertexCopies.copy(configuration, name, own::get), inputs);
        });
    }

    private IUpdater updaterOf(SourceNetwork source) {
        if (updater != null) {
            return updater.clone();
        }
        return source.updater()
                .map(IUpdater::clone)
                .orElseThrow(() -> new IllegalArgumentException(
                        "no layer of network '%s' has an updater that the units could use; give one, updater(...)"
                                .formatted(source.name())));
    }

    private static void requireAlikeWeights(ComputationGraph joined) {
        try {
            RelatednessPenalty.of(joined, VertexNames.RELATEDNESS).states();
        } catch (IllegalStateException e) { // says which weights of which layers have which shapes
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Lists the layers that a regularizer ties in these networks. */
    List<WeightTie> ties(WeightRelatednessRegularizer term) {
        List<WeightTie> ties = new ArrayList<>();
        for (String layer : term.layers()) {
            for (List<String> networks : term.groupsAmong(sources.keySet())) {
                ties.add(new WeightTie(networks.stream()
                        .map(network -> VertexNames.in(network, layer))
                        .toList()));
            }
        }
        return ties;
    }

    /** Refuses ties to layers that do not exist. */
    void requireLayers(List<WeightTie> ties) {
        for (WeightTie tie : ties) {
            for (String layer : tie.layers()) {
                String[] path = layer.split(VertexNames.SEPARATOR, 2);
                SourceNetwork source = sources.get(path[0]);
                if (source == null || path.length < 2 || !source.vertices().containsKey(path[1])) {
                    throw new IllegalArgumentException("related layers are called network/layer, got '%s'; %s"
                            .formatted(
                                    layer,
                                    source == null
                                            ? "the networks are " + sources.keySet()
                                            : "'%s' has %s"
                                                    .formatted(
                                                            source.name(),
                                                            source.vertices().keySet())));
                }
            }
        }
    }
}
