package org.mtl4j.internal.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainNumberTest {

    private static void assertAsJavaHasIt(String text) {
        assertThat(PlainNumber.parse(text))
                .as(text)
                .isEqualTo(OptionalDouble.of(Double.parseDouble(text))); // which tells 0 from -0
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "+0.0",
                "7",
                "007",
                "1.",
                ".5",
                "-.5",
                "+1.50",
                "00.10",
                "9007199254740992",
                "9007199254740993",
                "99999999999999999",
                "999999999999999999",
                "0.1234567890123456",
                ".1234567890123456",
                "1234567890.1234567",
                "-0.000000000000001",
                "123456789012345678901234567890",
                "2e3",
                "-1.5E-7",
                "1e-400",
                "4.9e-324",
                "1.7976931348623157e308",
                "0.30000000000000004",
                "5e-1",
                "-00000000000000000000"
            })
    void numbers_are_those_of_java_to_the_bit(String text) {
        assertAsJavaHasIt(text);
    }

    /** Of up to 19 digits with a point anywhere: some take the short way, and some do not. */
    @Test
    void random_numbers_are_those_of_java_to_the_bit() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int digits = 1 + random.nextInt(19); digits > 0; digits--) {
                text.append(random.nextInt(10));
            }
            if (random.nextInt(4) > 0) {
                text.insert(random.nextInt(text.length() + 1), '.');
            }
            if (random.nextInt(3) == 0) {
                text.insert(0, random.nextBoolean() ? '-' : '+');
            }
            assertAsJavaHasIt(text.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".",
                "-",
                "+",
                "-.",
                "+.",
                "1..2",
                "1.2.3",
                "--1",
                "+-1",
                "1-",
                "1-2",
                "0x1p3",
                "0x10",
                "1d",
                "1f",
                "1L",
                "NaN",
                "Infinity",
                "-Infinity",
                "1e999",
                "-1e999",
                "1e",
                "e5",
                "1 2",
                "1,5",
                "1_000",
                "٣",
                "１２",
                "1٣",
                "1.\u0000",
                "\u00001",
                "twelve",
                "−1"
            })
    void all_other_texts_are_none(String text) {
        assertThat(PlainNumber.parse(text)).isEmpty();
    }
}
