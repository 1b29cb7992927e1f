package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.fit.ActiveTasks;
import org.mtl4j.dl4j.internal.fit.GraphListeners;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LabelSums;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.fit.StepResult;
import org.mtl4j.dl4j.internal.fit.TrainingSteps;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.ExampleWeights;
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
    private final ActiveTasks active;
    private double[] factors;
    private int epoch;
    private List<LabelCounts> plan = List.of();
    private ShardPlans ofShards = new ShardPlans(List.of(), List.of(), 0);
    private Optional<String> notFinite = Optional.empty();
    private int done;
    private int next;

    /**
     * Prepares the steps of a run.
     *
     * @throws IllegalArgumentException if there is no shard of the data
     */
    public DistributedSteps(GraphModel model, Workers workers, Averaging averaging) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.workers = workers;
        this.averaging = averaging;
        this.stepsPerRound = averaging instanceof Averaging.Parameters rounds ? rounds.everySteps() : 1;
        this.active = new ActiveTasks(model.state(), null);
        if (workers.count() < 1) {
            throw new IllegalArgumentException("there must be at least one shard of the data, got " + workers.count());
        }
    }

    @Override
    public LabelSums sumLabels() {
        LabelSums sums = new LabelSums(tasks);
        ask(new WorkerQuestions.SumLabels()).forEach(sums::add);
        return sums;
    }

    /** Asks all, and counts the answers. */
    private <A extends Serializable> List<A> ask(Workers.Question<A> question) {
        List<A> answers = workers.ask(question);
        if (answers.size() != workers.count()) {
            throw new IllegalStateException(
                    "%d shards of the data were to answer, and %d have; data would be missing, or be there twice"
                            .formatted(workers.count(), answers.size()));
        }
        return answers;
    }

    /**
     * Counts labels first: a gradient is a mean over labelled examples, so all must know how many there are together.
     */
    @Override
    public void start(int epoch) {
        this.epoch = epoch;
        ofShards = new ShardPlans(tasks, ask(new WorkerQuestions.CountLabels(epoch, factors)), epoch);
        List<LabelCounts> all = ofShards.together();
        plan = all;
        if (all.stream().anyMatch(LabelCounts::maskedSteps)) {
            model.state().setSeenMaskedSteps();
        }
        done = 0;
        next = 0;
    }

    @Override
    public Optional<String> unevenness() {
        return ofShards.unevenness();
    }

    @Override
    public Optional<String> notFinite() {
        return notFinite;
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
        active.beforeStep();
        return averaging instanceof Averaging.Gradients ? gradients() : parameters();
    }

    /**
     * Makes the graph's list of its gradients, views of one array, as only backpropagation does; values do not matter.
     */
    private void makeGradients() {
        INDArray[] labels = tasks.stream()
                .map(task -> Nd4j.zeros(model.plan().dataType(), 1, task.outputs()))
                .toArray(INDArray[]::new);
        PartialStep.compute(
                graph,
                tasks,
                new MultiDataSet(
                        Arrays.stream(BatchLayout.of(model.state()).featuresShapes(1))
                                .map(shape -> Nd4j.zeros(model.plan().dataType(), shape))
                                .toArray(INDArray[]::new),
                        labels),
                new double[tasks.size()],
                new PartialStep.Place(0, 1, 1));
    }

    private Result gradients() {
        LabelCounts batch = plan.get(done);
        double[] perExample = Arrays.stream(batch.counts())
                .map(count -> count / batch.examples())
                .toArray();
        SharedState state = new SharedState(
                ArrayValues.of(graph.params()), null, factors, graph.getIterationCount(), graph.getEpochCount());
        INDArray sum = graph.getGradientsViewArray();
        sum.assign(0);
        List<PartialStep> parts = new ArrayList<>();
        List<WorkerQuestions.GradientOfPart> answers =
                ask(new WorkerQuestions.ComputeGradient(state, epoch, done, perExample));
        ofShards.requireSame(done, answers, answer -> List.of(answer.seen()));
        notFinite = ofShards.first(answers, WorkerQuestions.GradientOfPart::notFinite);
        for (WorkerQuestions.GradientOfPart answer : answers) {
            if (answer.part() != null) { // in the order of the shards, so that rounding is always the same
                parts.add(answer.part());
                sum.addi(answer.gradient().toArray(sum.dataType()).reshape(sum.shape()));
            }
        }
        StepResult step = PartialStep.update(model.state(), parts, active::undoWhatIsNotUsed);
        return new Result(1, Math.toIntExact(batch.examples()), step.score(), step.losses(), batch.counts(), null);
    }

    private Result parameters() {
        INDArray updaterState = graph.getUpdater(true).getStateViewArray();
        SharedState state = new SharedState(
                ArrayValues.of(graph.params()),
                ArrayValues.of(updaterState),
                factors,
                graph.getIterationCount(),
                graph.getEpochCount());
        List<WorkerQuestions.StepsOfWorker> all =
                ask(new WorkerQuestions.MakeSteps(state, epoch, done, next - done));
        ofShards.requireSame(done, all, WorkerQuestions.StepsOfWorker::seen);
        notFinite = ofShards.first(all, WorkerQuestions.StepsOfWorker::notFinite);
        List<WorkerQuestions.StepsOfWorker> answers =
                all.stream().filter(answer -> answer.examples() > 0).toList();
        long examples = answers.stream()
                .mapToLong(WorkerQuestions.StepsOfWorker::examples)
                .sum();
        LabelCounts seen = plan.subList(done, next).stream().reduce(LabelCounts.none(tasks.size()), LabelCounts::plus);
        double[] losses = new double[tasks.size()];
        double score = 0;
        for (WorkerQuestions.StepsOfWorker answer : answers) {
            double weight = (double) answer.examples() / examples;
            score += weight * answer.score();
            for (int t = 0; t < losses.length; t++) {
                losses[t] += seen.counts()[t] == 0 ? 0 : answer.lossSums()[t] / seen.counts()[t];
            }
        }
        graph.setScore(score);
        int last = graph.getIterationCount() + next - done - 1;
        model.state()
                .access()
                .step(
                        last,
                        () -> {
                            average(answers, examples);
                            active.undoWhatIsNotUsed();
                            graph.getConfiguration().setIterationCount(last);
                        },
                        () -> GraphListeners.stepIsDone(graph));
        return new Result(next - done, Math.toIntExact(examples), score, losses, seen.counts(), null);
    }

    /** Puts the means of what workers have come to in the place of parameters and updater state. */
    private void average(List<WorkerQuestions.StepsOfWorker> answers, long examples) {
        INDArray updaterState = graph.getUpdater(true).getStateViewArray();
        INDArray change = graph.getGradientsViewArray();
        change.assign(graph.params().reshape(change.shape()));
        graph.params().assign(0);
        if (updaterState != null) {
            updaterState.assign(0);
        }
        INDArray moved = Nd4j.zeros(change.dataType(), change.shape());
        for (WorkerQuestions.StepsOfWorker answer : answers) {
            INDArray theirs = answer.parameters().toArray(change.dataType()).reshape(change.shape());
            moved.addi(theirs.neq(change).castTo(change.dataType()));
            double weight = (double) answer.examples() / examples;
            graph.params().addi(theirs.muli(weight).reshape(graph.params().shape()));
            if (updaterState != null) {
                addWeighted(answer.updaterState(), weight, updaterState);
            }
        }
        // the mean of equal numbers may be another one, by rounding
        INDArray parameters = graph.params().reshape(change.shape());
        INDArray unmoved = moved.eq(0).castTo(change.dataType());
        parameters.subi(parameters.mul(unmoved)).addi(unmoved.muli(change));
        change.subi(graph.params().reshape(change.shape())); // in the place of a gradient, for whoever looks at it
    }

    private static void addWeighted(ArrayValues numbers, double weight, INDArray sum) {
        sum.addi(numbers.toArray(sum.dataType()).muli(weight).reshape(sum.shape()));
    }

    @Override
    public Optional<ExampleWeights> exampleWeights() {
        return plan.stream().reduce(LabelCounts::plus).flatMap(all -> Optional.ofNullable(all.weights()));
    }

    @Override
    public void weigh(double[] factors) {
        this.factors = factors.clone();
        active.weigh(factors);
    }

    @Override
    public void release() {
        active.release();
    }

    @Override
    public Optional<String> listenerLimits() {
        List<String> listeners = GraphListeners.thatNeedTheWholeBatch(graph);
        return listeners.isEmpty()
                ? Optional.empty()
                : Optional.of("%s: is not told of activations (onForwardPass), which are in other processes"
                        .formatted(String.join(", ", listeners)));
    }

    @Override
    public String division() {
        return String.format(Locale.ROOT, "%d shards, %s", workers.count(), averaging);
    }
}
