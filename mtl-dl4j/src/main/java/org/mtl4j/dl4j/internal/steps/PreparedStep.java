package org.mtl4j.dl4j.internal.steps;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
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

    /** Sizes of batches for which memory is kept: most, and the last of an epoch. */
    private static final int SIZES = 2;

    private final ComputationGraph graph;
    private final Layer[] layers;
    private final INDArray gradients;
    private final int[] inputs;
    private final List<VertexPart> parts;
    private final List<OutputPart> outputs;
    /** The latest first. */
    private final List<Values> kept = new ArrayList<>();

    private PreparedStep(ComputationGraph graph, PreparedParts prepared) {
        this.graph = graph;
        this.layers = graph.getLayers();
        this.gradients = graph.getGradientsViewArray();
        this.inputs = prepared.inputs();
        this.parts = prepared.parts();
        this.outputs = prepared.outputs();
    }

    /** {@return the step of a graph; empty if there is something in the graph that it does not know} */
    public static Optional<PreparedStep> of(ComputationGraph graph) {
        return PreparedParts.of(graph).map(parts -> {
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
            Values values = values();
            if (values == null) {
                return false;
            }
            for (VertexPart part : parts) {
                if (!part.begin(values)) {
                    return false;
                }
            }
            compute(values, labels);
            return true;
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

    /** {@return memory with the inputs in it; null if these are not such as are known} */
    private @Nullable Values values() {
        INDArray[] given = graph.getInputs();
        int examples = Math.toIntExact(given[0].size(0));
        int[] widths = new int[graph.getVertices().length];
        for (int i = 0; i < given.length; i++) {
            if (given[i].rank() != 2 || given[i].size(0) != examples || !HostMemory.isContiguous(given[i])) {
                return null;
            }
            widths[inputs[i]] = Math.toIntExact(given[i].size(1));
        }
        for (VertexPart part : parts) {
            widths[part.vertex()] = part.width(widths);
        }
        Values values = kept.stream()
                .filter(each -> each.fits(examples, widths))
                .findFirst()
                .orElseGet(() -> {
                    Values made = new Values(examples, widths);
                    parts.forEach(part -> part.arrange(made));
                    return made;
                });
        kept.remove(values);
        kept.add(0, values);
        if (kept.size() > SIZES) {
            kept.remove(SIZES);
        }
        for (int i = 0; i < given.length; i++) {
            values.setOutput(inputs[i], HostMatrix.of(given[i]));
        }
        values.forgetGradients();
        return values;
    }
}
