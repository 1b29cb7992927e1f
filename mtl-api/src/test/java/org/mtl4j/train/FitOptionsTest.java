package org.mtl4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.task.Task;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.ValidationStopping;

class FitOptionsTest {
    /** For each field of the options that decides the result, options that differ in it alone. */
    private static final Map<String, UnaryOperator<FitOptions>> DECIDES = Map.ofEntries(
            Map.entry("epochs", options -> options.withEpochs(7)),
            Map.entry("workers", options -> options.withWorkers(2)),
            Map.entry("taskStopping", options -> options.withTaskStopping(ValidationStopping.of(4), "main")),
            Map.entry("mainTasks", options -> options.withTaskStopping(ValidationStopping.of(3), "main", "other")),
            Map.entry("earlyStopping", options -> options.withEarlyStopping(EarlyStopping.on("main", 5))),
            Map.entry("lossWeighting", options -> options.withLossWeighting(new DynamicWeightAverage(2))),
            Map.entry("allTasks", FitOptions::withAllTasks),
            Map.entry("parameterAveraging", options -> options.withParameterAveraging(0.5)),
            Map.entry("stepWeighting", options -> options.withStepWeighting(StepWeighting.imtlL())),
            Map.entry("gradientBalance", options -> options.withGradientBalance(GradientBalance.mgda())),
            Map.entry("balanceScope", options -> options.withBalanceScope(BalanceScope.SHARED_LAYERS)),
            Map.entry("metrics", options -> options.withMetrics(StandardMetric.ROC_AUC)));

    /** For each of the others, options that differ in it; {@link FitOptions#identity} says why they do not matter. */
    private static final Map<String, UnaryOperator<FitOptions>> IRRELEVANT = Map.of(
            "validation", options -> options.withValidation(ListBatches.of(List.of())),
            "listeners", options -> options.withListener(new ProgressListener() {}),
            "gradientWatch", options -> options.withGradientWatch(5),
            "checkpoints", options -> options.withCheckpoints(Checkpoints.in(Path.of("elsewhere"))));

    private static FitOptions options() {
        return FitOptions.epochs(6).withTaskStopping(ValidationStopping.of(3), "main");
    }

    @Test
    void every_option_is_in_the_identity_or_decides_nothing() {
        Set<String> all = new HashSet<>();
        for (Field field : FitOptions.class.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                all.add(field.getName());
            }
        }
        Set<String> told = new HashSet<>(DECIDES.keySet());
        told.addAll(IRRELEVANT.keySet());
        assertThat(told).isEqualTo(all);
        assertThat(Arrays.stream(FitIdentity.class.getRecordComponents()).map(RecordComponent::getName))
                .containsExactlyInAnyOrderElementsOf(DECIDES.keySet());
    }

    @Test
    void options_that_differ_in_what_decides_have_different_identities() throws ReflectiveOperationException {
        for (Map.Entry<String, UnaryOperator<FitOptions>> change : DECIDES.entrySet()) {
            FitIdentity changed = change.getValue().apply(options()).identity();
            assertThat(changed).as(change.getKey()).isNotEqualTo(options().identity());
            for (RecordComponent component : FitIdentity.class.getRecordComponents()) {
                Object before = component.getAccessor().invoke(options().identity());
                if (!component.getName().equals(change.getKey())) {
                    assertThat(component.getAccessor().invoke(changed))
                            .as(change.getKey() + " changes " + component.getName())
                            .isEqualTo(before);
                }
            }
        }
    }

    @Test
    void options_that_differ_in_what_decides_nothing_have_one_identity() {
        IRRELEVANT.forEach((name, change) -> assertThat(change.apply(options()).identity())
                .as(name)
                .isEqualTo(options().identity()));
    }

    @Test
    void the_order_of_main_tasks_does_not_matter() {
        FitOptions one = FitOptions.epochs(1).withTaskStopping(ValidationStopping.of(3), "a", "b");
        FitOptions other = FitOptions.epochs(1).withTaskStopping(ValidationStopping.of(3), "b", "a");
        assertThat(one.identity()).isEqualTo(other.identity()).hasSameHashCodeAs(other.identity());
    }

    @Test
    void no_number_of_workers_means_that_the_model_decides() {
        assertThat(FitOptions.epochs(1).workers()).isEmpty();
        assertThat(FitOptions.epochs(1).withWorkers(3).workers()).isEqualTo(OptionalInt.of(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FitOptions.epochs(1).withWorkers(0))
                .withMessage("FitOptions: workers must be at least 1, got 0");
    }

    @Test
    void identities_as_json_differ_where_identities_differ_but_for_the_number_of_epochs() {
        DECIDES.forEach((name, change) -> {
            String changed = change.apply(options()).identity().toJson();
            if (name.equals("epochs")) {
                assertThat(changed).isEqualTo(options().identity().toJson());
            } else {
                assertThat(changed).as(name).isNotEqualTo(options().identity().toJson());
            }
        });
        assertThat(options()
                        .withLossWeighting((tasks, run) -> new double[] {1})
                        .identity()
                        .toJson())
                .isEqualTo(options()
                        .withLossWeighting((tasks, run) -> new double[] {2})
                        .identity()
                        .toJson())
                .contains("\"own\""); // a lambda has nothing to be told by
    }

    @Test
    void metrics_of_all_tasks_of_one_and_of_rules_are_measured_once_each() {
        Task smile = Task.classification("smile", 2);
        Task age = Task.regression("age", 1);
        FitOptions options = FitOptions.epochs(1)
                .withMetrics(StandardMetric.LOG_LOSS, StandardMetric.R2)
                .withMetrics("smile", StandardMetric.ACCURACY)
                .withMetrics("smile", StandardMetric.LOG_LOSS)
                .withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "smile", 3))
                .withTaskStopping(ValidationStopping.of(2).withMetric(StandardMetric.ABSOLUTE_ERROR), "smile");
        assertThat(options.metricsOf(smile))
                .containsExactly(StandardMetric.LOG_LOSS, StandardMetric.ACCURACY, StandardMetric.ROC_AUC);
        assertThat(options.metricsOf(age)).containsExactly(StandardMetric.R2, StandardMetric.ABSOLUTE_ERROR);
        assertThat(options.describe())
                .containsEntry("metrics of all tasks", "[LOG_LOSS, R2]")
                .containsEntry("metrics of task 'smile'", "[ACCURACY, LOG_LOSS]");
    }

    @Test
    void directories_of_before_there_were_metrics_still_have_the_same_identity() {
        String json = options()
                .withEarlyStopping(EarlyStopping.on("main", 5))
                .identity()
                .toJson();
        assertThat(json).doesNotContain("metric");
        assertThat(options()
                        .withMetrics("main", StandardMetric.ROC_AUC)
                        .withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "main", 5))
                        .identity()
                        .toJson())
                .contains("\"metric\" : \"roc-auc\"", "\"main\" : [ \"roc-auc\" ]");
    }
}
