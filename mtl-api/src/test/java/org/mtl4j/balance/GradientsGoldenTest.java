package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.balance.SharedGradients.Kind;
import org.mtl4j.balance.SharedGradients.Part;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Compares, over six steps, with directions and weights that {@code gradients.py} found by NumPy. */
class GradientsGoldenTest {
    private static final Map<String, GradientBalance> BALANCES = Map.ofEntries(
            Map.entry("gradnorm", GradientBalance.gradNorm()),
            Map.entry("gradnorm0", GradientBalance.gradNorm(0, 0.1, "fc2")),
            Map.entry("graddrop", GradientBalance.gradDrop()),
            Map.entry("graddrop-leak", GradientBalance.gradDrop(0.25)),
            Map.entry("dbmtl", GradientBalance.dbMtl()),
            Map.entry("dbmtl-decay", GradientBalance.dbMtl(0.8, 0.5)),
            Map.entry("dbmtl-plain", GradientBalance.dbMtl(0, 0)),
            Map.entry("excess", GradientBalance.excessMtl()),
            Map.entry("excess-fast", GradientBalance.excessMtl(0.7)),
            Map.entry("moco", GradientBalance.moCo()),
            Map.entry("moco-rho", GradientBalance.moCo(0.9, 0.4, 0.25, 0.3)));

    static Stream<Arguments> all() throws IOException {
        try (InputStream file = GradientsGoldenTest.class.getResourceAsStream("gradients.json")) {
            JsonNode cases = new ObjectMapper().readTree(file);
            assertThat(cases.size()).isEqualTo(2);
            return BALANCES.keySet().stream().sorted().flatMap(name -> Stream.of(0, 1)
                    .map(i -> Arguments.of(name, i + 2, cases.get(i))));
        }
    }

    @ParameterizedTest(name = "{0}, {1} tasks")
    @MethodSource("all")
    void steps_are_those_of_another_program(String name, int tasks, JsonNode known) {
        GradientBalance balance = BALANCES.get(name);
        assertThat(balance.needsGradients()).isTrue();
        int from = known.get("lastLayerFrom").asInt();
        BalanceState state = null;
        int count = 0;
        for (JsonNode step : known.get("steps")) {
            TaskVectors rows = rows(step.get("rows"));
            assertThat(rows.size()).isEqualTo(tasks);
            state = state == null ? balance.initialState(tasks, rows.length()) : state;
            SharedGradients gradients = new SharedGradients(
                    rows,
                    List.of(
                            new Part("all/fc1", Kind.LAYER, 0, from),
                            new Part("all/fc2", Kind.LAYER, from, rows.length() - from)));
            BalancedStep answer = balance.balance(new GradientStep(
                    rows.gramian(),
                    numbers(step.get("losses")),
                    state,
                    new Given(numbers(step.get("uniform"))),
                    Optional.of(gradients)));
            state = answer.state();
            double[] direction = answer.hasDirection() ? answer.direction() : rows.combined(answer.weights());
            JsonNode expected = step.get("answers").get(name);
            // the program divides by losses and lengths without the 1e-8 that is added here
            assertClose(direction, numbers(expected.get("direction")), "direction of step " + count);
            assertClose(answer.weights(), numbers(expected.get("weights")), "weights of step " + count);
            count++;
        }
        assertThat(count).isEqualTo(6);
    }

    private static void assertClose(double[] found, double[] expected, String what) {
        assertThat(found).hasSameSizeAs(expected);
        for (int k = 0; k < found.length; k++) {
            assertThat(found[k])
                    .as("%s, %s", what, k)
                    .isCloseTo(expected[k], within(2e-6 * (1 + Math.abs(expected[k]))));
        }
    }

    private static TaskVectors rows(JsonNode lines) {
        double[][] rows = new double[lines.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = numbers(lines.get(i));
        }
        return TaskVectors.ofRows(rows);
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }

    /** Draws the numbers that the other program was given. */
    private static final class Given extends Random {
        private static final long serialVersionUID = 1L;

        private final double[] numbers;
        private int next;

        Given(double[] numbers) {
            this.numbers = numbers;
        }

        @Override
        public double nextDouble() {
            return numbers[next++];
        }
    }
}
