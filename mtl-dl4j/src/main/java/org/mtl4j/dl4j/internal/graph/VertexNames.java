package org.mtl4j.dl4j.internal.graph;

import java.util.Optional;

/**
 * Names the vertices of graphs. The input is {@code input}, a layer {@code tower/layer}, a layer of a task's branch
 * {@code tower/task/layer}, one output of a unit {@code tower/layer:stitch}, the sum of a block that ends in an
 * activation {@code tower/block:sum}, an output layer has the name of its task, and the regularizer is
 * {@code relatedness}. Where whole networks are joined, a network's name stands in the place of the tower's.
 */
public final class VertexNames {
    /** The one input of a graph that is built from a description. */
    public static final String INPUT = "input";

    /** The regularizer. */
    public static final String RELATEDNESS = "relatedness";

    /** Stands between the name of a tower or network and what is in it. */
    public static final String SEPARATOR = "/";

    private static final String STITCH = ":stitch";
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

    /** {@return the name of the sum before the activation of a block} */
    public static String sum(String block) {
        return block + SUM;
    }
}
