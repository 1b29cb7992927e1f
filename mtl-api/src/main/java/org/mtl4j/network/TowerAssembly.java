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
import org.mtl4j.sharing.CrossStitchUnit;

/** Follows the elements from the input to the heads. */
final class TowerAssembly {
    private final Map<String, SplitHead> heads;
    private final Map<String, List<NamedLayer>> layers = new LinkedHashMap<>();
    private final Map<String, Shape> ends = new HashMap<>();
    private final Set<String> stitchedEnds = new HashSet<>();
    private final ImmutableTable.Builder<String, String, Shape> shapes = ImmutableTable.builder();
    private final List<Stitch> stitches = new ArrayList<>();

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

    ImmutableList<Stitch> stitches() {
        return ImmutableList.copyOf(stitches);
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
            ends.put(tower, shape);
            shapes.put(tower, layer.name(), shape);
            stitchedEnds.remove(tower);
        }
    }

    void add(Element.StitchElement element) {
        CrossStitchUnit unit = element.unit();
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
        if (stitches.stream().anyMatch(other -> other.place().equals(place))) {
            throw new IllegalArgumentException(
                    "stitch '%s': there is another unit of that name; name this one by stitch(place, unit)"
                            .formatted(place));
        }
        Shape shape = endOf(joined.get(0));
        if (joined.stream().anyMatch(tower -> !endOf(tower).equals(shape))) {
            throw new IllegalArgumentException(("stitch '%s': the towers differ in shape there (%s); towers must agree"
                            + " where they are stitched")
                    .formatted(
                            place,
                            joined.stream()
                                    .map(tower ->
                                            "'%s' after '%s': %s".formatted(tower, after.get(tower), ends.get(tower)))
                                    .collect(Collectors.joining(", "))));
        }
        try {
            unit.initialRows(joined.size(), shape.channels());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("stitch '%s': %s".formatted(place, e.getMessage()), e);
        }
        stitches.add(new Stitch(place, unit, after, shape));
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
