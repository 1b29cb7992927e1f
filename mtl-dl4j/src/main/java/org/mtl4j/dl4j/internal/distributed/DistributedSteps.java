package org.mtl4j.dl4j.internal.distributed;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.fit.ActiveTasks;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LabelSums;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.fit.TrainingStep;
import org.mtl4j.dl4j.internal.fit.TrainingSteps;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Has steps computed by other processes, each on its shard of the data. */
public final class DistributedSteps implements TrainingSteps {
    private final GraphModel model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final Workers workers;
    private final Averaging averaging;
    private final int stepsPerRound;
    private final ActiveTasks live;
    private double[] factors;
    private int epoch;
    private List<Labelled> plan = List.of();
    private int done;
    private int next;

    public DistributedSteps(GraphModel model, Workers workers, Averaging averaging) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.workers = workers;
        this.averaging = averaging;
        this.stepsPerRound = averaging instanceof Averaging.Parameters rounds ? rounds.everySteps() : 1;
        this.live = new ActiveTasks(graph, tasks, null);
        if (workers.count() < 1) {
            throw new IllegalArgumentException("there must be at least one shard of the data, got " + workers.count());
        }
    }

    /** How many examples a batch has, and per task how many have a label. */
    private record Labelled(long examples, double[] counts) implements Serializable {
        static Labelled none(int tasks) {
            return new Labelled(0, new double[tasks]);
        }

        Labelled plus(Labelled other) {
            double[] sums = counts.clone();
            for (int t = 0; t < sums.length; t++) {
                sums[t] += other.counts[t];
            }
            return new Labelled(examples + other.examples, sums);
        }
    }

    @Override
    public void setOutputStarts() {
        LabelSums sums = new LabelSums(tasks);
        if (sums.wanted()) {
            workers.ask(new SumLabels()).forEach(sums::add);
            sums.setOutputStarts(graph);
        }
    }

    private record SumLabels() implements Workers.Question<LabelSums> {
        @Override
        public LabelSums answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            BatchLayout layout = BatchLayout.of(GraphModel.of(copy).state());
            LabelSums sums = new LabelSums(copy.network().tasks());
            Optional<org.nd4j.linalg.dataset.api.MultiDataSet> batch = shard.batch(0, 0);
            for (int step = 0; batch.isPresent(); batch = shard.batch(0, ++step)) {
                sums.add(layout.checked(batch.get()));
            }
            return sums;
        }
    }

    /** Where layers draw random numbers; the same for all shards, as an answer may depend on question and shard alone. */
    private static void seed(GraphModel copy) {
        if (!Replicas.mayDivideTraining(copy.network())) {
            TrainingStep.seed(copy.graph(), 0);
        }
    }

    /** A gradient is a mean over labelled examples, so everybody has to know how many all have together. */
    @Override
    public void start(int epoch) {
        this.epoch = epoch;
        List<Labelled> all = new ArrayList<>();
        for (ArrayList<Labelled> shard : workers.ask(new CountLabels(epoch))) {
            for (int step = 0; step < shard.size(); step++) {
                if (step == all.size()) {
                    all.add(Labelled.none(tasks.size()));
                }
                all.set(step, all.get(step).plus(shard.get(step)));
            }
        }
        plan = all;
        done = 0;
        next = 0;
    }

    private record CountLabels(int epoch) implements Workers.Question<ArrayList<Labelled>> {
        @Override
        public ArrayList<Labelled> answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            BatchLayout layout = BatchLayout.of(GraphModel.of(copy).state());
            ArrayList<Labelled> steps = new ArrayList<>();
            Optional<org.nd4j.linalg.dataset.api.MultiDataSet> batch = shard.batch(epoch, 0);
            for (; batch.isPresent(); batch = shard.batch(epoch, steps.size())) {
                var checked = layout.checked(batch.get());
                steps.add(new Labelled(checked.getFeatures(0).size(0), TaskMeans.labelled(checked)));
            }
            return steps;
        }
    }

    @Override
    public boolean advance() {
        done = next;
        next = Math.min(plan.size(), done + stepsPerRound);
        return done < plan.size();
    }

    @Override
    public boolean last() {
        return next == plan.size();
    }

    @Override
    public Result run() {
        if (graph.getGradientsViewArray() == null || graph.gradient() == null) {
            makeGradients();
        }
        Result result = averaging instanceof Averaging.Gradients ? gradients() : parameters();
        live.undoWhatIsNotUsed();
        return result;
    }

    /** Only backpropagation makes the graph's list of its gradients, which are views of one array; their values do not matter. */
    private void makeGradients() {
        INDArray[] labels = tasks.stream()
                .map(task -> Nd4j.zeros(model.plan().dataType(), 1, task.outputs()))
                .toArray(INDArray[]::new);
        PartialStep.compute(
                graph,
                tasks,
                new MultiDataSet(
                        new INDArray[] {
                            Nd4j.zeros(
                                    model.plan().dataType(),
                                    BatchLayout.of(model.state()).featuresShape(1))
                        },
                        labels),
                new double[tasks.size()],
                new PartialStep.Place(0, 1, 1));
    }

    private Result gradients() {
        Labelled batch = plan.get(done);
        double[] perExample = Arrays.stream(batch.counts())
                .map(count -> count / batch.examples())
                .toArray();
        State state = new State(
                ArrayValues.of(graph.params()), null, factors, graph.getIterationCount(), graph.getEpochCount());
        INDArray sum = graph.getGradientsViewArray();
        sum.assign(0);
        List<PartialStep> parts = new ArrayList<>();
        for (GradientOfPart answer : workers.ask(new ComputeGradient(state, epoch, done, perExample))) {
            if (answer.part() != null) { // in the order of the shards, so that rounding is always the same
                parts.add(answer.part());
                sum.addi(answer.gradient().toArray(sum.dataType()).reshape(sum.shape()));
            }
        }
        double[] losses = PartialStep.update(graph, parts);
        return new Result(1, Math.toIntExact(batch.examples()), losses, batch.counts(), null);
    }

    /** @param part null if the shard has no such step */
    private record GradientOfPart(PartialStep part, ArrayValues gradient) implements Serializable {}

    private record ComputeGradient(State state, int epoch, int step, double[] perExample)
            implements Workers.Question<GradientOfPart> {
        @Override
        public GradientOfPart answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            var batch = shard.batch(epoch, step);
            if (batch.isEmpty()) {
                return new GradientOfPart(null, null);
            }
            GraphModel model = GraphModel.of(copy);
            ComputationGraph graph = model.graph();
            List<Task> tasks = model.network().tasks();
            state.moveInto(graph);
            state.weigh(graph, tasks);
            var checked = BatchLayout.of(model.state()).checked(batch.get());
            seed(model);
            PartialStep.Place alone =
                    new PartialStep.Place(0, 1, checked.getFeatures(0).size(0));
            PartialStep part = PartialStep.compute(graph, tasks, checked, perExample, alone);
            return new GradientOfPart(part, ArrayValues.of(graph.getGradientsViewArray()));
        }
    }

    private Result parameters() {
        INDArray updaterState = graph.getUpdater(true).getStateViewArray();
        State state = new State(
                ArrayValues.of(graph.params()),
                ArrayValues.of(updaterState),
                factors,
                graph.getIterationCount(),
                graph.getEpochCount());
        List<StepsOfWorker> answers = workers.ask(new MakeSteps(state, epoch, done, next - done)).stream()
                .filter(answer -> answer.examples() > 0)
                .toList();
        long examples = answers.stream().mapToLong(StepsOfWorker::examples).sum();
        Labelled seen = plan.subList(done, next).stream().reduce(Labelled.none(tasks.size()), Labelled::plus);
        double[] losses = new double[tasks.size()];
        double score = 0;
        INDArray change = graph.getGradientsViewArray();
        change.assign(graph.params().reshape(change.shape()));
        graph.params().assign(0);
        if (updaterState != null) {
            updaterState.assign(0);
        }
        for (StepsOfWorker answer : answers) {
            double weight = (double) answer.examples() / examples;
            addWeighted(answer.parameters(), weight, graph.params());
            if (updaterState != null) {
                addWeighted(answer.updaterState(), weight, updaterState);
            }
            score += weight * answer.score();
            for (int t = 0; t < losses.length; t++) {
                losses[t] += seen.counts()[t] == 0 ? 0 : answer.lossSums()[t] / seen.counts()[t];
            }
        }
        change.subi(graph.params().reshape(change.shape())); // in the place of a gradient, for whoever looks at it
        graph.setScore(score);
        int last = graph.getIterationCount() + next - done - 1;
        graph.getConfiguration().setIterationCount(last);
        for (TrainingListener listener : graph.getListeners()) {
            listener.iterationDone(graph, last, graph.getEpochCount());
        }
        graph.getConfiguration().setIterationCount(last + 1);
        return new Result(next - done, Math.toIntExact(examples), losses, seen.counts(), null);
    }

    private static void addWeighted(ArrayValues numbers, double weight, INDArray sum) {
        sum.addi(numbers.toArray(sum.dataType()).muli(weight).reshape(sum.shape()));
    }

    /**
     * What a worker has come to in a round.
     *
     * @param score mean over its steps, weighted by examples
     * @param lossSums per task over all labelled examples
     */
    private record StepsOfWorker(
            long examples, double score, double[] lossSums, ArrayValues parameters, ArrayValues updaterState)
            implements Serializable {}

    private record MakeSteps(State state, int epoch, int from, int steps) implements Workers.Question<StepsOfWorker> {
        @Override
        public StepsOfWorker answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            GraphModel model = GraphModel.of(copy);
            BatchLayout layout = BatchLayout.of(model.state());
            ComputationGraph graph = model.graph();
            List<Task> tasks = model.network().tasks();
            state.moveInto(graph);
            ActiveTasks live = new ActiveTasks(graph, tasks, null);
            live.weigh(state.factors());
            TrainingStep step = new TrainingStep(graph, tasks, null, live, false);
            long examples = 0;
            double score = 0;
            double[] lossSums = new double[tasks.size()];
            for (int i = from; i < from + steps; i++) {
                var batch = shard.batch(epoch, i);
                if (batch.isEmpty()) {
                    break;
                }
                var checked = layout.checked(batch.get());
                seed(model);
                double[] losses = step.fit(checked);
                double[] labelled = TaskMeans.labelled(checked);
                long size = checked.getFeatures(0).size(0);
                for (int t = 0; t < lossSums.length; t++) {
                    lossSums[t] += labelled[t] == 0 ? 0 : labelled[t] * losses[t];
                }
                score = (examples * score + size * graph.score()) / (examples + size);
                examples += size;
            }
            return new StepsOfWorker(
                    examples,
                    score,
                    lossSums,
                    ArrayValues.of(graph.params()),
                    ArrayValues.of(graph.getUpdater(true).getStateViewArray()));
        }
    }

    /** Everything of the model that a worker must have. */
    private record State(ArrayValues parameters, ArrayValues updaterState, double[] factors, int iteration, int epoch)
            implements Serializable {
        void moveInto(ComputationGraph graph) {
            parameters.copyTo(graph.params());
            if (updaterState != null) {
                updaterState.copyTo(graph.getUpdater(true).getStateViewArray());
            }
            graph.getConfiguration().setIterationCount(iteration);
            graph.getConfiguration().setEpochCount(epoch);
        }

        void weigh(ComputationGraph graph, List<Task> tasks) {
            for (int t = 0; t < factors.length; t++) {
                TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(factors[t]);
            }
        }
    }

    @Override
    public void weigh(double[] factors) {
        this.factors = factors.clone();
        live.weigh(factors);
    }

    @Override
    public void release() {
        live.release();
    }

    @Override
    public String division() {
        return String.format(Locale.ROOT, "%d shards, %s", workers.count(), averaging);
    }
}
