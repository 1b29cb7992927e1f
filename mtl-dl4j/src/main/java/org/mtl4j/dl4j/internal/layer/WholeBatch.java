package org.mtl4j.dl4j.internal.layer;

import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;

/**
 * Marks a layer or vertex that in training needs something of the whole batch, such as its mean and variance, and can
 * have it where a batch is divided among several graphs: it meets its counterparts in the others.
 */
public interface WholeBatch {
    /** {@return all such layers and vertices of a graph} */
    static List<WholeBatch> all(ComputationGraph graph) {
        return OfKind.in(WholeBatch.class, graph.getLayers(), graph.getVertices());
    }

    /**
     * Says that the graph computes a part of a batch in its next passes.
     *
     * @param seat where its thread meets those of the other parts; null if the graph computes whole batches again
     */
    void setSeat(Rendezvous.@Nullable Seat seat);

    /**
     * {@return what comes of all parts at a place; of what is given alone, where a batch is whole}
     *
     * @param seat as it was set
     * @param together makes it of what all parts have brought, in their order
     */
    static <T> T together(Rendezvous.@Nullable Seat seat, String place, T mine, Function<List<T>, T> together) {
        return seat == null || !seat.isHere() ? mine : seat.meet(place, mine, together);
    }
}
