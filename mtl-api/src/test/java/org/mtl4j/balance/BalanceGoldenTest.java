package org.mtl4j.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Compares with weights that {@code balances.py} found by NumPy's decompositions and SciPy's general solvers. */
class BalanceGoldenTest {
    private static final Map<String, GradientBalance> BALANCES = Map.ofEntries(
            Map.entry("mgda", GradientBalance.mgda()),
            Map.entry("pcgrad", GradientBalance.pcGrad()),
            Map.entry("cagrad", GradientBalance.caGrad()),
            Map.entry("imtlg", GradientBalance.imtlG()),
            Map.entry("nash", GradientBalance.nashMtl()),
            Map.entry("fair1", GradientBalance.fairGrad(1)),
            Map.entry("fair2", GradientBalance.fairGrad(2)),
            Map.entry("aligned", GradientBalance.alignedMtl()),
            Map.entry("upgrad", GradientBalance.upGrad()),
            Map.entry("dualproj", GradientBalance.dualProj()),
            Map.entry("config", GradientBalance.conFig()));

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream file = BalanceGoldenTest.class.getResourceAsStream("balances.json")) {
            JsonNode all = new ObjectMapper().readTree(file);
            assertThat(all.size()).isEqualTo(5);
            return Stream.iterate(0, i -> i < all.size(), i -> i + 1).map(all::get);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void weights_are_those_of_another_program(JsonNode known) {
        JsonNode lines = known.get("rows");
        double[][] rows = new double[lines.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = numbers(lines.get(i));
        }
        assertThat(known.get("weights").size()).isEqualTo(BALANCES.size());
        BALANCES.forEach((name, balance) -> {
            double[] losses = new double[rows.length];
            GradientStep step =
                    new GradientStep(Gramian.ofRows(rows), losses, balance.initialState(rows.length), new Ascending());
            double[] expected = numbers(known.get("weights").get(name));
            double tolerance = tolerance(name);
            double[] weights = balance.balance(step).weights();
            for (int i = 0; i < expected.length; i++) {
                assertThat(weights[i])
                        .as("%s of %s, task %s", name, lines, i)
                        .isCloseTo(expected[i], within(tolerance * (1 + Math.abs(expected[i]))));
            }
        });
    }

    private static double tolerance(String name) {
        return switch (name) {
            case "mgda", "cagrad" -> 2e-5; // of a solver that minimises, where the function is flat
            case "nash", "fair1", "fair2" -> 1e-6; // a ridge of 1e-10 beside cosines, where gradients nearly cancel
            default -> 1e-9;
        };
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }

    /** Leaves an order as it is. */
    private static final class Ascending extends Random {
        private static final long serialVersionUID = 1L;

        @Override
        public int nextInt(int bound) {
            return bound - 1;
        }
    }
}
