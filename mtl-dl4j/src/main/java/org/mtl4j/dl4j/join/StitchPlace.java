package org.mtl4j.dl4j.join;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.sharing.CrossStitchUnit;

/**
 * Says where a unit is put.
 *
 * @param unit the unit
 * @param layers by network the layer whose output is mixed, in the order of the unit's rows
 */
record StitchPlace(CrossStitchUnit unit, Map<String, String> layers) {
    StitchPlace {
        layers = ImmutableMap.copyOf(layers);
    }

    /**
     * Finds the place in these networks.
     *
     * @param named one layer for each network that the unit joins, or one name for all
     * @throws IllegalArgumentException if networks and layers do not fit each other, or cannot be stitched there
     */
    static StitchPlace of(CrossStitchUnit unit, List<String> named, Map<String, SourceNetwork> sources) {
        List<String> networks =
                unit.towers().isEmpty() ? new ArrayList<>(sources.keySet()) : new ArrayList<>(unit.towers());
        if (!sources.keySet().containsAll(networks)) {
            throw new IllegalArgumentException(
                    "a unit joins %s, but the networks are %s".formatted(networks, sources.keySet()));
        }
        if (named.size() != 1 && named.size() != networks.size()) {
            throw new IllegalArgumentException(
                    "a unit between %s needs one layer of each, or one name that all of them have; got %s"
                            .formatted(networks, named));
        }
        Map<String, String> layers = new LinkedHashMap<>();
        for (int i = 0; i < networks.size(); i++) {
            String layer = named.get(named.size() == 1 ? 0 : i);
            SourceNetwork source = sources.get(networks.get(i));
            if (!source.vertices().containsKey(layer)) {
                throw new IllegalArgumentException("network '%s' has no layer '%s' to stitch; it has %s"
                        .formatted(source.name(), layer, source.vertices().keySet()));
            }
            if (source.outputs().contains(layer)) {
                throw new IllegalArgumentException(
                        "'%s' is an output of network '%s'; units go before the last layers, not behind them"
                                .formatted(layer, source.name()));
            }
            layers.put(source.name(), layer);
        }
        return new StitchPlace(unit, layers);
    }

    /**
     * {@return the types of what is mixed, in the order of the unit's rows}
     *
     * @throws IllegalArgumentException if they are not one and the same, with all that could be stitched
     */
    List<InputType> types(Map<String, SourceShapes> shapes) {
        List<InputType> types = new ArrayList<>();
        layers.forEach((network, layer) -> types.add(shapes.get(network)
                .of(layer)
                .orElseThrow(
                        () -> new IllegalArgumentException("%s cannot be stitched: the shape of '%s' is not known, %s"
                                .formatted(this, layer, shapes.get(network).reason(layer))))));
        Map<String, Map<String, InputType>> mixable = new LinkedHashMap<>();
        layers.keySet()
                .forEach(network -> mixable.put(network, shapes.get(network).mixable()));
        boolean fit = new HashSet<>(types).size() == 1
                && layers.entrySet().stream()
                        .allMatch(at -> mixable.get(at.getKey()).containsKey(at.getValue()));
        if (!fit) {
            throw new IllegalArgumentException("%s cannot be stitched: the outputs are %s.%n%s"
                    .formatted(
                            this,
                            types.stream().map(SourceShapes::text).collect(Collectors.joining(" and ")),
                            StitchableLayers.describe(mixable)));
        }
        return types;
    }

    /** Tells whether what this unit mixes is computed from what that one made. */
    boolean comesAfter(StitchPlace other, Map<String, SourceNetwork> sources) {
        return layers.entrySet().stream().anyMatch(mine -> {
            String theirs = other.layers.get(mine.getKey());
            return theirs != null
                    && !theirs.equals(mine.getValue())
                    && sources.get(mine.getKey()).origins(mine.getValue()).contains(theirs);
        });
    }

    /**
     * Refuses units that cannot be computed because each waits for another, and layers with two units.
     *
     * @throws IllegalArgumentException with the places
     */
    static void requireOrder(List<StitchPlace> places, Map<String, SourceNetwork> sources) {
        Set<String> taken = new HashSet<>();
        for (StitchPlace place : places) {
            place.layers.forEach((network, layer) -> {
                if (!taken.add(VertexNames.in(network, layer))) {
                    throw new IllegalArgumentException(
                            "'%s' of network '%s' is stitched twice; name all of its partners in one unit"
                                    .formatted(layer, network));
                }
            });
        }
        List<StitchPlace> waiting = new ArrayList<>(places);
        while (!waiting.isEmpty()) {
            List<StitchPlace> blocked = waiting.stream()
                    .filter(place -> waiting.stream().anyMatch(other -> place.comesAfter(other, sources)))
                    .toList();
            if (blocked.size() == waiting.size()) {
                throw new IllegalArgumentException(
                        "these units need each other's outputs, so none can be computed first: "
                                + blocked.stream().map(StitchPlace::toString).collect(Collectors.joining("; ")));
            }
            waiting.retainAll(blocked);
        }
    }

    @Override
    public String toString() {
        return layers.entrySet().stream()
                .map(at -> "'%s' of '%s'".formatted(at.getValue(), at.getKey()))
                .collect(Collectors.joining(" with "));
    }
}
