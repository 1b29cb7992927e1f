package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * @param gradients what the tasks' gradients were like; empty unless they were
 *     {@linkplain org.mtl4j.train.FitOptions#withGradientWatch watched} or
 *     {@linkplain org.mtl4j.train.FitOptions#withGradientBalance combined}
 * @param exampleWeights what the examples weighed; empty if each weighed 1
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
        List<UnitState> units,
        Optional<TaskGradients> gradients,
        Optional<ExampleWeights> exampleWeights)
        implements Serializable {
    /** Copies maps and lists; nothing is null. */
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
        Objects.requireNonNull(gradients, "gradients");
        Objects.requireNonNull(exampleWeights, "exampleWeights");
    }

    /**
     * Begins the result of an epoch, of which nothing is known yet.
     *
     * @param epoch 0 for the first
     */
    public static Builder builder(int epoch) {
        return new Builder(epoch);
    }

    /** {@return a builder with everything that is here} */
    public Builder toBuilder() {
        return new Builder(epoch)
                .iterations(iterations)
                .learningRate(learningRate)
                .score(score)
                .trainingLoss(trainingLoss)
                .relatedness(relatedness)
                .validationLoss(validationLoss)
                .lossWeights(lossWeights)
                .alphas(alphas)
                .ties(ties)
                .validationMetrics(validationMetrics)
                .units(units)
                .gradients(gradients)
                .exampleWeights(exampleWeights);
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

    /** Collects what an epoch came to. What is not set is 0, NaN for rate and score, and empty. */
    public static final class Builder {
        private final int epoch;
        private long iterations;
        private double learningRate = Double.NaN;
        private double score = Double.NaN;
        private Map<String, Double> trainingLoss = Map.of();
        private double relatedness;
        private Map<String, Double> validationLoss = Map.of();
        private Map<String, Double> lossWeights = Map.of();
        private List<AlphaState> alphas = List.of();
        private List<RelatednessState> ties = List.of();
        private Map<String, Map<String, MetricValue>> validationMetrics = Map.of();
        private List<UnitState> units = List.of();
        private Optional<TaskGradients> gradients = Optional.empty();
        private Optional<ExampleWeights> exampleWeights = Optional.empty();

        private Builder(int epoch) {
            this.epoch = epoch;
        }

        /** Sets the steps taken since the beginning of training. */
        public Builder iterations(long iterations) {
            this.iterations = iterations;
            return this;
        }

        /** Sets the rate in the last step. */
        public Builder learningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /** Sets the mean objective. */
        public Builder score(double score) {
            this.score = score;
            return this;
        }

        /** Sets the mean training losses by task. */
        public Builder trainingLoss(Map<String, Double> trainingLoss) {
            this.trainingLoss = trainingLoss;
            return this;
        }

        /** Sets L_w before the last step. */
        public Builder relatedness(double relatedness) {
            this.relatedness = relatedness;
            return this;
        }

        /** Sets the validation losses by task. */
        public Builder validationLoss(Map<String, Double> validationLoss) {
            this.validationLoss = validationLoss;
            return this;
        }

        /** Sets the weights of the losses by task. */
        public Builder lossWeights(Map<String, Double> lossWeights) {
            this.lossWeights = lossWeights;
            return this;
        }

        /** Sets α after the epoch. */
        public Builder alphas(List<AlphaState> alphas) {
            this.alphas = alphas;
            return this;
        }

        /** Sets how related the towers were after the epoch. */
        public Builder ties(List<RelatednessState> ties) {
            this.ties = ties;
            return this;
        }

        /** Sets the metrics by task and name. */
        public Builder validationMetrics(Map<String, Map<String, MetricValue>> validationMetrics) {
            this.validationMetrics = validationMetrics;
            return this;
        }

        /** Sets what units other than cross-stitch units said. */
        public Builder units(List<UnitState> units) {
            this.units = units;
            return this;
        }

        /** Sets what the tasks' gradients were like. */
        public Builder gradients(Optional<TaskGradients> gradients) {
            this.gradients = gradients;
            return this;
        }

        /** Sets what the examples weighed. */
        public Builder exampleWeights(Optional<ExampleWeights> exampleWeights) {
            this.exampleWeights = exampleWeights;
            return this;
        }

        /** {@return the result} */
        public EpochResult build() {
            return new EpochResult(
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
                    units,
                    gradients,
                    exampleWeights);
        }
    }

    /** What Java serialises in its place: its saved form, and that of an epoch a history of it alone. */
    private Object writeReplace() {
        return new Written(new TrainingHistory(List.of(this), List.of()).toJson());
    }

    private record Written(String json) implements Serializable {
        private Object readResolve() {
            return TrainingHistory.fromJson(json).epochs().get(0);
        }
    }
}
