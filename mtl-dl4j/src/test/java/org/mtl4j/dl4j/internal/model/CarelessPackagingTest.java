package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * A program whose jar has lost the backend's service file, whose JNA throws an Error, and whose Java runtime has
 * neither {@code jdk.zipfs} nor {@code java.desktop}: in a JVM of its own.
 */
class CarelessPackagingTest {
    private static final String SERVICE = "META-INF/services/" + Nd4jBackend.class.getName();

    /** What Deeplearning4j needs, as a user who makes a runtime by jlink finds out. */
    private static final String MODULES =
            "java.base,java.logging,java.xml,java.management,java.sql,java.naming,jdk.unsupported";

    private static final String JNA = """
            package com.sun.jna;
            public class NativeLibrary {
                static {
                    fail();
                }
                static void fail() {
                    throw new Error("\\n\\nThere is an incompatible JNA native library\\nExpected: 7.0.4");
                }
                public static NativeLibrary getInstance(String name) {
                    return null;
                }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void it_trains_and_saves_all_the_same() throws IOException, InterruptedException {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "--limit-modules",
                        MODULES,
                        "-cp",
                        classPath(),
                        CarelessPackaging.class.getName(),
                        directory.resolve("model.zip").toString())
                .redirectErrorStream(true);
        java.environment().remove("OPENBLAS_CORETYPE");
        Process process = java.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("sum 2.0", "kernels unknown, JNA: There is an incompatible JNA native library", "equal true")
                .containsPattern("backend (Cpu|JCublas)Backend");
    }

    /** That of this test, with a JNA before it, and without service files of other backends. */
    private String classPath() throws IOException {
        List<String> entries = new ArrayList<>();
        entries.add(jna().toString());
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : own.split(File.pathSeparator)) {
            entries.add(entry.endsWith(".jar") ? withoutService(Path.of(entry)).toString() : entry);
        }
        return String.join(File.pathSeparator, entries);
    }

    private Path jna() throws IOException {
        Path classes = Files.createDirectories(directory.resolve("jna"));
        Path source = Files.writeString(directory.resolve("NativeLibrary.java"), JNA);
        int code = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", classes.toString(), source.toString());
        assertThat(code).isZero();
        return classes;
    }

    private Path withoutService(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            if (zip.getEntry(SERVICE) == null) {
                return jar;
            }
            Path copy = directory.resolve(jar.getFileName());
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(copy))) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    if (!entry.getName().equals(SERVICE)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        try (InputStream in = zip.getInputStream(entry)) {
                            in.transferTo(out);
                        }
                    }
                }
            }
            return copy;
        }
    }
}
