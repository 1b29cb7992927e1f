package org.mtl4j.internal.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {

    private static DoubleUnaryOperator check(String name) {
        return switch (name) {
            case "finite" -> value -> Check.finite(value, "Fruit: weight");
            case "finite and above 0" -> value -> Check.finiteAboveZero(value, "Fruit: weight");
            case "finite and at least 0" -> value -> Check.finiteAtLeastZero(value, "Fruit: weight");
            case "in (0, 1)" -> value -> Check.insideUnitInterval(value, "Fruit: weight");
            case "in [0, 1)" -> value -> Check.unitIntervalWithZero(value, "Fruit: weight");
            case "in (0, 1]" -> value -> Check.unitIntervalWithOne(value, "Fruit: weight");
            case "in [0, 1]" -> value -> Check.fraction(value, "Fruit: weight");
            case "at least 0" -> value -> Check.atLeast(0.0, value, "Fruit: weight");
            case "at least 0.5" -> value -> Check.atLeast(0.5, value, "Fruit: weight");
            default -> throw new AssertionError(name);
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "finite; -3, 0, 1e300; NaN, Infinity, -Infinity",
                "finite and above 0; 1e-300, 7; 0, -1, NaN, Infinity",
                "finite and at least 0; 0, 7; -1e-300, NaN, Infinity",
                "in (0, 1); 1e-300, 0.5; 0, 1, NaN, Infinity, -Infinity",
                "in [0, 1); 0, 0.5; -1e-300, 1, NaN",
                "in (0, 1]; 1e-300, 1; 0, 1.0000001, NaN",
                "in [0, 1]; 0, 1; -1e-300, 1.0000001, NaN",
                "at least 0; 0, Infinity; -1e-300, NaN",
                "at least 0.5; 0.5, Infinity; 0.4999, NaN",
            })
    void numbers_out_of_range_are_refused(String accepted, String good, String bad) {
        for (String text : good.split(", ")) {
            double value = Double.parseDouble(text);
            assertThat(check(accepted).applyAsDouble(value)).isEqualTo(value);
        }
        for (String text : bad.split(", ")) {
            double value = Double.parseDouble(text);
            assertThatIllegalArgumentException()
                    .as(accepted + ": " + text)
                    .isThrownBy(() -> check(accepted).applyAsDouble(value))
                    .withMessage("Fruit: weight must be " + accepted + ", got " + value);
        }
    }

    @Test
    void whole_numbers_have_a_least() {
        assertThat(Check.atLeast(2, 2, "Fruit: seeds")).isEqualTo(2);
        assertThat(Check.atLeast(2L, 1L << 40, "Fruit: seeds")).isEqualTo(1L << 40);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Check.atLeast(2, 1, "Fruit: seeds"))
                .withMessage("Fruit: seeds must be at least 2, got 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Check.atLeast(2L, -(1L << 40), "Fruit: seeds"))
                .withMessage("Fruit: seeds must be at least 2, got -1099511627776");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", "conv1.a-b_C"})
    void names_are_given_back(String name) {
        assertThat(Check.name("Layer", name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-a", ".a", "_a", "a/b", "a b", "ä", "a\n"})
    void names_of_other_signs_are_refused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Check.name("Layer", name))
                .withMessage(
                        "Layer name '%s': a name is made of letters, digits, '-', '_' and '.', and starts"
                                + " with a letter or digit",
                        name);
    }
}
