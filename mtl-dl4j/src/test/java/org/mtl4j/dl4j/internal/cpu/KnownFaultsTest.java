package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.testing.OldOpenBlasJars;

/**
 * The list of what OpenBLAS 0.3.19, which ND4J 1.0.0-M2.1 brings, is known to compute wrongly. It is one entry long:
 *
 * <ul>
 *   <li>with the kernels for Cooper Lake, matrix by matrix in DOUBLE, in both orders, whichever factor is transposed,
 *       overwriting and adding, on one thread and divided among several: products of more than a million
 *       multiplications, and, where the second factor is transposed (by rows; the first by columns), also small ones,
 *       such as {@code [8, 2]} by {@code [2, 200]}. Whole blocks of the result are wrong, by as much as they are large.
 * </ul>
 *
 * FLOAT was right with them, and so were products with vectors; the kernels for Prescott, Nehalem, Sandy Bridge,
 * Haswell, Zen and Skylake-X were right in all. {@link ProductSearch} searches for more, {@link ProductTest} in the
 * version that this build has.
 */
class KnownFaultsTest {
    private static final int EVERY = 331;

    @BeforeEach
    void needs_the_old_jars() {
        OldOpenBlasJars.assumeThere();
    }

    private static void assumeExecutable(String kernels) throws IOException {
        assumeTrue(
                KernelsInUse.missing(kernels, Files.readString(Path.of("/proc/cpuinfo")))
                        .isEmpty(),
                "a processor that can execute the kernels for " + kernels);
    }

    private static OldOpenBlasJars.Done search(String kernels) throws IOException, InterruptedException {
        List<String> classPath = OldOpenBlasJars.classPath(true, true);
        OldOpenBlasJars.Done done =
                OldOpenBlasJars.run(classPath, kernels, ProductSearch.class.getName(), Integer.toString(EVERY));
        assertThat(done.output()).contains("version 0.3.19", "kernels " + kernels);
        return done;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Prescott", "Haswell", "Zen", "SkylakeX"})
    void these_kernels_are_right(String kernels) throws IOException, InterruptedException {
        assumeExecutable(kernels);
        OldOpenBlasJars.Done done = search(kernels);
        assertThat(done.output()).contains(", wrong 0");
        assertThat(done.status()).isZero();
    }

    @Test
    void those_for_cooper_lake_are_wrong_in_double() throws IOException, InterruptedException {
        assumeExecutable("Cooperlake");
        OldOpenBlasJars.Done done = search("Cooperlake");
        assertThat(done.status()).isEqualTo(1);
        assertThat(done.output().lines().filter(line -> line.contains(" wrong, by up to ")))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("DOUBLE matrices, "))
                .anyMatch(line -> line.contains("one of two threads"))
                .anyMatch(line -> line.contains("divided among 2 threads"));
    }
}
