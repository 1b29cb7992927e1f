package org.mtl4j.metric;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/**
 * The usual metrics, each as the score of its kind of task defines it: {@link ClassificationScore} for one class of
 * several, {@link MultiLabelScore} for independent yes/no labels, {@link RegressionScore} for real numbers.
 */
public enum StandardMetric implements Metric {
    /** Share of examples, or of labels, that are right. Baseline: always the most frequent answer. */
    ACCURACY(
            true,
            classes(ClassificationScore::accuracy, ClassificationScore::majorityBaseline),
            labels(MultiLabelScore::accuracy, MultiLabelScore::majorityBaseline)),
    /** Mean recall over the classes. Baseline: always one answer. */
    BALANCED_ACCURACY(
            true,
            classes(ClassificationScore::balancedAccuracy, ClassificationScore::balancedAccuracyBaseline),
            labels(MultiLabelScore::balancedAccuracy, MultiLabelScore::balancedAccuracyBaseline)),
    /**
     * Mean F1 over the classes, or over the labels' "yes". Baseline: always the most frequent class, or always "yes".
     */
    MACRO_F1(
            true,
            classes(ClassificationScore::macroF1, ClassificationScore::macroF1Baseline),
            labels(MultiLabelScore::macroF1, MultiLabelScore::macroF1Baseline)),
    /**
     * F1 of all classes, or of all labels' "yes", together. Baseline: always the most frequent class, or always "yes".
     */
    MICRO_F1(
            true,
            classes(ClassificationScore::microF1, ClassificationScore::majorityBaseline),
            labels(MultiLabelScore::microF1, MultiLabelScore::microF1Baseline)),
    /** Area under the receiver operating characteristic. Baseline: 0.5. */
    ROC_AUC(
            true,
            classes(ClassificationScore::rocAuc, score -> RankingScore.ROC_AUC_BASELINE),
            labels(MultiLabelScore::rocAuc, score -> RankingScore.ROC_AUC_BASELINE)),
    /** Area under the precision-recall curve. Baseline: the share of the class. */
    AVERAGE_PRECISION(
            true,
            classes(ClassificationScore::averagePrecision, ClassificationScore::averagePrecisionBaseline),
            labels(MultiLabelScore::averagePrecision, MultiLabelScore::averagePrecisionBaseline)),
    /** Mean of -log of the probability of what is right, in nats. Baseline: always the frequencies. */
    LOG_LOSS(
            false,
            classes(ClassificationScore::logLoss, ClassificationScore::logLossBaseline),
            labels(MultiLabelScore::logLoss, MultiLabelScore::logLossBaseline)),
    /** How far probabilities and frequencies differ, in 15 bins. Without a baseline: always the frequencies is 0. */
    CALIBRATION_ERROR(
            false,
            classes(ClassificationScore::calibrationError, score -> Double.NaN),
            labels(MultiLabelScore::calibrationError, score -> Double.NaN)),
    /** Mean squared error. Baseline: always the mean. */
    SQUARED_ERROR(false, numbers(RegressionScore::squaredError, RegressionScore::squaredErrorBaseline)),
    /** Root of the mean squared error. Baseline: always the mean. */
    ROOT_SQUARED_ERROR(
            false, numbers(RegressionScore::rootSquaredError, score -> Math.sqrt(score.squaredErrorBaseline()))),
    /** Mean absolute error. Baseline: always the median. */
    ABSOLUTE_ERROR(false, numbers(RegressionScore::absoluteError, RegressionScore::absoluteErrorBaseline)),
    /** R², the share of the labels' variance that is explained. Baseline: 0. */
    R2(true, numbers(RegressionScore::r2, score -> 0)),
    /** As R², without an error that is the same for all examples. Baseline: 0. */
    EXPLAINED_VARIANCE(true, numbers(RegressionScore::explainedVariance, score -> 0));

    private final boolean higherIsBetter;
    private final List<Measure<?>> measures;

    StandardMetric(boolean higherIsBetter, Measure<?>... measures) {
        this.higherIsBetter = higherIsBetter;
        this.measures = ImmutableList.copyOf(measures);
    }

    /** What a metric is of one kind of score. */
    private record Measure<S extends TaskScore>(
            TaskKind kind, Class<S> type, ToDoubleFunction<S> value, ToDoubleFunction<S> baseline) {

        double valueOf(TaskScore score) {
            return value.applyAsDouble(type.cast(score));
        }

        double baselineOf(TaskScore score) {
            return baseline.applyAsDouble(type.cast(score));
        }
    }

    private static Measure<ClassificationScore> classes(
            ToDoubleFunction<ClassificationScore> value, ToDoubleFunction<ClassificationScore> baseline) {
        return new Measure<>(TaskKind.MULTI_CLASS, ClassificationScore.class, value, baseline);
    }

    private static Measure<MultiLabelScore> labels(
            ToDoubleFunction<MultiLabelScore> value, ToDoubleFunction<MultiLabelScore> baseline) {
        return new Measure<>(TaskKind.MULTI_LABEL, MultiLabelScore.class, value, baseline);
    }

    private static Measure<RegressionScore> numbers(
            ToDoubleFunction<RegressionScore> value, ToDoubleFunction<RegressionScore> baseline) {
        return new Measure<>(TaskKind.REGRESSION, RegressionScore.class, value, baseline);
    }

    @Override
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    @Override
    public boolean appliesTo(Task task) {
        return measures.stream().anyMatch(measure -> measure.kind() == task.kind());
    }

    /** {@return whether it is measured of scores like this one} */
    public boolean isOf(TaskScore score) {
        return measures.stream().anyMatch(measure -> measure.type().isInstance(score));
    }

    /**
     * {@return this metric of a score}
     *
     * @throws IllegalArgumentException if it is of another kind of task
     */
    public double of(TaskScore score) {
        return measureOf(score).valueOf(score);
    }

    /**
     * {@return what this metric is of a prediction that knows nothing but the labels' frequencies; NaN if it has no
     * baseline}
     *
     * @throws IllegalArgumentException if the score is of another kind of task
     */
    public double baselineOf(TaskScore score) {
        return measureOf(score).baselineOf(score);
    }

    private Measure<?> measureOf(TaskScore score) {
        return measures.stream()
                .filter(measure -> measure.type().isInstance(score))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s is measured of %s, got a %s"
                        .formatted(name(), kinds(), score.getClass().getSimpleName())));
    }

    private List<TaskKind> kinds() {
        return measures.stream().<TaskKind>map(Measure::kind).toList();
    }

    @Override
    public MetricAccumulator accumulator(Task task) {
        if (!appliesTo(task)) {
            throw new IllegalArgumentException(
                    "%s is measured of %s, task '%s' is %s".formatted(name(), kinds(), task.name(), task.kind()));
        }
        return new FromScore(this, TaskScores.accumulator(task));
    }

    /** Takes the metric from a score. */
    private static final class FromScore implements MetricAccumulator {
        private static final long serialVersionUID = 1L;

        private final StandardMetric metric;
        private final ScoreAccumulator scores;

        FromScore(StandardMetric metric, ScoreAccumulator scores) {
            this.metric = metric;
            this.scores = scores;
        }

        @Override
        public void add(ScoredBatch batch) {
            scores.add(batch);
        }

        @Override
        public void merge(MetricAccumulator other) {
            if (!(other instanceof FromScore from) || from.metric != metric) {
                throw new IllegalArgumentException("cannot merge %s with another metric".formatted(metric.name()));
            }
            TaskScores.merge(metric.name(), scores, from.scores);
        }

        @Override
        public double value() {
            return metric.of(scores.result());
        }

        @Override
        public double baseline() {
            return metric.baselineOf(scores.result());
        }
    }
}
