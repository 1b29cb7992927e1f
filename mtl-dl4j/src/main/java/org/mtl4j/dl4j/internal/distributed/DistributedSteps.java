package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.LossStep.Known;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.fit.ActiveTasks;
import org.mtl4j.dl4j.internal.fit.BalancedSteps;
import org.mtl4j.dl4j.internal.fit.Balancing;
import org.mtl4j.dl4j.internal.fit.GradientPasses;
import org.mtl4j.dl4j.internal.fit.GraphListeners;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LabelSums;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.fit.StepResult;
import org.mtl4j.dl4j.internal.fit.TrainingSteps;
import org.mtl4j.dl4j.internal.fit.WeighedSteps;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.history.ExampleWeights;
import org.mtl4j.train.history.TaskGradients;
import org.mtl4j.train.history.TrainingHistory;
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
    private final ActiveTasks active;
    private final FitOptions options;
    private final LongSupplier clock;

    /** What is averaged in the rounds to come: as told, or, where that is by cost, as chosen, gradients until then. */
    private Averaging present;
    /** Until it is chosen. */
    private @Nullable RoundCosts costs;

    private boolean isChosen;
    private Optional<Choice> choice = Optional.empty();
    private int rounds;
    private @Nullable Balancing balancing;
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
     * @throws IllegalArgumentException if there is no shard of the data, or gradients of tasks are asked for and
     *     workers average parameters, so that these do not meet
     */
    public DistributedSteps(GraphModel model, Workers workers, Averaging averaging, FitOptions options) {
        this(model, workers, averaging, options, System::nanoTime);
    }

    /** @param clock in nanoseconds */
    DistributedSteps(GraphModel model, Workers workers, Averaging averaging, FitOptions options, LongSupplier clock) {
        this.clock = clock;
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.workers = workers;
        this.averaging = averaging;
        this.present = averaging instanceof Averaging.ByCost ? Averaging.gradients() : averaging;
        this.active = new ActiveTasks(model.state(), null);
        this.options = options;
        if (workers.count() < 1) {
            throw new IllegalArgumentException("there must be at least one shard of the data, got " + workers.count());
        }
        if (averaging instanceof Averaging.Parameters && needsGradients(options)) {
            throw new IllegalArgumentException(
                    ("%s needs the gradients of all workers in each step, and with %s they do not meet; give"
                                    + " Averaging.gradients()")
                            .formatted(
                                    options.gradientBalance().isPresent() ? "withGradientBalance" : "withGradientWatch",
                                    averaging));
        }
    }

    /** Tells whether the gradients of all workers have to meet in each step. */
    private static boolean needsGradients(FitOptions options) {
        return options.gradientBalance().isPresent() || options.gradientWatch().isPresent();
    }

    @Override
    public LabelSums sumLabels() {
        LabelSums sums = new LabelSums(tasks);
        ask(new WorkerQuestions.SumLabels()).forEach(sums::add);
        return sums;
    }

    private <A extends Serializable> List<A> ask(Workers.Question<A> question) {
        rounds++;
        return WorkerQuestions.ask(workers, question);
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
        if (averaging instanceof Averaging.ByCost && !isChosen) {
            RoundCosts.chosenIn(model.history().events())
                    .ifPresentOrElse(this::choose, () -> costs = new RoundCosts(plan.size()));
        }
    }

    private void choose(Averaging chosen) {
        present = chosen;
        costs = null;
        isChosen = true;
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
        next = Math.min(plan.size(), done + (present instanceof Averaging.Parameters own ? own.everySteps() : 1));
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
        choice = Optional.empty();
        RoundCosts measured = costs;
        if (measured == null) {
            return present instanceof Averaging.Parameters ? parameters() : gradients();
        }
        rounds = 0;
        long start = clock.getAsLong();
        Result result = gradients();
        if (needsGradients(options)) {
            choose(Averaging.gradients());
            choice = Optional.of(new Choice(
                    present.toString(), "gradients of tasks are combined or looked at, and have to meet in each step"));
            return result;
        }
        measured.add(clock.getAsLong() - start, rounds, this::emptyRound);
        if (measured.areKnown()) {
            choose(measured.chosen());
            choice = Optional.of(new Choice(present.toString(), measured.reason()));
        }
        return result;
    }

    /** Sends and receives as much as for a gradient; answers what that took. */
    private long emptyRound() {
        INDArray form = graph.getGradientsViewArray();
        long start = clock.getAsLong();
        for (ArrayValues answer : ask(new WorkerQuestions.Echo(state(factors, null)))) {
            answer.toArray(form.dataType());
        }
        return clock.getAsLong() - start;
    }

    @Override
    public Optional<Choice> choice() {
        return choice;
    }

    /**
     * Makes the graph's list of its gradients, views of one array, as only backpropagation does; values do not matter.
     */
    private void makeGradients() {
        INDArray[] labels = tasks.stream()
                .map(task -> Nd4j.zeros(model.plan().dataType(), 1, task.outputs()))
                .toArray(INDArray[]::new);
        PartialStep.compute(
                model.gradients(),
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
        double[] perExample = perExample(batch);
        Optional<BalancedSteps> balanced = balancing.balanced();
        if (balanced.isPresent()) {
            StepResult step = balanced.get()
                    .step(factors, batch.counts(), passes -> passes(passes, perExample), active::undoWhatIsNotUsed);
            return new Result(1, Math.toIntExact(batch.examples()), step.score(), step.losses(), batch.counts(), null);
        }
        balancing
                .watch()
                .ifPresent(watch -> watch.beforeStep(factors, batch.counts(), passes -> passes(passes, perExample)));
        Weighing weighing = new Weighing(batch.counts());
        SharedState state = state(weighing.factors, null);
        List<GradientsOfPart> there = there(ask(new WorkerQuestions.ComputeGradient(state, epoch, done, perExample)));
        GradientsOfPart.addUp(there, 0, graph.getGradientsViewArray());
        StepResult step = PartialStep.update(model.state(), GradientsOfPart.parts(there, 0), active::undoWhatIsNotUsed);
        double score = step.score() + weighing.after(step.losses());
        return new Result(1, Math.toIntExact(batch.examples()), score, step.losses(), batch.counts(), null);
    }

    private static double[] perExample(LabelCounts batch) {
        return Arrays.stream(batch.counts())
                .map(count -> count / batch.examples())
                .toArray();
    }

    private SharedState state(double[] stepFactors, @Nullable INDArray updaterState) {
        return new SharedState(
                ArrayValues.of(graph.params()),
                ArrayValues.of(updaterState),
                stepFactors,
                graph.getIterationCount(),
                graph.getEpochCount());
    }

    /** Has gradients computed of all shards' parts, and adds them up in the order of the shards. */
    private List<GradientPasses.Result> passes(List<GradientPasses.Pass> passes, double[] perExample) {
        List<GradientsOfPart> there = there(ask(new BalanceQuestions.ComputeGradients(
                state(factors, null), epoch, done, perExample, new ArrayList<>(passes))));
        INDArray form = graph.getGradientsViewArray();
        List<GradientPasses.Result> results = new ArrayList<>();
        for (int i = 0; i < passes.size(); i++) {
            INDArray sum = Nd4j.zeros(form.dataType(), form.shape());
            GradientsOfPart.addUp(there, i, sum);
            List<PartialStep> parts = GradientsOfPart.parts(there, i);
            results.add(new GradientPasses.Result(sum, PartialStep.sum(parts), parts.size()));
        }
        return results;
    }

    /** {@return the answers of the shards that have the step, of answers that are those of the plan} */
    private List<GradientsOfPart> there(List<GradientsOfPart> answers) {
        ofShards.requireSame(done, answers, answer -> List.of(answer.seen()));
        notFinite = ofShards.first(answers, GradientsOfPart::notFinite);
        return answers.stream().filter(answer -> !answer.parts().isEmpty()).toList();
    }

    /** What tasks weigh in the steps of a round, if that is decided in each. */
    private final class Weighing {
        private final Optional<WeighedSteps> weighed = balancing.weighed();
        private final int iteration = graph.getIterationCount();
        private final boolean some;
        private final double[] factors;
        private double[] before = new double[0];

        /** @param labelled per task how many examples of the round have a label */
        Weighing(double[] labelled) {
            some = weighed.isPresent() && weighed.get().begin(DistributedSteps.this.factors, labelled);
            if (some) {
                before = weighed.get().needs() == Known.NOTHING ? before : measured();
                factors = weighed.get().decide(before);
            } else {
                factors = DistributedSteps.this.factors;
            }
        }

        /** Learns from the round; answers by how much the objective differs from the weighted sum of the losses. */
        double after(double[] losses) {
            if (!some) {
                return 0;
            }
            double[] after = weighed.get().needsLossesAfter() ? measured() : new double[0];
            return weighed.get().after(before.length == 0 ? losses : before, after);
        }

        /** The losses of the round's batches at the present parameters, with the random numbers of its steps. */
        private double[] measured() {
            double[][] perExample = new double[next - done][];
            Arrays.setAll(perExample, i -> perExample(plan.get(done + i)));
            List<BalanceQuestions.LossesOfParts> answers = ask(new BalanceQuestions.MeasureLosses(
                    state(DistributedSteps.this.factors, null), iteration, epoch, done, perExample));
            ofShards.requireSame(done, answers, BalanceQuestions.LossesOfParts::seen);
            double[] counts = new double[tasks.size()];
            double[] means = new double[tasks.size()];
            for (int i = 0; i < perExample.length; i++) {
                int step = i;
                double[] losses = PartialStep.sum(answers.stream()
                                .map(answer -> answer.parts().get(step))
                                .filter(Objects::nonNull)
                                .toList())
                        .losses();
                for (int t = 0; t < means.length; t++) {
                    double labelled = plan.get(done + i).counts()[t];
                    counts[t] += labelled;
                    means[t] += labelled == 0 ? 0 : (losses[t] - means[t]) * labelled / counts[t];
                }
            }
            return means;
        }
    }

    private Result parameters() {
        INDArray updaterState = graph.getUpdater(true).getStateViewArray();
        LabelCounts seen = plan.subList(done, next).stream().reduce(LabelCounts.none(tasks.size()), LabelCounts::plus);
        Weighing weighing = new Weighing(seen.counts());
        SharedState state = state(weighing.factors, updaterState);
        List<WorkerQuestions.StepsOfWorker> all = ask(new WorkerQuestions.MakeSteps(state, epoch, done, next - done));
        ofShards.requireSame(done, all, WorkerQuestions.StepsOfWorker::seen);
        notFinite = ofShards.first(all, WorkerQuestions.StepsOfWorker::notFinite);
        List<WorkerQuestions.StepsOfWorker> answers =
                all.stream().filter(answer -> answer.examples() > 0).toList();
        long examples = answers.stream()
                .mapToLong(WorkerQuestions.StepsOfWorker::examples)
                .sum();
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
        score += weighing.after(losses);
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
        if (balancing == null) {
            balancing = Balancing.of(model, options);
        }
        balancing.startEpoch();
    }

    @Override
    public Optional<double[]> meanFactors() {
        return Optional.ofNullable(balancing).flatMap(Balancing::means);
    }

    @Override
    public Optional<TaskGradients> taskGradients() {
        return Optional.ofNullable(balancing).flatMap(Balancing::gradients);
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
        return division(workers, averaging, options);
    }

    /** {@return how the work is divided, as text} */
    public static String division(Workers workers, Averaging averaging, FitOptions options) {
        return String.format(Locale.ROOT, "%d shards, %s%s", workers.count(), averaging, balance(averaging, options));
    }

    /** {@return what the run that is the latest in a history has chosen by what a round costs; empty if nothing} */
    public static Optional<String> chosenIn(TrainingHistory history) {
        return RoundCosts.chosenIn(history.events()).map(Averaging::toString);
    }

    private static String balance(Averaging averaging, FitOptions options) {
        if (options.gradientBalance().isPresent()) {
            return ", each task's first, and then combined";
        }
        String when = averaging instanceof Averaging.Gradients ? "in each step" : "once a round";
        return options.stepWeighting()
                .map(StepWeighting::needs)
                .map(known -> switch (known) {
                    case NOTHING -> ", weights decided " + when;
                    case LOSSES -> ", weights decided %s, for which all are asked for its losses first".formatted(when);
                    case LOSSES_AND_AFTER ->
                        ", weights decided %s, for which all are asked for its losses before and after".formatted(when);
                })
                .orElse("");
    }
}
