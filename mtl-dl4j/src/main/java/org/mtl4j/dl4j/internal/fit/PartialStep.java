package org.mtl4j.dl4j.internal.fit;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.graph.ParameterKey;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Holds what a part of a batch contributes to a step besides its gradient, which is left in the gradients of the graph
 * that computed it. The gradients of all parts add up to that of the batch.
 *
 * @param examples of the part
 * @param score of the part, as if it were a batch
 * @param losses per task, such that their mean over the parts, weighted by examples, is that over the labelled examples
 *     of the batch
 */
public record PartialStep(long examples, double score, double[] losses) implements Serializable {

    /**
     * Tells which part of a batch it is.
     *
     * @param part counted from 0
     * @param parts among how many the term of weight relatedness is divided; 1 if each part computes all of it
     * @param examples of the batch that it is divided in; those of the part alone if it is not
     */
    public record Place(int part, int parts, long examples) implements Serializable {}

    /**
     * Computes gradient, score and losses of a part.
     *
     * @param computation of the model that the graph is of
     * @param graph at its present parameters, iteration and epoch
     * @param perExample per task the weights of labelled examples per example in all of the batch
     * @param place of the part in the batch
     */
    public static PartialStep compute(
            GradientComputation computation,
            ComputationGraph graph,
            List<Task> tasks,
            MultiDataSet part,
            double[] perExample,
            Place place) {
        double batchRatio = (double) place.examples / part.getFeatures(0).size(0);
        return compute(
                graph,
                tasks,
                part,
                perExample,
                new RelatednessPenalty.Share(place.part, place.parts, batchRatio),
                () -> computation.run(graph, part));
    }

    /**
     * Computes gradient, score and losses of a part without terms of weight relatedness.
     *
     * @param computation of the model that the graph is of
     * @param perExample per task the weights of labelled examples per example in all of the batch
     */
    public static PartialStep computeUntied(
            GradientComputation computation,
            ComputationGraph graph,
            List<Task> tasks,
            MultiDataSet part,
            double[] perExample) {
        return compute(
                graph, tasks, part, perExample, RelatednessPenalty.Share.nothing(), () -> computation.run(graph, part));
    }

    /**
     * Computes the losses of a part in training mode, and no gradients. The score is 0.
     *
     * @param perExample per task the weights of labelled examples per example in all of the batch
     */
    public static PartialStep losses(ComputationGraph graph, List<Task> tasks, MultiDataSet part, double[] perExample) {
        PartialStep found = compute(
                graph, tasks, part, perExample, RelatednessPenalty.Share.nothing(), () -> forward(graph, tasks, part));
        return new PartialStep(found.examples, 0, found.losses); // the graph has that of some step before
    }

    /**
     * Computes something of a part, with the share of the terms of weight relatedness that it is to have.
     *
     * @param work leaves losses in the output layers
     */
    private static PartialStep compute(
            ComputationGraph graph,
            List<Task> tasks,
            MultiDataSet part,
            double[] perExample,
            RelatednessPenalty.Share share,
            Runnable work) {
        synchronized (graph) { // others may ask it, too
            graph.setInputs(part.getFeatures());
            graph.setLabels(part.getLabels());
            graph.clearLayerMaskArrays(); // of whatever the graph was asked before
            if (part.getFeaturesMaskArrays() != null || part.getLabelsMaskArrays() != null) {
                graph.setLayerMaskArrays(part.getFeaturesMaskArrays(), part.getLabelsMaskArrays());
            }
            for (int t = 0; t < perExample.length; t++) {
                TaskLoss.of(graph, tasks.get(t).name()).setLabelledFraction(perExample[t]);
            }
            announce(graph, tasks, part);
            try {
                StepResult result = GraphListeners.unheard(graph, () -> {
                    RelatednessPenalty.runDivided(graph, share, work);
                    return StepResult.of(graph, tasks);
                });
                return new PartialStep(part.getFeatures(0).size(0), result.score(), result.losses());
            } finally {
                tasks.forEach(task -> TaskLoss.of(graph, task.name()).clearLabelledFraction());
                forget(graph, tasks);
                graph.clearLayerMaskArrays();
                graph.clearLayersStates(); // such as noise of weights, which is for one step
                StepDraws.end(graph);
            }
        }
    }

    /** Computes the losses of a part in training mode, and no gradients, for {@link #compute}. */
    static void forward(ComputationGraph graph, List<Task> tasks, MultiDataSet part) {
        double[] weights = LossWeights.ofExamples(part);
        for (int t = 0; t < tasks.size(); t++) {
            TaskLoss.of(graph, tasks.get(t).name()).startMeasuring(part.getLabels(t), Masks.ofLabels(part, t), weights);
        }
        try {
            graph.output(true, part.getFeatures(), part.getFeaturesMaskArrays(), part.getLabelsMaskArrays());
        } finally {
            tasks.forEach(task -> TaskLoss.of(graph, task.name()).stopMeasuring());
        }
    }

    /** Tells the losses of all tasks what comes: its labels, and what its examples weigh. */
    static void announce(ComputationGraph graph, List<Task> tasks, MultiDataSet batch) {
        weigh(graph, tasks, LossWeights.ofExamples(batch));
        for (int t = 0; t < tasks.size(); t++) {
            TaskLoss.of(graph, tasks.get(t).name()).setNextLabels(batch.getLabels(t));
        }
    }

    /** Ends what {@link #announce} has begun. */
    static void forget(ComputationGraph graph, List<Task> tasks) {
        weigh(graph, tasks, null);
        tasks.forEach(task -> TaskLoss.of(graph, task.name()).setNextLabels(null));
    }

    /** Tells the losses of all tasks what the examples of the next batch weigh; null if each weighs 1. */
    static void weigh(ComputationGraph graph, List<Task> tasks, double @Nullable [] weights) {
        tasks.forEach(task -> TaskLoss.of(graph, task.name()).setExampleWeights(weights));
    }

    /** {@return what the parts of a batch contribute together} */
    public static PartialStep sum(List<PartialStep> parts) {
        long examples = parts.stream().mapToLong(PartialStep::examples).sum();
        double score = 0;
        double[] losses = new double[parts.get(0).losses.length];
        for (PartialStep part : parts) {
            double share = (double) part.examples / examples;
            score += share * part.score;
            for (int t = 0; t < losses.length; t++) {
                losses[t] += share * part.losses[t];
            }
        }
        return new PartialStep(examples, score, losses);
    }

    /**
     * Sends the sum of the parts' gradients through the updater, as {@link ComputationGraph#fit} does with a gradient.
     *
     * @param model whose graph has that sum for gradients
     * @param parts all parts of the batch
     * @param settle what else belongs to the step; done before listeners are told that it was made
     * @return score and losses of the batch
     */
    public static StepResult update(ModelState model, List<PartialStep> parts, Runnable settle) {
        ComputationGraph graph = model.graph();
        HostUpdater.install(graph);
        PartialStep whole = sum(parts);
        long examples = whole.examples;
        double score = whole.score;
        averageWhatIsNoSum(graph, parts.size());
        graph.setScore(score);
        GraphListeners.gradientIsKnown(graph);
        int iteration = graph.getIterationCount();
        model.access()
                .step(
                        iteration,
                        () -> {
                            HostUpdater.step(graph, iteration, Math.toIntExact(examples));
                            graph.applyConstraints(iteration + 1, graph.getEpochCount());
                            settle.run();
                        },
                        () -> GraphListeners.stepIsDone(graph));
        return new StepResult(score, whole.losses);
    }

    /**
     * Averages gradients that are no sums over examples: those that the updater does not divide by the size of the
     * batch.
     */
    private static void averageWhatIsNoSum(ComputationGraph graph, int parts) {
        if (parts == 1 || graph.getUpdater() instanceof HostUpdater updater && updater.dividesAll()) {
            return;
        }
        for (Map.Entry<String, INDArray> entry :
                graph.gradient().gradientForVariable().entrySet()) {
            ParameterKey key = ParameterKey.parse(entry.getKey());
            if (!graph.getVertex(key.vertex()).updaterDivideByMinibatch(key.parameter())) {
                entry.getValue().divi(parts);
            }
        }
    }
}
