package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;

@Tag("slow")
class HadoopCheckpointsTest {
    @TempDir
    Path directory;

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void runDriverUntilItIsKilled(String run) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-Xmx512m",
                "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.mtl4j.spark.KilledDriver", run));
        Process driver = new ProcessBuilder(command)
                .redirectError(directory.resolve("driver.log").toFile())
                .start();
        try (BufferedReader said = driver.inputReader()) {
            String line = said.readLine();
            while (line != null && !line.equals("in the middle of the third epoch")) {
                line = said.readLine();
            }
            assertThat(line)
                    .as("%s", Files.readString(directory.resolve("driver.log")))
                    .isNotNull();
        } finally {
            driver.destroyForcibly();
        }
        driver.waitFor();
    }

    @Test
    void a_run_whose_driver_was_killed_goes_on_to_the_same_bits_on_a_store_that_cannot_rename()
            throws IOException, InterruptedException {
        Path run = directory.resolve("run");
        String name = "norename://" + run;
        runDriverUntilItIsKilled(name);
        assertThat(names(run))
                .containsExactly(
                        "checkpoint-000001.zip",
                        "checkpoint-000001.zip.complete",
                        "checkpoint-000002.zip",
                        "checkpoint-000002.zip.complete",
                        "options.json",
                        "options.json.complete");
        // as if it had been killed while it wrote the third: without a marker it is none
        Files.write(run.resolve("checkpoint-000003.zip"), new byte[] {1, 2, 3});
        List<Integer> epochs = new ArrayList<>();
        try (JavaSparkContext context = KilledDriver.context()) {
            Dl4jModel resumed = KilledDriver.train(context, name, 4, new ProgressListener() {
                @Override
                public void onEpoch(EpochResult result) {
                    epochs.add(result.epoch());
                }
            });
            assertThat(epochs).containsExactly(2, 3);
            Dl4jModel undisturbed = KilledDriver.train(
                    context, "norename://" + directory.resolve("other"), 4, new ProgressListener() {});
            assertThat(resumed.graph().params()).isEqualTo(undisturbed.graph().params());
            assertThat(resumed.graph().getUpdater(false).getStateViewArray())
                    .isEqualTo(undisturbed.graph().getUpdater(false).getStateViewArray());
        }
        assertThat(names(run))
                .contains("checkpoint-000003.zip.complete", "checkpoint-000004.zip.complete")
                .doesNotContain("checkpoint-000001.zip", "checkpoint-000002.zip.complete");

        // a marker of something else: the file was replaced by another one, or not all of it has arrived
        Files.write(run.resolve("checkpoint-000004.zip"), new byte[] {1, 2, 3});
        try (HadoopCheckpoints kept = HadoopCheckpoints.in(NoRename.configuration(), name)) {
            Path copies =
                    kept.addTo(FitOptions.epochs(4)).checkpoints().orElseThrow().directory();
            assertThat(names(copies)).containsExactly("checkpoint-000003.zip", "options.json");
        }
    }
}
