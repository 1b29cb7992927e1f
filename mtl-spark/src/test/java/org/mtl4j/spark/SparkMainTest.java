package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;

/** The program, with Spark in this process. */
@Tag("slow")
class SparkMainTest {
    /** What spark-submit says. */
    private static final Map<String, String> SUBMITTED = Map.of(
            "spark.master", "local[2]",
            "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1");

    @TempDir
    Path directory;

    @BeforeEach
    void submit() {
        SUBMITTED.forEach(System::setProperty);
    }

    @AfterEach
    void restore() {
        SUBMITTED.keySet().forEach(System::clearProperty);
    }

    private static String run(Object... args) {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            SparkMain.main(Stream.of(args).map(Object::toString).toArray(String[]::new));
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void what_is_sampled_can_be_trained_measured_and_asked() throws IOException {
        run("sample", "--faces", 40, "--out", directory);
        Path corpus = directory.resolve("corpus");
        Path start = directory.resolve("start.zip");
        Path trained = directory.resolve("trained.zip");
        String training =
                run("train", "--corpus", corpus, "--model", start, "--out", trained, "--epochs", 2, "--batch", 8);
        assertThat(training).contains("epoch 2, 6 steps", "landmarks=", "model: " + trained);
        Dl4jModel model = Dl4jModel.load(trained);
        assertThat(model.history().epochs()).hasSize(2);
        assertThat(model.graph()
                        .params()
                        .distance2(Dl4jModel.load(start).graph().params()))
                .isGreaterThan(0.01);

        String averaged = run(
                "train",
                "--corpus",
                corpus,
                "--model",
                start,
                "--out",
                trained,
                "--epochs",
                1,
                "--batch",
                8,
                "--shards",
                4,
                "--average-every",
                2);
        assertThat(averaged).contains("epoch 1, 2 steps");

        assertThat(run("evaluate", "--corpus", corpus, "--model", trained))
                .contains("40 faces, mean error", "gender: 40 faces, accuracy");

        Path predictions = directory.resolve("predictions");
        run("predict", "--corpus", corpus, "--model", trained, "--out", predictions, "--shards", 3);
        List<String> lines = new ArrayList<>();
        for (int part = 0; part < 3; part++) {
            lines.addAll(Files.readAllLines(predictions.resolve("part-0000" + part)));
        }
        assertThat(lines).hasSize(40).allMatch(line -> line.contains(".png,,landmarks.x1,"));
    }

    @Test
    void options_without_sense_are_refused() {
        for (Object[] args : new Object[][] {
            {"evaluate", "--model", "m", "--corpus", "c", "--shards", 0},
            {"predict", "--model", "m", "--corpus", "c", "--out", "o", "--list", "l", "--whole-images"}
        }) {
            assertThatThrownBy(() -> run(args)).hasMessageContaining("code 2");
        }
    }

    @Test
    void what_fails_is_seen_by_spark() {
        assertThatThrownBy(() -> run("train", "--model", directory.resolve("none.zip")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("code 2");
        assertThatThrownBy(() -> run("evaluate", "--corpus", directory, "--model", directory.resolve("none.zip")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("code 1");
    }
}
