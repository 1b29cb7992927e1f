package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mtl4j.balance.BalanceCheck.Promise.LOSS_SCALE;
import static org.mtl4j.balance.BalanceCheck.Promise.PERMUTATION;
import static org.mtl4j.balance.BalanceCheck.Promise.SCALE;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mtl4j.balance.SharedGradients.Kind;
import org.mtl4j.balance.SharedGradients.Part;
import org.mtl4j.internal.linear.Simplex;

/** Balances that see the gradients, and what they see. */
class SharedGradientsTest {
    private static final List<Part> STITCHED = List.of(
            new Part("a/fc1", Kind.LAYER, 0, 2),
            new Part("b/fc1", Kind.LAYER, 2, 2),
            new Part("a/fc2", Kind.LAYER, 4, 1),
            new Part("b/fc2", Kind.LAYER, 5, 1),
            new Part("a/fc2:stitch", Kind.UNIT, 6, 1));

    private static GradientStep step(BalanceState state, double[][] rows, double... losses) {
        TaskVectors vectors = TaskVectors.ofRows(rows);
        return new GradientStep(
                vectors.gramian(),
                losses,
                state,
                new Random(3),
                Optional.of(
                        new SharedGradients(vectors, List.of(new Part("all/fc", Kind.LAYER, 0, vectors.length())))));
    }

    @Test
    void parts_are_found_by_the_layer_of_one_tower_or_of_all() {
        SharedGradients gradients =
                new SharedGradients(TaskVectors.ofRows(new double[] {1, 2, 3, 4, 3, 4, 9}), STITCHED);
        assertThat(gradients.called("a/fc1")).containsExactly(STITCHED.get(0));
        assertThat(gradients.called("fc1")).containsExactly(STITCHED.get(0), STITCHED.get(1));
        assertThat(gradients.lastLayer()).containsExactly(STITCHED.get(2), STITCHED.get(3));
        assertThat(gradients.norm(0, gradients.lastLayer())).isCloseTo(5, within(1e-15));
        assertThatThrownBy(() -> gradients.called("fc3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no layer 'fc3' among what tasks share: [a/fc1, b/fc1, a/fc2, b/fc2, a/fc2:stitch]");
        SharedGradients units = new SharedGradients(
                TaskVectors.ofRows(new double[] {1}), List.of(new Part("a/fc:stitch", Kind.UNIT, 0, 1)));
        assertThat(units.lastLayer()).hasSize(1);
    }

    @Test
    void parts_that_do_not_make_up_a_row_are_refused() {
        assertThatThrownBy(() -> new SharedGradients(TaskVectors.zeros(2, 8), STITCHED))
                .hasMessage("SharedGradients: parts of 7 numbers, rows of 8");
        assertThatThrownBy(() -> new SharedGradients(TaskVectors.zeros(2, 2), STITCHED.subList(1, 2)))
                .hasMessage("SharedGradients: 'b/fc1' begins at 2, and what is before ends at 0");
        assertThatThrownBy(() -> TaskVectors.ofRows(new double[2], new double[3]))
                .hasMessage("TaskVectors: rows 0 and 1 have 2 and 3 numbers");
        assertThatThrownBy(() -> TaskVectors.zeros(2, 2).combined(1)).hasMessage("TaskVectors: 1 weights for 2 rows");
        GradientStep gramianOnly = new GradientStep(
                TaskVectors.zeros(1, 1).gramian(), new double[1], BalanceState.nothing(), new Random(1));
        assertThatThrownBy(gramianOnly::gradients)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the step has the Gramian alone: let needsGradients() of the balance answer true");
    }

    @Test
    void a_state_of_vectors_knows_some_of_its_tasks() {
        BalanceState state = BalanceState.byTask(new double[] {1, 2, 3})
                .withByParameter(TaskVectors.ofRows(new double[] {1, 2}, new double[] {3, 4}, new double[] {5, 6}));
        BalanceState part = state.of(2, 0);
        assertThat(part.byParameter(0).row(0)).containsExactly(5, 6);
        BalanceState after =
                state.after(part.withByParameter(TaskVectors.ofRows(new double[] {7, 8}, new double[] {9, 9})), 2, 0);
        assertThat(after.byParameter(0))
                .isEqualTo(TaskVectors.ofRows(new double[] {9, 9}, new double[] {3, 4}, new double[] {7, 8}));
        assertThat(after).isNotEqualTo(state);
        assertThatThrownBy(() -> state.after(part.withByParameter(TaskVectors.zeros(2, 3)), 2, 0))
                .hasMessageContaining("the state after the step has another form")
                .hasMessageContaining("by parameter [2 rows of 3 numbers]");
    }

    @Test
    void equal_lengths_and_rates_leave_weights_at_1() {
        GradientBalance balance = GradientBalance.gradNorm();
        BalanceState state = balance.initialState(2, 2);
        for (int i = 0; i < 5; i++) {
            BalancedStep answer =
                    balance.balance(step(state, new double[][] {{3, 4}, {0, -5}}, 2.0 / (i + 1), 6.0 / (i + 1)));
            assertThat(answer.weights()).containsExactly(1, 1);
            state = answer.state();
        }
    }

    /** Gradients that stay: weighted lengths come to be equal, up to the size of a step; weights keep their sum. */
    @Test
    void weighted_lengths_become_equal_where_rates_do_not_matter() {
        GradientBalance balance = GradientBalance.gradNorm(0, 0.01, "all/fc");
        double[][] rows = {{1, 0, 0}, {0, 3, 0}, {0, 0, 6}};
        BalanceState state = balance.initialState(3, 3);
        double[] weights = {};
        for (int i = 0; i < 2000; i++) {
            BalancedStep answer = balance.balance(step(state, rows, 1, 1, 1));
            state = answer.state();
            weights = answer.weights();
        }
        assertThat(weights[0] + weights[1] + weights[2]).isCloseTo(3, within(1e-12));
        // 1/n_i, scaled to a sum of 3: 2, 2/3, 1/3
        assertThat(weights[0]).isCloseTo(2, within(0.1));
        assertThat(weights[1]).isCloseTo(2.0 / 3, within(0.05));
        assertThat(weights[2]).isCloseTo(1.0 / 3, within(0.05));
    }

    @Test
    void a_task_that_trains_slowly_gains_weight() {
        GradientBalance balance = GradientBalance.gradNorm();
        double[][] rows = {{1, 0}, {0, 1}};
        BalanceState state = balance.initialState(2, 2);
        double[] weights = {};
        for (int i = 0; i < 20; i++) {
            BalancedStep answer = balance.balance(step(state, rows, Math.exp(-0.1 * i), 5));
            state = answer.state();
            weights = answer.weights();
        }
        assertThat(weights[1]).isGreaterThan(1.2).isLessThan(2);
        assertThat(weights[0] + weights[1]).isCloseTo(2, within(1e-12));
    }

    @Test
    void signs_that_agree_are_added_and_others_kept_as_often_as_they_weigh() {
        double[][] agree = {{1, -2, 0}, {3, -1, 0}};
        BalancedStep added = GradientBalance.gradDrop().balance(step(BalanceState.nothing(), agree, 1, 1));
        assertThat(added.direction()).containsExactly(4, -3, 0);
        assertThat(added.weights()).containsExactly(1, 1);
        int size = 20_000;
        double[][] conflict = new double[2][size];
        Arrays.fill(conflict[0], 3);
        Arrays.fill(conflict[1], -1);
        double[] direction = GradientBalance.gradDrop()
                .balance(step(BalanceState.nothing(), conflict, 1, 1))
                .direction();
        assertThat(direction).containsOnly(3, -1);
        // p = (1 + 2/4)/2; three standard deviations of a share of 20,000 are 0.009
        assertThat(Arrays.stream(direction).filter(d -> d > 0).count() / (double) size)
                .isCloseTo(0.75, within(0.01));
        assertThat(GradientBalance.gradDrop(1)
                        .balance(step(BalanceState.nothing(), conflict, 1, 1))
                        .direction())
                .containsOnly(2);
    }

    @Test
    void averaged_gradients_are_made_as_long_as_the_longest_and_scales_of_losses_do_not_matter() {
        GradientBalance balance = GradientBalance.dbMtl();
        Random random = new Random(5);
        double[][][] steps = new double[3][2][6];
        for (double[][] rows : steps) {
            for (double[] row : rows) {
                Arrays.setAll(row, k -> random.nextGaussian());
            }
        }
        double[][] found = new double[2][];
        for (int trial = 0; trial < 2; trial++) {
            double scale = trial == 0 ? 1 : 1000;
            BalanceState state = balance.initialState(2, 6);
            for (double[][] rows : steps) {
                double[] scaled = Arrays.stream(rows[1]).map(g -> scale * g).toArray();
                BalancedStep answer = balance.balance(step(state, new double[][] {rows[0], scaled}, 2, 3 * scale));
                state = answer.state();
                found[trial] = answer.direction();
            }
            TaskVectors averages = state.byParameter(0);
            double longest = Math.max(averages.norm(0), averages.norm(1));
            double[] expected = averages.combined(longest / averages.norm(0), longest / averages.norm(1));
            assertThat(found[trial]).containsExactly(expected, within(1e-7));
        }
        assertThat(found[1]).containsExactly(found[0], within(1e-6));
    }

    @Test
    void equal_excesses_leave_weights_and_larger_ones_raise_them() {
        GradientBalance balance = GradientBalance.excessMtl(0.1);
        BalanceState equal = balance.initialState(2, 2);
        BalanceState apart = equal;
        BalancedStep answer = null;
        for (int i = 0; i < 4; i++) {
            equal = balance.balance(step(equal, new double[][] {{1, 0}, {0, 1}}, 1, 1))
                    .state();
            double shrinking = Math.pow(0.5, i);
            answer = balance.balance(step(apart, new double[][] {{shrinking, 0}, {0, 1}}, 1, 1));
            apart = answer.state();
        }
        assertThat(equal.byTask(0)).containsExactly(new double[] {1, 1}, within(1e-15));
        assertThat(answer.weights()[1]).isGreaterThan(1.05);
        assertThat(answer.weights()[0] + answer.weights()[1]).isCloseTo(2, within(1e-14));
    }

    /** With losses as large as the gradients are long, the scaling of the authors' program changes nothing. */
    @Test
    void tracked_gradients_that_stay_come_to_the_direction_of_MGDA() {
        Random random = new Random(6);
        for (int trial = 0; trial < 30; trial++) {
            int tasks = 2 + trial % 2;
            double[][] rows = new double[tasks][5];
            for (double[] row : rows) {
                Arrays.setAll(row, k -> random.nextGaussian());
            }
            TaskVectors vectors = TaskVectors.ofRows(rows);
            double[] losses = new double[tasks];
            Arrays.setAll(losses, vectors::norm);
            GradientBalance balance = GradientBalance.moCo(0.5, 0.05, 0, 0);
            BalanceState state = balance.initialState(tasks, 5);
            double[] direction = {};
            for (int i = 0; i < 3000; i++) {
                BalancedStep answer = balance.balance(step(state, rows, losses));
                state = answer.state();
                direction = answer.direction();
            }
            double[] shortest = vectors.combined(GradientBalanceTest.weights(GradientBalance.mgda(), rows));
            assertThat(direction).containsExactly(shortest, within(1e-5));
        }
    }

    @Test
    void weights_keep_their_sum_where_a_task_takes_no_part() {
        for (GradientBalance balance :
                List.of(GradientBalance.gradNorm(), GradientBalance.excessMtl(0.5), GradientBalance.moCo())) {
            BalanceState state = balance.initialState(3, 2);
            double before = Arrays.stream(state.byTask(0)).sum();
            double[][] rows = {{1, 2}, {-3, 1}, {0.5, 0.1}};
            for (int i = 0; i < 5; i++) {
                state = balance.balance(step(state, rows, 1, 2, 0.5)).state();
            }
            double kept = state.byTask(0)[1];
            double[][] two = {rows[0], rows[2]};
            for (int i = 0; i < 5; i++) {
                state = state.after(
                        balance.balance(step(state.of(0, 2), two, 0.8, 0.6)).state(), 0, 2);
            }
            assertThat(state.byTask(0)[1]).isEqualTo(kept);
            assertThat(Arrays.stream(state.byTask(0)).sum()).isCloseTo(before, within(1e-12));
            assertThat(Arrays.stream(state.byTask(0)).min().orElseThrow()).isNotNegative();
        }
    }

    @Test
    void what_the_authors_promise_holds() {
        BalanceCheck.of(GradientBalance.gradNorm())
                .promising(PERMUTATION, SCALE)
                .withSeed(51)
                .assertHolds();
        BalanceCheck.of(GradientBalance.gradDrop())
                .promising(PERMUTATION, SCALE)
                .withSeed(52)
                .assertHolds();
        BalanceCheck.of(GradientBalance.dbMtl())
                .promising(PERMUTATION, SCALE, LOSS_SCALE)
                .withSeed(53)
                .assertHolds();
        BalanceCheck.of(GradientBalance.excessMtl())
                .promising(PERMUTATION, SCALE)
                .withSeed(54)
                .assertHolds();
        BalanceCheck.of(GradientBalance.moCo())
                .promising(PERMUTATION)
                .withSeed(55)
                .assertHolds();
    }

    @Test
    void the_nearest_point_of_the_simplex_is_found() {
        assertThat(Simplex.projected(new double[] {0.2, 0.3}, 1))
                .containsExactly(new double[] {0.45, 0.55}, within(1e-15));
        assertThat(Simplex.projected(new double[] {5, 0}, 1)).containsExactly(1, 0);
        Random random = new Random(8);
        for (int trial = 0; trial < 500; trial++) {
            double[] x = random.doubles(1 + random.nextInt(6), -2, 2).toArray();
            double[] point = Simplex.projected(x, 0.7);
            assertThat(Arrays.stream(point).sum()).isCloseTo(0.7, within(1e-12));
            // Karush, Kuhn, Tucker: x − point is the same wherever the point is above 0, and no larger elsewhere
            double shift = Double.NaN;
            for (int i = 0; i < x.length; i++) {
                shift = point[i] > 0 ? x[i] - point[i] : shift;
            }
            for (int i = 0; i < x.length; i++) {
                assertThat(point[i]).isNotNegative();
                assertThat(x[i] - point[i]).isLessThanOrEqualTo(shift + 1e-12);
                if (point[i] > 0) {
                    assertThat(x[i] - point[i]).isCloseTo(shift, within(1e-12));
                }
            }
        }
    }

    @Test
    void arguments_and_losses_out_of_range_are_refused() {
        assertThatThrownBy(() -> GradientBalance.gradNorm(-1, 0.1, "fc")).hasMessageContaining("GradNorm: alpha");
        assertThatThrownBy(() -> GradientBalance.gradNorm(1, 0, "fc")).hasMessageContaining("GradNorm: learning rate");
        assertThatThrownBy(() -> GradientBalance.gradDrop(1.5)).hasMessageContaining("GradDrop: leak");
        assertThatThrownBy(() -> GradientBalance.dbMtl(1, 0)).hasMessageContaining("DB-MTL: beta");
        assertThatThrownBy(() -> GradientBalance.dbMtl(0.5, -1)).hasMessageContaining("DB-MTL: sigma");
        assertThatThrownBy(() -> GradientBalance.excessMtl(Double.NaN)).hasMessageContaining("ExcessMTL: rate");
        assertThatThrownBy(() -> GradientBalance.moCo(0, 1, 0, 0)).hasMessageContaining("MoCo: beta");
        assertThatThrownBy(() -> GradientBalance.moCo(1, 0, 0, 0)).hasMessageContaining("MoCo: gamma");
        for (GradientBalance balance :
                List.of(GradientBalance.gradNorm(), GradientBalance.dbMtl(), GradientBalance.moCo())) {
            assertThatThrownBy(
                            () -> balance.balance(step(balance.initialState(2, 1), new double[][] {{1}, {2}}, 1, -0.5)))
                    .hasMessageEndingWith("losses must be at least 0, got [1.0, -0.5]");
        }
    }
}
