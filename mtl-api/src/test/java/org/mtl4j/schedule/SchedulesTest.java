package org.mtl4j.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

class SchedulesTest {
    @Test
    void a_cosine_falls_from_start_to_end_and_stays_there() {
        CosineSchedule schedule = new CosineSchedule(1, 0.2, 4);
        assertThat(schedule.valueAt(7, 0)).isEqualTo(1);
        assertThat(schedule.valueAt(7, 1)).isCloseTo(0.2 + 0.8 * (1 + Math.sqrt(0.5)) / 2, within(1e-15));
        assertThat(schedule.valueAt(7, 2)).isCloseTo(0.6, within(1e-15));
        assertThat(schedule.valueAt(7, 4)).isCloseTo(0.2, within(1e-15));
        assertThat(schedule.valueAt(7, 9)).isCloseTo(0.2, within(1e-15));
    }

    @Test
    void a_plan_warms_up_and_then_follows_its_cosine() {
        IUpdater updater =
                TrainingPlan.adam(0.01).withCosineDecay(10).withWarmUp(4).updater();
        assertThat(updater.getLearningRate(0, 0)).isCloseTo(0.0025, within(1e-15));
        assertThat(updater.getLearningRate(2, 0)).isCloseTo(0.0075, within(1e-15));
        assertThat(updater.getLearningRate(3, 0)).isCloseTo(0.01, within(1e-15));
        assertThat(updater.getLearningRate(50, 5)).isCloseTo(0.005, within(1e-15));
    }

    @Test
    void a_schedule_after_a_warm_up_is_refused() {
        TrainingPlan warmed = TrainingPlan.adam(0.01).withWarmUp(500);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> warmed.withCosineDecay(30))
                .withMessageContaining("rises from step to step already")
                .withMessageContaining("give the schedule first");
        assertThatIllegalArgumentException().isThrownBy(() -> warmed.withExponentialDecay(0.9));
    }

    @Test
    void groups_have_the_layers_updater_until_they_get_their_own() {
        TrainingPlan plan = TrainingPlan.adam(0.01);
        assertThat(plan.updaterOf(ParameterGroup.ALPHA)).isEqualTo(new Adam(0.01));
        TrainingPlan own = plan.withUpdater(ParameterGroup.ALPHA, new Sgd(1));
        assertThat(own.updaterOf(ParameterGroup.ALPHA)).isEqualTo(new Sgd(1));
        assertThat(own.updaterOf(ParameterGroup.COEFFICIENTS)).isEqualTo(new Adam(0.01));
        assertThat(own.withCosineDecay(3).ownUpdaters()).isEqualTo(own.ownUpdaters());
    }

    @Test
    void bad_values_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CosineSchedule(-1, 0, 4))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.adam(0.1).withCosineDecay(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.adam(0.1).withWarmUp(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.of(new AdaDelta()).withCosineDecay(3))
                .withMessageContaining("AdaDelta");
    }
}
