package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Keeps small what a user of mtl-dl4j and a CPU backend has on the class path, as Maven resolved it for this build (see
 * the pom): README.md promises it.
 */
class FootprintTest {
    /** Measured on Linux x86_64, where the natives have 117 MB of it: 42 jars, 173 MB. */
    private static final int MOST_JARS = 44;

    private static final double MOST_MEGABYTES = 178;

    private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib)(\\.[0-9]+)*");

    private List<Path> jars;

    @BeforeEach
    void reads_the_class_path_that_maven_resolved() throws IOException {
        Path list = Path.of(System.getProperty("footprint.classpath", "target/footprint.classpath"));
        assertThat(list)
                .as("written by maven-dependency-plugin: run this test through Maven")
                .isRegularFile();
        jars = Arrays.stream(Files.readString(list).trim().split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::isRegularFile) // not mtl-api, a folder or a jar of ours according to the Maven phase
                .filter(jar -> !name(jar).startsWith("mtl-"))
                .toList();
    }

    @Test
    void the_class_path_stays_small() {
        // The CUDA backend and other platforms have natives of other sizes.
        assumeTrue("nd4j-native:linux-x86_64-onednn".equals(System.getProperty("footprint.backend")));
        assertThat(jars).hasSizeBetween(20, MOST_JARS);
        assertThat(jars.stream().mapToLong(FootprintTest::size).sum() / 1e6).isBetween(100.0, MOST_MEGABYTES);
    }

    @Test
    void there_are_no_data_pipelines_and_no_platform_bundles() {
        assertThat(jars)
                .extracting(FootprintTest::name)
                .noneMatch(
                        name -> name.matches("(opencv|ffmpeg|leptonica|hdf5|datavec|deeplearning4j-(data|ui|model)).*"))
                .noneMatch(name -> name.matches("(nd4j|javacpp|openblas|cuda)(-.*)?-platform-.*"));
    }

    @Test
    void natives_are_those_of_this_platform_and_each_is_there_once() {
        String platform = System.getProperty("footprint.platform", "linux-x86_64");
        List<Path> natives = jars.stream().filter(FootprintTest::holdsNatives).toList();
        assertThat(natives).isNotEmpty().allSatisfy(jar -> assertThat(name(jar)).contains(platform));
        assertThat(natives).filteredOn(jar -> name(jar).startsWith("nd4j-")).hasSize(1);
    }

    private static boolean holdsNatives(Path jar) {
        // JNA has 0.9 MB of natives for many platforms in one jar. DL4J needs it (through OSHI) to report memory when
        // an
        // allocation fails.
        if (name(jar).startsWith("jna-")) {
            return false;
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream()
                    .anyMatch(entry -> NATIVE.matcher(entry.getName()).matches());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path jar) {
        return jar.getFileName().toString();
    }

    private static long size(Path jar) {
        try {
            return Files.size(jar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
