package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mtl4j.balance.LossWeighting;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;

/** Decides how much each task weighs in an epoch, by the history alone. */
final class TaskWeights {
    private final ModelState model;
    private final FitOptions options;
    private final List<Task> tasks;

    TaskWeights(ModelState model, FitOptions options) {
        this.model = model;
        this.options = options;
        this.tasks = model.network().tasks();
    }

    /** {@return for each task what its λ is multiplied by in the next epoch; 0 if it is dropped} */
    double[] factors() {
        double[] factors = new double[tasks.size()];
        Arrays.fill(factors, 1);
        if (options.lossWeighting().isPresent()) {
            LossWeighting weighting = options.lossWeighting().get();
            factors = weighting.factors(tasks, model.history().latestRun()).clone();
            if (factors.length != tasks.size()
                    || !Arrays.stream(factors).allMatch(factor -> factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "%s must give %d finite factors of at least 0, one per task of %s; it gave %s"
                                .formatted(
                                        weighting,
                                        tasks.size(),
                                        tasks.stream().map(Task::name).toList(),
                                        Arrays.toString(factors)));
            }
        }
        Set<String> stoppedTasks = model.history().stoppedTasks();
        for (int t = 0; t < factors.length; t++) {
            if (stoppedTasks.contains(tasks.get(t).name())) {
                factors[t] = 0;
            }
        }
        return factors;
    }

    /**
     * {@return the weight of each task in an epoch, by name}
     *
     * @param stepFactors the mean of what was answered in its steps; empty if it was the same in each
     */
    Map<String, Double> byTask(Optional<double[]> stepFactors) {
        double[] factors = stepFactors.orElseGet(this::factors);
        Map<String, Double> byTask = new LinkedHashMap<>();
        for (int t = 0; t < factors.length; t++) {
            byTask.put(tasks.get(t).name(), factors[t] * tasks.get(t).weight());
        }
        return byTask;
    }
}
