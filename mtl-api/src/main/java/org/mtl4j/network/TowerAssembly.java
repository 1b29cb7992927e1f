package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitParameter;

/** Follows the elements from the input to the heads. */
final class TowerAssembly {
    private final Map<String, SplitHead> heads;
    private final Map<String, List<NamedLayer>> layers = new LinkedHashMap<>();
    private final Map<String, Shape> ends = new HashMap<>();
    private final Set<String> stitchedEnds = new HashSet<>();
    private final ImmutableTable.Builder<String, String, Shape> shapes = ImmutableTable.builder();
    private final ImmutableTable.Builder<String, String, Shape> inputs = ImmutableTable.builder();
    private final List<Joint> joints = new ArrayList<>();
    /** What a tower goes on with behind each of its layers and a unit there, by {@code tower/layer}. */
    private final Map<String, Shape> behind = new HashMap<>();

    /**
     * Follows them.
     *
     * @param starts where each tower begins
     * @throws IllegalArgumentException if something does not fit; the message says what and where
     */
    TowerAssembly(Map<String, Shape> starts, Map<String, SplitHead> heads, List<Element> elements) {
        if (heads.isEmpty()) {
            throw new IllegalArgumentException("MultiTaskNetwork: a network has at least one tower");
        }
        this.heads = heads;
        heads.keySet().forEach(tower -> layers.put(tower, new ArrayList<>()));
        ends.putAll(starts);
        elements.forEach(element -> element.addTo(this));
        heads.forEach(this::checkHead);
    }

    ImmutableMap<String, Tower> towers() {
        ImmutableMap.Builder<String, Tower> towers = ImmutableMap.builder();
        heads.forEach((name, head) -> towers.put(name, new Tower(name, layersOf(name), head)));
        return towers.build();
    }

    Table<String, String, Shape> shapes() {
        return shapes.build();
    }

    /** {@return the shape of one example that a layer reads, by tower and layer} */
    Table<String, String, Shape> inputs() {
        return inputs.build();
    }

    /** {@return the shape of one example where the head begins, by tower} */
    ImmutableMap<String, Shape> ends() {
        return ImmutableMap.copyOf(ends);
    }

    /** Checks that every tower has the layers of a mix, with what it needs. */
    void check(LayerMix mix) {
        if (joints.stream().anyMatch(joint -> joint.place().equals(LayerMix.PLACE))) {
            throw new IllegalArgumentException(
                    "stitch '%s': a network with a mix of layers has no unit of that name".formatted(LayerMix.PLACE));
        }
        String last = mix.layers().get(mix.layers().size() - 1);
        for (String tower : heads.keySet()) {
            List<String> names = layersOf(tower).stream().map(NamedLayer::name).toList();
            for (String layer : mix.layers()) {
                if (!names.contains(layer)) {
                    throw new IllegalArgumentException(
                            "LayerMix: tower '%s' has no layer '%s'; it has %s".formatted(tower, layer, names));
                }
            }
            if (!lastLayer(tower).equals(last)) {
                throw new IllegalArgumentException(
                        "LayerMix: the last of the mixed layers, '%s', is not the last of tower '%s', which is '%s'"
                                .formatted(last, tower, lastLayer(tower)));
            }
            for (String layer : mix.layers()) {
                Shape shape = Objects.requireNonNull(behind.get(tower + "/" + layer));
                if (!shape.equals(endOf(tower))) {
                    throw new IllegalArgumentException(
                            ("LayerMix, tower '%s': layers that are mixed have one shape, but '%s' makes %s and '%s'"
                                            + " makes %s")
                                    .formatted(tower, layer, shape, last, endOf(tower)));
                }
            }
        }
    }

    ImmutableList<Joint> joints() {
        return ImmutableList.copyOf(joints);
    }

    void add(Element.LayerElement element) {
        if (element.tower() != null && !heads.containsKey(element.tower())) {
            throw new IllegalArgumentException("layer '%s': no tower '%s'; there are %s"
                    .formatted(element.layer().name(), element.tower(), heads.keySet()));
        }
        for (String tower : element.tower() == null ? heads.keySet() : Set.of(element.tower())) {
            NamedLayer layer = element.layer();
            if (layersOf(tower).stream().anyMatch(other -> other.name().equals(layer.name()))) {
                throw new IllegalArgumentException(
                        "tower '%s': two layers are called '%s'".formatted(tower, layer.name()));
            }
            Shape shape = ShapeChain.output(
                    "tower '%s', layer '%s'".formatted(tower, layer.name()), layer.spec(), endOf(tower));
            layersOf(tower).add(layer);
            inputs.put(tower, layer.name(), endOf(tower));
            ends.put(tower, shape);
            shapes.put(tower, layer.name(), shape);
            behind.put(tower + "/" + layer.name(), shape);
            stitchedEnds.remove(tower);
        }
    }

    void add(Element.StitchElement element) {
        SharingUnit unit = element.unit();
        List<String> joined = unit.towers().isEmpty() ? List.copyOf(heads.keySet()) : unit.towers();
        Map<String, String> after = new LinkedHashMap<>();
        for (String tower : joined) {
            if (!heads.containsKey(tower)) {
                throw new IllegalArgumentException(
                        "%s: no tower '%s'; there are %s".formatted(unit, tower, heads.keySet()));
            }
            List<NamedLayer> stack = layersOf(tower);
            if (stack.isEmpty()) {
                throw new IllegalArgumentException(
                        "%s: tower '%s' has no layer yet; a unit goes after a layer".formatted(unit, tower));
            }
            after.put(tower, lastLayer(tower));
        }
        String place = element.place() != null ? element.place() : lastLayer(joined.get(0));
        if (joined.size() < 2) {
            throw new IllegalArgumentException(
                    "stitch '%s': a unit joins at least 2 towers, the network has only %s".formatted(place, joined));
        }
        for (String tower : joined) {
            if (!stitchedEnds.add(tower)) {
                throw new IllegalArgumentException("stitch '%s': tower '%s' is stitched twice after layer '%s'"
                        .formatted(place, tower, after.get(tower)));
            }
        }
        if (joints.stream().anyMatch(other -> other.place().equals(place))) {
            throw new IllegalArgumentException(
                    "stitch '%s': there is another unit of that name; name this one by stitch(place, unit)"
                            .formatted(place));
        }
        Stitch stitch = stitch(place, unit, after);
        joints.add(stitch);
        ends.putAll(stitch.outputs());
        stitch.outputs().forEach((tower, shape) -> behind.put(tower + "/" + after.get(tower), shape));
    }

    /** Asks a unit whether it can join the towers as they are now, and what it makes of them. */
    private Stitch stitch(String place, SharingUnit unit, Map<String, String> after) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        after.keySet().forEach(tower -> shapes.put(tower, endOf(tower)));
        if (unit.needsEqualShapes() && shapes.values().stream().distinct().count() > 1) {
            throw new IllegalArgumentException(("stitch '%s': the towers differ in shape there (%s); towers must agree"
                            + " where they are stitched")
                    .formatted(place, ends(after)));
        }
        try {
            List<Shape> given = ImmutableList.copyOf(shapes.values());
            List<Shape> made = unit.outputs(given);
            if (made.size() != given.size()) {
                throw new IllegalArgumentException(
                        "%s makes %d outputs of %d inputs".formatted(unit, made.size(), given.size()));
            }
            checkParameters(unit, unit.parameters(given), given.size());
            if (unit instanceof SluiceUnit sluice && sluice.needsWeights()) {
                for (String tower : after.keySet()) {
                    var unused = SubspaceWeights.before(layersOf(tower), after.get(tower))
                            .orElseThrow(() -> new IllegalArgumentException(
                                    ("SluiceUnit: tower '%s' has no convolution or fully connected layer that makes the"
                                                    + " subspaces of '%s'; stitch behind one, or give"
                                                    + " withOrthogonality(0)")
                                            .formatted(tower, after.get(tower))));
                }
            }
            Map<String, Shape> outputs = new LinkedHashMap<>();
            int next = 0;
            for (String tower : after.keySet()) {
                outputs.put(tower, made.get(next++));
            }
            return new Stitch(place, unit, after, shapes, outputs);
        } catch (IllegalArgumentException e) {
            String where = unit.needsEqualShapes() ? "" : " (%s)".formatted(ends(after));
            throw new IllegalArgumentException("stitch '%s'%s: %s".formatted(place, where, e.getMessage()), e);
        }
    }

    private static void checkParameters(SharingUnit unit, List<UnitParameter> parameters, int outputs) {
        Set<String> names = new HashSet<>();
        for (UnitParameter parameter : parameters) {
            if (parameter.output() >= outputs) {
                throw new IllegalArgumentException("%s: parameter '%s' is of output %d, there are %d"
                        .formatted(unit, parameter.name(), parameter.output(), outputs));
            }
            if (!names.add(parameter.output() + " " + parameter.name())) {
                throw new IllegalArgumentException(
                        "%s: two parameters are called '%s'".formatted(unit, parameter.name()));
            }
        }
    }

    private String ends(Map<String, String> after) {
        return after.entrySet().stream()
                .map(end -> "'%s' after '%s': %s".formatted(end.getKey(), end.getValue(), ends.get(end.getKey())))
                .collect(Collectors.joining(", "));
    }

    private List<NamedLayer> layersOf(String tower) {
        return Objects.requireNonNull(layers.get(tower), tower);
    }

    private String lastLayer(String tower) {
        List<NamedLayer> stack = layersOf(tower);
        return stack.get(stack.size() - 1).name();
    }

    private Shape endOf(String tower) {
        return Objects.requireNonNull(ends.get(tower), tower);
    }

    private void checkHead(String tower, SplitHead head) {
        for (SplitHead.Branch branch : head.branches()) {
            String task = "tower '%s', task '%s'".formatted(tower, branch.task().name());
            Shape shape = ShapeChain.end(task, branch.layers(), endOf(tower));
            ShapeChain.output(task + ", output layer", Dense.of(branch.task().outputs()), shape);
        }
    }
}
