package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.examples.testing.ReportHtml;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;

/** The commands as a user gives them, on synthetic faces, in memory and written to files. */
class MainTest {
    @TempDir
    Path directory;

    @Tag("slow")
    @Test
    void train_evaluate_and_predict_work_together() throws IOException {
        Path corpus = directory.resolve("corpus");
        MtflCorpus.of(SyntheticFaces.corpus(400, 2)).write(corpus, ImageFormat.PNG);
        Path model = directory.resolve("model.zip");
        CommandRun trained = CommandRun.of(
                "train",
                "--corpus",
                corpus,
                "--variant",
                "cross-stitch-exponential",
                "--epochs",
                4,
                "--batch",
                32,
                "--margin",
                "0.1",
                "--augment",
                "--out",
                model);
        assertThat(trained.err()).isEmpty();
        assertThat(trained.code()).isZero();
        assertThat(trained.out()).contains("cross-stitch per channel, 0.9 own", "epoch 4 of 4", "gender");

        Path json = directory.resolve("figures.json");
        CommandRun evaluated = CommandRun.of("evaluate", "--model", model, "--corpus", corpus, "--json", json);
        assertThat(evaluated.code()).isZero();
        assertThat(evaluated.out()).contains("400 faces", "majority class");
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        // a network that predicts the mean landmarks is at about 9 % on these faces
        assertThat(figures.get("landmarks").get("all").get("meanError").asDouble())
                .isBetween(0.005, 0.085);

        Path page = directory.resolve("evaluation");
        CommandRun reported = CommandRun.of("evaluate", "--model", model, "--corpus", corpus, "--report", page);
        assertThat(reported.code()).as(reported.err()).isZero();
        String evaluation = Files.readString(page.resolve("report.html"));
        assertThat(evaluation)
                .contains(
                        "Evaluation of model.zip",
                        ReportHtml.row("all", percent(figures, "meanError", 2), percent(figures, "failureRate", 1)),
                        "<th scope=\"row\">4</th>", // the epochs, from the model file
                        "do not publish",
                        "--report " + page);
        assertThat(ReportHtml.widthOf(page.resolve("error-distribution.svg"))).isGreaterThan(400);
        CommandRun faceless = CommandRun.of(
                "evaluate", "--model", model, "--corpus", corpus, "--no-faces", "--report", directory.resolve("f"));
        assertThat(faceless.code()).isZero();
        assertThat(directory.resolve("f/report.html")).content().doesNotContain("faces-best", "do not publish");
        assertThat(directory.resolve("f/faces-best.png")).doesNotExist();
        assertThat(directory.resolve("model-report/report.html"))
                .content()
                .contains("Trained on 320 faces, measured on 80 others", "alpha-pool1-channels", "coefficient-b");

        Path averagedJson = directory.resolve("averaged.json");
        CommandRun averaged = CommandRun.of(
                "evaluate", "--model", model, "--corpus", corpus, "--json", averagedJson, "--flip-averaging");
        assertThat(averaged.code()).isZero();
        JsonNode averagedFigures = new ObjectMapper().readTree(averagedJson.toFile());
        // it makes a difference, and mirrored faces are no strangers to the network
        assertThat(averagedFigures.get("landmarks").get("all").get("meanError").asDouble())
                .isNotEqualTo(
                        figures.get("landmarks").get("all").get("meanError").asDouble())
                .isBetween(0.005, 0.085);

        CommandRun heldBack = CommandRun.of("evaluate", "--model", model, "--corpus", corpus, "--held-back");
        assertThat(heldBack.code()).as(heldBack.err()).isZero();
        assertThat(heldBack.out()).contains("80 faces"); // a fifth
        String measuredInTraining = trained.out()
                .substring(trained.out().indexOf("landmark  "), trained.out().indexOf("model:"));
        assertThat(heldBack.out()).contains(measuredInTraining);
        Path others = directory.resolve("others");
        MtflCorpus.of(SyntheticFaces.corpus(400, 3)).write(others, ImageFormat.PNG);
        CommandRun strangers = CommandRun.of("evaluate", "--model", model, "--corpus", others, "--held-back");
        assertThat(strangers.code()).isEqualTo(1);
        assertThat(strangers.err()).contains("its faces are others than those that", "80 faces, SHA-256 ");

        CommandRun boxesOnly = CommandRun.of(
                "evaluate", "--model", model, "--corpus", corpus, "--list", corpus.resolve("trainImageList.txt"));
        assertThat(boxesOnly.code()).isZero();
        assertThat(boxesOnly.out()).contains("all").doesNotContain("gender"); // no labels, so left out

        Path image;
        try (var files = Files.walk(corpus)) {
            image = files.filter(file -> file.toString().endsWith(".png"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
        Path drawing = directory.resolve("drawing.png");
        CommandRun predicted = CommandRun.of(
                "predict",
                "--model",
                model,
                "--image",
                image,
                "--box",
                "20,20,100,100",
                "--flip-averaging",
                "--out",
                drawing);
        assertThat(predicted.err()).isEmpty();
        assertThat(predicted.code()).isZero();
        assertThat(predicted.out()).contains("left eye", "pose:");
        BufferedImage picture = ImageIO.read(drawing.toFile());
        int green = 0;
        for (int x = 0; x < picture.getWidth(); x++) {
            for (int y = 0; y < picture.getHeight(); y++) {
                green += (picture.getRGB(x, y) & 0xffffff) == 0x00ff00 ? 1 : 0;
            }
        }
        assertThat(green).as("pixels of the drawn points").isGreaterThan(50);
    }

    @Test
    void options_without_effect_are_refused() {
        for (Object[] args : new Object[][] {
            {"train", "--variant", "split", "--out", "x.zip", "--schedule", "cosine", "--decay", 0.5},
            {"train", "--variant", "split", "--out", "x.zip", "--own-share", 0.5},
            {"train", "--variant", "cross-stitch", "--out", "x.zip", "--strength", 0.5},
            {"train", "--variant", "split", "--out", "x.zip", "--checkpoint-every", 2},
            {"train", "--variant", "split", "--out", "x.zip", "--corpus", directory, "--faces", 20},
            {"poster", "--corpus", directory, "--faces", 20},
            {"tune", "--corpus", directory, "--faces", 20},
            {"tune", "--rate", 0.05},
            {"tune", "--variant", "cross-stitch", "--own-share", 0.7},
            {"train", "--variant", "split", "--out", "x.zip", "--width", 0},
            {"poster", "--warm-up", -5},
            {"tune", "--keep", 5}
        }) {
            CommandRun outcome = CommandRun.of(args);
            assertThat(outcome.code()).as(Arrays.toString(args)).isEqualTo(2);
            assertThat(outcome.err()).contains(args[args.length - 2].toString());
        }
    }

    @Test
    void files_that_cannot_be_had_are_named_with_what_is_wrong() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        CommandRun taken = CommandRun.of("tune", "--faces", 60, "--trials", 1, "--out", file);
        assertThat(taken.code()).isEqualTo(1);
        assertThat(taken.err()).contains(file + ": there is something of this name already");
        CommandRun poster = CommandRun.of("poster", "--faces", 60, "--epochs", 1, "--out", file);
        assertThat(poster.code()).as(poster.err()).isNotZero();
        assertThat(poster.err()).contains("file").doesNotContain("\tat ");
        assertThat(poster.out()).doesNotContain("epoch 1 of 1");
    }

    @Test
    void mistakes_are_answered_with_what_is_wrong() {
        CommandRun nothing = CommandRun.of();
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.err()).contains("poster", "train", "evaluate", "predict");
        assertThat(CommandRun.of("train", "--variant", "split").code()).isEqualTo(2);
        CommandRun variant =
                CommandRun.of("train", "--variant", "splt", "--faces", 20, "--out", directory.resolve("m"));
        assertThat(variant.code()).isEqualTo(1);
        assertThat(variant.err()).contains("no variant 'splt'", "cross-stitch-l2");
        CommandRun model = CommandRun.of("evaluate", "--model", directory.resolve("none.zip"), "--corpus", directory);
        assertThat(model.code()).isEqualTo(1);
        assertThat(model.err()).contains("none.zip").doesNotContain("\tat ");
        CommandRun corpus =
                CommandRun.of("poster", "--corpus", directory.resolve("nowhere"), "--out", directory.resolve("r"));
        assertThat(corpus.code()).isEqualTo(1);
        assertThat(corpus.err()).contains("nowhere");
        CommandRun folder = CommandRun.of("train", "--variant", "split", "--faces", 20, "--out", directory);
        assertThat(folder.code()).isEqualTo(2);
        assertThat(folder.err()).contains("--out", directory.toString(), "is a directory");
        CommandRun twice =
                CommandRun.of("poster", "--faces", 20, "--variants", "split,split", "--out", directory.resolve("r"));
        assertThat(twice.code()).isEqualTo(2);
        assertThat(twice.err()).contains("--variants", "twice");
        for (String[] command : new String[][] {{"poster"}, {"tune", "--variant", "split"}}) {
            Object[] unmeasured = Stream.concat(
                            Arrays.stream(command),
                            java.util.stream.Stream.of(
                                    "--faces", 20, "--validation", 0, "--out", directory.resolve("r")))
                    .toArray();
            CommandRun outcome = CommandRun.of(unmeasured);
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err()).contains("--validation 0", "'" + command[0] + "'");
        }
    }

    private static String percent(JsonNode figures, String name, int digits) {
        double share = figures.get("landmarks").get("all").get(name).asDouble();
        return String.format(Locale.ROOT, "%." + digits + "f", 100 * share);
    }
}
