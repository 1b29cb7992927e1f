package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks at the gradients of the tasks before some of the steps, by passes of its own that leave nothing behind: the
 * gradients of the graph are computed anew by the step, and random numbers go on as they were.
 */
public final class GradientWatch {
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final int everySteps;
    private final boolean draws;
    private final GradientStatistics statistics;
    private final SharedParameters parameters;
    private @Nullable INDArray shared;
    private int step;

    /**
     * @param draws whether layers draw random numbers
     * @throws IllegalArgumentException if the tasks of the network share nothing that is trained
     */
    GradientWatch(ModelState model, int everySteps, boolean draws, GradientStatistics statistics) {
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.everySteps = everySteps;
        this.draws = draws;
        this.statistics = statistics;
        this.parameters = new SharedParameters(graph, tasks, BalanceScope.EVERYTHING_SHARED);
        parameters.requireSome("withGradientWatch looks at");
    }

    void startEpoch() {
        step = 0;
    }

    /**
     * Looks at the gradients of a step that comes, if it is one of those that are looked at.
     *
     * @param labelled per task the weights of examples that have its label
     * @param source of the gradients of the step's batch
     */
    public void beforeStep(double[] epochFactors, double[] labelled, GradientPasses source) {
        PresentTasks present = PresentTasks.of(tasks, epochFactors, labelled);
        if (step++ % everySteps != 0 || present.count() == 0) {
            return;
        }
        RandomState random = draws ? RandomState.now() : null;
        List<GradientPasses.Result> passes = source.make(GradientPasses.ofTasks(epochFactors, present.indices()));
        if (random != null) {
            random.restore();
        }
        if (shared == null) {
            shared = parameters.mask(SharedParameters.Use.COMBINED);
        }
        double examples = graph.conf().isMiniBatch() ? passes.get(0).whole().examples() : 1;
        List<INDArray> rows =
                passes.stream().map(GradientPasses.Result::gradient).toList();
        statistics.add(present.indices(), GradientPasses.products(rows, shared, examples));
    }
}
