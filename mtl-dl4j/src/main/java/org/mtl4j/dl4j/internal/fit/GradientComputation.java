package org.mtl4j.dl4j.internal.fit;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.steps.PreparedStep;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Chooses what computes the gradients of a graph: a {@linkplain PreparedStep prepared step} where there is one, and
 * else the graph itself. Which of them depends on the graph and the kind of its batches, and on nothing that came
 * before.
 */
public final class GradientComputation {
    private final Map<ComputationGraph, Optional<PreparedStep>> prepared =
            Collections.synchronizedMap(new IdentityHashMap<>());

    /** Tells whether there is a prepared step of a graph. */
    boolean isPrepared(ComputationGraph graph) {
        return stepOf(graph).isPresent();
    }

    private Optional<PreparedStep> stepOf(ComputationGraph graph) {
        return prepared.computeIfAbsent(graph, PreparedStep::of);
    }

    /**
     * Computes gradients, losses and score of a graph's inputs, as they are set.
     *
     * @param part whose features, labels and masks these are
     */
    void run(ComputationGraph graph, MultiDataSet part) {
        Optional<PreparedStep> step = part.getFeaturesMaskArrays() == null ? stepOf(graph) : Optional.empty();
        if (step.isPresent() && graph.gradient() == null) {
            graph.computeGradientAndScore(); // nothing else makes a graph's gradient, with its names and views
        }
        if (step.isEmpty() || !step.get().run(part.getLabels())) {
            graph.computeGradientAndScore();
        }
    }
}
