package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class FaceSetIdentityTest {
    private static final String DIGITS = "0123456789abcdef".repeat(4);

    @Test
    void what_a_model_has_stored_is_read_as_the_same_value() {
        FaceSetIdentity identity = new FaceSetIdentity(80, DIGITS);
        assertThat(identity).hasToString("80 faces, SHA-256 " + DIGITS);
        assertThat(FaceSetIdentity.parse(identity.toString())).contains(identity);
    }

    @Test
    void the_stored_form_is_the_same_in_every_language() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(new FaceSetIdentity(80, DIGITS)).hasToString("80 faces, SHA-256 " + DIGITS);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void other_text_is_the_identity_of_no_faces() {
        assertThat(FaceSetIdentity.parse("")).isEmpty();
        assertThat(FaceSetIdentity.parse("80 faces")).isEmpty();
        assertThat(FaceSetIdentity.parse("80 faces, SHA-256 " + DIGITS.substring(1)))
                .isEmpty();
    }
}
