package org.mtl4j.dl4j.internal.steps;

import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.mtl4j.dl4j.internal.layer.ListedPenalties;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what {@link ComputationGraph#computeGradientAndScore} does for graphs of fully connected layers, by a sequence
 * of products and loops over memory that is kept from step to step. {@link PreparedParts} says which graphs these are.
 * Reads the graph's parameters and leaves its gradients where they are, and sets its score and the losses of its tasks;
 * results differ by rounding. Listeners of the graph are not told. Of use to one thread at a time.
 */
public final class PreparedStep {
    private static final Logger log = LoggerFactory.getLogger(PreparedStep.class);

    private final ComputationGraph graph;
    private final Layer[] layers;
    private final INDArray gradients;
    private final List<VertexPart> parts;
    private final List<OutputPart> outputs;
    private final KeptValues kept;

    private PreparedStep(ComputationGraph graph, PreparedParts<OutputPart> prepared) {
        this.graph = graph;
        this.layers = graph.getLayers();
        this.gradients = graph.getGradientsViewArray();
        this.parts = prepared.parts();
        this.outputs = prepared.outputs();
        this.kept = new KeptValues(graph.getVertices().length, prepared.inputs(), parts);
    }

    /** {@return the step of a graph; empty if there is something in the graph that it does not know} */
    public static Optional<PreparedStep> of(ComputationGraph graph) {
        return PreparedParts.forTraining(graph).map(parts -> {
            log.debug(
                    "a prepared step of {} vertices computes gradients",
                    parts.parts().size());
            return new PreparedStep(graph, parts);
        });
    }

    /**
     * Computes gradients, losses and score of what the graph's inputs and masks are now.
     *
     * @param labels by output of the graph
     * @return false if they are such that the graph has to do so; nothing is done then
     */
    public boolean run(INDArray[] labels) {
        if (graph.getLayers() != layers
                || graph.getGradientsViewArray() != gradients
                || graph.getInputMaskArrays() != null && !allNull(graph.getInputMaskArrays())) {
            return false;
        }
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            HostMatrix[] inputs = KeptValues.matrices(graph.getInputs());
            if (inputs == null) {
                return false;
            }
            Values values = kept.of(inputs);
            try {
                for (VertexPart part : parts) {
                    if (!part.begin(values)) {
                        return false;
                    }
                }
                compute(values, labels);
                return true;
            } finally {
                values.letGo();
            }
        }
    }

    private static boolean allNull(@Nullable INDArray[] masks) {
        for (INDArray mask : masks) {
            if (mask != null) {
                return false;
            }
        }
        return true;
    }

    private void compute(Values values, INDArray[] labels) {
        countSteps();
        for (VertexPart part : parts) {
            part.forward(values);
        }
        INDArray[] masks = graph.getLabelMaskArrays();
        for (int i = 0; i < outputs.size(); i++) {
            outputs.get(i).setLabels(labels[i], masks == null ? null : masks[i]);
        }
        for (int i = parts.size() - 1; i >= 0; i--) {
            parts.get(i).backward(values);
        }
        double networkTerms = networkTerms(); // what depends on a backward pass, too
        double score = 0;
        for (int i = 0; i < outputs.size(); i++) {
            score += outputs.get(i).score(i == 0 ? networkTerms : 0);
        }
        graph.setScore(score);
        outputs.forEach(OutputPart::end);
    }

    /** Adds up as the graph does, without layers that have nothing to add. */
    private double networkTerms() {
        double sum = 0;
        for (Layer layer : layers) {
            if (!ListedPenalties.areNone(layer)) {
                sum += layer.calcRegularizationScore(true);
            }
        }
        return sum;
    }

    private void countSteps() {
        int iteration = graph.getConfiguration().getIterationCount();
        int epoch = graph.getConfiguration().getEpochCount();
        for (Layer layer : graph.getLayers()) {
            layer.setIterationCount(iteration);
            layer.setEpochCount(epoch);
        }
    }
}
