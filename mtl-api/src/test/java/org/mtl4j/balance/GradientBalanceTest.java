package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GradientBalanceTest {
    /** The rows of TorchJD's tests/unit/aggregation/test_values.py; d is known from there to four digits. */
    private static final double[][] PUBLISHED = {{-4, 1, 1}, {6, 1, 1}};

    static Stream<Arguments> published() {
        return Stream.of(
                Arguments.of(GradientBalance.mgda(), 0, 1),
                Arguments.of(GradientBalance.pcGrad(), .5848, 3.8012),
                Arguments.of(GradientBalance.upGrad(), .2929, 1.9004),
                Arguments.of(GradientBalance.dualProj(), .5563, 1.1109),
                Arguments.of(GradientBalance.caGrad(), .1835, 1.2041),
                Arguments.of(GradientBalance.imtlG(), .0767, 1),
                Arguments.of(GradientBalance.fairGrad(1), .0766, .9985),
                Arguments.of(GradientBalance.fairGrad(2), .0313, .7908),
                Arguments.of(GradientBalance.nashMtl(), .0542, .7061),
                Arguments.of(GradientBalance.alignedMtl(), .2133, .9673),
                Arguments.of(GradientBalance.conFig(), .1588, 2.0706),
                Arguments.of(GradientBalance.gradVac(), .5848, 3.8012));
    }

    @ParameterizedTest(name = "{0}: d = [{1}, {2}, {2}]")
    @MethodSource("published")
    void directions_are_those_of_TorchJD(GradientBalance balance, double first, double others) {
        double[] direction = direction(PUBLISHED, weights(balance, PUBLISHED));
        assertThat(direction[0]).isCloseTo(first, within(6e-5)); // four digits, truncated or rounded
        assertThat(direction[1]).isCloseTo(others, within(6e-5));
        assertThat(direction[2]).isCloseTo(others, within(6e-5));
    }

    /** Formulas of METHODS-2, 3.3, row by row; the least that every answer has to satisfy. */
    @Test
    void equations_hold_on_thousands_of_random_gradients() {
        Random random = new Random(31);
        for (int trial = 0; trial < 1000; trial++) {
            int tasks = 2 + random.nextInt(5);
            double[][] rows = new double[tasks][tasks + random.nextInt(4)];
            for (double[] row : rows) {
                double scale = Math.pow(10, random.nextInt(5) - 2);
                for (int k = 0; k < row.length; k++) {
                    row[k] = scale * random.nextGaussian();
                }
            }
            Gramian gramian = Gramian.ofRows(rows);
            double trace = gramian.trace();

            double[] shortest = weights(GradientBalance.mgda(), rows);
            double square = gramian.norm(shortest) * gramian.norm(shortest);
            double[] products = gramian.times(shortest);
            double sum = 0;
            for (int i = 0; i < tasks; i++) {
                sum += shortest[i];
                assertThat(shortest[i]).isBetween(0.0, 1 + 1e-15);
                assertThat(products[i]).isGreaterThan(square - 1e-9 * trace); // Karush, Kuhn, Tucker
                assertThat(shortest[i] * (products[i] - square)).isCloseTo(0, within(1e-9 * trace));
            }
            assertThat(sum).isCloseTo(1, within(1e-12));

            double[] nash = weights(GradientBalance.nashMtl(Double.POSITIVE_INFINITY, 1), rows);
            double[] fair = weights(GradientBalance.fairGrad(2), rows);
            double[] nashProducts = gramian.times(nash);
            double[] fairProducts = gramian.times(fair);
            double[] config = weights(GradientBalance.conFig(), rows);
            double[] configProducts = gramian.times(config);
            double[] up = weights(GradientBalance.upGrad(), rows);
            double[] upProducts = gramian.times(up);
            double[] dual = weights(GradientBalance.dualProj(), rows);
            double[] dualProducts = gramian.times(dual);
            for (int i = 0; i < tasks; i++) {
                double longest = 0;
                for (int j = 0; j < tasks; j++) {
                    longest = Math.max(longest, nash[j] * gramian.norm(j));
                }
                // the ridge of 1e-10 moves the first equation by 1e-10 of y², where y is the weight of a unit gradient
                assertThat(nash[i] * nashProducts[i]).isCloseTo(1, within(1e-7 + 2e-10 * longest * longest));
                assertThat(fairProducts[i] * fairProducts[i] * fair[i])
                        .isCloseTo(1, within(1e-5 * (1 + longest * longest)));
                assertThat(configProducts[i] / gramian.norm(i))
                        .isCloseTo(configProducts[0] / gramian.norm(0), within(1e-6 * gramian.norm(config)));
                assertThat(upProducts[i]).isGreaterThan(-1.0001e-4 * trace * up[i] - 1e-12 * trace);
                assertThat(dualProducts[i]).isGreaterThan(-1.0001e-4 * trace * dual[i] - 1e-12 * trace);
                assertThat(up[i]).isGreaterThanOrEqualTo(1.0 / tasks);
                assertThat(dual[i]).isGreaterThanOrEqualTo(1.0 / tasks);
            }

            double[] mean = new double[tasks];
            Arrays.fill(mean, 1.0 / tasks);
            double[] averse = weights(GradientBalance.caGrad(0.4), rows);
            for (int i = 0; i < tasks; i++) {
                averse[i] -= mean[i];
            }
            assertThat(gramian.norm(averse)).isCloseTo(0.4 * gramian.norm(mean), within(1e-5 * Math.sqrt(trace)));
        }
    }

    /** Against all weights of a grid over the simplex, for two and three tasks. */
    @Test
    void minima_over_the_simplex_are_as_low_as_any_of_a_grid() {
        Random random = new Random(32);
        for (int trial = 0; trial < 80; trial++) {
            int tasks = 2 + trial % 2;
            double[][] rows = new double[tasks][1 + random.nextInt(4)];
            for (double[] row : rows) {
                for (int k = 0; k < row.length; k++) {
                    row[k] = random.nextGaussian();
                }
            }
            Gramian gramian = Gramian.ofRows(rows);
            double[] mean = new double[tasks];
            Arrays.fill(mean, 1.0 / tasks);
            double radius = 0.7 * gramian.norm(mean);
            double[] withMean = gramian.times(mean);
            double shortest = Double.POSITIVE_INFINITY;
            double worst = Double.POSITIVE_INFINITY;
            int steps = tasks == 2 ? 2000 : 120;
            for (int a = 0; a <= steps; a++) {
                for (int b = 0; b <= (tasks == 2 ? 0 : steps - a); b++) {
                    double[] w = tasks == 2
                            ? new double[] {a / (double) steps, 1 - a / (double) steps}
                            : new double[] {a / (double) steps, b / (double) steps, (steps - a - b) / (double) steps};
                    double product = 0;
                    for (int i = 0; i < tasks; i++) {
                        product += w[i] * withMean[i];
                    }
                    shortest = Math.min(shortest, gramian.norm(w));
                    worst = Math.min(worst, product + radius * gramian.norm(w));
                }
            }
            assertThat(gramian.norm(weights(GradientBalance.mgda(), rows))).isLessThan(shortest + 1e-6);
            // CAGrad's least product of a gradient with d is the dual's minimum
            double[] products = gramian.times(weights(GradientBalance.caGrad(0.7), rows));
            assertThat(Arrays.stream(products).min().orElseThrow())
                    .isCloseTo(worst, within(2e-2))
                    .isLessThan(worst + 1e-5);
        }
    }

    @Test
    void gradients_without_conflict_are_added_or_averaged() {
        double[][] rows = {{2, 0, 1}, {1, 1, 0}, {0, 3, 1}};
        assertThat(weights(GradientBalance.pcGrad(), rows)).containsExactly(1, 1, 1);
        assertThat(weights(GradientBalance.upGrad(), rows)).containsExactly(1 / 3.0, 1 / 3.0, 1 / 3.0);
        assertThat(weights(GradientBalance.dualProj(), rows)).containsExactly(1 / 3.0, 1 / 3.0, 1 / 3.0);
        assertThat(weights(GradientBalance.caGrad(0), rows)).containsExactly(1 / 3.0, 1 / 3.0, 1 / 3.0);
        double[][] orthonormal = {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}};
        for (double weight : weights(GradientBalance.alignedMtl(), orthonormal)) {
            assertThat(weight).isCloseTo(1 / 3.0, within(1e-15));
        }
    }

    @Test
    void one_task_is_left_as_it_is_up_to_its_length() {
        double[][] one = {{3, 4}};
        assertThat(weights(GradientBalance.mgda(), one)).containsExactly(1);
        assertThat(weights(GradientBalance.pcGrad(), one)).containsExactly(1);
        assertThat(weights(GradientBalance.imtlG(), one)).containsExactly(1);
        assertThat(weights(GradientBalance.dualProj(), one)).containsExactly(1);
        assertThat(weights(GradientBalance.upGrad(), one)).containsExactly(1);
        assertThat(weights(GradientBalance.conFig(), one)[0]).isCloseTo(1, within(1e-15));
        assertThat(weights(GradientBalance.alignedMtl(), one)[0]).isCloseTo(1, within(1e-15));
        assertThat(weights(GradientBalance.nashMtl(), one)[0]).isCloseTo(0.2, within(1e-10)); // ‖d‖ = 1
        assertThat(weights(GradientBalance.caGrad(), one)[0]).isCloseTo(1.5, within(1e-9)); // (1 + c)·g
    }

    /** Three Gaussian gradients of three numbers: the raw weights of some 3 % have a negative sum. */
    @Test
    void impartial_weights_with_a_negative_sum_do_not_turn_the_direction_round() {
        Random random = new Random(33);
        int negative = 0;
        for (int trial = 0; trial < 4_000; trial++) {
            double[][] rows = new double[3][3];
            for (double[] row : rows) {
                for (int k = 0; k < 3; k++) {
                    row[k] = random.nextGaussian();
                }
            }
            Gramian gramian = Gramian.ofRows(rows);
            double[] weights = weights(GradientBalance.imtlG(), rows);
            double sum = weights[0] + weights[1] + weights[2];
            negative += sum < 0 ? 1 : 0;
            double[] products = gramian.times(weights);
            for (int i = 0; i < 3; i++) {
                assertThat(products[i]).isGreaterThan(-1e-9);
            }
            assertThat(Math.abs(weights[0]) + Math.abs(weights[1]) + Math.abs(weights[2]))
                    .isLessThan(10 + 1e-9);
        }
        assertThat(negative).isBetween(80, 220);
    }

    @Test
    void a_remembered_cosine_is_reached() {
        double[][] rows = {{1, 0, 0.2}, {-0.5, 2, 0}};
        GradientBalance balance = GradientBalance.gradVac(0.5);
        double cosine = -0.5 / Math.sqrt(1.04 * 4.25);
        GradientStep first = step(balance, rows, 1);
        BalancedStep answer = balance.balance(first);
        assertThat(answer.weights()).containsExactly(weights(GradientBalance.pcGrad(), rows), within(1e-12));
        assertThat(answer.state().byPair(0)[0][1]).isCloseTo(cosine / 2, within(1e-12));
        // remembered .6: both gradients are turned until their cosine with the other one is .6
        double[][] wanted = {{0, .6}, {.6, 0}};
        double[] weights = balance.balance(new GradientStep(
                        first.gramian(), first.losses(), BalanceState.nothing().withByPair(wanted), first.random()))
                .weights();
        double n1 = Math.sqrt(1.04);
        double n2 = Math.sqrt(4.25);
        double lift = (.6 * Math.sqrt(1 - cosine * cosine) - cosine * .8) / .8;
        assertThat(weights[0]).isCloseTo(1 + n2 / n1 * lift, within(1e-12));
        assertThat(weights[1]).isCloseTo(1 + n1 / n2 * lift, within(1e-12));
    }

    @Test
    void nash_weights_are_kept_for_some_steps() {
        GradientBalance balance = GradientBalance.nashMtl(1, 3);
        double[][] rows = {{1, 0}, {0, 1}};
        double[][] others = {{1, 0}, {0, 4}};
        BalanceState state = balance.initialState(2);
        double[] kept = null;
        for (int i = 0; i < 4; i++) {
            double[][] now = i == 0 ? rows : others;
            BalancedStep answer =
                    balance.balance(new GradientStep(Gramian.ofRows(now), new double[2], state, new Random(1)));
            state = answer.state();
            double[] w = answer.weights();
            if (i == 0) {
                kept = w;
                assertThat(w[0]).isCloseTo(Math.sqrt(0.5), within(1e-9)); // (1, 1), shortened to 1
            } else if (i < 3) {
                assertThat(w[0] / w[1]).isCloseTo(1, within(1e-9));
            } else {
                assertThat(w[0] / w[1]).isCloseTo(4, within(1e-9)); // found anew
            }
        }
        assertThat(kept).isNotNull();
    }

    @Test
    void arguments_out_of_range_are_refused_with_their_names() {
        assertThatThrownBy(() -> GradientBalance.gradVac(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("GradVac: decay must be in (0, 1], got 0.0");
        assertThatThrownBy(() -> GradientBalance.caGrad(-1)).hasMessageContaining("CAGrad: c must be");
        assertThatThrownBy(() -> GradientBalance.nashMtl(Double.NaN, 1)).hasMessageContaining("above 0, got NaN");
        assertThatThrownBy(() -> GradientBalance.nashMtl(1, 0)).hasMessageContaining("at least 1, got 0");
        assertThatThrownBy(() -> GradientBalance.fairGrad(Double.POSITIVE_INFINITY))
                .hasMessageContaining("alpha");
        assertThatThrownBy(() -> Gramian.of(new double[][] {{1, 2}, {3, 4}}))
                .hasMessage("Gramian: elements [0][1] and [1][0] must be equal, got 2.0 and 3.0");
        assertThatThrownBy(() -> Gramian.of(new double[][] {{1, 2}})).hasMessage("Gramian: row 0 has 2 elements of 1");
        assertThatThrownBy(() -> Gramian.of(new double[][] {{-1}})).hasMessageContaining("at least 0, got -1.0");
        assertThatThrownBy(() -> Gramian.of(new double[][] {{Double.POSITIVE_INFINITY}}))
                .hasMessageContaining("must be finite");
        assertThatThrownBy(() -> Gramian.of(new double[0][])).hasMessageContaining("at least one task");
    }

    static double[] weights(GradientBalance balance, double[][] rows) {
        return balance.balance(step(balance, rows, 1)).weights();
    }

    static GradientStep step(GradientBalance balance, double[][] rows, long seed) {
        double[] losses = new double[rows.length];
        Arrays.fill(losses, 1);
        return new GradientStep(Gramian.ofRows(rows), losses, balance.initialState(rows.length), new Random(seed));
    }

    static double[] direction(double[][] rows, double[] weights) {
        double[] direction = new double[rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            for (int k = 0; k < direction.length; k++) {
                direction[k] += weights[i] * rows[i][k];
            }
        }
        return direction;
    }
}
