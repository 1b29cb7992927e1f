package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;

/** An estimator with a folder for checkpoints goes on where its driver was killed. */
@Tag("slow")
class KilledDriverTest {
    private static final int EPOCHS = 4;

    @TempDir
    Path folder;

    /** The driver that is killed. */
    public static void main(String[] arguments) {
        train(arguments[0]);
    }

    private static Dl4jModel train(String checkpoints) {
        SparkSession spark = People.spark();
        spark.sparkContext().hadoopConfiguration().set("fs.recorded.impl", RecordedFiles.class.getName());
        return MultiTaskEstimatorTest.estimator()
                .setEpochs(EPOCHS)
                .setValidationIndicatorCol("held")
                .setCheckpointDirectory(checkpoints)
                .fit(People.frame(100, 8))
                .model();
    }

    private int runDriverThatIsKilled(String checkpoints) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-D" + RecordedFiles.FATAL + "=checkpoint-000003.zip",
                "-Xmx512m",
                "-XX:+UseSerialGC"));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), KilledDriverTest.class.getName(), checkpoints));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("driver.log").toFile())
                .start()
                .waitFor();
    }

    @Test
    void a_driver_killed_while_it_writes_a_checkpoint_goes_on_to_the_same_bits()
            throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        String checkpoints = "recorded://" + run;
        int code = runDriverThatIsKilled(checkpoints);
        assertThat(code)
                .as("%s", Files.readString(folder.resolve("driver.log")))
                .isEqualTo(137);
        assertThat(run.resolve("checkpoint-000002.zip.complete")).exists();
        assertThat(run.resolve("checkpoint-000003.zip")).hasSize(1);
        assertThat(run.resolve("checkpoint-000003.zip.complete")).doesNotExist();

        RecordedFiles.CREATED.clear();
        Dl4jModel resumed = train(checkpoints);
        assertThat(RecordedFiles.CREATED)
                .filteredOn(name -> name.matches("checkpoint-\\d+\\.zip"))
                .containsExactly("checkpoint-000003.zip", "checkpoint-000004.zip");
        Dl4jModel undisturbed = train("");
        assertThat(resumed.history().epochs()).hasSize(EPOCHS);
        assertThat(resumed.history().last().validationMetrics())
                .isEqualTo(undisturbed.history().last().validationMetrics());
        assertThat(resumed.graph().params()).isEqualTo(undisturbed.graph().params());
        assertThat(resumed.graph().getUpdater(false).getStateViewArray())
                .isEqualTo(undisturbed.graph().getUpdater(false).getStateViewArray());
    }
}
