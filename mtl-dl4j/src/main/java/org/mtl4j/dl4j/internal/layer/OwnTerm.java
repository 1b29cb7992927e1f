package org.mtl4j.dl4j.internal.layer;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Controls the term of a layer that belongs to the score and to no task, such as a gate's entropy: the library's access
 * to the layer.
 */
public interface OwnTerm {
    /** {@return all such layers of a graph} */
    static List<OwnTerm> all(ComputationGraph graph) {
        return Arrays.stream(graph.getLayers())
                .filter(OwnTerm.class::isInstance)
                .map(OwnTerm.class::cast)
                .filter(OwnTerm::hasTerm)
                .toList();
    }

    /** Returns whether there is a term at all. */
    boolean hasTerm();

    /** Sets whether the term's gradient is part of those that the layer computes; it is, unless told otherwise. */
    void setInGradients(boolean part);
}
