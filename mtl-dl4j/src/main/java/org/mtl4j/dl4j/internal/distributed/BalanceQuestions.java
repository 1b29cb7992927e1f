package org.mtl4j.dl4j.internal.distributed;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.fit.GradientPasses;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.fit.TrainingStep;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.layer.OwnTerm;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.BatchPlace;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Puts to workers what has to be known before tasks can be weighed, or their gradients combined, in a step; each answer
 * depends on question and shard alone.
 */
final class BalanceQuestions {
    private BalanceQuestions() {}

    /**
     * Answers with several gradients of a part of a batch.
     *
     * @param seen what the shard had for the step
     * @param parts what else there is to say of each; empty if the shard has no such step
     * @param gradients empty likewise
     * @param notFinite which features were not finite, if a gradient is not; null if they all were
     */
    record GradientsOfPart(
            LabelCounts seen,
            ArrayList<PartialStep> parts,
            ArrayList<ArrayValues> gradients,
            @Nullable String notFinite)
            implements Serializable {}

    /**
     * Asks for gradients of the shard's part of a batch, without terms of weight relatedness, each with the same random
     * numbers.
     *
     * @param state of the model
     * @param epoch of the data
     * @param step in the epoch
     * @param perExample per task labelled examples per example in all of the batch
     * @param passes of what
     */
    record ComputeGradients(
            SharedState state, int epoch, int step, double[] perExample, ArrayList<GradientPasses.Pass> passes)
            implements Workers.Question<GradientsOfPart> {
        @Override
        public GradientsOfPart answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            GraphModel model = GraphModel.of(copy);
            List<Task> tasks = model.network().tasks();
            Optional<MultiDataSet> batch = batch(state, model, shard, epoch, step);
            ArrayList<PartialStep> parts = new ArrayList<>();
            ArrayList<ArrayValues> gradients = new ArrayList<>();
            if (batch.isEmpty()) {
                return new GradientsOfPart(LabelCounts.none(tasks.size()), parts, gradients, null);
            }
            ComputationGraph graph = model.graph();
            state.moveInto(graph);
            boolean finite = true;
            List<OwnTerm> terms = OwnTerm.all(graph);
            try {
                for (GradientPasses.Pass pass : passes) {
                    for (int t = 0; t < perExample.length; t++) {
                        TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(pass.factors()[t]);
                    }
                    terms.forEach(term -> term.setInGradients(pass.ownTerms()));
                    seed(model, state.iteration());
                    PartialStep part = PartialStep.computeUntied(graph, tasks, batch.get(), perExample);
                    INDArray gradient = graph.getGradientsViewArray();
                    finite &= Double.isFinite(part.score()) && FiniteNumbers.hasFiniteSum(gradient);
                    parts.add(part);
                    gradients.add(ArrayValues.of(gradient));
                }
            } finally {
                terms.forEach(term -> term.setInGradients(true));
            }
            return new GradientsOfPart(
                    LabelCounts.of(batch.get(), tasks),
                    parts,
                    gradients,
                    finite
                            ? null
                            : BatchLayout.notFinite(batch.get(), model.network())
                                    .orElse(null));
        }
    }

    /**
     * Answers with the losses of parts of batches.
     *
     * @param seen what the shard had for each of the steps
     * @param parts losses for each of the steps; null where the shard has no such step
     */
    record LossesOfParts(ArrayList<LabelCounts> seen, ArrayList<@Nullable PartialStep> parts) implements Serializable {}

    /**
     * Asks for the losses of the shard's parts of batches, in training mode.
     *
     * @param state of the model
     * @param drawnAt the number of the step whose random numbers are drawn; of further steps those that follow
     * @param epoch of the data
     * @param from the first step in the epoch
     * @param perExample for each step, per task labelled examples per example in all of the batch
     */
    record MeasureLosses(SharedState state, int drawnAt, int epoch, int from, double[][] perExample)
            implements Workers.Question<LossesOfParts> {
        @Override
        public LossesOfParts answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            GraphModel model = GraphModel.of(copy);
            List<Task> tasks = model.network().tasks();
            state.moveInto(model.graph());
            LossesOfParts losses = new LossesOfParts(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < perExample.length; i++) {
                Optional<MultiDataSet> batch = batch(state, model, shard, epoch, from + i);
                if (batch.isPresent()) {
                    seed(model, drawnAt + i);
                    losses.parts.add(PartialStep.losses(model.graph(), tasks, batch.get(), perExample[i]));
                } else {
                    losses.parts.add(null);
                }
                losses.seen.add(batch.map(there -> LabelCounts.of(there, tasks))
                        .orElseGet(() -> LabelCounts.none(tasks.size())));
            }
            return losses;
        }
    }

    private static Optional<MultiDataSet> batch(
            SharedState state, GraphModel model, TrainingShard shard, int epoch, int step) throws IOException {
        Optional<MultiDataSet> batch = shard.batch(epoch, step);
        if (batch.isEmpty()) {
            return batch;
        }
        BatchLayout layout = BatchLayout.of(model.state());
        layout.weigh(state.factors());
        return Optional.of(layout.checked(batch.get(), BatchPlace.ofStep(WorkerQuestions.SHARD, state.epoch(), step)));
    }

    private static void seed(GraphModel copy, int iteration) {
        if (!Replicas.mayDivideTraining(copy.network())) {
            TrainingStep.seed(copy.graph(), iteration, 0);
        }
    }
}
