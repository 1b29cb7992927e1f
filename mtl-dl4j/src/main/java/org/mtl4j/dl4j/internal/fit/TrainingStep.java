package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.inference.BatchSlices;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes steps of training. With several replicas each computes the gradient of its part of the batch; the sum of these,
 * which is the gradient of the whole, goes through the first graph's updater as in {@link ComputationGraph#fit}.
 */
public final class TrainingStep {
    /** Least examples per replica; with fewer there is more waiting than working. */
    private static final int LEAST_PART = 8;

    private final ModelState model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final @Nullable Replicas replicas;
    private final ActiveTasks active;
    private final boolean draws;

    /**
     * @param model whose graph is trained
     * @param replicas of the graph, or null for none
     * @param draws whether layers draw random numbers, which each thread has of its own
     */
    public TrainingStep(ModelState model, @Nullable Replicas replicas, ActiveTasks active, boolean draws) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.replicas = replicas;
        this.active = active;
        this.draws = draws;
    }

    /**
     * Trains on one batch. Listeners of the graph are told as {@link ComputationGraph#fit} does, and whatever they ask
     * it for is not part of the step.
     *
     * @return the score of the batch and the losses of the tasks
     */
    public StepResult fit(MultiDataSet batch) {
        active.beforeStep();
        if (replicas == null
                || batch.getFeaturesMaskArrays() != null
                || batch.getFeatures(0).size(0) < (long) LEAST_PART * replicas.count()
                || !GraphListeners.thatNeedTheWholeBatch(graph).isEmpty()) {
            PartialStep.weigh(graph, tasks, LossWeights.ofExamples(batch));
            try {
                return HostThreads.withAvailable(
                        () -> GraphListeners.fit(model, draws, active::undoWhatIsNotUsed, () -> graph.fit(batch)));
            } finally {
                PartialStep.weigh(graph, tasks, null);
            }
        }
        return divided(batch);
    }

    private StepResult divided(MultiDataSet batch) {
        long examples = batch.getFeatures(0).size(0);
        int iteration = graph.getIterationCount();
        int epoch = graph.getEpochCount();
        double[] perExample = Arrays.stream(TaskMeans.labelled(batch, tasks))
                .map(count -> count / examples)
                .toArray();
        List<PartialStep> parts = replicas.divide(examples, (replica, part, from, to) -> {
            replica.getConfiguration().setIterationCount(iteration);
            replica.getConfiguration().setEpochCount(epoch);
            if (draws) { // whichever thread this is
                seed(graph, part);
            }
            PartialStep.Place place = new PartialStep.Place(part, replicas.count(), examples);
            return PartialStep.compute(replica, tasks, BatchSlices.of(batch, from, to), perExample, place);
        });
        INDArray sum = graph.getGradientsViewArray();
        for (int i = 0; i < parts.size(); i++) {
            if (replicas.graph(i) != graph) {
                sum.addi(replicas.graph(i).getGradientsViewArray());
            }
        }
        return PartialStep.update(model, parts, active::undoWhatIsNotUsed);
    }

    /**
     * Seeds what layers draw in a step by the plan's seed, the step and the part of the batch, and by no thread or
     * process.
     */
    public static void seed(ComputationGraph graph, int part) {
        long seed = graph.getConfiguration().getDefaultConfiguration().getSeed();
        Nd4j.getRandom().setSeed(Seeds.ofStep(seed, graph.getIterationCount(), part));
    }
}
