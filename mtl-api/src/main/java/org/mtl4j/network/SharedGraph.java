package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mtl4j.layer.Shape;

/**
 * What a {@link SharedPart} comes to in a network: nodes that are computed between the trunk and the towers, and with
 * which of them each tower begins. This is what a backend builds.
 */
public final class SharedGraph {
    private final String name;
    private final Shape input;
    private final ImmutableList<String> towers;
    private final Map<String, SharedNode> nodes = new LinkedHashMap<>();
    private final Map<String, String> ends = new HashMap<>();

    /** Begins with what the towers would begin with otherwise. */
    SharedGraph(String name, Shape input, List<String> towers) {
        this.name = name;
        this.input = input;
        this.towers = ImmutableList.copyOf(towers);
        towers.forEach(tower -> ends.put(tower, SharedNode.START));
    }

    /** Adds a node, and returns its name. */
    String add(SharedNode node) {
        if (nodes.putIfAbsent(node.name(), node) != null) {
            throw new IllegalArgumentException("%s: two parts of it are called '%s'".formatted(name, node.name()));
        }
        return node.name();
    }

    void end(String tower, String node) {
        ends.put(tower, node);
    }

    /** What messages begin with. */
    String where() {
        return "'%s'".formatted(name);
    }

    /** {@return its name in the network} */
    public String name() {
        return name;
    }

    /** {@return the shape of one example of what it reads} */
    public Shape input() {
        return input;
    }

    /** The towers behind it. */
    List<String> towers() {
        return towers;
    }

    /** {@return the nodes, each behind those that it reads} */
    public List<SharedNode> nodes() {
        return List.copyOf(nodes.values());
    }

    /** {@return the node that a tower begins with; {@link SharedNode#START} for none} */
    public String endOf(String tower) {
        return Objects.requireNonNull(ends.get(tower), tower);
    }

    /** {@return the shape of one example of what a node gives} */
    public Shape shapeOf(String node) {
        return node.equals(SharedNode.START)
                ? input
                : Objects.requireNonNull(nodes.get(node), node).output();
    }

    /** By tower the shape that it begins with. */
    ImmutableMap<String, Shape> starts() {
        ImmutableMap.Builder<String, Shape> starts = ImmutableMap.builder();
        towers.forEach(tower -> starts.put(tower, shapeOf(endOf(tower))));
        return starts.build();
    }

    /** {@return the number of parameters of all nodes} */
    public long parameters() {
        return nodes.values().stream().mapToLong(SharedNode::parameters).sum();
    }

    /** Every layer that computes, at its place. */
    List<PlacedLayer> placedLayers() {
        List<PlacedLayer> layers = new ArrayList<>();
        for (SharedNode node : nodes.values()) {
            for (PlacedLayer layer : node.layers()) {
                layers.add(new PlacedLayer(name + "/" + layer.path(), layer.spec(), layer.input()));
            }
        }
        return layers;
    }
}
