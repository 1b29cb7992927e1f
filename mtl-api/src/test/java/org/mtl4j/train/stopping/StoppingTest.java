package org.mtl4j.train.stopping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.balance.ScheduledWeights;
import org.mtl4j.schedule.CosineSchedule;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.stopping.ZhangStopping.Tendency;

class StoppingTest {

    @Test
    void an_epoch_without_a_number_is_never_the_best() {
        assertThat(Improvement.of(Optional.empty(), 0).bestOf(List.of(Double.NaN, 0.5, Double.NaN, 0.4, 0.6)))
                .isEqualTo(3);
        assertThat(Improvement.of(Optional.empty(), 0).bestOf(List.of(Double.NaN, Double.NaN)))
                .isZero();
    }

    private static final Task TASK = Task.classification("smile", 2).withWeight(0.5);

    private static List<EpochResult> run(double[] training, double[] validation) {
        List<EpochResult> run = new ArrayList<>();
        for (int i = 0; i < training.length; i++) {
            run.add(EpochResult.builder(i)
                    .trainingLoss(Map.of("smile", training[i]))
                    .validationLoss(Map.of("smile", validation[i]))
                    .build());
        }
        return run;
    }

    private static List<EpochResult> validated(double... losses) {
        return run(losses, losses);
    }

    @Test
    void a_task_is_kept_while_its_validation_loss_falls() {
        ValidationStopping rule = ValidationStopping.of(2);
        assertThat(rule.reasonToStop(TASK, validated(3, 2, 2.5))).isEmpty();
        assertThat(rule.reasonToStop(TASK, validated(3, 2, 2.5, 2.1)))
                .get()
                .asString()
                .contains("2.1", "best 2", "2 epochs");
        assertThat(rule.reasonToStop(TASK, validated(3, 2, 2.5, 1.9))).isEmpty();
    }

    @Test
    void an_improvement_that_is_too_small_is_none() {
        ValidationStopping rule = ValidationStopping.of(2).withLeastImprovement(0.1);
        assertThat(rule.reasonToStop(TASK, validated(2, 1.9, 1.85))).isPresent();
        assertThat(rule.reasonToStop(TASK, validated(2, 1.9, 1.79))).isEmpty();
        assertThat(rule.reasonToStop(TASK, validated(-0.9, -0.85, -0.95))).isPresent();
        assertThat(rule.reasonToStop(TASK, validated(-0.9, -0.85, -1))).isEmpty();
    }

    @Test
    void a_task_that_has_reached_its_goal_is_done() {
        ValidationStopping rule = ValidationStopping.of(9).withGoal(0.5);
        assertThat(rule.reasonToStop(TASK, validated(0.6))).isEmpty();
        assertThat(rule.reasonToStop(TASK, validated(0.6, 0.5)))
                .get()
                .asString()
                .contains("goal");
    }

    @Test
    void losses_that_are_not_there_decide_nothing() {
        List<EpochResult> none = List.of(EpochResult.builder(0).build());
        assertThat(ValidationStopping.of(1).reasonToStop(TASK, none)).isEmpty();
        assertThat(ZhangStopping.of(1, 0.1).reasonToStop(TASK, none)).isEmpty();
    }

    /** Strip 4, 3, 2, 1: mean 2.5, least 1; gap (2 - 1) / (0.5 * 1) = 2; 2 / (2.5 - 1). */
    @Test
    void the_criterion_of_zhang_by_hand() {
        ZhangStopping safe = ZhangStopping.of(3, 1);
        assertThat(safe.value(List.of(9.0, 4.0, 3.0, 2.0, 1.0), 2, 0.5)).isCloseTo(2 / 1.5, within(1e-12));
        // k median = 7.5, sum = 10: 7.5 / 2.5 = k = 3, as on every linear curve
        ZhangStopping published = new ZhangStopping(3, 1, Tendency.AS_PUBLISHED);
        assertThat(published.value(List.of(4.0, 3.0, 2.0, 1.0), 2, 0.5)).isCloseTo(3 * 2, within(1e-12));
        assertThat(published.value(List.of(2.0, 2.0, 2.0, 2.0), 3, 0.5)).isCloseTo(3 * 1, within(1e-12));
    }

    @Test
    void where_the_criterion_has_no_value_its_guards_decide() {
        ZhangStopping safe = ZhangStopping.of(3, 1);
        ZhangStopping published = new ZhangStopping(3, 1, Tendency.AS_PUBLISHED);
        for (ZhangStopping rule : List.of(safe, published)) {
            assertThat(rule.value(List.of(2.0, 2.0, 2.0, 2.0), 2, 1))
                    .as("no gap, flat")
                    .isZero();
            assertThat(rule.value(List.of(4.0, 3.0, 2.0, 1.0), 0.9, 1))
                    .as("negative gap")
                    .isZero();
            assertThat(rule.value(List.of(1.0, 0.5, 0.1, 0.0), 0.2, 1))
                    .as("nothing left to learn")
                    .isInfinite();
            assertThat(rule.value(List.of(-0.5, -0.6, -0.7, -0.8), -0.79, 1))
                    .as("quotients of what is below 0 mean nothing")
                    .isZero();
            assertThat(rule.reasonToStop(TASK, run(new double[] {3, 2, 1}, new double[] {9, 9, 9})))
                    .as("no whole strip yet")
                    .isEmpty();
        }
        assertThat(safe.value(List.of(2.0, 2.0, 2.0, 2.0), 3, 1)).as("flat").isInfinite();
        assertThat(ZhangStopping.of(5, 1).value(List.of(0.1, 0.1, 0.1, 0.1, 0.1, 0.1), 3, 1))
                .as("flat, but the mean is rounded to less than the least")
                .isEqualTo(Double.POSITIVE_INFINITY);
        // a sudden fall: sum 6.1 - 3 * 2 = 0.1, so the published tendency is 60
        assertThat(published.value(List.of(2.0, 2.0, 2.0, 0.1), 0.11, 1)).isGreaterThan(5);
        assertThat(safe.value(List.of(2.0, 2.0, 2.0, 0.1), 0.11, 1)).isLessThan(0.01);
        assertThat(published.value(List.of(2.0, 2.0, 0.05, 0.1, 2.0, 2.0, 0.0001, 0.001), 5, 1))
                .as("denominator not above zero: kept")
                .isBetween(0.0, Double.MAX_VALUE);
    }

    @Test
    void a_larger_weight_lets_a_task_live_longer() {
        double[] training = {4, 3, 2, 1};
        double[] validation = {4, 3, 2, 2};
        ZhangStopping rule = ZhangStopping.of(3, 1);
        assertThat(rule.reasonToStop(TASK, run(training, validation))).isPresent();
        assertThat(rule.reasonToStop(TASK.withWeight(5), run(training, validation)))
                .isEmpty();
    }

    @Test
    void a_run_ends_when_its_best_epoch_is_long_ago() {
        EarlyStopping rule = EarlyStopping.on("smile", 2);
        assertThat(rule.bestOf(validated(3, 1, 2), List.of(TASK))).isEqualTo(1);
        assertThat(rule.reasonToStop(validated(3, 1, 2), List.of(TASK))).isEmpty();
        assertThat(rule.reasonToStop(validated(3, 1, 2, 1), List.of(TASK))).isPresent();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EarlyStopping.on("pose", 2).bestOf(validated(1), List.of(TASK)))
                .withMessageContaining("pose");
    }

    @Test
    void the_total_is_weighted() {
        Task other = Task.regression("points", 2).withWeight(10);
        List<EpochResult> run = new ArrayList<>();
        for (double[] losses : new double[][] {{1, 1}, {3, 0.85}}) {
            run.add(EpochResult.builder(run.size())
                    .validationLoss(Map.of("smile", losses[0], "points", losses[1]))
                    .build());
        }
        // 0.5 + 10 against 1.5 + 8.5
        assertThat(EarlyStopping.onTotal(3).bestOf(run, List.of(TASK, other))).isEqualTo(1);
    }

    @Test
    void weights_follow_schedules_and_ratios() {
        List<Task> tasks = List.of(TASK, Task.regression("points", 2));
        double[] scheduled =
                new ScheduledWeights(Map.of("smile", new CosineSchedule(1, 0, 4))).factors(tasks, validated(1, 1));
        assertThat(scheduled).containsExactly(new double[] {0.5, 1}, within(1e-12));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ScheduledWeights(Map.of("age", new CosineSchedule(1, 0, 4))).factors(tasks, List.of()))
                .withMessageContaining("age");

        List<EpochResult> run = new ArrayList<>();
        for (double[] losses : new double[][] {{1, 1}, {1, 0.5}}) {
            run.add(EpochResult.builder(run.size())
                    .trainingLoss(Map.of("smile", losses[0], "points", losses[1]))
                    .build());
        }
        DynamicWeightAverage average = new DynamicWeightAverage(2);
        double slow = 2 * Math.exp(0.5) / (Math.exp(0.5) + Math.exp(0.25));
        assertThat(average.factors(tasks, run)).containsExactly(new double[] {slow, 2 - slow}, within(1e-12));
        assertThat(average.factors(tasks, run.subList(0, 1))).containsExactly(1, 1);
        assertThat(new DynamicWeightAverage(1e-5).factors(tasks, run))
                .as("exp(1e5) is infinite")
                .containsExactly(2, 0);
        run.replaceAll(epoch -> epoch.toBuilder()
                .trainingLoss(Map.of(
                        "smile",
                        -epoch.trainingLoss().get("smile"),
                        "points",
                        -epoch.trainingLoss().get("points")))
                .build());
        assertThat(average.factors(tasks, run)).as("losses below 0").containsExactly(1, 1);
    }

    @Test
    void the_latest_run_and_the_stopped_tasks_are_those_of_the_events() {
        List<EpochResult> epochs = validated(3, 2, 1);
        TrainingHistory history = new TrainingHistory(
                epochs,
                List.of(
                        new TrainingEvent(-1, TrainingEvent.Kind.RUN_STARTED, "", ""),
                        new TrainingEvent(0, TrainingEvent.Kind.TASK_STOPPED, "smile", ""),
                        new TrainingEvent(0, TrainingEvent.Kind.TASK_STOPPED, "pose", ""),
                        new TrainingEvent(1, TrainingEvent.Kind.RUN_STARTED, "", ""),
                        new TrainingEvent(1, TrainingEvent.Kind.TASK_RESUMED, "pose", "")));
        assertThat(history.latestRun()).containsExactly(epochs.get(2));
        assertThat(history.stoppedTasks()).containsExactly("smile");
    }
}
