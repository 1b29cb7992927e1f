package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a runtime denies; {@code mtl-examples} starts one that does. */
class DeniedAccessTest {
    @Test
    void only_what_is_denied_has_a_message() {
        assertThat(DeniedAccess.messages(List.of("-Xmx1g", "--illegal-native-access=warn")))
                .isEmpty();
        assertThat(DeniedAccess.messages(List.of("--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED")))
                .isEmpty();
        assertThat(DeniedAccess.messages(
                        List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny")))
                .satisfiesExactly(
                        natives -> assertThat(natives).contains("--enable-native-access=ALL-UNNAMED"),
                        unsafe -> assertThat(unsafe).contains("--sun-misc-unsafe-memory-access=allow"));
    }
}
