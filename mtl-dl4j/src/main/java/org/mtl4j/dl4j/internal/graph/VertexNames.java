package org.mtl4j.dl4j.internal.graph;

import java.util.List;
import java.util.Optional;

/**
 * Names the vertices of graphs. An input has its own name, {@code input} unless it was given another, a layer of an
 * input is {@code input:name/layer}, joined inputs are {@code inputs:name+name}, a layer of the trunk is
 * {@code shared:trunk/layer}, what stands before towers {@code shared:experts/node} or
 * {@code shared:experts/node/layer}, a layer of a tower {@code tower/layer}, a layer of a task's branch
 * {@code tower/task/layer}, one output of a unit {@code tower/place:stitch}, what a unit's outputs have in common
 * {@code place:unit}, the sum of a block that ends in an activation {@code tower/block:sum}, an output layer has the
 * name of its task, and the regularizer is {@code relatedness}. Where whole networks are joined, a network's name
 * stands in the place of the tower's.
 */
public final class VertexNames {
    /** The input of a graph that is built from a description with one input that was given no other name. */
    public static final String INPUT = "input";

    /** The regularizer. */
    public static final String RELATEDNESS = "relatedness";

    /** Stands between the name of a tower or network and what is in it. */
    public static final String SEPARATOR = "/";

    /** What the names of the trunk's layers begin with, without the separator. */
    public static final String TRUNK = "shared:trunk";

    private static final String SHARED = "shared:";
    private static final String INPUT_LAYERS = "input:";
    private static final String JOINED = "inputs:";
    private static final String STITCH = ":stitch";
    private static final String UNIT = ":unit";
    private static final String SUM = ":sum";

    private VertexNames() {}

    /** {@return the name of something in a tower, a branch, a block or a network} */
    public static String in(String path, String name) {
        return prefix(path) + name;
    }

    /** {@return what the names of everything in a tower or network begin with} */
    public static String prefix(String path) {
        return path + SEPARATOR;
    }

    /** {@return what the names of an input's own layers begin with, without the separator} */
    public static String ofInput(String input) {
        return INPUT_LAYERS + input;
    }

    /** {@return what the names of experts, attention or branches begin with, without the separator} */
    public static String ofPart(String name) {
        return SHARED + name;
    }

    /** {@return the part, the node and the layer that a vertex is, if it is one of what stands before towers} */
    public static Optional<String> inPart(String vertex) {
        return vertex.startsWith(SHARED) && !vertex.startsWith(prefix(TRUNK))
                ? Optional.of(vertex.substring(SHARED.length()))
                : Optional.empty();
    }

    /** {@return the name of several inputs, joined} */
    public static String joined(List<String> inputs) {
        return JOINED + String.join("+", inputs);
    }

    /**
     * A layer of an input.
     *
     * @param input whose it is
     * @param path of the layer in it
     */
    public record InputLayer(String input, String path) {}

    /** {@return what a vertex is a layer of, if it is one of an input} */
    public static Optional<InputLayer> inputLayer(String vertex) {
        int separator = vertex.indexOf(SEPARATOR);
        return vertex.startsWith(INPUT_LAYERS) && separator > 0
                ? Optional.of(new InputLayer(
                        vertex.substring(INPUT_LAYERS.length(), separator),
                        vertex.substring(separator + SEPARATOR.length())))
                : Optional.empty();
    }

    /** {@return the name of a unit's output for one tower, behind the layer that is the unit's place} */
    public static String stitch(String tower, String place) {
        return stitch(in(tower, place));
    }

    /** {@return the name of a unit's output behind a vertex} */
    public static String stitch(String vertex) {
        return vertex + STITCH;
    }

    /**
     * One output of a unit.
     *
     * @param tower whose it is
     * @param place the unit's
     */
    public record Stitched(String tower, String place) {}

    /** {@return what a vertex is an output of, if it is one of a unit} */
    public static Optional<Stitched> stitched(String vertex) {
        if (!vertex.endsWith(STITCH)) {
            return Optional.empty();
        }
        int separator = vertex.indexOf(SEPARATOR);
        return Optional.of(new Stitched(
                vertex.substring(0, separator),
                vertex.substring(separator + SEPARATOR.length(), vertex.length() - STITCH.length())));
    }

    /** {@return the name of what all outputs of a unit read} */
    public static String unit(String place) {
        return place + UNIT;
    }

    /** {@return the place of a unit, if a vertex is what all of its outputs read} */
    public static Optional<String> unitPlace(String vertex) {
        return vertex.endsWith(UNIT)
                ? Optional.of(vertex.substring(0, vertex.length() - UNIT.length()))
                : Optional.empty();
    }

    /** {@return the name of the sum before the activation of a block} */
    public static String sum(String block) {
        return block + SUM;
    }
}
