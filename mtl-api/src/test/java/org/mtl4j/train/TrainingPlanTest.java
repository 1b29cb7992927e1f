package org.mtl4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

class TrainingPlanTest {
    /** For each component a plan that differs in it alone. */
    private static final Map<String, UnaryOperator<TrainingPlan>> CHANGES = Map.of(
            "seed", plan -> plan.withSeed(2),
            "updater", plan -> plan.withExponentialDecay(0.9),
            "l2", plan -> plan.withL2(1e-4),
            "maxGradientNorm", plan -> plan.withGradientClipping(1),
            "dataType", plan -> plan.withDataType(DataType.DOUBLE),
            "ownUpdaters", plan -> plan.withUpdater(ParameterGroup.ALPHA, new Sgd(0.1)),
            "held", plan -> plan.withHeld(HeldPart.tower("main")));

    @Test
    void plans_that_differ_in_anything_are_different_also_as_json() throws ReflectiveOperationException {
        TrainingPlan plan = TrainingPlan.adam(1e-3);
        assertThat(Arrays.stream(TrainingPlan.class.getRecordComponents()).map(RecordComponent::getName))
                .containsExactlyInAnyOrderElementsOf(CHANGES.keySet());
        for (Map.Entry<String, UnaryOperator<TrainingPlan>> change : CHANGES.entrySet()) {
            TrainingPlan changed = change.getValue().apply(plan);
            assertThat(changed).as(change.getKey()).isNotEqualTo(plan);
            assertThat(changed.toJson(SavedTypes.none()))
                    .as(change.getKey())
                    .isNotEqualTo(plan.toJson(SavedTypes.none()));
            for (RecordComponent component : TrainingPlan.class.getRecordComponents()) {
                boolean equal = component
                        .getAccessor()
                        .invoke(changed)
                        .equals(component.getAccessor().invoke(plan));
                assertThat(equal)
                        .as(change.getKey() + " and " + component.getName())
                        .isEqualTo(!component.getName().equals(change.getKey()));
            }
        }
    }

    @Test
    void plans_made_alike_are_equal() {
        assertThat(TrainingPlan.adam(1e-3).withGradientClipping(0.5))
                .isEqualTo(TrainingPlan.of(new Adam(1e-3)).withGradientClipping(0.5));
    }

    @Test
    void nothing_is_clipped_unless_told() {
        assertThat(TrainingPlan.adam(1e-3).maxGradientNorm()).isEmpty();
        assertThat(TrainingPlan.adam(1e-3).withGradientClipping(0.5).maxGradientNorm())
                .hasValue(0.5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.adam(1e-3).withGradientClipping(0))
                .withMessage("TrainingPlan: maxGradientNorm must be finite and above 0, got 0.0");
    }
}
