package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.dl4j.internal.inference.KeptRows;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.OwnTerm;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.layer.WholeBatch;
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

    /**
     * Least examples for each of two replicas that nobody has asked for. With fewer, products of matrices leave vector
     * registers half empty, and it is faster to divide each operation on the whole batch; on more threads these would
     * wait too much for each other.
     */
    private static final int LEAST_HALF = BatchLastLayout.MIN_BATCH;

    private final ModelState model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final @Nullable Replicas replicas;
    private final ActiveTasks active;
    private final boolean draws;
    private final int leastPart;
    private @Nullable WeighedSteps weighed;
    private @Nullable BalancedSteps balanced;
    private @Nullable GradientWatch watch;
    private double[] epochFactors = new double[0];
    private final GradientComputation computation;
    /** By replica. */
    private final List<KeptRows> rows;

    /**
     * @param model whose graph is trained
     * @param computation of the gradients of graph and replicas, which are all that they were when it has seen them
     * @param replicas of the graph, or null for none
     * @param draws whether layers draw random numbers, which each thread has of its own
     * @param chosen whether it was the model that has chosen the number of replicas
     */
    public TrainingStep(
            ModelState model,
            GradientComputation computation,
            @Nullable Replicas replicas,
            ActiveTasks active,
            boolean draws,
            boolean chosen) {
        this.model = model;
        this.computation = computation;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.replicas = replicas;
        this.active = active;
        this.draws = draws;
        this.rows = Stream.generate(KeptRows::new)
                .limit(replicas == null ? 0 : replicas.count())
                .toList();
        this.leastPart = chosen && replicas != null && replicas.count() == 2 ? LEAST_HALF : LEAST_PART;
    }

    /**
     * Sets what decides in each step of the next epoch what the tasks weigh.
     *
     * @param epochFactors per task by what its λ is multiplied in the epoch; 0 if it is dropped
     */
    void balance(Balancing balancing, double[] epochFactors) {
        this.weighed = balancing.weighed().orElse(null);
        this.balanced = balancing.balanced().orElse(null);
        this.watch = balancing.watch().orElse(null);
        this.epochFactors = epochFactors.clone();
    }

    /**
     * Trains on one batch. Listeners of the graph are told as {@link ComputationGraph#fit} does, and whatever they ask
     * it for is not part of the step.
     *
     * @return the score of the batch and the losses of the tasks
     */
    public StepResult fit(MultiDataSet batch) {
        active.beforeStep();
        boolean divides = divides(batch);
        if (balanced != null) {
            return balanced.step(
                    epochFactors,
                    TaskMeans.labelled(batch, tasks),
                    passes -> passes(batch, divides, passes),
                    active::undoWhatIsNotUsed);
        }
        if (watch != null) {
            watch.beforeStep(epochFactors, TaskMeans.labelled(batch, tasks), passes -> passes(batch, divides, passes));
        }
        if (weighed == null) {
            return fit(batch, divides);
        }
        weighed.before(graphs(divides), epochFactors, TaskMeans.labelled(batch, tasks));
        int iteration = graph.getIterationCount();
        if (draws && !divides) { // so that losses before and after the step are of the same numbers
            seed(graph, iteration, 0);
        }
        StepResult result;
        try {
            result = fit(batch, divides);
        } finally {
            weighed.end();
        }
        double[] after = weighed.needsLossesAfter() ? lossesNow(batch, divides, iteration) : new double[0];
        return new StepResult(result.score() + weighed.after(result.losses(), after), result.losses());
    }

    private boolean divides(MultiDataSet batch) {
        return replicas != null
                && batch.getFeaturesMaskArrays() == null
                && batch.getFeatures(0).size(0) >= (long) leastPart * replicas.count()
                && GraphListeners.thatNeedTheWholeBatch(graph).isEmpty();
    }

    /** Tells whether a batch that is not divided is none for the graph itself. */
    private boolean isPrepared(MultiDataSet batch) {
        return batch.getFeaturesMaskArrays() == null
                && computation.isPrepared(graph)
                && GraphListeners.thatNeedTheWholeBatch(graph).isEmpty();
    }

    private List<ComputationGraph> graphs(boolean divides) {
        return divides
                ? IntStream.range(0, replicas.count()).mapToObj(replicas::graph).toList()
                : List.of(graph);
    }

    /** Makes passes over a batch, each from the parameters and random numbers that the step begins with. */
    private List<GradientPasses.Result> passes(MultiDataSet batch, boolean divides, List<GradientPasses.Pass> passes) {
        List<ComputationGraph> graphs = graphs(divides);
        List<GradientPasses.Result> results = new ArrayList<>();
        try {
            for (GradientPasses.Pass pass : passes) {
                graphs.forEach(each -> prepare(each, pass.factors(), pass.ownTerms()));
                List<PartialStep> parts = gradients(batch, divides, false);
                results.add(new GradientPasses.Result(
                        graph.getGradientsViewArray().dup(), PartialStep.sum(parts), parts.size()));
            }
        } finally {
            graphs.forEach(each -> prepare(each, epochFactors, true));
        }
        return results;
    }

    private void prepare(ComputationGraph each, double[] factors, boolean ownTerms) {
        for (int t = 0; t < factors.length; t++) {
            TaskLoss.of(each, tasks.get(t).name()).setWeightFactor(factors[t]);
        }
        OwnTerm.all(each).forEach(term -> term.setInGradients(ownTerms));
    }

    private StepResult fit(MultiDataSet batch, boolean divides) {
        if (divides || isPrepared(batch)) {
            return PartialStep.update(model, gradients(batch, divides, true), active::undoWhatIsNotUsed);
        }
        HostUpdater.install(graph);
        PartialStep.announce(graph, tasks, batch);
        StepDraws.begin(graph, graph.getIterationCount(), 0);
        try {
            return HostThreads.withAvailable(
                    () -> GraphListeners.fit(model, draws, active::undoWhatIsNotUsed, () -> graph.fit(batch)));
        } finally {
            StepDraws.end(graph);
            PartialStep.forget(graph, tasks);
        }
    }

    /**
     * Computes gradients, and leaves their sum in the model's graph.
     *
     * @param tied whether terms of weight relatedness are part of them
     */
    private List<PartialStep> gradients(MultiDataSet batch, boolean divides, boolean tied) {
        List<PartialStep> parts = parts(
                batch,
                divides,
                graph.getIterationCount(),
                (graphOfPart, perExample, place, part) -> tied
                        ? PartialStep.compute(computation, graphOfPart, tasks, part, perExample, place)
                        : PartialStep.computeUntied(computation, graphOfPart, tasks, part, perExample));
        INDArray sum = graph.getGradientsViewArray();
        for (ComputationGraph other : graphs(divides)) {
            if (other != graph) {
                add(sum, other.getGradientsViewArray());
            }
        }
        return parts;
    }

    private static void add(INDArray sum, INDArray more) {
        if (FlatArrays.supports(sum, more)) {
            FlatArrays.add(sum, more);
        } else {
            sum.addi(more);
        }
    }

    /**
     * {@return the losses of a batch at the present parameters, in training mode, with the numbers that its step drew}
     */
    private double[] lossesNow(MultiDataSet batch, boolean divides, int drawnAt) {
        List<PartialStep> parts = parts(
                batch,
                divides,
                drawnAt,
                (graphOfPart, perExample, place, part) -> PartialStep.losses(graphOfPart, tasks, part, perExample));
        return PartialStep.sum(parts).losses();
    }

    /** What is computed of a part of a batch. */
    private interface OfPart {
        PartialStep compute(ComputationGraph graph, double[] perExample, PartialStep.Place place, MultiDataSet part);
    }

    /** @param drawnAt the number of the step whose random numbers are drawn */
    private List<PartialStep> parts(MultiDataSet batch, boolean divides, int drawnAt, OfPart work) {
        long examples = batch.getFeatures(0).size(0);
        int iteration = graph.getIterationCount();
        int epoch = graph.getEpochCount();
        double[] perExample = Arrays.stream(TaskMeans.labelled(batch, tasks))
                .map(count -> count / examples)
                .toArray();
        if (!divides) {
            if (draws) {
                seed(graph, drawnAt, 0);
            }
            StepDraws.begin(graph, drawnAt, 0);
            return HostThreads.withAvailable(
                    () -> List.of(work.compute(graph, perExample, new PartialStep.Place(0, 1, examples), batch)));
        }
        WeighedSteps waiting = weighed;
        Rendezvous rendezvous = new Rendezvous(replicas.count());
        boolean apart = draws || waiting != null || !WholeBatch.all(graph).isEmpty();
        return replicas.divide(examples, apart, (replica, part, from, to) -> {
            replica.getConfiguration().setIterationCount(iteration);
            replica.getConfiguration().setEpochCount(epoch);
            if (draws) { // whichever thread this is
                seed(graph, drawnAt, part);
            }
            PartialStep.Place place = new PartialStep.Place(part, replicas.count(), examples);
            List<WholeBatch> meeting = WholeBatch.all(replica);
            Rendezvous.Seat seat = rendezvous.seat(part);
            meeting.forEach(each -> each.setSeat(seat));
            StepDraws.begin(replica, drawnAt, from);
            try {
                return work.compute(replica, perExample, place, rows.get(part).of(batch, from, to));
            } catch (RuntimeException | Error e) {
                rendezvous.abort(e);
                if (waiting != null) {
                    waiting.abort(e);
                }
                throw e;
            } finally {
                seat.leave();
                meeting.forEach(each -> each.setSeat(null));
            }
        });
    }

    /**
     * Seeds what layers draw in a step by the plan's seed, the step and the part of the batch, and by no thread or
     * process.
     *
     * @param iteration the number of the step
     */
    public static void seed(ComputationGraph graph, int iteration, int part) {
        long seed = graph.getConfiguration().getDefaultConfiguration().getSeed();
        Nd4j.getRandom().setSeed(Seeds.ofStep(seed, iteration, part));
    }
}
