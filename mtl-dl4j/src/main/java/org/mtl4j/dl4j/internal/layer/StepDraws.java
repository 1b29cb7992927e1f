package org.mtl4j.dl4j.internal.layer;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Marks a layer that draws random numbers in training and can draw them by the number of the step and the place of an
 * example in its batch, so that they are the same however the batch is divided. Left alone, it draws from ND4J's stream
 * as any layer does.
 */
public interface StepDraws {
    /** {@return all such layers of a graph} */
    static List<StepDraws> all(ComputationGraph graph) {
        return OfKind.in(StepDraws.class, graph.getLayers());
    }

    /** Begins a step in all such layers of a graph. */
    static void begin(ComputationGraph graph, long step, long firstExample) {
        all(graph).forEach(layer -> layer.beginStep(step, firstExample));
    }

    /** Ends what {@link #begin} has begun. */
    static void end(ComputationGraph graph) {
        all(graph).forEach(StepDraws::endStep);
    }

    /**
     * Says what the next passes are of.
     *
     * @param step the number of the step; the same numbers are drawn each time in a step
     * @param firstExample which example of the whole batch the first one is that the layer sees, from 0
     */
    void beginStep(long step, long firstExample);

    /** Says that what comes is of no step. */
    void endStep();
}
