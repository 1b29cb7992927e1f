package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.factory.Nd4j;

class DeniedAccessTest {
    /** The first JDK that has the option for natives. */
    private static final int FIRST = 24;

    @TempDir
    private Path directory;

    /** A user's program, which uses ND4J first, or the library. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            if (arguments[0].equals("nd4j")) {
                Nd4j.zeros(2);
            }
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(2))
                    .tower("only", SplitHead.of(Task.regression("y", 1)))
                    .build();
            Dl4jModel.create(network, TrainingPlan.adam(1e-3));
        }
    }

    @Test
    void only_what_is_denied_has_a_message() {
        assertThat(DeniedAccess.messages(List.of("-Xmx1g", "--illegal-native-access=warn")))
                .isEmpty();
        assertThat(DeniedAccess.messages(List.of("--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED")))
                .isEmpty();
        assertThat(DeniedAccess.messages(
                        List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny")))
                .hasSize(2);
    }

    @ParameterizedTest(name = "{0}, {1} first")
    @CsvSource({
        "--illegal-native-access=deny, nd4j, --enable-native-access=ALL-UNNAMED",
        "--illegal-native-access=deny, library, --enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=deny, nd4j, --sun-misc-unsafe-memory-access=allow",
        "--sun-misc-unsafe-memory-access=deny, library, --sun-misc-unsafe-memory-access=allow",
    })
    void a_runtime_that_denies_access_is_told_the_option(String denied, String first, String option)
            throws IOException, InterruptedException {
        Optional<Path> java = newJava();
        assumeTrue(java.isPresent(), "no JDK " + FIRST + " or newer beside the one in use");
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        java.get().toString(),
                        denied,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        first)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).isNotZero();
        assertThat(Files.readString(output)).contains(option);
    }

    /** {@return the program of a JDK beside the one in use that has both options} */
    private static Optional<Path> newJava() throws IOException {
        Path beside = Path.of(System.getProperty("java.home")).toAbsolutePath().getParent();
        try (Stream<Path> homes = Files.list(beside)) {
            return homes.filter(home -> version(home) >= FIRST)
                    .map(home -> home.resolve("bin").resolve("java"))
                    .filter(Files::isExecutable)
                    .sorted()
                    .findFirst();
        }
    }

    private static int version(Path home) {
        Properties release = new Properties();
        try (var reader = Files.newBufferedReader(home.resolve("release"))) {
            release.load(reader);
        } catch (IOException e) { // no JDK
            return 0;
        }
        String version = release.getProperty("JAVA_VERSION", "0").replace("\"", "");
        return Integer.parseInt(version.split("[.\\-+]")[0]);
    }
}
