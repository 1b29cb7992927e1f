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
import org.mtl4j.dl4j.internal.fit.ActiveTasks;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LabelSums;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.fit.StepResult;
import org.mtl4j.dl4j.internal.fit.TrainingStep;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.BatchPlace;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Puts to workers the questions whose answers make up a step; each answer depends on question and shard alone. */
final class WorkerQuestions {
    /** What the data of a worker are called in messages. */
    static final String SHARD = "training data of a worker";

    private WorkerQuestions() {}

    /**
     * Asks all workers, and counts the answers.
     *
     * @throws IllegalStateException if there are not as many as shards
     */
    static <A extends Serializable> List<A> ask(Workers workers, Workers.Question<A> question) {
        List<A> answers = workers.ask(question);
        if (answers.size() != workers.count()) {
            throw new IllegalStateException(
                    "%d shards of the data were to answer, and %d have; data would be missing, or be there twice"
                            .formatted(workers.count(), answers.size()));
        }
        return answers;
    }

    /** Asks for the sums of the labels of a whole shard. */
    record SumLabels() implements Workers.Question<LabelSums> {
        @Override
        public LabelSums answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            BatchLayout layout = BatchLayout.of(GraphModel.of(copy).state());
            LabelSums sums = new LabelSums(copy.network().tasks());
            int steps = shard.steps(0).orElse(0);
            Optional<MultiDataSet> batch = shard.batch(0, 0);
            for (int step = 0; batch.isPresent() || step < steps; batch = shard.batch(0, ++step)) {
                if (batch.isPresent()) {
                    sums.add(layout.checked(batch.get(), BatchPlace.ofPass(SHARD, step)));
                }
            }
            return sums;
        }
    }

    /**
     * Asks for the labels that there are in each step of an epoch.
     *
     * @param epoch of the data
     * @param factors per task by what its λ is multiplied
     */
    record CountLabels(int epoch, double[] factors) implements Workers.Question<ArrayList<LabelCounts>> {
        @Override
        public ArrayList<LabelCounts> answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            BatchLayout layout = BatchLayout.of(GraphModel.of(copy).state());
            layout.weigh(factors);
            List<Task> tasks = copy.network().tasks();
            int steps = shard.steps(epoch).orElse(0);
            ArrayList<LabelCounts> counts = new ArrayList<>();
            Optional<MultiDataSet> batch = shard.batch(epoch, 0);
            for (; batch.isPresent() || counts.size() < steps; batch = shard.batch(epoch, counts.size())) {
                counts.add(
                        batch.isEmpty()
                                ? LabelCounts.none(tasks.size())
                                : LabelCounts.of(
                                        layout.checked(batch.get(), BatchPlace.ofStep(SHARD, epoch - 1, counts.size())),
                                        tasks));
            }
            return counts;
        }
    }

    /**
     * Asks for the gradient of the shard's part of a batch.
     *
     * @param state of the model
     * @param epoch of the data
     * @param step in the epoch
     * @param perExample per task labelled examples per example in all of the batch
     */
    record ComputeGradient(SharedState state, int epoch, int step, double[] perExample)
            implements Workers.Question<GradientsOfPart> {
        @Override
        public GradientsOfPart answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            GraphModel model = GraphModel.of(copy);
            Optional<MultiDataSet> batch = batch(state, model, shard, epoch, step);
            if (batch.isEmpty()) {
                return GradientsOfPart.none(perExample.length);
            }
            ComputationGraph graph = model.graph();
            List<Task> tasks = model.network().tasks();
            state.moveInto(graph);
            state.weigh(graph, tasks);
            seed(model, state.iteration());
            PartialStep.Place alone =
                    new PartialStep.Place(0, 1, batch.get().getFeatures(0).size(0));
            GradientsOfPart.Gathered gathered = new GradientsOfPart.Gathered(model, batch.get());
            gathered.add(PartialStep.compute(model.gradients(), graph, tasks, batch.get(), perExample, alone));
            return gathered.answer();
        }
    }

    /**
     * Asks for as many numbers as a gradient has, for which nothing is computed.
     *
     * @param state of the model
     */
    record Echo(SharedState state) implements Workers.Question<ArrayValues> {
        @Override
        public ArrayValues answer(MultiTaskModel copy, TrainingShard shard) {
            ComputationGraph graph = GraphModel.of(copy).graph();
            state.moveInto(graph);
            return ArrayValues.of(graph.params());
        }
    }

    /**
     * Answers with what a worker has come to in a round.
     *
     * @param seen what the shard had for each of the steps
     * @param examples that it has seen
     * @param score mean over its steps, weighted by examples
     * @param lossSums per task over all labelled examples
     * @param parameters after its steps
     * @param updaterState after its steps
     * @param notFinite which features of what step were not finite, if a score was not; null if they all were
     */
    record StepsOfWorker(
            ArrayList<LabelCounts> seen,
            long examples,
            double score,
            double[] lossSums,
            ArrayValues parameters,
            @Nullable ArrayValues updaterState,
            @Nullable String notFinite)
            implements Serializable {}

    /**
     * Asks for steps that a worker makes by itself.
     *
     * @param state of the model
     * @param epoch of the data
     * @param from the first step in the epoch
     * @param steps how many
     */
    record MakeSteps(SharedState state, int epoch, int from, int steps) implements Workers.Question<StepsOfWorker> {
        @Override
        public StepsOfWorker answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            GraphModel model = GraphModel.of(copy);
            BatchLayout layout = BatchLayout.of(model.state());
            layout.weigh(state.factors());
            ComputationGraph graph = model.graph();
            List<Task> tasks = model.network().tasks();
            state.moveInto(graph);
            ActiveTasks active = new ActiveTasks(model.state(), null);
            active.weigh(state.factors());
            TrainingStep step = new TrainingStep(model.state(), model.gradients(), null, active, false, false);
            long examples = 0;
            double score = 0;
            double[] lossSums = new double[tasks.size()];
            ArrayList<LabelCounts> seen = new ArrayList<>();
            String notFinite = null;
            for (int i = from; i < from + steps; i++) {
                Optional<MultiDataSet> batch = shard.batch(epoch, i);
                if (batch.isEmpty()) {
                    seen.add(LabelCounts.none(tasks.size()));
                    continue; // the last of this shard, or one without an example of it
                }
                var checked = layout.checked(batch.get(), BatchPlace.ofStep(SHARD, state.epoch(), i));
                seed(model, graph.getIterationCount());
                StepResult result = step.fit(checked);
                seen.add(LabelCounts.of(checked, tasks));
                double[] labelled = seen.get(seen.size() - 1).counts();
                long size = checked.getFeatures(0).size(0);
                if (notFinite == null && !Double.isFinite(result.score())) {
                    int number = i;
                    notFinite = BatchLayout.notFinite(checked, model.network())
                            .map(features -> "%s, step %s".formatted(features, number + 1))
                            .orElse(null);
                }
                for (int t = 0; t < lossSums.length; t++) {
                    lossSums[t] += labelled[t] == 0 ? 0 : labelled[t] * result.losses()[t];
                }
                score = (examples * score + size * result.score()) / (examples + size);
                examples += size;
            }
            return new StepsOfWorker(
                    seen,
                    examples,
                    score,
                    lossSums,
                    ArrayValues.of(graph.params()),
                    ArrayValues.of(graph.getUpdater(true).getStateViewArray()),
                    notFinite);
        }
    }

    /** {@return the shard's part of a batch, checked; empty if it has no such step} */
    static Optional<MultiDataSet> batch(SharedState state, GraphModel copy, TrainingShard shard, int epoch, int step)
            throws IOException {
        Optional<MultiDataSet> batch = shard.batch(epoch, step);
        if (batch.isEmpty()) {
            return batch;
        }
        BatchLayout layout = BatchLayout.of(copy.state());
        layout.weigh(state.factors());
        return Optional.of(layout.checked(batch.get(), BatchPlace.ofStep(SHARD, state.epoch(), step)));
    }

    /** Seeds what layers draw, in the same way for all shards, as an answer may depend on question and shard alone. */
    static void seed(GraphModel copy, int iteration) {
        if (Replicas.mayDraw(copy.network())) {
            TrainingStep.seed(copy.graph(), iteration, 0);
        }
        StepDraws.begin(copy.graph(), iteration, 0); // until the part is computed
    }
}
