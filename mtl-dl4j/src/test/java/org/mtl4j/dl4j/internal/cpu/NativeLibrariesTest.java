package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;

class NativeLibrariesTest {
    private static final String AVX2 = "flags\t\t: fpu sse2 avx avx2 fma\n";

    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "linux-x86_64-onednn | sse2 | -",
                "linux-x86_64-onednn-avx512 | avx2 fma | avx512f, avx512cd, avx512bw, avx512dq, avx512vl",
                "linux-x86_64-avx2 | sse2 avx fma | (avx2)",
                "linux-x86_64-onednn-avx2 | sse2 | take the classifier linux-x86_64-onednn",
                "linux-x86_64-onednn-avx2 | avx2 fma | -",
                "linux-arm64-onednn | sse2 | -", // none for this platform: told otherwise
            })
    void natives_that_need_more_than_the_processor_has_are_told(String name, String flags, String lacking) {
        var told = NativeLibraries.beyond(List.of(name), "linux-x86_64", "flags\t\t: fpu %s\n".formatted(flags));
        if (lacking == null) {
            assertThat(told).isEmpty();
        } else {
            assertThat(told).hasValueSatisfying(text -> assertThat(text).contains(name, lacking));
        }
    }

    @Test
    void the_natives_that_javacpp_takes_first_decide() {
        List<String> both = List.of("linux-x86_64-onednn", "linux-x86_64-onednn-avx512");
        assertThat(NativeLibraries.beyond(both, "linux-x86_64", AVX2)).isEmpty();
        assertThat(NativeLibraries.beyond(List.of(both.get(1)), "linux-x86_64", "no description"))
                .isEmpty();
    }

    @Test
    void the_natives_of_this_build_are_found() {
        assertThat(NativeLibraries.onClassPath())
                .isNotEmpty()
                .allMatch(name -> name.startsWith(NativeLibraries.platform()));
        assertThat(NativeLibraries.beyondProcessor()).isEmpty();
    }

    /** Registered as a backend, it is none as long as there are others. */
    @Test
    void the_entry_among_the_backends_stands_in_for_the_one_that_is_there() {
        var entry = new BlasKernelsBeforeBackend();
        assertThat(entry.getPriority())
                .isLessThan(Nd4jBackend.BACKEND_PRIORITY_CPU)
                .isLessThan(Nd4jBackend.BACKEND_PRIORITY_GPU);
        assertThat(entry.canRun()).isFalse();
        assertThat(Nd4j.getBackend()).isNotInstanceOf(BlasKernelsBeforeBackend.class);
        assertThat(entry.isAvailable()).isTrue();
        assertThat(entry.getNDArrayClass()).isEqualTo(Nd4j.getBackend().getNDArrayClass());
    }
}
