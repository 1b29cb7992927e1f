package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.BalancedStep;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.GradientStep;
import org.mtl4j.balance.Gramian;
import org.mtl4j.balance.SharedGradients;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.layer.OwnTerm;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Has the gradient of each task computed by itself, and a balance combine them as far as parameters are shared. What
 * the tasks do not answer for is added once: terms of weight relatedness and of layers, and what stands in the place of
 * gradients of a batch's statistics.
 */
public final class BalancedSteps {
    private final ModelState model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final GradientBalance balance;
    private final BalanceMemory memory;
    private final SharedParameters parameters;
    private final GradientStatistics statistics;
    private final boolean ownTerms;
    private @Nullable Masks masks;

    BalancedSteps(
            ModelState model,
            GradientBalance balance,
            BalanceMemory memory,
            SharedParameters parameters,
            GradientStatistics statistics) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.balance = balance;
        this.memory = memory;
        this.parameters = parameters;
        this.statistics = statistics;
        this.ownTerms = !OwnTerm.all(graph).isEmpty();
    }

    /**
     * Where the parameters of each use lie.
     *
     * @param whole per task those whose gradient of the task counts as it is: its own, and those that are summed
     */
    private record Masks(INDArray combined, List<INDArray> whole, INDArray noGradient) {}

    /**
     * Makes a step.
     *
     * @param epochFactors per task by what its λ is multiplied; 0 if it is dropped
     * @param labelled per task how many examples of the batch have a label
     * @param settle what else belongs to the step
     */
    public StepResult step(double[] epochFactors, double[] labelled, GradientPasses source, Runnable settle) {
        PresentTasks present = PresentTasks.of(tasks, epochFactors, labelled);
        List<GradientPasses.Pass> passes = GradientPasses.ofTasks(epochFactors, present.indices());
        if (ownTerms) {
            passes.add(new GradientPasses.Pass(new double[tasks.size()], true));
        }
        List<GradientPasses.Result> results = source.make(passes);
        List<INDArray> rows =
                results.stream().map(GradientPasses.Result::gradient).toList();
        PartialStep whole = results.get(0).whole();
        BalancedStep answer = answer(present, rows.subList(0, present.count()), whole);
        combine(present, rows, answer, results.get(0).parts(), scale(whole));
        double[] weighted = present.weighted(whole.losses());
        double score = whole.score();
        for (int i = 0; i < weighted.length; i++) { // the first pass has the score of the first task
            score += i == 0 ? 0 : epochFactors[present.indices()[i]] * weighted[i];
        }
        for (RelatednessPenalty term : RelatednessPenalty.all(graph)) {
            score += term.addToGradients(whole.examples());
        }
        memory.note(present.indices(), answer.weights());
        return PartialStep.update(model, List.of(new PartialStep(whole.examples(), score, whole.losses())), settle);
    }

    /** {@return by what the updater divides gradients} */
    private double scale(PartialStep whole) {
        return graph.conf().isMiniBatch() ? whole.examples() : 1;
    }

    /** {@return the weight of each present task; 1 where a gradient is not finite, which the step's score will tell} */
    private BalancedStep answer(PresentTasks present, List<INDArray> rows, PartialStep whole) {
        double[] weights = new double[present.count()];
        Arrays.fill(weights, 1);
        if (present.count() == 0) {
            return new BalancedStep(weights, memory.of(present.indices()));
        }
        double[][] products = GradientPasses.products(rows, masks().combined(), scale(whole));
        statistics.add(present.indices(), products);
        int[] moving = IntStream.range(0, weights.length)
                .filter(i -> products[i][i] != 0)
                .toArray();
        if (moving.length == 0
                || !Arrays.stream(products).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return new BalancedStep(weights, memory.of(present.indices()));
        }
        double[] losses = present.weighted(whole.losses());
        int[] tasksThatMove =
                Arrays.stream(moving).map(i -> present.indices()[i]).toArray();
        List<INDArray> theirRows = Arrays.stream(moving).mapToObj(rows::get).toList();
        BalancedStep answer = balance.balance(new GradientStep(
                Gramian.of(products).of(moving),
                Arrays.stream(moving).mapToDouble(i -> losses[i]).toArray(),
                memory.of(tasksThatMove),
                memory.random(memory.step()),
                balance.needsGradients() ? Optional.of(gradients(theirRows, 1 / scale(whole))) : Optional.empty()));
        check(answer, tasksThatMove);
        memory.keep(answer.state(), tasksThatMove);
        double[] theirs = answer.weights();
        Arrays.fill(weights, 0);
        for (int i = 0; i < moving.length; i++) {
            weights[moving[i]] = theirs[i];
        }
        return new BalancedStep(weights, answer.direction(), answer.state());
    }

    private SharedGradients gradients(List<INDArray> rows, double factor) {
        return new SharedGradients(parameters.take(rows, factor), parameters.combined());
    }

    private void check(BalancedStep answer, int[] tasksThatMove) {
        double[] weights = answer.weights();
        if (weights.length != tasksThatMove.length || !Arrays.stream(weights).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("%s must give %s finite weights, one per task of %s; it gave %s"
                    .formatted(
                            balance,
                            tasksThatMove.length,
                            Arrays.stream(tasksThatMove)
                                    .mapToObj(t -> tasks.get(t).name())
                                    .toList(),
                            Arrays.toString(weights)));
        }
        if (answer.hasDirection()) {
            double[] direction = answer.direction();
            if (direction.length != parameters.length()
                    || !Arrays.stream(direction).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException(
                        "%s must give a direction of %d finite numbers; it gave %d, of which %d are finite"
                                .formatted(
                                        balance,
                                        parameters.length(),
                                        direction.length,
                                        Arrays.stream(direction)
                                                .filter(Double::isFinite)
                                                .count()));
            }
        }
    }

    /** Puts the combined gradient into that of the graph. */
    private void combine(PresentTasks present, List<INDArray> rows, BalancedStep answer, int parts, double scale) {
        Masks where = masks();
        double[] weights = answer.weights();
        INDArray sum = rows.get(0).mul(where.noGradient());
        if (parts > 1) {
            sum.divi(parts); // statistics of parts are averaged
        }
        for (int i = 0; i < weights.length; i++) {
            INDArray whole = where.whole().get(present.indices()[i]);
            INDArray row = rows.get(i);
            if (!answer.hasDirection() && FlatArrays.supports(sum, row, where.combined(), whole)) {
                FlatArrays.addWeighted(sum, row, (float) weights[i], where.combined(), whole);
                continue;
            }
            INDArray factors = answer.hasDirection()
                    ? whole.dup()
                    : where.combined().mul(weights[i]).addi(whole);
            sum.addi(factors.muli(row));
        }
        if (answer.hasDirection()) {
            sum.addi(parameters.put(answer.direction(), scale, sum));
        }
        if (ownTerms) {
            INDArray terms = rows.get(rows.size() - 1);
            INDArray statistics = terms.mul(where.noGradient());
            sum.addi(terms).subi(statistics);
        }
        graph.getGradientsViewArray().assign(sum);
    }

    private Masks masks() {
        if (masks == null) {
            Optional<INDArray> summed = parameters.hasSummed()
                    ? Optional.of(parameters.mask(SharedParameters.Use.SUMMED))
                    : Optional.empty();
            masks = new Masks(
                    parameters.mask(SharedParameters.Use.COMBINED),
                    IntStream.range(0, tasks.size())
                            .mapToObj(parameters::maskOf)
                            .map(own -> summed.map(own::add).orElse(own))
                            .toList(),
                    parameters.mask(SharedParameters.Use.NO_GRADIENT));
        }
        return masks;
    }
}
