package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
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

    /** Whoever has made it: AMD's have AVX-512 since Zen 4, and other makers may have it. */
    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, avx512, SkylakeX",
        "AuthenticAMD, avx512, SkylakeX",
        "CentaurHauls, avx512, SkylakeX",
        "GenuineIntel, avx2, Haswell",
        "AuthenticAMD, avx2, Haswell",
        "HygonGenuine, avx2, Haswell",
        "GenuineIntel, sse, ",
    })
    void kernels_are_those_of_the_processors_instructions(String vendor, String flags, String core) {
        String all = flags.equals("avx512") ? AVX512 : flags.equals("avx2") ? AVX2 : "fpu sse2";
        assertThat(BlasKernels.coreFor(BlasKernels.flags(cpu(vendor, 6, all)))).isEqualTo(Optional.ofNullable(core));
    }

    @ParameterizedTest(name = "{0} with OpenBLAS {1}: {2} {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                // the variable, version, what is done, and to what
                "-, 0.3.31, LEAVE, -",
                "-, 0.3.32, LEAVE, -",
                "-, 0.3.19, SET, SkylakeX",
                "-, 0.3.30, SET, SkylakeX",
                "-, -, SET, SkylakeX",
                "'', 0.3.31, UNSET, -",
                "'', 0.3.19, SET, SkylakeX",
                "SkylakX, 0.3.31, UNSET, -",
                "SkylakX, 0.3.19, SET, SkylakeX",
                "GraniteRapids, 0.3.31, UNSET, -",
                "GraniteRapids, 0.3.40, LEAVE, -", // may have come since
                "SapphireRapids, 0.3.19, SET, SkylakeX", // which takes Cooper Lake's for it
                "SapphireRapids, 0.3.31, LEAVE, -",
                "haswell, 0.3.19, LEAVE, -",
                "Prescott, 0.3.31, LEAVE, -",
                "Cooperlake, 0.3.19, SET, SkylakeX", // wrong products
                "COOPERLAKE, 0.3.20, SET, SkylakeX",
                "Cooperlake, -, SET, SkylakeX",
                "Cooperlake, 0.3.21, LEAVE, -",
            })
    void the_users_choice_stands_where_openblas_has_it_and_it_is_right(
            String value, String version, BlasKernels.Action action, String core) {
        BlasKernels.Decision decision = BlasKernels.decide(
                value, Optional.ofNullable(version).flatMap(OpenBlasVersion::of), Optional.of("SkylakeX"));
        assertThat(decision.action()).isEqualTo(action);
        assertThat(decision.core()).isEqualTo(Optional.ofNullable(core));
        assertThat(decision.problem().isPresent())
                .isEqualTo(value != null && !value.isEmpty() && action != BlasKernels.Action.LEAVE);
    }

    @Test
    void where_nothing_better_is_known_a_bad_value_is_dropped() {
        Optional<OpenBlasVersion> old = OpenBlasVersion.of("0.3.19");
        assertThat(BlasKernels.decide(null, old, Optional.empty()).action()).isEqualTo(BlasKernels.Action.LEAVE);
        BlasKernels.Decision decision = BlasKernels.decide("Zen7", old, Optional.empty());
        assertThat(decision.action()).isEqualTo(BlasKernels.Action.UNSET);
        assertThat(decision.problem()).hasValueSatisfying(text -> assertThat(text)
                .isEqualTo("OPENBLAS_CORETYPE is 'Zen7', which OpenBLAS 0.3.19 has no kernels for"));
        assertThat(BlasKernels.decide("Cooperlake", old, Optional.of("SkylakeX"))
                        .problem())
                .hasValueSatisfying(text -> assertThat(text).contains("wrong products in DOUBLE"));
    }

    @Test
    void versions_are_read_and_compared_by_number() {
        assertThat(OpenBlasVersion.of("OpenBLAS 0.3.19 DYNAMIC_ARCH NO_AFFINITY Zen MAX_THREADS=64"))
                .contains(new OpenBlasVersion(0, 3, 19));
        assertThat(OpenBlasVersion.of("no number")).isEmpty();
        assertThat(new OpenBlasVersion(0, 3, 9)).isLessThan(new OpenBlasVersion(0, 3, 19));
        assertThat(new OpenBlasVersion(0, 4, 0)).isGreaterThan(OpenBlasVersion.OWN);
    }

    /** Or the hook would act where it need not, and all that is said of versions would be wrong. */
    @Test
    void this_build_has_the_version_that_it_says() {
        assertThat(OpenBlasVersion.onClassPath()).contains(OpenBlasVersion.OWN);
        Nd4j.create(1);
        assertThat(BlasKernels.look().version()).contains(OpenBlasVersion.OWN.toString());
        assertThat(BlasKernels.look().failure()).isEmpty();
        assertThat(BlasKernels.warnings(BlasKernels.look())).isEmpty();
    }

    /** A folder for temporary files that code must not be run from, say: half of what a predictor does, unsaid. */
    @Test
    void it_is_said_what_to_set_where_kernels_cannot_be_looked_at() {
        BlasKernels.Look unseen = new BlasKernels.Look(
                Optional.of(OpenBlasVersion.OWN.toString()), Optional.empty(), Optional.of("JNA: noexec"));
        assertThat(BlasKernels.warnings(unseen))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("OpenBLAS " + OpenBlasVersion.OWN, "JNA: noexec", "-Djna.tmpdir=DIR");
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
        assertThat(KernelsInUse.missing("Cooperlake", newest)).containsExactlyInAnyOrder("avx512_vnni", "avx512_bf16");
        assertThatThrownBy(() -> KernelsInUse.missing("Zen9", newest)).hasMessageContaining("'Zen9'");
    }

    @Test
    void what_is_no_description_says_nothing() {
        assertThat(BlasKernels.flags("")).isEmpty();
        assertThat(BlasKernels.flags("processor : 0\nFeatures : fp asimd\n")).isEmpty();
        assertThat(BlasKernels.coreFor(Set.of())).isEmpty();
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
