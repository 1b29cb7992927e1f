package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.testing.OldOpenBlasJars;

/**
 * Programs with the OpenBLAS and the JavaCPP that ND4J 1.0.0-M2.1 brings (0.3.19 and 1.5.7), with one of the two, and
 * with neither Guava nor JNA, in JVMs of their own: wrong products are refused, and ND4J starts whatever is amiss.
 */
class OldOpenBlasTest {
    private static final String LACKS_JNA = """
            package com.sun.jna;
            public class NativeLibrary {
                static { fail(); }
                static void fail() { throw new Error("There is an incompatible JNA native library"); }
                public static NativeLibrary getInstance(String name) { return null; }
            }
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void needs_the_old_jars_and_a_processor_with_the_kernels_in_question() throws IOException {
        OldOpenBlasJars.assumeThere();
        assumeTrue(
                Files.readString(Path.of("/proc/cpuinfo")).contains(" avx512_bf16 "),
                "a processor with AVX-512 BF16, which OpenBLAS's kernels for Cooper Lake need");
    }

    /** The hook chooses, and overrides what OpenBLAS does not know and what computes wrong products. */
    @ParameterizedTest(name = "OPENBLAS_CORETYPE ''{0}''")
    @ValueSource(strings = {"", "Zen5", "Cooperlake"})
    void an_old_one_is_told_right_kernels_whatever_the_environment_says(String asked)
            throws IOException, InterruptedException {
        String output = run(classPath(true, true, false), asked, "all");
        assertThat(output)
                .contains("version 0.3.19", "kernels SkylakeX", "FLOAT trains", "DOUBLE trains", "HALF trains");
        assertThat(output).doesNotContain("warning");
    }

    /** Without JNA nobody can tell it, so that the check at the start is what is left. */
    @Test
    void wrong_products_are_refused_in_the_type_that_has_them() throws IOException, InterruptedException {
        String output = run(classPath(true, true, true), "Cooperlake", "all");
        assertThat(output)
                .contains("version 0.3.19", "kernels unknown", "FLOAT trains", "HALF trains")
                .contains("warning It could not be looked at which kernels OpenBLAS 0.3.19 computes with (JNA:")
                .containsPattern("DOUBLE refused: The backend computes wrong products of matrices in DOUBLE: "
                        + "\\[\\d+, \\d+\\] by \\[\\d+, \\d+\\].*OpenBLAS 0\\.3\\.19.*"
                        + "set OPENBLAS_CORETYPE=SkylakeX in the environment before the JVM starts, or take "
                        + "org\\.bytedeco:openblas:0\\.3\\.31-1\\.5\\.13 with org\\.bytedeco:javacpp:1\\.5\\.13");
    }

    /** The one of this build is left alone, and what it does not know is taken from it. */
    @ParameterizedTest(name = "OPENBLAS_CORETYPE ''{0}'', JNA missing: {1}")
    @CsvSource({"'', false", "Zen5, false", "Cooperlake, false", "'', true"})
    void the_one_of_this_build_is_right_in_any_case(String asked, boolean withoutJna)
            throws IOException, InterruptedException {
        assertThat(run(classPath(false, false, withoutJna), asked, "all"))
                .contains("version 0.3.31", "FLOAT trains", "DOUBLE trains", "HALF trains");
    }

    /** What Maven does where only one of the two is managed. */
    @ParameterizedTest(name = "old OpenBLAS: {0}, old JavaCPP: {1}")
    @CsvSource({"true, false", "false, true"})
    void a_mixture_computes_rightly(boolean oldOpenBlas, boolean oldJavaCpp) throws IOException, InterruptedException {
        assertThat(run(classPath(oldOpenBlas, oldJavaCpp, false), null, "all"))
                .contains("version " + (oldOpenBlas ? "0.3.19" : "0.3.31"), "do not match") // says JavaCPP
                .contains("FLOAT trains", "DOUBLE trains", "HALF trains");
    }

    /** ND4J itself has Guava under another name; a program of its own may have none, or an old one. */
    @Test
    void nd4j_starts_without_the_libraries_that_the_hook_needs() throws IOException, InterruptedException {
        List<String> entries = new ArrayList<>(classPath(true, true, true));
        entries.removeIf(entry -> Path.of(entry).getFileName().toString().matches("guava-[0-9.]+-(jre|android)\\.jar"));
        assertThat(run(entries, null, "nd4j")).contains("sum 2.0");
    }

    private static String run(List<String> classPath, String coreType, String what)
            throws IOException, InterruptedException {
        OldOpenBlasJars.Done done = OldOpenBlasJars.run(classPath, coreType, OldOpenBlas.class.getName(), what);
        assertThat(done.status()).as(done.output()).isZero();
        return done.output();
    }

    private List<String> classPath(boolean oldOpenBlas, boolean oldJavaCpp, boolean withoutJna) throws IOException {
        List<String> entries = OldOpenBlasJars.classPath(oldOpenBlas, oldJavaCpp);
        if (withoutJna) {
            entries.add(0, brokenJna().toString());
        }
        return entries;
    }

    private Path brokenJna() throws IOException {
        Path classes = Files.createDirectories(directory.resolve("jna"));
        Path source = Files.writeString(directory.resolve("NativeLibrary.java"), LACKS_JNA);
        int code = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", classes.toString(), source.toString());
        assertThat(code).isZero();
        return classes;
    }
}
