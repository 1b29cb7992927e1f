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
import org.mtl4j.dl4j.internal.fit.GradientPasses;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.layer.OwnTerm;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Puts to workers what has to be known before tasks can be weighed, or their gradients combined, in a step; each answer
 * depends on question and shard alone.
 */
final class BalanceQuestions {
    private BalanceQuestions() {}

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
            Optional<MultiDataSet> batch = WorkerQuestions.batch(state, model, shard, epoch, step);
            if (batch.isEmpty()) {
                return GradientsOfPart.none(tasks.size());
            }
            ComputationGraph graph = model.graph();
            state.moveInto(graph);
            GradientsOfPart.Gathered gathered = new GradientsOfPart.Gathered(model, batch.get());
            List<OwnTerm> terms = OwnTerm.all(graph);
            try {
                for (GradientPasses.Pass pass : passes) {
                    for (int t = 0; t < perExample.length; t++) {
                        TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(pass.factors()[t]);
                    }
                    terms.forEach(term -> term.setInGradients(pass.ownTerms()));
                    WorkerQuestions.seed(model, state.iteration());
                    gathered.add(PartialStep.computeUntied(model.gradients(), graph, tasks, batch.get(), perExample));
                }
            } finally {
                terms.forEach(term -> term.setInGradients(true));
            }
            return gathered.answer();
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
                Optional<MultiDataSet> batch = WorkerQuestions.batch(state, model, shard, epoch, from + i);
                if (batch.isPresent()) {
                    WorkerQuestions.seed(model, drawnAt + i);
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
}
