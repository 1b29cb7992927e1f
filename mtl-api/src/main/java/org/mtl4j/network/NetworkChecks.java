package org.mtl4j.network;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;

/** Checks what can only be told of a network as a whole, when its towers have been assembled. */
final class NetworkChecks {
    /** What the vertex of the regularizer is called. */
    private static final String RELATEDNESS = "relatedness";

    private NetworkChecks() {}

    /** Refuses two tasks of one name, and names that other parts of a graph have. */
    static void uniqueTasks(Collection<Tower> towers) {
        Map<String, String> towerOf = new HashMap<>();
        for (Tower tower : towers) {
            for (Task task : tower.head().tasks()) {
                if (MultiTaskNetwork.RESERVED_TASK_NAMES.contains(task.name())) {
                    throw new IllegalArgumentException("tower '%s': a task cannot be called '%s'; %s are reserved"
                            .formatted(tower.name(), task.name(), MultiTaskNetwork.RESERVED_TASK_NAMES));
                }
                String other = towerOf.putIfAbsent(task.name(), tower.name());
                if (other != null) {
                    throw new IllegalArgumentException("towers '%s' and '%s' both have a task called '%s'"
                            .formatted(other, tower.name(), task.name()));
                }
            }
        }
    }

    /** Refuses inputs that are called as tasks are, or as other parts of a graph. */
    static void inputNames(InputPlan inputs, Collection<Tower> towers) {
        for (Input input : inputs.inputs()) {
            if (RELATEDNESS.equals(input.name())) {
                throw new IllegalArgumentException(
                        "an input cannot be called '%s', which is reserved".formatted(input.name()));
            }
            for (Tower tower : towers) {
                if (tower.head().tasks().stream().anyMatch(task -> task.name().equals(input.name()))) {
                    throw new IllegalArgumentException(
                            ("tower '%s': a task and an input are both called '%s'; inputs and tasks need names of"
                                            + " their own")
                                    .formatted(tower.name(), input.name()));
                }
            }
        }
    }

    /** Refuses a regularizer that names what is not there, or ties weights of different shapes. */
    static void tiedWeights(
            WeightRelatednessRegularizer term, Map<String, Tower> towers, Map<String, List<PlacedLayer>> placed) {
        if (towers.size() < 2) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer ties the weights of towers, but the network has only tower %s"
                            .formatted(towers.keySet()));
        }
        for (List<String> group : term.groupsAmong(towers.keySet())) {
            for (String layer : term.layers()) {
                String first = weightsOf(placed, group.get(0), layer);
                for (String tower : group.subList(1, group.size())) {
                    String other = weightsOf(placed, tower, layer);
                    if (!first.equals(other)) {
                        throw new IllegalArgumentException(
                                ("WeightRelatednessRegularizer, layer '%s': the weights differ in shape,"
                                                + " tower '%s' has %s, tower '%s' has %s")
                                        .formatted(layer, group.get(0), first, tower, other));
                    }
                }
            }
        }
    }

    /** Refuses a regularizer over layers that are no tower's: those of experts and the like. */
    static void noSharedLayers(
            WeightRelatednessRegularizer term, SharedGraph shared, Map<String, List<PlacedLayer>> placed) {
        for (String layer : term.layers()) {
            boolean ofTowers = placed.values().stream().anyMatch(layers -> layers.stream()
                    .anyMatch(each -> each.path().equals(layer)));
            boolean ofShared = shared.placedLayers().stream()
                    .anyMatch(each -> each.path().equals(layer) || each.path().endsWith("/" + layer));
            if (!ofTowers && ofShared) {
                throw new IllegalArgumentException(
                        ("WeightRelatednessRegularizer: '%s' is a layer of '%s', which stands before the towers and is"
                                        + " no tower's by itself; it ties layers of towers")
                                .formatted(layer, shared.name()));
            }
        }
    }

    /** Puts experts and the like between the trunk and the towers, which must all read the same. */
    static SharedGraph shared(NetworkBuilder.NamedPart named, InputPlan inputs) {
        if (new HashSet<>(inputs.reads().values()).size() > 1) {
            throw new IllegalArgumentException(
                    ("%s '%s': they are computed once for all towers, and so the towers must read the same inputs,"
                                    + " but they read %s")
                            .formatted(named.part().kind(), named.name(), inputs.reads()));
        }
        if (inputs.starts().isEmpty()) {
            throw new IllegalArgumentException("MultiTaskNetwork: a network has at least one tower");
        }
        Shape start = inputs.starts().values().iterator().next();
        return named.part().in(named.name(), start, inputs.starts().keySet().asList());
    }

    /** The shape of a layer's weights as text. */
    private static String weightsOf(Map<String, List<PlacedLayer>> placed, String towerName, String layerName) {
        List<PlacedLayer> layers = placed.get(towerName);
        if (layers == null) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer: no tower '%s'; there are %s".formatted(towerName, placed.keySet()));
        }
        for (PlacedLayer layer : layers) {
            if (layer.path().equals(layerName)) {
                return layer.spec()
                        .accept(new WeightShapes(layer.input()))
                        .orElseThrow(() -> new IllegalArgumentException(
                                "WeightRelatednessRegularizer: layer '%s' of tower '%s' (%s) has no weights to relate"
                                        .formatted(
                                                layerName,
                                                towerName,
                                                layer.spec().describe())));
            }
        }
        throw new IllegalArgumentException("WeightRelatednessRegularizer: tower '%s' has no layer '%s'; it has %s"
                .formatted(
                        towerName,
                        layerName,
                        layers.stream().map(PlacedLayer::path).toList()));
    }
}
