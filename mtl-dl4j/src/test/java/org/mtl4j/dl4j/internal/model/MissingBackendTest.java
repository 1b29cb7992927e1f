package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;

/** What a user sees who has forgotten the backend: a JVM of its own whose class path is this build's without one. */
class MissingBackendTest {
    @TempDir
    private Path directory;

    /** The user's program. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(2))
                    .tower("only", SplitHead.of(Task.regression("y", 1)))
                    .build();
            Dl4jModel.create(network, TrainingPlan.adam(1e-3));
        }
    }

    @Test
    void the_message_says_what_to_add() throws IOException, InterruptedException {
        Path list = Path.of(System.getProperty("footprint.classpath", "target/footprint.classpath"));
        assertThat(list)
                .as("written by maven-dependency-plugin: run this test through Maven")
                .isRegularFile();
        String classPath = Stream.concat(
                        Stream.of("target/classes", "target/test-classes"),
                        Arrays.stream(Files.readString(list).trim().split(File.pathSeparator))
                                .filter(jar -> !new File(jar).getName().matches("nd4j-(native|cuda).*")))
                .collect(Collectors.joining(File.pathSeparator));
        Path output = directory.resolve("output");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        Program.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(java.waitFor()).isNotZero();
        assertThat(Files.readString(output, StandardCharsets.UTF_8))
                .contains("IllegalStateException: No usable ND4J backend")
                .contains("org.nd4j:nd4j-native")
                .contains("org.nd4j:nd4j-cuda-11.6");
    }
}
