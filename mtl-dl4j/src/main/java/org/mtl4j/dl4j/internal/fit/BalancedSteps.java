package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.BalancedStep;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.GradientStep;
import org.mtl4j.balance.Gramian;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the gradient of each task by itself, and has a balance combine them as far as parameters are shared. What
 * the tasks do not answer for is added once: terms of weight relatedness, and what stands in the place of gradients of
 * a batch's statistics.
 */
final class BalancedSteps {
    private final ModelState model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final GradientBalance balance;
    private final BalanceMemory memory;
    private final SharedParameters parameters;
    private final GradientStatistics statistics;
    private @Nullable List<INDArray> masks;

    /** @throws IllegalArgumentException if the tasks of the network share nothing that is trained */
    BalancedSteps(ModelState model, GradientBalance balance, BalanceMemory memory, GradientStatistics statistics) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.balance = balance;
        this.memory = memory;
        this.statistics = statistics;
        this.parameters = new SharedParameters(graph, tasks);
        parameters.requireSome(balance + " combines");
    }

    /**
     * Makes a step.
     *
     * @param graphs that compute parts of the batch
     * @param gradients computes the gradients of all parts, at the present factors of the losses, and without the terms
     *     of weight relatedness; leaves their sum in the gradients of the model's graph
     * @param settle what else belongs to the step
     */
    StepResult step(
            List<ComputationGraph> graphs,
            double[] epochFactors,
            double[] labelled,
            Supplier<List<PartialStep>> gradients,
            Runnable settle) {
        PresentTasks present = PresentTasks.of(tasks, epochFactors, labelled);
        GradientPasses passes = GradientPasses.of(graphs, tasks, epochFactors, present, gradients);
        List<INDArray> rows = passes.rows();
        PartialStep whole = passes.first();
        double[] weights = weights(present, rows, whole);
        combine(present, rows, weights);
        double[] weighted = present.weighted(whole.losses());
        double score = whole.score();
        for (int i = 0; i < weighted.length; i++) { // the first pass has the score of the first task
            score += i == 0 ? 0 : epochFactors[present.indices()[i]] * weighted[i];
        }
        for (RelatednessPenalty term : RelatednessPenalty.all(graph)) {
            score += term.addToGradients(whole.examples());
        }
        memory.note(present.indices(), weights);
        return PartialStep.update(model, List.of(new PartialStep(whole.examples(), score, whole.losses())), settle);
    }

    /** {@return the weight of each present task; 1 where a gradient is not finite, which the step's score will tell} */
    private double[] weights(PresentTasks present, List<INDArray> rows, PartialStep whole) {
        double[] weights = new double[present.count()];
        Arrays.fill(weights, 1);
        if (present.count() == 0) {
            return weights;
        }
        double[][] products = GradientPasses.products(rows, masks().get(0), examples(whole));
        statistics.add(present.indices(), products);
        int[] moving = IntStream.range(0, weights.length)
                .filter(i -> products[i][i] != 0)
                .toArray();
        if (moving.length == 0
                || !Arrays.stream(products).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            return weights;
        }
        double[] losses = present.weighted(whole.losses());
        int[] tasksThatMove =
                Arrays.stream(moving).map(i -> present.indices()[i]).toArray();
        BalancedStep answer = balance.balance(new GradientStep(
                Gramian.of(products).of(moving),
                Arrays.stream(moving).mapToDouble(i -> losses[i]).toArray(),
                memory.of(tasksThatMove),
                memory.random(memory.step())));
        double[] theirs = answer.weights();
        if (theirs.length != moving.length || !Arrays.stream(theirs).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("%s must give %s finite weights, one per task of %s; it gave %s"
                    .formatted(
                            balance,
                            moving.length,
                            Arrays.stream(tasksThatMove)
                                    .mapToObj(t -> tasks.get(t).name())
                                    .toList(),
                            Arrays.toString(theirs)));
        }
        memory.keep(answer.state(), tasksThatMove);
        Arrays.fill(weights, 0);
        for (int i = 0; i < moving.length; i++) {
            weights[moving[i]] = theirs[i];
        }
        return weights;
    }

    /** {@return by what gradients of the graph are divided before they are those of a mean} */
    private double examples(PartialStep whole) {
        return graph.conf().isMiniBatch() ? whole.examples() : 1;
    }

    /** Puts the combined gradient into that of the graph. */
    private void combine(PresentTasks present, List<INDArray> rows, double[] weights) {
        INDArray sum = rows.get(0).mul(masks().get(tasks.size() + 1));
        for (int i = 0; i < weights.length; i++) {
            INDArray own = masks().get(1 + present.indices()[i]);
            INDArray factors = masks().get(0).mul(weights[i]).addi(own);
            sum.addi(factors.muli(rows.get(i)));
        }
        graph.getGradientsViewArray().assign(sum);
    }

    private List<INDArray> masks() {
        if (masks == null) {
            masks = parameters.masks();
        }
        return masks;
    }
}
