package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.jackson.databind.DeserializationFeature;

/**
 * What {@code docs/dependencies.md} says of known weaknesses in dependencies of Deeplearning4j: that classes which have
 * them are not loaded, in a process of its own that does what users do.
 */
class UnreachedWeaknessesTest {
    /** Names, and beginnings of names, of classes with a weakness, or of all of a library that has one. */
    private static final List<String> WEAK = List.of(
            "com.google.common.io.FileBackedOutputStream",
            "com.google.gson.",
            "org.apache.commons.compress.archivers.dump.",
            "org.apache.commons.compress.compressors.pack200.",
            "org.apache.commons.compress.harmony.",
            "org.apache.commons.io.input.XmlStreamReader",
            "org.apache.commons.net.",
            "org.nd4j.shade.guava.io.FileBackedOutputStream",
            "org.nd4j.shade.protobuf.CodedInputStream",
            "org.nd4j.shade.protobuf.TextFormat",
            "org.nd4j.shade.wstx.",
            "org.nd4j.shade.yaml.snakeyaml.");

    @TempDir
    Path directory;

    @Test
    void classes_with_known_weaknesses_are_not_loaded() throws IOException, InterruptedException {
        Path loaded = directory.resolve("classes.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xlog:class+load=info:file=" + loaded + ":none",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        EverydayUse.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        List<String> classes;
        try (var lines = Files.lines(loaded)) {
            classes = lines.map(line -> line.substring(0, line.indexOf(' '))).toList();
        }
        assertThat(classes).contains("org.mtl4j.dl4j.Dl4jModel", "org.nd4j.shade.jackson.databind.ObjectMapper");
        assertThat(classes.stream().filter(name -> WEAK.stream().anyMatch(name::startsWith)))
                .isEmpty();
    }

    @Test
    void deeply_nested_arrays_are_not_unwrapped_by_the_mappers_of_deeplearning4j() {
        // CVE-2022-42003 and CVE-2022-42004 are of these two settings.
        assertThat(List.of(
                        DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS,
                        DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY))
                .noneMatch(feature -> NeuralNetConfiguration.mapper().isEnabled(feature));
    }
}
