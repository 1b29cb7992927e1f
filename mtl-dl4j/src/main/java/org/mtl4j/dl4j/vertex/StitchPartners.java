package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.FusedBackward;

/**
 * Finds the vertices of a graph that mix the same inputs: those of one unit. As all read the same inputs, one of them
 * can do the work of all in one pass over memory. Deeplearning4j does not know that: it calls vertex after vertex, in
 * topological order and back.
 */
final class StitchPartners {
    /** In the order in which the graph computes them. */
    private final List<CrossStitchVertexImpl> inOrder = new ArrayList<>();

    private final boolean gradientsTogether;
    /** By input the layer that can fuse its backward pass with theirs, or null; empty without a graph. */
    private final FusedBackward[] fusedLayers;

    /**
     * Finds the partners of a vertex.
     *
     * @param graph null for a vertex by itself
     */
    StitchPartners(CrossStitchVertexImpl one, @Nullable ComputationGraph graph) {
        if (graph == null) {
            inOrder.add(one);
            gradientsTogether = true;
            fusedLayers = new FusedBackward[0];
            return;
        }
        GraphVertex[] vertices = graph.getVertices();
        int[] order = graph.topologicalSortOrder();
        int[] places = new int[vertices.length];
        for (int place = 0; place < order.length; place++) {
            places[order[place]] = place;
            if (vertices[order[place]] instanceof CrossStitchVertexImpl other
                    && Arrays.equals(other.getInputVertices(), one.getInputVertices())) {
                inOrder.add(other);
            }
        }
        if (inOrder.isEmpty()) { // all of them are frozen, and the graph has others in their places
            inOrder.add(one);
        }
        int end = places[last().getVertexIndex()];
        gradientsTogether = inOrder.stream()
                .allMatch(vertex -> !vertex.isOutputVertex()
                        && vertex.getOutputVertices() != null
                        && Arrays.stream(vertex.getOutputVertices())
                                .mapToInt(VertexIndices::getVertexIndex)
                                .allMatch(reader -> places[reader] > end));
        fusedLayers = Arrays.stream(one.getInputVertices())
                .map(input -> fusedLayer(vertices[input.getVertexIndex()]))
                .toArray(FusedBackward[]::new);
    }

    private @Nullable FusedBackward fusedLayer(GraphVertex vertex) {
        boolean onlyReader = !vertex.isOutputVertex() && vertex.getNumOutputConnections() == inOrder.size();
        return onlyReader && vertex.getLayer() instanceof FusedBackward layer ? layer : null;
    }

    List<CrossStitchVertexImpl> inOrder() {
        return inOrder;
    }

    CrossStitchVertexImpl first() {
        return inOrder.get(0);
    }

    CrossStitchVertexImpl last() {
        return inOrder.get(inOrder.size() - 1);
    }

    /**
     * Tells whether the gradients of all outputs are known when the last vertex, of which backpropagation asks first,
     * computes its own.
     */
    boolean gradientsTogether() {
        return gradientsTogether;
    }

    /**
     * Returns the layer that computes an input, if it can fuse its backward pass with that of these vertices and
     * nothing else reads its output; null otherwise.
     */
    @Nullable
    FusedBackward fusedLayer(int input) {
        return fusedLayers.length == 0 ? null : fusedLayers[input];
    }
}
