package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;

class BlasKernelsTest {
    private static final String AVX2 = "fpu sse2 fma avx avx2";
    private static final String AVX512 = AVX2 + " avx512f avx512dq avx512cd avx512bw avx512vl";

    private static String cpu(String vendor, int family, String flags) {
        return ("processor\t: 0\nvendor_id\t: %s\ncpu family\t: %d\nmodel\t\t: 207\nflags\t\t: %s\nvmx"
                        + " flags\t: x\n\nprocessor\t: 1\n")
                .formatted(vendor, family, flags);
    }

    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, 6, avx512, SkylakeX",
        "GenuineIntel, 6, avx2, Haswell",
        "GenuineIntel, 6, sse, ",
        "AuthenticAMD, 26, avx512, Zen",
        "HygonGenuine, 24, avx2, Zen",
        "AuthenticAMD, 21, avx2, ",
        "Else, 6, avx512, "
    })
    void kernels_are_those_of_the_processors_instructions(String vendor, int family, String flags, String core) {
        String all = flags.equals("avx512") ? AVX512 : flags.equals("avx2") ? AVX2 : "fpu sse2";
        assertThat(BlasKernels.coreFor(cpu(vendor, family, all))).isEqualTo(Optional.ofNullable(core));
    }

    @Test
    void kernels_that_the_processor_cannot_execute_are_known() {
        String old = cpu("GenuineIntel", 6, "fpu sse2 pni");
        String newer = cpu("AuthenticAMD", 25, "pni " + AVX2);
        String newest = cpu("AuthenticAMD", 26, "pni " + AVX512);
        assertThat(KernelsInUse.missing("Prescott", old)).isEmpty();
        assertThat(KernelsInUse.missing("Haswell", old)).containsExactlyInAnyOrder("avx2", "fma");
        assertThat(KernelsInUse.missing("Zen", newer)).isEmpty();
        assertThat(KernelsInUse.missing("SkylakeX", newer))
                .containsExactlyInAnyOrder("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");
        assertThat(KernelsInUse.missing("SkylakeX", newest)).isEmpty();
        assertThatThrownBy(() -> KernelsInUse.missing("Cooperlake", newest)).hasMessageContaining("'Cooperlake'");
    }

    @Test
    void what_is_no_description_says_nothing() {
        assertThat(BlasKernels.coreFor("")).isEmpty();
        assertThat(BlasKernels.coreFor("processor : 0\nFeatures : fp asimd\n")).isEmpty();
    }

    /** Or a run of all tests under some kernels would say nothing. */
    @Test
    void openblas_takes_the_kernels_that_the_environment_asks_for() {
        String asked = System.getenv(BlasKernels.VARIABLE);
        assumeTrue(
                asked != null && KernelsInUse.known(asked), "a choice of the user's among the kernels that tests know");
        Nd4j.create(1);
        assertThat(BlasKernels.core())
                .hasValueSatisfying(used -> assertThat(used).isEqualToIgnoringCase(asked));
    }

    /** Whatever has loaded ND4J first in this JVM. */
    @Test
    void openblas_does_not_take_kernels_of_processors_without_avx_where_there_is_avx2() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        assumeTrue(Files.exists(info) && Files.readString(info).contains(" avx2 "), "a Linux machine with AVX2");
        assumeTrue(System.getenv(BlasKernels.VARIABLE) == null, "no choice of the user's");
        Nd4j.create(1);
        assumeTrue(BlasKernels.core().isPresent(), "natives with OpenBLAS");
        assertThat(BlasKernels.areOld()).as(BlasKernels.core().orElseThrow()).isFalse();
        assertThat(BlasKernels.advice()).isEmpty();
    }
}
