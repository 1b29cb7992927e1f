package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.LossStep;
import org.mtl4j.balance.LossStep.Known;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;

/** Asks a weighting in each step what the losses weigh. */
public final class WeighedSteps {
    private final StepWeighting weighting;
    private final List<Task> tasks;
    private final ModelState model;
    private final BalanceMemory memory;
    private final int firstEpoch;
    private @Nullable PresentTasks present;
    private @Nullable LossGate gate;
    private double[] answered = new double[0];
    private long number;

    /** @param firstEpoch of the run, counted as the graph does */
    WeighedSteps(ModelState model, StepWeighting weighting, BalanceMemory memory, int firstEpoch) {
        this.model = model;
        this.weighting = weighting;
        this.tasks = model.network().tasks();
        this.memory = memory;
        this.firstEpoch = firstEpoch;
    }

    /** {@return what has to be known of a batch} */
    public Known needs() {
        return weighting.needs();
    }

    /** {@return whether the losses after a step are asked for} */
    public boolean needsLossesAfter() {
        return weighting.needs() == Known.LOSSES_AND_AFTER;
    }

    /**
     * Begins a step.
     *
     * @param epochFactors per task by what its λ is multiplied; 0 if it is dropped
     * @param labelled per task how many examples of the batch have a label
     * @return whether some task takes part, so that there is something to decide
     */
    public boolean begin(double[] epochFactors, double[] labelled) {
        present = PresentTasks.of(tasks, epochFactors, labelled);
        number = memory.step();
        answered = new double[0];
        return present.count() > 0;
    }

    /**
     * Decides in a step that has begun, and in which some task takes part.
     *
     * @param losses of the batch, without λ; empty if they are not known
     * @return per task by what its λ is multiplied; 0 for those that take no part
     */
    public double[] decide(double[] losses) {
        answered = answer(present, losses);
        return present.spread(answered, 0);
    }

    /** Prepares a step, which these graphs will compute the parts of. */
    void before(List<ComputationGraph> graphs, double[] epochFactors, double[] labelled) {
        if (!begin(epochFactors, labelled)) {
            return;
        }
        if (weighting.needs() == Known.NOTHING) {
            double[] factors = decide(new double[0]);
            for (ComputationGraph graph : graphs) {
                for (int t = 0; t < factors.length; t++) {
                    TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(factors[t]);
                }
            }
        } else {
            gate = new LossGate(graphs, tasks, this::decide);
        }
    }

    /** Lets a step end where a part of it has failed. */
    void abort(Throwable cause) {
        if (gate != null) {
            gate.abort(cause);
        }
    }

    /** Ends a step, whether it has come to its end or not. */
    void end() {
        if (gate != null) {
            gate.remove();
            gate = null;
        }
    }

    /**
     * Learns from a step.
     *
     * @param losses of the batch before the step, without λ
     * @param after those of the same batch after the step, empty if they were not asked for
     * @return by how much the objective differs from the weighted sum of the losses
     */
    public double after(double[] losses, double[] after) {
        PresentTasks there = present;
        if (there == null || there.count() == 0 || !Arrays.stream(losses).allMatch(Double::isFinite)) {
            return 0; // whoever looks at the step's score will say so
        }
        LossStep step = step(there, losses);
        double sum = 0;
        for (int i = 0; i < answered.length; i++) {
            sum += answered[i] * step.loss(i);
        }
        double objective = weighting.objective(step);
        memory.note(there.indices(), answered);
        memory.keep(
                weighting.next(step(there, losses), after.length == 0 ? after : there.weighted(after)),
                there.indices());
        return objective - sum;
    }

    private LossStep step(PresentTasks there, double[] losses) {
        return new LossStep(
                there.tasks(),
                losses.length == 0 ? losses : there.weighted(losses),
                model.graph().getEpochCount() - firstEpoch,
                memory.of(there.indices()),
                memory.random(number));
    }

    /** Asks the weighting; without finite losses whoever looks at the step's score will say so. */
    private double[] answer(PresentTasks there, double[] losses) {
        if (!Arrays.stream(losses).allMatch(Double::isFinite)) {
            double[] ones = new double[there.count()];
            Arrays.fill(ones, 1);
            return ones;
        }
        double[] factors = weighting.factors(step(there, losses)).clone();
        if (factors.length != there.count()
                || !Arrays.stream(factors).allMatch(f -> f >= 0 && f < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "%s must give %s finite factors of at least 0, one per task of %s; it gave %s"
                            .formatted(
                                    weighting,
                                    there.count(),
                                    there.tasks().stream().map(Task::name).toList(),
                                    Arrays.toString(factors)));
        }
        return factors;
    }
}
