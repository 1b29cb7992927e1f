package org.mtl4j.dl4j.join;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.MemoryLayout;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.nd4j.linalg.learning.config.IUpdater;

/** Makes one graph of several parts. */
final class Joining {
    private final Map<String, Part> parts;
    private final IUpdater updater;
    private final Map<String, SharedInput> shared;
    /** By part and its own name of an input or vertex the graph's. */
    private final Map<String, Map<String, String>> names = new LinkedHashMap<>();
    /** Where the same is to be read by others, for those that are not read themselves. */
    private final Map<String, String> detours = new HashMap<>();

    /**
     * An input that several networks read.
     *
     * @param type its type
     * @param readers networks, or {@code network/input} for those of several inputs; empty for all networks
     */
    record SharedInput(InputType type, List<String> readers) {}

    /** @param updater for units and coefficients; null for those of the parts */
    Joining(Map<String, Part> parts, Map<String, SharedInput> shared, IUpdater updater) {
        this.parts = parts;
        this.shared = shared;
        this.updater = updater;
        if (parts.size() < 2) {
            throw new IllegalArgumentException("at least 2 networks are joined, got " + parts.keySet());
        }
        requireOneSetOfSettings();
        nameEverything();
    }

    private void requireOneSetOfSettings() {
        Part first = Iterables.get(parts.values(), 0);
        for (Part part : parts.values()) {
            part.settings().forEach((setting, value) -> {
                Object expected = first.settings().get(setting);
                if (!value.equals(expected)) {
                    throw new IllegalArgumentException(
                            "a graph has one setting of '%s' for all layers, but network '%s' has %s and '%s' has %s"
                                    .formatted(setting, first.name(), expected, part.name(), value));
                }
            });
        }
    }

    private void nameEverything() {
        for (Part part : parts.values()) {
            Map<String, String> own = new HashMap<>();
            part.inputs().forEach(input -> own.put(input, Names.in(part.name(), input)));
            part.vertices().keySet().forEach(vertex -> own.put(vertex, Names.in(part.name(), vertex)));
            names.put(part.name(), own);
        }
        Set<String> redirected = new HashSet<>();
        shared.forEach((name, input) -> {
            if (name.isBlank() || name.contains(Names.SEPARATOR) || name.equals(Names.RELATEDNESS)) {
                throw new IllegalArgumentException(
                        "a shared input must not be blank, called '%s', or have a '%s' in its name, got '%s'"
                                .formatted(Names.RELATEDNESS, Names.SEPARATOR, name));
            }
            for (String reader : input.readers().isEmpty() ? parts.keySet() : input.readers()) {
                share(name, reader, redirected);
            }
        });
    }

    private void share(String input, String reader, Set<String> redirected) {
        Part part = parts.get(reader.split(Names.SEPARATOR, 2)[0]);
        if (part == null) {
            throw new IllegalArgumentException("shared input '%s' is read by '%s', but the networks are %s"
                    .formatted(input, reader, parts.keySet()));
        }
        String own;
        if (reader.equals(part.name()) && part.inputs().size() == 1) {
            own = part.inputs().get(0);
        } else {
            own = part.inputs().stream()
                    .filter(candidate -> reader.equals(Names.in(part.name(), candidate)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "shared input '%s': network '%s' has the inputs %s; say which, as in '%s', got '%s'"
                                    .formatted(
                                            input,
                                            part.name(),
                                            part.inputs(),
                                            Names.in(part.name(), part.inputs().get(0)),
                                            reader)));
        }
        if (!redirected.add(Names.in(part.name(), own))) {
            throw new IllegalArgumentException(
                    "input '%s' of network '%s' is shared twice".formatted(own, part.name()));
        }
        if (part.vertices().containsKey(input)) {
            throw new IllegalArgumentException(
                    "network '%s' has a layer called '%s', so the shared input cannot have this name"
                            .formatted(part.name(), input));
        }
        names.get(part.name()).put(own, input);
    }

    Map<String, PartShapes> shapes() {
        Map<String, PartShapes> shapes = new LinkedHashMap<>();
        for (Part part : parts.values()) {
            Map<String, InputType> types = new HashMap<>();
            for (String input : part.inputs()) {
                SharedInput read = shared.get(names.get(part.name()).get(input));
                if (read != null) {
                    types.put(input, read.type());
                }
            }
            shapes.put(part.name(), new PartShapes(part, types));
        }
        return shapes;
    }

    /** @param related the term, null for none */
    ComputationGraph join(List<UnitPlace> places, RelatedTerm related) {
        UnitPlace.requireOrder(places, parts);
        Part first = Iterables.get(parts.values(), 0);
        GraphBuilder graph = Part.graphLike(first.configuration());
        List<String> inputs = inputs();
        graph.addInputs(inputs);
        if (related != null) {
            // first in topological order, whatever input the tied layers read, so that its gradient is computed last
            graph.addVertex(Names.RELATEDNESS, related.vertex(updaterOf(first)), inputs.get(0));
            detours.put(inputs.get(0), Names.RELATEDNESS);
        }
        Map<String, PartShapes> shapes = shapes();
        Map<String, CrossStitchVertex> units = new LinkedHashMap<>();
        Map<String, String[]> mixed = new HashMap<>();
        for (UnitPlace place : places) {
            addUnit(place, place.types(shapes), units, mixed);
        }
        for (Part part : parts.values()) {
            addVertices(part, graph);
        }
        units.forEach((name, unit) -> graph.addVertex(name, unit, mixed.get(name)));
        graph.setOutputs(parts.values().stream()
                .flatMap(part -> part.outputs().stream().map(names.get(part.name())::get))
                .toArray(String[]::new));
        ComputationGraphConfiguration configuration = graph.build();
        MemoryLayout.arrange(configuration);
        ComputationGraph joined = new ComputationGraph(configuration);
        joined.init();
        for (Part part : parts.values()) {
            for (String vertex : part.vertices().keySet()) {
                VertexCopies.copyWeights(
                        part.weightsOf(vertex),
                        joined.getVertex(names.get(part.name()).get(vertex)).paramTable(false));
            }
        }
        if (related != null) {
            requireAlikeWeights(joined);
        }
        return joined;
    }

    /** Inputs of networks in their order, one that is shared where it comes first. */
    private List<String> inputs() {
        Set<String> inputs = new LinkedHashSet<>();
        for (Part part : parts.values()) {
            part.inputs().forEach(input -> inputs.add(names.get(part.name()).get(input)));
        }
        return List.copyOf(inputs);
    }

    private void addUnit(
            UnitPlace place, List<InputType> types, Map<String, CrossStitchVertex> units, Map<String, String[]> mixed) {
        List<String> networks = List.copyOf(place.layers().keySet());
        String[] inputs = networks.stream()
                .map(network -> names.get(network).get(place.layers().get(network)))
                .toArray(String[]::new);
        for (int s = 0; s < inputs.length; s++) {
            CrossStitchVertex unit =
                    new CrossStitchVertex(place.unit(), inputs.length, s, updaterOf(parts.get(networks.get(s))), 0);
            unit.getOutputType(0, types.toArray(InputType[]::new)); // tells it the number of channels
            place.unit().initialRows(inputs.length, Math.max(1, unit.channels())); // refuses what does not fit
            String name = Names.stitch(inputs[s]);
            while (names.get(networks.get(s)).containsValue(name)) { // the network has been stitched before
                name = Names.stitch(name);
            }
            units.put(name, unit);
            mixed.put(name, inputs);
            detours.put(inputs[s], name);
        }
    }

    private void addVertices(Part part, GraphBuilder graph) {
        Map<String, String> own = names.get(part.name());
        part.vertices().forEach((vertex, configuration) -> {
            String name = own.get(vertex);
            String[] inputs = part.inputsOf(vertex).stream()
                    .map(own::get)
                    .map(input -> detours.getOrDefault(input, input))
                    .toArray(String[]::new);
            graph.addVertex(name, VertexCopies.copy(configuration, name, own::get), inputs);
        });
    }

    private IUpdater updaterOf(Part part) {
        if (updater != null) {
            return updater.clone();
        }
        return part.updater()
                .map(IUpdater::clone)
                .orElseThrow(() -> new IllegalArgumentException(
                        "no layer of network '%s' has an updater that the units could use; give one, updater(...)"
                                .formatted(part.name())));
    }

    private static void requireAlikeWeights(ComputationGraph joined) {
        try {
            WeightRelatednessVertex.states(joined, Names.RELATEDNESS);
        } catch (IllegalStateException e) { // says which weights of which layers have which shapes
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** The layers of Ω in these networks. */
    List<WeightTie> ties(WeightRelatednessRegularizer term) {
        List<WeightTie> ties = new ArrayList<>();
        for (String layer : term.layers()) {
            for (Pair pair : term.pairsAmong(parts.keySet())) {
                ties.add(new WeightTie(Names.in(pair.first(), layer), Names.in(pair.second(), layer)));
            }
        }
        return ties;
    }

    /** Refuses ties to layers that do not exist. */
    void requireLayers(List<WeightTie> ties) {
        for (WeightTie tie : ties) {
            for (String layer : Arrays.asList(tie.first(), tie.second())) {
                String[] path = layer.split(Names.SEPARATOR, 2);
                Part part = parts.get(path[0]);
                if (part == null || path.length < 2 || !part.vertices().containsKey(path[1])) {
                    throw new IllegalArgumentException("related layers are called network/layer, got '%s'; %s"
                            .formatted(
                                    layer,
                                    part == null
                                            ? "the networks are " + parts.keySet()
                                            : "'%s' has %s"
                                                    .formatted(
                                                            part.name(),
                                                            part.vertices().keySet())));
                }
            }
        }
    }
}
