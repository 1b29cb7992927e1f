package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.train.MultiTaskModel;

/**
 * What one epoch came to.
 *
 * @param epoch 0 for the first
 * @param iterations steps taken since the beginning of training, this epoch's included
 * @param learningRate the updater's rate in this epoch's last step; NaN for updaters without one
 * @param score mean over the epoch's steps of the whole objective: weighted task losses, relatedness, penalties
 * @param trainingLoss per task the mean of its loss over the epoch's examples that have its label, without its weight
 *     λ, as it was before each step; tasks without any label are missing here and in {@code validationLoss}
 * @param relatedness L_w, its strength included, before the epoch's last step; 0 without a regularizer
 * @param validationLoss per task its loss on the validation data after the epoch; empty without such data
 * @param lossWeights per task the weight of its loss in this epoch, λ and all; 0 for tasks that are dropped
 * @param alphas α after the epoch, unit by unit, and for each unit tower by tower; empty without cross-stitch units
 * @param ties how related the towers were after the epoch, as {@link MultiTaskModel#relatedness()}; empty without a
 *     regularizer
 * @param validationMetrics per task and {@linkplain Metric#name name} what its metrics came to on the validation data
 *     after the epoch; empty without {@link org.mtl4j.train.FitOptions#withMetrics metrics}, without the tasks that
 *     have none
 * @param units what all other units said of themselves after the epoch; empty without such units
 */
public record EpochResult(
        int epoch,
        long iterations,
        double learningRate,
        double score,
        Map<String, Double> trainingLoss,
        double relatedness,
        Map<String, Double> validationLoss,
        Map<String, Double> lossWeights,
        List<AlphaState> alphas,
        List<RelatednessState> ties,
        Map<String, Map<String, MetricValue>> validationMetrics,
        List<UnitState> units) {
    /** Copies maps and lists. */
    public EpochResult {
        trainingLoss = ImmutableMap.copyOf(trainingLoss);
        validationLoss = ImmutableMap.copyOf(validationLoss);
        lossWeights = ImmutableMap.copyOf(lossWeights);
        alphas = ImmutableList.copyOf(alphas);
        ties = ImmutableList.copyOf(ties);
        ImmutableMap.Builder<String, Map<String, MetricValue>> metrics = ImmutableMap.builder();
        validationMetrics.forEach((task, values) -> metrics.put(task, ImmutableMap.copyOf(values)));
        validationMetrics = metrics.buildOrThrow();
        units = ImmutableList.copyOf(units);
    }

    /** Has no units but cross-stitch units. */
    public EpochResult(
            int epoch,
            long iterations,
            double learningRate,
            double score,
            Map<String, Double> trainingLoss,
            double relatedness,
            Map<String, Double> validationLoss,
            Map<String, Double> lossWeights,
            List<AlphaState> alphas,
            List<RelatednessState> ties,
            Map<String, Map<String, MetricValue>> validationMetrics) {
        this(
                epoch,
                iterations,
                learningRate,
                score,
                trainingLoss,
                relatedness,
                validationLoss,
                lossWeights,
                alphas,
                ties,
                validationMetrics,
                List.of());
    }

    /** Has no metrics. */
    public EpochResult(
            int epoch,
            long iterations,
            double learningRate,
            double score,
            Map<String, Double> trainingLoss,
            double relatedness,
            Map<String, Double> validationLoss,
            Map<String, Double> lossWeights,
            List<AlphaState> alphas,
            List<RelatednessState> ties) {
        this(
                epoch,
                iterations,
                learningRate,
                score,
                trainingLoss,
                relatedness,
                validationLoss,
                lossWeights,
                alphas,
                ties,
                Map.of());
    }

    /** {@return what a metric of a task came to on the validation data; empty if it was not measured} */
    public Optional<MetricValue> metric(String task, Metric metric) {
        return Optional.ofNullable(
                validationMetrics.getOrDefault(task, Map.of()).get(metric.name()));
    }

    /** {@return what units of all kinds said of themselves after the epoch, α of cross-stitch units first} */
    public List<UnitState> sharing() {
        return ImmutableList.<UnitState>builder()
                .addAll(alphas.stream().map(UnitState::of).iterator())
                .addAll(units)
                .build();
    }
}
