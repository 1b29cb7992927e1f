package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.graph.ParameterKey;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingDivergedException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Notices that numbers are not finite, and says which. */
final class DivergenceCheck {
    private static final int MOST_LAYERS_NAMED = 3;

    private final ComputationGraph graph;
    private final MultiTaskNetwork network;
    private final List<Task> tasks;

    DivergenceCheck(ComputationGraph graph, MultiTaskNetwork network) {
        this.graph = graph;
        this.network = network;
        this.tasks = network.tasks();
    }

    /**
     * Looks at the score and the gradients of a step; at everything else only if one of these is not finite.
     *
     * @param step what it came to
     * @param epoch counted from 0
     * @param number of the step, counted from 0
     * @param elsewhere which features were not finite, where these are in other processes
     */
    void check(TrainingSteps.Result step, int epoch, int number, Optional<String> elsewhere) {
        if (Double.isFinite(step.score()) && finite(graph.getGradientsViewArray())) {
            return;
        }
        MultiDataSet batch = step.batch();
        double[] losses = step.losses();
        List<String> found = new ArrayList<>();
        elsewhere.ifPresent(found::add);
        if (batch != null) {
            BatchLayout.notFinite(batch, network).ifPresent(found::add);
        }
        for (int t = 0; t < losses.length; t++) {
            if (batch != null && !finite(labels(batch, t))) {
                found.add("labels of task '%s'".formatted(tasks.get(t).name()));
            }
            if (!Double.isFinite(losses[t])) {
                found.add("loss of task '%s' (%s)".formatted(tasks.get(t).name(), losses[t]));
            }
        }
        List<String> layers = layersWithBadGradients();
        if (!layers.isEmpty()) {
            found.add("gradients of " + String.join(", ", layers));
        }
        throw new TrainingDivergedException(
                ("epoch %d, step %d: the score is %s. Not finite: %s. Look at the data, or try a smaller learning"
                                        + " rate, a smaller")
                                .formatted(epoch + 1, number + 1, step.score(), String.join("; ", found))
                        + " weight of the task, or TrainingPlan.withGradientClipping");
    }

    /** Refuses to save parameters that are not finite. */
    void checkParameters(int epoch) {
        if (!finite(graph.params())) {
            throw new TrainingDivergedException(
                    "epoch %d: parameters are not finite after its last step, so they are not saved"
                            .formatted(epoch + 1));
        }
    }

    private static INDArray labels(MultiDataSet batch, int t) {
        INDArray mask = Masks.ofLabels(batch, t);
        return mask == null
                ? batch.getLabels(t)
                : LabelMask.clear(batch.getLabels(t).dup(), mask);
    }

    /** Names the layers nearest to the outputs, where backpropagation begins, and says how many more there are. */
    private List<String> layersWithBadGradients() {
        Gradient gradient = graph.gradient();
        List<String> bad = new ArrayList<>();
        if (gradient == null) {
            return bad;
        }
        Map<String, INDArray> byName = gradient.gradientForVariable();
        int[] order = graph.topologicalSortOrder();
        for (int i = order.length - 1; i >= 0; i--) {
            String vertex = graph.getVertices()[order[i]].getVertexName();
            if (byName.entrySet().stream()
                    .anyMatch(entry ->
                            ParameterKey.parse(entry.getKey()).vertex().equals(vertex) && !finite(entry.getValue()))) {
                bad.add("'" + vertex + "'");
            }
        }
        if (bad.size() > MOST_LAYERS_NAMED) {
            int more = bad.size() - MOST_LAYERS_NAMED;
            bad = new ArrayList<>(bad.subList(0, MOST_LAYERS_NAMED));
            bad.add("and %s more before them".formatted(more));
        }
        return bad;
    }

    /** Looks at the sum, which one number that is not finite makes so; a sum that overflows alone counts too. */
    private static boolean finite(@Nullable INDArray array) {
        return array == null || FiniteNumbers.hasFiniteSum(array);
    }
}
