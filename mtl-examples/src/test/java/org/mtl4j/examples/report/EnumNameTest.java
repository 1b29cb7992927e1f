package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.mtl4j.train.history.TrainingEvent;

class EnumNameTest {
    @Test
    void names_are_small_letters_whatever_the_language_makes_of_them() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR")); // where the small letter of I has no dot
            assertThat(EnumName.hyphenated(TrainingEvent.Kind.ALPHA_DIVERGING)).isEqualTo("alpha-diverging");
            assertThat(EnumName.inWords(TrainingEvent.Kind.ALPHA_DIVERGING)).isEqualTo("alpha diverging");
        } finally {
            Locale.setDefault(before);
        }
    }
}
