package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.mtl4j.dl4j.internal.cpu.TakesGradientByPosition;

/**
 * The vertices of a graph that mix the same inputs: those of one unit. What one of them reads the others read as well, so one can do
 * the work of all in one pass over memory. Deeplearning4j knows nothing of it: it goes from vertex to vertex, in their order and
 * back.
 */
final class StitchPartners {
    /** In the order in which the graph computes them. */
    private final List<CrossStitchVertexImpl> inOrder = new ArrayList<>();

    private final boolean gradientsTogether;
    /** By input, with nulls; none without a graph. */
    private final TakesGradientByPosition[] takers;

    /** @param graph null for a vertex by itself */
    StitchPartners(CrossStitchVertexImpl one, ComputationGraph graph) {
        if (graph == null) {
            inOrder.add(one);
            gradientsTogether = true;
            takers = new TakesGradientByPosition[0];
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
        takers = Arrays.stream(one.getInputVertices())
                .map(input -> taker(vertices[input.getVertexIndex()]))
                .toArray(TakesGradientByPosition[]::new);
    }

    private TakesGradientByPosition taker(GraphVertex vertex) {
        boolean readHereAlone = !vertex.isOutputVertex() && vertex.getNumOutputConnections() == inOrder.size();
        return readHereAlone && vertex.getLayer() instanceof TakesGradientByPosition taker ? taker : null;
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

    /** Whether all gradients that come back to these vertices are known when the first of them, which is the last, is asked. */
    boolean gradientsTogether() {
        return gradientsTogether;
    }

    /**
     * The layer that computes an input, if it is one that can take its gradient while these vertices compute it and nobody else reads
     * what it gives; null otherwise.
     */
    TakesGradientByPosition taker(int input) {
        return takers.length == 0 ? null : takers[input];
    }
}
