package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.balance.LossStep.Known;
import org.mtl4j.task.Task;

class StepWeightingTest {
    private static final Task REGRESSION = Task.regression("age", 1);
    private static final Task CLASSES = Task.classification("smile", 2);
    private static final Task LABELS = Task.multiLabel("tags", 3);
    private static final List<Task> THREE = List.of(REGRESSION, CLASSES, LABELS);

    static Stream<Arguments> gradients() {
        return Stream.of(
                Arguments.of(StepWeighting.geometric(), 0),
                Arguments.of(StepWeighting.logarithmic(), 0),
                Arguments.of(StepWeighting.smoothTchebycheff(), 2),
                Arguments.of(StepWeighting.smoothTchebycheff(0.3, 5), 7));
    }

    /** Factors are the derivatives of the objective with respect to the losses. */
    @ParameterizedTest(name = "{0}, epoch {1}")
    @MethodSource("gradients")
    void factors_are_the_gradient_of_the_objective(StepWeighting weighting, int epoch) {
        BalanceState state = weighting.initialState(3);
        for (int e = 0; e < epoch; e++) {
            state = weighting.next(step(e, state, 0.5 + e, 2, 1));
        }
        double[] losses = {0.3, 1.7, 0.9};
        double[] factors = weighting.factors(step(epoch, state, losses));
        for (int i = 0; i < 3; i++) {
            double[] up = losses.clone();
            double[] down = losses.clone();
            up[i] += 1e-6;
            down[i] -= 1e-6;
            double numeric =
                    (weighting.objective(step(epoch, state, up)) - weighting.objective(step(epoch, state, down)))
                            / 2e-6;
            assertThat(factors[i]).isCloseTo(numeric, within(1e-7));
        }
    }

    @Test
    void uncertainties_tend_to_the_losses() {
        StepWeighting weighting = StepWeighting.uncertainty(0.05, 100);
        BalanceState state = weighting.initialState(3);
        assertThat(weighting.factors(step(0, state, 0.2, 3, 1))).containsExactly(0.5, 1, 1);
        // first step of Adam: the rate, against the gradient's sign: ½ − ½·0.2 > 0, ½ − 3 < 0, ½ − ½ = 0
        assertThat(LearnedNumbers.values(weighting.next(step(0, state, 0.2, 3, 0.5))))
                .containsExactly(new double[] {-0.05, 0.05, 0}, within(1e-8));
        for (int i = 0; i < 3000; i++) {
            state = weighting.next(step(0, state, 0.2, 3, 0.001));
        }
        double[] factors = weighting.factors(step(0, state, 0.2, 3, 0.001));
        assertThat(factors[0]).isCloseTo(0.5 / 0.2, within(1e-3)); // s* = ln L
        assertThat(factors[1]).isCloseTo(1 / 6.0, within(1e-3)); // s* = ln 2L
        assertThat(factors[2]).isCloseTo(100, within(1e-9)); // s* = ln 0.002 is beyond the bound
        // Σ factor·L + s/2, by hand: ½ + ½ + 0.1 + ½·(ln 0.2 + ln 6 − ln 100)
        assertThat(weighting.objective(step(0, state, 0.2, 3, 0.001)))
                .isCloseTo(1.1 + 0.5 * Math.log(0.2 * 6 / 100), within(1e-4));
    }

    @Test
    void impartial_weights_make_weighted_losses_one() {
        StepWeighting weighting = StepWeighting.imtlL(0.05, 100);
        BalanceState state = weighting.initialState(3);
        assertThat(weighting.factors(step(0, state, 0.2, 3, 1))).containsExactly(1, 1, 1);
        for (int i = 0; i < 3000; i++) {
            state = weighting.next(step(0, state, 0.2, 3, 1e6));
        }
        double[] factors = weighting.factors(step(0, state, 0.2, 3, 1e6));
        assertThat(factors[0] * 0.2).isCloseTo(1, within(1e-3));
        assertThat(factors[1] * 3).isCloseTo(1, within(1e-3));
        assertThat(factors[2]).isCloseTo(0.01, within(1e-12)); // the bound
        assertThat(weighting.objective(step(0, state, 0.2, 3, 1)))
                .isCloseTo(2.01 - Math.log(5 / 3.0 / 100), within(1e-4));
    }

    @Test
    void random_weights_have_a_mean_of_one_and_depend_on_the_seed() {
        StepWeighting weighting = StepWeighting.random();
        double[] sums = new double[3];
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            double[] factors = weighting.factors(new LossStep(THREE, new double[0], 0, BalanceState.nothing(), random));
            assertThat(factors[0] + factors[1] + factors[2]).isCloseTo(3, within(1e-12));
            for (int t = 0; t < 3; t++) {
                sums[t] += factors[t] / 20_000;
            }
        }
        for (double mean : sums) {
            assertThat(mean).isCloseTo(1, within(0.02)); // deviation of one factor 0.65, of the mean 0.005
        }
        assertThat(weighting.factors(step(0, BalanceState.nothing())))
                .isEqualTo(weighting.factors(step(0, BalanceState.nothing())));
    }

    @Test
    void a_loss_times_c_moves_the_geometric_gradient_by_its_root_and_the_logarithmic_not_at_all() {
        double[] losses = {0.3, 1.7, 0.9};
        double[] scaled = {8 * 0.3, 1.7, 0.9};
        double[] before = StepWeighting.geometric().factors(step(0, BalanceState.nothing(), losses));
        double[] after = StepWeighting.geometric().factors(step(0, BalanceState.nothing(), scaled));
        assertThat(after[0] * 8 / before[0]).isCloseTo(2, within(1e-12)); // of 8·L, whose gradient is 8 times as long
        assertThat(after[1] / before[1]).isCloseTo(2, within(1e-12));
        assertThat(StepWeighting.geometric().objective(step(0, BalanceState.nothing(), losses)))
                .isCloseTo(Math.cbrt(0.3 * 1.7 * 0.9), within(1e-12));
        double[] logarithmic = StepWeighting.logarithmic().factors(step(0, BalanceState.nothing(), losses));
        double[] same = StepWeighting.logarithmic().factors(step(0, BalanceState.nothing(), scaled));
        assertThat(8 * same[0]).isCloseTo(logarithmic[0], within(1e-6));
        assertThat(StepWeighting.logarithmic().factors(step(0, BalanceState.nothing(), 0, 1, 1))[0])
                .isEqualTo(1e8);
    }

    @Test
    void famo_follows_the_task_that_fell_least() {
        StepWeighting weighting = StepWeighting.famo(0.025, 0, Map.of());
        BalanceState state = weighting.initialState(3);
        double[] losses = {0.2, 1, 4};
        double[] factors = weighting.factors(step(0, state, losses));
        assertThat(factors[0] + factors[1] + factors[2]).isCloseTo(1, within(1e-12));
        assertThat(factors[0] / factors[1]).isCloseTo(5, within(1e-6)); // equal z: 1/L
        assertThat(factors[1] / factors[2]).isCloseTo(4, within(1e-6));
        // all fall by one tenth: the gradient is 0 but for rounding, and so is the step with decay 0
        state = weighting.next(step(0, state, losses), 0.18, 0.9, 3.6);
        double[] w = LearnedNumbers.values(state);
        assertThat(Math.abs(w[0]) + Math.abs(w[1]) + Math.abs(w[2])).isLessThan(0.01);
        // two fall by half, the second not at all: Adam's first steps are of the rate
        BalanceState moved = weighting.next(step(0, weighting.initialState(3), losses), 0.1, 1, 2);
        assertThat(LearnedNumbers.values(moved)).containsExactly(new double[] {-0.025, 0.025, -0.025}, within(1e-6));
        assertThat(Softmax.of(LearnedNumbers.values(moved))[1]).isGreaterThan(1 / 3.0);
        // losses of any sign, above what they cannot fall below
        StepWeighting shifted = StepWeighting.famo(0.025, 0, Map.of("age", -20.0));
        assertThat(shifted.factors(step(0, state, -19.8, 1, 4)))
                .containsExactly(weighting.factors(step(0, state, losses)), within(1e-12));
        assertThatThrownBy(() -> shifted.factors(step(0, weighting.initialState(3), -20, 1, 4)))
                .hasMessage("FAMO: the loss of task 'age' must be above -20.0, got -20.0");
        // decay alone: w shrinks
        StepWeighting decaying = StepWeighting.famo(0.025, 1e-3, Map.of());
        BalanceState one = LearnedNumbers.initial(3)
                .withByTask(new double[] {1, -1, 0}, new double[3], new double[3], new double[3]);
        assertThat(LearnedNumbers.values(decaying.next(step(0, one, losses), losses)))
                .containsExactly(new double[] {0.975, -0.975, 0}, within(1e-6));
    }

    @Test
    void the_smooth_maximum_tends_to_the_worst_task() {
        StepWeighting weighting = StepWeighting.smoothTchebycheff(0.01, 1);
        BalanceState state = weighting.next(step(0, weighting.initialState(3), 1, 2, 4));
        state = weighting.next(step(0, state, 3, 2, 4)); // nadirs 2, 2, 4
        assertThat(weighting.next(step(1, state, 9, 9, 9))).isEqualTo(state); // the warm-up is over
        assertThat(weighting.objective(step(1, state, 1, 1.9, 2))).isCloseTo(3 * Math.log(0.95), within(1e-9));
        assertThat(weighting.factors(step(1, state, 1, 1.9, 2)))
                .containsExactly(new double[] {0, 3 / 1.9, 0}, within(1e-9));
        // μ = 1: T·ln Σ L/nadir
        StepWeighting one = StepWeighting.smoothTchebycheff(1, 1);
        assertThat(one.objective(step(1, state, 1, 1.9, 2))).isCloseTo(3 * Math.log(0.5 + 0.95 + 0.5), within(1e-12));
        // losses of many orders
        assertThat(weighting.factors(step(1, state, 1e-300, 1e300, 1))).doesNotContain(Double.NaN);
    }

    @Test
    void groups_share_their_mean() {
        double[] losses = {1, 2, 4};
        // p all 1/3: v = 7/3, 7/6, 7/12
        StepWeighting three = StepWeighting.go4Align(3, 0);
        assertThat(three.factors(step(0, three.initialState(3), losses)))
                .containsExactly(new double[] {7 / 3.0, 7 / 6.0, 7 / 12.0}, within(1e-12));
        StepWeighting two = StepWeighting.go4Align(2, 0);
        assertThat(two.factors(step(0, two.initialState(3), losses)))
                .containsExactly(new double[] {7 / 3.0, 7 / 8.0, 7 / 8.0}, within(1e-12));
        StepWeighting one = StepWeighting.go4Align(1, 0);
        double mean = (7 / 3.0 + 7 / 6.0 + 7 / 12.0) / 3;
        assertThat(one.factors(step(0, one.initialState(3), losses)))
                .containsExactly(new double[] {mean, mean, mean}, within(1e-12));
        StepWeighting moving = StepWeighting.go4Align(3, 0.5);
        assertThat(moving.factors(step(0, moving.initialState(3), 2, 2, 2)))
                .containsExactly(new double[] {1, 1, 1}, within(1e-12));
        BalanceState state = moving.next(step(0, moving.initialState(3), losses));
        // p ∝ e^(−0.5·(L + L)) after a second step of the same losses
        double[] p = Softmax.of(-1, -2, -4);
        assertThat(moving.factors(step(1, state, losses)))
                .containsExactly(new double[] {7 * p[0], 3.5 * p[1], 1.75 * p[2]}, within(1e-12));
    }

    @Test
    void groups_are_the_best_of_all_partitions() {
        Random random = new Random(8);
        for (int trial = 0; trial < 200; trial++) {
            double[] values = random.doubles(6).toArray();
            double[] means = Go4Align.meansOfGroups(values, 3);
            double found = 0;
            for (int i = 0; i < 6; i++) {
                found += (values[i] - means[i]) * (values[i] - means[i]);
            }
            double least = Double.POSITIVE_INFINITY;
            for (int code = 0; code < 729; code++) { // 3⁶ ways to give six values to three groups
                List<List<Double>> groups = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
                int rest = code;
                for (double value : values) {
                    groups.get(rest % 3).add(value);
                    rest /= 3;
                }
                double sum = 0;
                for (List<Double> group : groups) {
                    double mean = group.stream().mapToDouble(v -> v).average().orElse(0);
                    sum += group.stream()
                            .mapToDouble(v -> (v - mean) * (v - mean))
                            .sum();
                }
                least = Math.min(least, sum);
            }
            assertThat(found).isCloseTo(least, within(1e-12));
        }
    }

    @Test
    void what_is_needed_is_what_a_step_costs() {
        assertThat(StepWeighting.uncertainty().needs()).isEqualTo(Known.NOTHING);
        assertThat(StepWeighting.imtlL().needs()).isEqualTo(Known.NOTHING);
        assertThat(StepWeighting.random().needs()).isEqualTo(Known.NOTHING);
        assertThat(StepWeighting.geometric().needs()).isEqualTo(Known.LOSSES);
        assertThat(StepWeighting.famo().needs()).isEqualTo(Known.LOSSES_AND_AFTER);
    }

    @Test
    void losses_and_arguments_out_of_range_are_refused_with_task_and_name() {
        for (StepWeighting weighting : List.of(
                StepWeighting.geometric(),
                StepWeighting.famo(),
                StepWeighting.smoothTchebycheff(),
                StepWeighting.go4Align())) {
            assertThatThrownBy(() -> weighting.factors(step(0, weighting.initialState(3), 1, 0, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching(".*: the loss of task 'smile' must be above 0(\\.0)?, got 0.0");
        }
        assertThatThrownBy(() -> StepWeighting.logarithmic().factors(step(0, BalanceState.nothing(), 1, 1, Double.NaN)))
                .hasMessage("Logarithmic weighting: the loss of task 'tags' must be at least 0, got NaN");
        assertThatThrownBy(() -> StepWeighting.uncertainty(0, 2)).hasMessageContaining("learning rate");
        assertThatThrownBy(() -> StepWeighting.uncertainty(1, 1))
                .hasMessage("Uncertainty weighting: bound must be finite and above 1, got 1.0");
        assertThatThrownBy(() -> StepWeighting.imtlL(1, Double.NaN)).hasMessageContaining("IMTL-L: bound");
        assertThatThrownBy(() -> StepWeighting.famo(1, -1, Map.of())).hasMessageContaining("FAMO: decay");
        assertThatThrownBy(() -> StepWeighting.smoothTchebycheff(0, 1)).hasMessageContaining("STCH: mu");
        assertThatThrownBy(() -> StepWeighting.smoothTchebycheff(1, 0)).hasMessageContaining("warm-up");
        assertThatThrownBy(() -> StepWeighting.go4Align(0, 0)).hasMessageContaining("GO4Align: groups");
        assertThatThrownBy(() -> step(0, BalanceState.nothing(), 1, 2)).hasMessage("LossStep: 2 losses for 3 tasks");
    }

    @Test
    void a_task_that_takes_no_part_keeps_what_is_remembered_of_it() {
        StepWeighting weighting = StepWeighting.imtlL(0.05, 100);
        BalanceState all = weighting.initialState(3);
        int[] there = {2, 0};
        BalanceState part = all.of(there);
        BalanceState next = weighting.next(
                new LossStep(List.of(LABELS, REGRESSION), new double[] {3, 0.1}, 0, part, new Random(1)));
        double[] values = LearnedNumbers.values(all.after(next, there));
        assertThat(values).containsExactly(new double[] {0.05, 0, -0.05}, within(1e-8));
        assertThatThrownBy(() -> all.after(BalanceState.nothing(), there))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has another form");
    }

    private static LossStep step(int epoch, BalanceState state, double... losses) {
        return new LossStep(THREE, losses, epoch, state, new Random(1));
    }
}
