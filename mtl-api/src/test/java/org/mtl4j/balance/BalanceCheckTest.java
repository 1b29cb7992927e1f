package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mtl4j.balance.BalanceCheck.Promise.LOSS_SCALE;
import static org.mtl4j.balance.BalanceCheck.Promise.NO_CONFLICT;
import static org.mtl4j.balance.BalanceCheck.Promise.PERMUTATION;
import static org.mtl4j.balance.BalanceCheck.Promise.SCALE;
import static org.mtl4j.balance.BalanceCheck.Promise.STATIONARITY;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.balance.BalanceCheck.Promise;

class BalanceCheckTest {
    private static final int THOUSANDS = 1000;

    static Stream<Arguments> promises() {
        return Stream.of(
                promised(GradientBalance.mgda(), 1e-6, NO_CONFLICT, PERMUTATION, SCALE, STATIONARITY),
                promised(GradientBalance.mgda(GradientNormalization.L2), 1e-6, PERMUTATION, SCALE, LOSS_SCALE),
                promised(GradientBalance.pcGrad(), 1e-6, SCALE),
                promised(GradientBalance.gradVac(), 1e-6, SCALE),
                promised(GradientBalance.caGrad(), 1e-6, PERMUTATION, SCALE),
                promised(GradientBalance.caGrad(1.5), 1e-6, NO_CONFLICT, PERMUTATION, SCALE),
                promised(GradientBalance.imtlG(), 1e-6, PERMUTATION, SCALE),
                promised(GradientBalance.nashMtl(), 1e-6, NO_CONFLICT, PERMUTATION, SCALE, LOSS_SCALE, STATIONARITY),
                promised(GradientBalance.fairGrad(1), 1e-6, NO_CONFLICT, PERMUTATION, SCALE, LOSS_SCALE, STATIONARITY),
                promised(GradientBalance.fairGrad(2), 1e-6, NO_CONFLICT, PERMUTATION, SCALE, STATIONARITY),
                promised(GradientBalance.alignedMtl(), 1e-6, PERMUTATION, SCALE),
                promised(GradientBalance.upGrad(), 1e-6, PERMUTATION, SCALE),
                promised(GradientBalance.dualProj(), 1e-6, PERMUTATION, SCALE),
                promised(GradientBalance.conFig(), 1e-6, PERMUTATION, SCALE));
    }

    private static Arguments promised(GradientBalance balance, double tolerance, Promise... promises) {
        return Arguments.of(balance, tolerance, promises);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("promises")
    void what_the_authors_promise_holds(GradientBalance balance, double tolerance, Promise[] promises) {
        BalanceCheck.of(balance)
                .promising(promises)
                .withTolerance(tolerance)
                .withTrials(THOUSANDS)
                .withSeed(27)
                .assertHolds();
    }

    @Test
    void impartial_directions_keep_theirs_on_independent_gradients() {
        for (GradientBalance balance : new GradientBalance[] {GradientBalance.imtlG(), GradientBalance.conFig()}) {
            BalanceCheck.of(balance)
                    .promising(NO_CONFLICT, PERMUTATION, SCALE, LOSS_SCALE)
                    .onIndependentGradients()
                    .withTrials(THOUSANDS)
                    .withSeed(28)
                    .assertHolds();
        }
    }

    @Test
    void a_promise_that_is_not_kept_is_found_with_the_gradients() {
        GradientBalance sum = step -> step.balanced(filled(step.size(), 1));
        assertThat(BalanceCheck.of(sum).promising(PERMUTATION, SCALE).failures())
                .isEmpty();
        assertThat(BalanceCheck.of(sum).promising(NO_CONFLICT).failures()).hasSize(10);
        assertThat(BalanceCheck.of(sum).promising(LOSS_SCALE).failures().get(0))
                .startsWith("d turns when one gradient are multiplied by [")
                .contains("(gradients [[");
        assertThat(BalanceCheck.of(sum).promising(STATIONARITY).failures().get(0))
                .matches("a convex combination is 0, and d is \\d.* long .*");
        GradientBalance first = step -> {
            double[] weights = filled(step.size(), 1);
            weights[0] = 2;
            return step.balanced(weights);
        };
        assertThat(BalanceCheck.of(first).promising(PERMUTATION).failures().get(0))
                .startsWith("the order of the tasks matters: d is [");
        GradientBalance smallOnes =
                step -> step.balanced(filled(step.size(), step.gramian().trace() < 1 ? 1 : 0));
        assertThat(BalanceCheck.of(smallOnes).failures()).isEmpty();
    }

    @Test
    void what_every_balance_has_to_keep_is_looked_at() {
        assertThat(BalanceCheck.of(step -> step.balanced(1)).failures().get(0)).matches("1 weights for \\d tasks .*");
        assertThat(BalanceCheck.of(step -> step.balanced(filled(step.size(), Double.NaN)))
                        .failures()
                        .get(0))
                .startsWith("weights must be finite, got [NaN");
        double[] calls = {0};
        assertThat(BalanceCheck.of(step -> step.balanced(filled(step.size(), calls[0]++)))
                        .failures()
                        .get(0))
                .startsWith("the same step gives [");
        assertThat(BalanceCheck.of(step -> new BalancedStep(
                                filled(step.size(), 1), step.state().withNumbers(1)))
                        .failures()
                        .get(0))
                .startsWith("the state changes its form from by task []");
        assertThatThrownBy(() -> BalanceCheck.of(step -> step.balanced()).assertHolds())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("10 failures")
                .hasMessageContaining("0 weights for ");
    }

    private static double[] filled(int tasks, double weight) {
        double[] weights = new double[tasks];
        Arrays.fill(weights, weight);
        return weights;
    }
}
