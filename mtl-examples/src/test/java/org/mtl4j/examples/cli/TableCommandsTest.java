package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.examples.testing.EngineAnswers;

/** The commands of tables as a user gives them. */
class TableCommandsTest {
    @TempDir
    private Path directory;

    private Path homes(String name, int rows, long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("area;town;kind;rent\n");
        for (int row = 0; row < rows; row++) {
            int area = 30 + random.nextInt(150);
            int town = random.nextInt(12);
            text.append(
                    "%s;town %s;%s;%s\n".formatted(area, town, area > 100 ? "house" : "flat", area * 0.01 + town % 2));
        }
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void a_table_is_looked_at_trained_on_measured_and_predicted() throws IOException {
        Path table = homes("homes.csv", 600, 1);
        CommandRun guessed =
                CommandRun.of("schema", "--table", table, "--separator", ";", "--label", "kind", "--label", "rent");
        assertThat(guessed.err()).isEmpty();
        assertThat(guessed.out()).contains("\"town\"", "\"category\"", "\"numbers\"");
        Path schema = Files.writeString(directory.resolve("schema.json"), guessed.out());
        Path model = directory.resolve("homes.zip");
        CommandRun trained = CommandRun.of(
                "train",
                "--table",
                table,
                "--separator",
                ";",
                "--schema",
                schema,
                "--epochs",
                6,
                "--batch",
                32,
                "--layers",
                "16,8",
                "--embedding",
                4,
                "--learning-rate",
                0.01,
                "--out",
                model);
        assertThat(trained.err()).isEmpty();
        assertThat(trained.code()).isZero();
        assertThat(trained.out())
                .contains("trained on 480 rows, measured on 120 others", "cross-stitch per channel", "roc-auc");
        assertThat(directory.resolve("homes-report/report.html")).content().contains("homes.csv", "kind", "rent");

        Path others = homes("others.csv", 300, 2);
        Path json = directory.resolve("figures.json");
        CommandRun measured = CommandRun.of(
                "evaluate",
                "--table",
                others,
                "--separator",
                ";",
                "--schema",
                schema,
                "--model",
                model,
                "--json",
                json,
                "--report",
                directory.resolve("measured"));
        assertThat(measured.err()).isEmpty();
        assertThat(directory.resolve("measured/report.html")).content().contains("measured on others.csv");
        var figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.get("kind").get("roc-auc").asDouble()).isGreaterThan(0.95);
        assertThat(figures.get("rent").get("r2").asDouble()).isGreaterThan(0.3); // of a constant it is 0

        Path rows = Files.writeString(directory.resolve("rows.csv"), "town,area\ntown 3,170\nRome,40\n,?\n");
        Path answers = directory.resolve("answers.csv");
        CommandRun predicted = CommandRun.of("predict", "--table", rows, "--model", model, "--out", answers);
        assertThat(predicted.err()).contains("rows.csv, line 4, column 'area': expected a finite number");
        Files.writeString(rows, "town,area\ntown 3,170\nRome,40\n");
        predicted = CommandRun.of("predict", "--table=" + rows, "--model", model, "--out", answers);
        assertThat(predicted.err()).isEmpty();
        List<String> lines = Files.readAllLines(answers);
        assertThat(lines.get(0)).isEqualTo("kind,kind:flat,kind:house,rent:rent");
        assertThat(lines.get(1)).startsWith("house,");
        assertThat(lines.get(2)).startsWith("flat,");
        assertThat(lines).hasSize(3);

        CommandRun inspected = CommandRun.of("inspect", model);
        assertThat(inspected.out()).contains("rows of a table: 1 categories, 1 numbers", "category town");

        Path streamedModel = directory.resolve("streamed.zip");
        CommandRun streamed = CommandRun.of(
                "train",
                "--table",
                table,
                "--separator",
                ";",
                "--schema",
                schema,
                "--epochs",
                1,
                "--stream",
                "--validation",
                others,
                "--sharing",
                "hard",
                "--out",
                streamedModel);
        assertThat(streamed.err()).isEmpty();
        assertThat(Dl4jModel.load(streamedModel).encoding()).isPresent();
        EngineAnswers.assertAlike(Dl4jModel.load(model));
        EngineAnswers.assertAlike(Dl4jModel.load(streamedModel));

        String hash = MoreFiles.asByteSource(table).hash(Hashing.sha256()).toString();
        assertThat(OnnxExport.of(Dl4jModel.load(streamedModel)).metadata())
                .containsEntry("table", table.getFileName().toString())
                .containsEntry("table.sha256", hash)
                .containsKeys("mtl4j.encoding", "mtl4j.seed");
    }

    @Test
    void what_is_wrong_is_said_before_anything_is_trained() throws IOException {
        Path table = homes("homes.csv", 30, 1);
        Path schema = directory.resolve("schema.json");
        Files.writeString(schema, "{\"format\":2}");
        CommandRun run =
                CommandRun.of("train", "--table", table, "--schema", schema, "--out", directory.resolve("model.zip"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("schema.json: table schema: 'columns' is missing");
        run = CommandRun.of(
                "train", "--table", table, "--schema", schema, "--stream", "--out", directory.resolve("model.zip"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--stream holds no rows back, so it needs --validation FILE");
        run = CommandRun.of("schema", "--table", table, "--separator", ";", "--label", "price");
        assertThat(run.err()).contains("there is no column 'price' for a label; there are [area, town, kind, rent]");
    }
}
