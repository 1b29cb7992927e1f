package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemInfoTest {
    private static final long GIB = 1 << 30;

    private static SystemInfo host(
            boolean cpu,
            boolean oneDnn,
            int builtFor,
            int cores,
            int threads,
            String waitPolicy,
            String collector,
            long processGib) {
        return new SystemInfo(
                "CpuBackend",
                cpu,
                List.of("x86-compatible CPU"),
                "libjnind4jcpu.so",
                "HAVE_OPENBLAS",
                oneDnn,
                SystemInfo.Instructions.ofLevel(builtFor),
                SystemInfo.Instructions.AVX512,
                "OPENBLAS",
                List.of("Haswell", "SkylakeX"),
                List.of(),
                cores,
                threads,
                Optional.ofNullable(waitPolicy),
                List.of(collector),
                4 * GIB,
                4 * GIB,
                processGib == 0 ? OptionalLong.empty() : OptionalLong.of(processGib * GIB),
                16 * GIB);
    }

    @ParameterizedTest(name = "{7}")
    @CsvSource(
            nullValues = "-",
            value = {
                // oneDNN, built for, cores, threads, wait policy, collector, GiB of the process, what to do
                "false, 3, 2, 1, -, Copy, 12, linux-x86_64-onednn",
                "true, 1, 2, 1, -, Copy, 12, linux-x86_64-onednn-avx512",
                "true, 3, 2, 4, PASSIVE, Copy, 12, OMP_NUM_THREADS=2",
                "true, 3, 2, 2, active, Copy, 12, OMP_WAIT_POLICY=passive",
                "true, 3, 2, 2, -, Copy, 12, OMP_WAIT_POLICY=passive",
                "true, 3, 4, 1, -, G1 Young Generation, 12, -XX:+UseSerialGC",
                "true, 3, 2, 1, -, Copy, 17, -Dorg.bytedeco.javacpp.maxphysicalbytes",
                "true, 3, 2, 1, -, Copy, 0, -Dorg.bytedeco.javacpp.maxphysicalbytes",
            })
    void each_fault_alone_gets_its_own_advice(
            boolean oneDnn,
            int builtFor,
            int cores,
            int threads,
            String waitPolicy,
            String collector,
            long processGib,
            String advice) {
        assertThat(host(true, oneDnn, builtFor, cores, threads, waitPolicy, collector, processGib)
                        .warnings())
                .singleElement()
                .asString()
                .contains(advice);
    }

    @Test
    void what_is_well_set_up_is_left_alone() {
        assertThat(host(true, true, 3, 8, 8, "passive", "G1 Young Generation", 16)
                        .warnings())
                .isEmpty();
        // advice for processors is none for GPUs
        assertThat(host(false, false, 0, 2, 8, null, "G1 Young Generation", 16).warnings())
                .isEmpty();
    }

    @Test
    void what_could_not_be_looked_at_is_told() {
        SystemInfo known = host(true, true, 3, 8, 8, "passive", "Copy", 16);
        SystemInfo unknown = new SystemInfo(
                known.backend(),
                true,
                known.devices(),
                known.library(),
                known.build(),
                true,
                known.builtFor(),
                known.possible(),
                known.blas(),
                List.of("Haswell"),
                List.of("It could not be looked at which kernels there are"),
                8,
                8,
                known.waitPolicy(),
                List.of(),
                known.heapBytes(),
                known.arrayBytes(),
                known.processBytes(),
                known.machineBytes());
        assertThat(unknown.warnings())
                .hasSize(2)
                .contains("It could not be looked at which kernels there are")
                .anySatisfy(text -> assertThat(text).contains("could not be looked at which garbage collector"));
    }
}
