package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.factory.Nd4j;

/** What a user is told whose Java runtime denies what ND4J needs: in a JVM of its own, of the newest kind there is. */
class DeniedAccessTest {
    /** The first JDK that has the option for natives. */
    private static final int FIRST = 24;

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

    @ParameterizedTest(name = "{0}, {1} first")
    @CsvSource({
        "--illegal-native-access=deny, nd4j, --enable-native-access=ALL-UNNAMED",
        "--illegal-native-access=deny, library, --enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=deny, nd4j, --sun-misc-unsafe-memory-access=allow",
        "--sun-misc-unsafe-memory-access=deny, library, --sun-misc-unsafe-memory-access=allow",
    })
    void the_option_is_named(String denied, String first, String option) throws IOException, InterruptedException {
        Optional<Path> java = newJava();
        assumeTrue(java.isPresent(), "no JDK " + FIRST + " or newer beside the one in use");
        Process process = new ProcessBuilder(
                        java.get().toString(),
                        denied,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Program.class.getName(),
                        first)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isNotZero();
        // "Use --enable-native-access=ALL-UNNAMED to avoid a warning" is what Java says where it is not denied
        assertThat(output).containsIgnoringCase("start java with " + option);
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
        try (Reader reader = Files.newBufferedReader(home.resolve("release"))) {
            release.load(reader);
        } catch (IOException e) { // no JDK
            return 0;
        }
        String version = release.getProperty("JAVA_VERSION", "0").replace("\"", "");
        return Integer.parseInt(version.split("[.\\-+]")[0]);
    }
}
