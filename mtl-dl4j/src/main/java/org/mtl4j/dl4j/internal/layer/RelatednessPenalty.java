package org.mtl4j.dl4j.internal.layer;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Controls and reads the weight-relatedness term of an initialised graph: the library's access to the vertex behind it.
 */
public interface RelatednessPenalty {
    /**
     * Describes one tie at the present weights.
     *
     * @param layers vertex names of the tied layers
     * @param value r_w, without the term's strength
     * @param coefficients the learned coefficients by name
     */
    record State(List<String> layers, double value, Map<String, Double> coefficients) {
        /** Returns the vertex name of the first layer, whose weights are mapped (θ1) where there are two. */
        public String first() {
            return layers.get(0);
        }

        /** Returns the vertex name of the second layer. */
        public String second() {
            return layers.get(1);
        }
    }

    /**
     * Says which ties are dealt with where a batch is divided into parts whose gradients are added up: the term does
     * not depend on the examples, so each part need only compute some ties.
     *
     * @param part index of the part, from 0
     * @param parts number of parts
     * @param batchRatio examples of the whole batch per example of this part
     */
    record Share(int part, int parts, double batchRatio) {
        /** {@return a share in which nothing of the term is} */
        public static Share nothing() {
            return new Share(1, 1, 1);
        }

        /** The whole of an undivided batch. */
        public static final Share WHOLE = new Share(0, 1, 1);
    }

    /**
     * Finds the term of a graph.
     *
     * @param graph an initialised graph
     * @param name of the vertex
     * @throws IllegalArgumentException if the graph has no {@code WeightRelatednessVertex} of this name
     */
    static RelatednessPenalty of(ComputationGraph graph, String name) {
        if (graph.getVertex(name) != null && graph.getVertex(name).getLayer() instanceof RelatednessPenalty term) {
            return term;
        }
        throw new IllegalArgumentException("the graph has no WeightRelatednessVertex called '" + name + "'");
    }

    /** {@return all terms of a graph} */
    static List<RelatednessPenalty> all(ComputationGraph graph) {
        return OfKind.in(RelatednessPenalty.class, graph.getLayers());
    }

    /**
     * Runs a computation while every term of a graph is divided among the parts of a batch: for graphs with the same
     * parameters whose gradients, and whose scores weighted by examples, are added up.
     *
     * @param graph a graph with any number of terms; its parameters may not change meanwhile
     */
    static void runDivided(ComputationGraph graph, Share share, Runnable computation) {
        List<RelatednessPenalty> terms = all(graph);
        terms.forEach(term -> term.divide(share));
        try {
            computation.run();
        } finally {
            terms.forEach(RelatednessPenalty::undivide);
        }
    }

    /**
     * Adds the term's gradients to those that the graph's layers have, and sets those of its coefficients, outside of a
     * backward pass.
     *
     * @param examples of the batch that the layers' gradients are sums over
     * @return the term, λ_w Σ r_w
     */
    double addToGradients(long examples);

    /** Returns the state of each tie, in their order. */
    List<State> states();

    /** Divides the term. The parameters must not change as long as it is divided. */
    void divide(Share share);

    /** Ends {@link #divide}. */
    void undivide();
}
