package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.testing.Golden;
import org.nd4j.shade.jackson.databind.JsonNode;

class DSelectTest {
    static Stream<JsonNode> cases() {
        return StreamSupport.stream(Golden.read("experts.json").get("dselect").spliterator(), false);
    }

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void weights_penalty_and_gradients_are_those_of_numpy(JsonNode given) {
        DSelect gate = new DSelect(
                given.get("experts").asInt(),
                given.get("k").asInt(),
                given.get("bits").asInt(),
                given.get("gamma").asDouble(),
                given.get("entropy").asDouble());
        double[] logits = numbers(given.get("logits"));
        double[] weights = new double[gate.experts()];
        double penalty = gate.forward(logits, 0, weights);
        assertThat(weights).containsExactly(numbers(given.get("weights")), within(1e-14));
        assertThat(penalty).isCloseTo(given.get("penalty").asDouble(), within(1e-13));
        for (int ofPenalty : new int[] {0, 1}) {
            double[] gradient = new double[logits.length];
            gate.backward(logits, 0, numbers(given.get("epsilon")), ofPenalty, gradient);
            // central differences with a step of 1e-6: truncation 1e-12, rounding 1e-10 of numbers of order 1
            assertThat(gradient)
                    .containsExactly(
                            numbers(given.get(ofPenalty == 0 ? "gradient" : "gradientWithPenalty")), within(2e-8));
        }
    }

    @Test
    void the_smooth_step_is_that_of_the_paper() {
        assertThat(DSelect.smoothStep(-0.5, 1)).isZero();
        assertThat(DSelect.smoothStep(0, 1)).isEqualTo(0.5);
        assertThat(DSelect.smoothStep(0.25, 1)).isEqualTo(-2.0 / 64 + 1.5 / 4 + 0.5); // 0.84375
        assertThat(DSelect.smoothStep(0.5, 1)).isEqualTo(1);
        assertThat(DSelect.smoothStep(0.5, 2)).isEqualTo(0.84375); // t / gamma as before
        assertThat(DSelect.slopeOfSmoothStep(0, 2)).isEqualTo(0.75); // 3 / (2 gamma)
        assertThat(DSelect.slopeOfSmoothStep(0.5, 1)).isZero();
    }

    /** With a step that is hardly smooth every selector has chosen, whatever its numbers are. */
    @Test
    void a_small_gamma_chooses_at_most_k_experts() {
        DSelect gate = new DSelect(8, 2, 3, 1e-9, 0.1);
        double[] weights = new double[8];
        double penalty = gate.forward(new double[] {0.3, -0.2, 0.1, -1, -2, 0.5, 0.4, 0.4}, 0, weights);
        assertThat(weights).containsExactly(0, 0.5, 0, 0, 0, 0.5, 0, 0); // 101 and 001
        assertThat(penalty).isCloseTo(0, within(1e-6)); // -0.1 * 2 * ln(1 + 1e-6)
    }

    /** Five of eight numbers are experts'; a start in the middle gives three eighths to nobody. */
    @Test
    void what_is_given_to_nobody_is_penalised_and_missing_in_the_sum() {
        DSelect gate = new DSelect(5, 1, 3, 1, 0);
        double[] weights = new double[5];
        double penalty = gate.forward(new double[] {0, 0, 0, 0}, 0, weights);
        assertThat(weights).containsOnly(0.125);
        assertThat(penalty).isCloseTo(1 / 0.625 - 1, within(1e-15));
        assertThat(new DSelect(8, 1, 3, 1, 0).forward(new double[4], 0, new double[8]))
                .isZero();
    }

    /** Gradient steps on the penalty alone, from the start that the layer draws, with three and with five experts. */
    @Test
    void the_penalties_leave_one_expert_for_each_selector_and_nothing_for_nobody() {
        for (int experts : new int[] {3, 5, 6, 8}) {
            int bits = Integer.SIZE - Integer.numberOfLeadingZeros(experts - 1);
            DSelect gate = new DSelect(experts, 2, bits, 1, 0.1);
            java.util.Random random = new java.util.Random(experts);
            double[] logits = random.doubles(2 * bits + 2, -0.01, 0.01).toArray();
            for (int step = 0; step < 3000; step++) {
                double[] gradient = new double[logits.length];
                gate.backward(logits, 0, new double[experts], 1, gradient);
                for (int i = 0; i < logits.length; i++) {
                    logits[i] -= 0.02 * gradient[i];
                }
            }
            double[] weights = new double[experts];
            gate.forward(logits, 0, weights);
            assertThat(Arrays.stream(weights).sum()).as("%s experts", experts).isCloseTo(1, within(1e-3));
            assertThat(Arrays.stream(weights).filter(w -> w > 1e-3).count())
                    .as("of %s experts", experts)
                    .isBetween(1L, 2L);
        }
    }

    @Test
    void k_above_the_number_of_experts_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DSelectGateLayer(3, 4, 1, 0, true))
                .withMessage("DSelectGateLayer: k must be in [1, number of experts], got 4 of 3 experts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DSelectGateLayer(3, 2, 0, 0, true))
                .withMessageContaining("gamma must be positive");
    }
}
