package org.mtl4j.train.stopping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingHistory;

class StoppingByMetricTest {
    private static final Task SMILE = Task.classification("smile", 2);
    private static final Task AGE = Task.regression("age", 1);
    private static final List<Task> TASKS = List.of(SMILE, AGE);

    /** A run in which the losses only rise, so that whoever goes by them is noticed. */
    private static List<EpochResult> run(StandardMetric metric, double... values) {
        List<EpochResult> run = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            run.add(epoch(i, Map.of("smile", Map.of(metric.name(), new MetricValue(values[i], 0.5)))));
        }
        return run;
    }

    private static EpochResult epoch(int i, Map<String, Map<String, MetricValue>> metrics) {
        Map<String, Double> losses = Map.of("smile", 1.0 + i, "age", 2.0 + i);
        return EpochResult.builder(i)
                .trainingLoss(losses)
                .validationLoss(losses)
                .validationMetrics(metrics)
                .build();
    }

    @Test
    void the_best_epoch_is_the_highest_or_the_lowest_as_the_metric_says_and_the_first_of_several() {
        EarlyStopping auc = EarlyStopping.on(StandardMetric.ROC_AUC, "smile", 2);
        assertThat(auc.bestOf(run(StandardMetric.ROC_AUC, 0.6, 0.8, 0.8, 0.7), TASKS))
                .isEqualTo(1);
        EarlyStopping logLoss = EarlyStopping.on(StandardMetric.LOG_LOSS, "smile", 2);
        assertThat(logLoss.bestOf(run(StandardMetric.LOG_LOSS, 0.6, 0.8, 0.5, 0.7), TASKS))
                .isEqualTo(2);
        assertThat(auc.bestOf(run(StandardMetric.ROC_AUC, Double.NaN, 0.4, Double.NaN), TASKS))
                .isEqualTo(1);
    }

    @Test
    void a_run_ends_when_the_metric_has_not_risen_for_so_long() {
        EarlyStopping rule = EarlyStopping.on(StandardMetric.ROC_AUC, "smile", 2);
        assertThat(rule.reasonToStop(run(StandardMetric.ROC_AUC, 0.6, 0.8, 0.75), TASKS))
                .isEmpty();
        assertThat(rule.reasonToStop(run(StandardMetric.ROC_AUC, 0.6, 0.8, 0.75, 0.8), TASKS))
                .hasValue("ROC_AUC of smile 0.80000, best 0.80000, not better for 2 epochs");
        assertThat(EarlyStopping.bestBy(StandardMetric.ROC_AUC, "smile")
                        .reasonToStop(run(StandardMetric.ROC_AUC, 0.6, 0.1, 0.1, 0.1), TASKS))
                .isEmpty();
    }

    @Test
    void a_rise_that_is_too_small_is_none_also_below_zero() {
        EarlyStopping rule = EarlyStopping.on(StandardMetric.R2, "smile", 1).withLeastImprovement(0.1);
        assertThat(rule.bestOf(run(StandardMetric.R2, 0.5, 0.54), TASKS)).isZero();
        assertThat(rule.bestOf(run(StandardMetric.R2, 0.5, 0.56), TASKS)).isOne();
        assertThat(rule.bestOf(run(StandardMetric.R2, -0.5, -0.46), TASKS)).isZero();
        assertThat(rule.bestOf(run(StandardMetric.R2, -0.5, -0.44), TASKS)).isOne();
    }

    @Test
    void a_metric_without_any_value_ends_the_run_and_says_why() {
        EarlyStopping rule = EarlyStopping.on(StandardMetric.ROC_AUC, "smile", 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rule.bestOf(run(StandardMetric.ROC_AUC, Double.NaN), TASKS))
                .withMessage(
                        "EarlyStopping: ROC_AUC of task 'smile' has no value on the validation data, so no epoch is"
                                + " better than another; does each class occur there, and do labels differ?");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rule.bestOf(run(StandardMetric.LOG_LOSS, 1), TASKS))
                .withMessageContaining("ROC_AUC of task 'smile' was not measured; there is {smile={LOG_LOSS=");
    }

    @Test
    void the_mean_is_over_the_tasks_that_the_metric_applies_to() {
        Task other = Task.classification("glasses", 3);
        List<EpochResult> run = new ArrayList<>();
        double[][] values = {{0.9, 0.5}, {0.7, 0.8}, {0.8, 0.6}}; // means 0.7, 0.75, 0.7
        for (int i = 0; i < values.length; i++) {
            run.add(epoch(
                    i,
                    Map.of(
                            "smile", Map.of("MACRO_F1", new MetricValue(values[i][0], 0.5)),
                            "glasses", Map.of("MACRO_F1", new MetricValue(values[i][1], 0.3)))));
        }
        EarlyStopping rule = EarlyStopping.onMean(StandardMetric.MACRO_F1, 1);
        assertThat(rule.bestOf(run, List.of(SMILE, other, AGE))).isOne();
        assertThat(rule.metrics(other)).containsExactly(StandardMetric.MACRO_F1);
        assertThat(rule.metrics(AGE)).isEmpty();
    }

    @Test
    void a_task_is_dropped_by_its_metric_and_one_that_it_does_not_apply_to_by_its_loss() {
        ValidationStopping rule = ValidationStopping.of(2).withMetric(StandardMetric.ROC_AUC);
        assertThat(rule.metrics(SMILE)).containsExactly(StandardMetric.ROC_AUC);
        assertThat(rule.metrics(AGE)).isEmpty();
        List<EpochResult> rising = run(StandardMetric.ROC_AUC, 0.6, 0.7, 0.8);
        assertThat(rule.reasonToStop(SMILE, rising)).isEmpty();
        assertThat(rule.reasonToStop(AGE, rising))
                .hasValue("validation loss 4.0000, best 2.0000, not better for 2 epochs");
        assertThat(rule.reasonToStop(SMILE, run(StandardMetric.ROC_AUC, 0.8, Double.NaN, 0.7)))
                .isEmpty();
        assertThat(rule.reasonToStop(SMILE, run(StandardMetric.ROC_AUC, 0.8, 0.6, 0.7)))
                .hasValue("ROC_AUC 0.70000, best 0.80000, not better for 2 epochs");
        assertThat(rule.reasonToStop(SMILE, run(StandardMetric.ROC_AUC, Double.NaN, Double.NaN, Double.NaN)))
                .isEmpty();
    }

    @Test
    void a_goal_of_a_metric_is_reached_from_its_side_and_is_none_of_losses() {
        ValidationStopping rule =
                ValidationStopping.of(9).withMetric(StandardMetric.ROC_AUC).withGoal(0.75);
        assertThat(rule.reasonToStop(SMILE, run(StandardMetric.ROC_AUC, 0.7))).isEmpty();
        assertThat(rule.reasonToStop(SMILE, run(StandardMetric.ROC_AUC, 0.7, 0.75)))
                .hasValue("ROC_AUC 0.75000 is at or above its goal 0.75000");
        assertThat(rule.withGoal(100).reasonToStop(AGE, run(StandardMetric.ROC_AUC, 0.7)))
                .isEmpty();
    }

    @Test
    void metrics_are_in_the_json_of_a_history_with_numbers_that_are_none() {
        TrainingHistory history = new TrainingHistory(
                List.of(epoch(
                        0,
                        Map.of(
                                "smile",
                                Map.of("ROC_AUC", new MetricValue(Double.NaN, 0.5)),
                                "age",
                                Map.of("R2", new MetricValue(Double.NEGATIVE_INFINITY, Double.NaN))))),
                List.of());
        assertThat(TrainingHistory.fromJson(history.toJson())).isEqualTo(history);
        String old = new TrainingHistory(List.of(epoch(0, Map.of())), List.of()).toJson();
        assertThat(old).doesNotContain("validationMetrics");
        assertThat(TrainingHistory.fromJson(old).last().validationMetrics()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingHistory.fromJson(history.toJson().replace("baseline", "line")))
                .withMessageContaining("history.epochs[0].validationMetrics.")
                .withMessageContaining("'baseline' is missing");
    }
}
