package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.layer.Shape;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.synthetic.SyntheticFaces;
import picocli.CommandLine;

/** The commands as a user gives them, on synthetic faces, in memory and written to files. */
class MainTest {
    @TempDir
    Path directory;

    private record Outcome(int code, String out, String err) {}

    private static Outcome run(Object... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            String[] words = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
            int code = Main.run(words);
            return new Outcome(
                    code, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @Test
    void train_evaluate_and_predict_work_together() throws IOException {
        Path corpus = directory.resolve("corpus");
        MtflCorpus.of(SyntheticFaces.corpus(400, 2)).write(corpus, ImageFormat.PNG);
        Path model = directory.resolve("model.zip");
        Outcome trained = run(
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
        Outcome evaluated = run("evaluate", "--model", model, "--corpus", corpus, "--json", json);
        assertThat(evaluated.code()).isZero();
        assertThat(evaluated.out()).contains("400 faces", "majority class");
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        // a network that predicts the mean landmarks is at about 9 % on these faces
        assertThat(figures.get("landmarks").get("all").get("meanError").asDouble())
                .isBetween(0.005, 0.085);

        Path page = directory.resolve("evaluation");
        Outcome reported = run("evaluate", "--model", model, "--corpus", corpus, "--report", page);
        assertThat(reported.code()).as(reported.err()).isZero();
        String evaluation = Files.readString(page.resolve("report.html"));
        assertThat(evaluation)
                .contains(
                        "Evaluation of model.zip",
                        row("all", percent(figures, "meanError", 2), percent(figures, "failureRate", 1)),
                        "<th scope=\"row\">4</th>", // the epochs, from the model file
                        "do not publish",
                        "--report " + page);
        assertThat(ImageIO.read(page.resolve("error-distribution.png").toFile()).getWidth())
                .isGreaterThan(400);
        Outcome faceless =
                run("evaluate", "--model", model, "--corpus", corpus, "--no-faces", "--report", directory.resolve("f"));
        assertThat(faceless.code()).isZero();
        assertThat(directory.resolve("f/report.html")).content().doesNotContain("faces-best", "do not publish");
        assertThat(directory.resolve("f/faces-best.png")).doesNotExist();
        assertThat(directory.resolve("model-report/report.html"))
                .content()
                .contains("Trained on 320 faces, measured on 80 others", "alpha-pool1-channels", "coefficient-b");

        Path averagedJson = directory.resolve("averaged.json");
        Outcome averaged =
                run("evaluate", "--model", model, "--corpus", corpus, "--json", averagedJson, "--flip-averaging");
        assertThat(averaged.code()).isZero();
        JsonNode averagedFigures = new ObjectMapper().readTree(averagedJson.toFile());
        // it makes a difference, and mirrored faces are no strangers to the network
        assertThat(averagedFigures.get("landmarks").get("all").get("meanError").asDouble())
                .isNotEqualTo(
                        figures.get("landmarks").get("all").get("meanError").asDouble())
                .isBetween(0.005, 0.085);

        Outcome heldBack = run("evaluate", "--model", model, "--corpus", corpus, "--held-back");
        assertThat(heldBack.code()).as(heldBack.err()).isZero();
        assertThat(heldBack.out()).contains("80 faces"); // a fifth
        String measuredInTraining = trained.out()
                .substring(trained.out().indexOf("landmark  "), trained.out().indexOf("model:"));
        assertThat(heldBack.out()).contains(measuredInTraining);
        Path others = directory.resolve("others");
        MtflCorpus.of(SyntheticFaces.corpus(400, 3)).write(others, ImageFormat.PNG);
        Outcome strangers = run("evaluate", "--model", model, "--corpus", others, "--held-back");
        assertThat(strangers.code()).isEqualTo(1);
        assertThat(strangers.err()).contains("its faces are others than those that", "80 faces, SHA-256 ");

        Outcome boxesOnly =
                run("evaluate", "--model", model, "--corpus", corpus, "--list", corpus.resolve("trainImageList.txt"));
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
        Outcome predicted = run(
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
    void broken_faces_are_an_error_or_left_out_and_counted() throws IOException {
        Path corpus = directory.resolve("corpus");
        MtflCorpus.of(SyntheticFaces.corpus(60, 2)).write(corpus, ImageFormat.PNG);
        Files.write(corpus.resolve("synthetic/000007.png"), new byte[] {1, 2, 3});
        Files.writeString(
                corpus.resolve("trainImageList.txt"), "broken 1 2\n", java.nio.file.StandardOpenOption.APPEND);
        Object[] command = {
            "train", "--corpus", corpus, "--variant", "split", "--epochs", 1, "--out", directory.resolve("model.zip")
        };
        Outcome strict = run(command);
        assertThat(strict.code()).isEqualTo(1);
        assertThat(strict.err()).contains("trainImageList.txt line 61: expected 15 fields");
        Object[] skipping = Arrays.copyOf(command, command.length + 1);
        skipping[command.length] = "--skip-broken";
        Outcome skipped = run(skipping);
        assertThat(skipped.err()).isEmpty();
        assertThat(skipped.code()).isZero();
        assertThat(skipped.out())
                .contains("2 broken lines and faces left out:", "line 61: expected 15 fields", "000007.png", "line 8");
        Outcome evaluated =
                run("evaluate", "--model", directory.resolve("model.zip"), "--corpus", corpus, "--skip-broken");
        assertThat(evaluated.code()).isZero();
        assertThat(evaluated.out()).contains("2 broken lines and faces left out:", "59 faces");
    }

    @Test
    void training_goes_on_from_its_checkpoints_and_refuses_those_of_another_run() throws IOException {
        Path checkpoints = directory.resolve("checkpoints");
        Path whole = directory.resolve("whole.zip");
        Path cut = directory.resolve("cut.zip");
        assertThat(train(3, "--out", whole).code()).isZero();
        assertThat(train(2, "--out", cut, "--checkpoints", checkpoints, "--live")
                        .code())
                .isZero();
        Outcome resumed = train(3, "--out", cut, "--checkpoints", checkpoints);
        assertThat(resumed.code()).isZero();
        assertThat(resumed.out()).contains("epoch 3 of 3").doesNotContain("epoch 2 of 3");
        assertThat(directory.resolve("cut-report/report.html"))
                .content()
                .contains("<th scope=\"row\">1</th>", "<th scope=\"row\">2</th>", "<th scope=\"row\">3</th>")
                .doesNotContain("http-equiv=\"refresh\""); // though the first run was live
        assertThat(Dl4jModel.load(cut).graph().params())
                .isEqualTo(Dl4jModel.load(whole).graph().params());

        Path shorter = directory.resolve("shorter.zip");
        Outcome fewer = train(1, "--out", shorter, "--checkpoints", checkpoints);
        assertThat(fewer.code()).isEqualTo(1);
        assertThat(fewer.err()).contains("has 3 epochs already", "--epochs says 1");
        assertThat(shorter).doesNotExist();

        Outcome other = train(3, "--out", cut, "--checkpoints", checkpoints, "--batch", 16);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("checkpoint-000003.zip", "'settings'", "batch 16");
        for (Object[] option :
                new Object[][] {{"--stop-tasks", "validation:3"}, {"--patience", 2}, {"--from-single-tasks", 1}}) {
            Outcome more = train(3, "--out", cut, "--checkpoints", checkpoints, option[0], option[1]);
            assertThat(more.code()).as(more.out()).isEqualTo(1);
            assertThat(more.err()).contains("checkpoint-000003.zip", "'settings'", option[1].toString());
        }
    }

    @Test
    void towers_trained_alone_are_of_the_same_settings_too() {
        Path checkpoints = directory.resolve("alone");
        Object[] first = {"--from-single-tasks", 1, "--checkpoints", checkpoints, "--out", directory.resolve("a.zip")};
        assertThat(train(1, first).code()).isZero();
        assertThat(checkpoints.resolve("alone/settings.txt")).isRegularFile();
        Outcome other = train(
                1, Stream.concat(Arrays.stream(first), Stream.of("--augment")).toArray());
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("settings.txt is of other settings", "Augmentation");
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
            Outcome outcome = run(args);
            assertThat(outcome.code()).as(Arrays.toString(args)).isEqualTo(2);
            assertThat(outcome.err()).contains(args[args.length - 2].toString());
        }
    }

    @Test
    void files_that_cannot_be_had_are_named_with_what_is_wrong() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        Outcome taken = run("tune", "--faces", 60, "--trials", 1, "--out", file);
        assertThat(taken.code()).isEqualTo(1);
        assertThat(taken.err()).contains(file + ": there is something of this name already");
        Outcome poster = run("poster", "--faces", 60, "--epochs", 1, "--out", file);
        assertThat(poster.code()).as(poster.err()).isNotZero();
        assertThat(poster.err()).contains("file").doesNotContain("\tat ");
        assertThat(poster.out()).doesNotContain("epoch 1 of 1");
    }

    @Test
    void reports_have_the_command_as_it_was_given() throws IOException {
        Path report = directory.resolve("a report");
        Outcome trained = run(
                "train",
                "--recipe",
                "poster-split",
                "--faces",
                60,
                "--epochs",
                1,
                "--report",
                report,
                "--out",
                directory.resolve("m.zip"));
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(report.resolve("report.html"))
                .content()
                .contains("train --recipe poster-split --faces 60 --epochs 1 --report &#39;");
    }

    @Test
    void faces_of_an_older_run_are_not_shown_as_those_of_a_newer_one() {
        Path out = directory.resolve("older");
        Object[] first = {"poster", "--faces", 60, "--epochs", 1, "--variants", "split", "--out", out};
        assertThat(run(first).code()).isZero();
        Path sheet = out.resolve("runs/split-seed1-faces-best.png");
        assertThat(sheet).isRegularFile();
        Object[] second = first.clone();
        second[4] = 2;
        assertThat(run(Stream.concat(Arrays.stream(second), Stream.of("--no-faces"))
                                .toArray())
                        .code())
                .isZero();
        assertThat(sheet).doesNotExist();
    }

    @Test
    void a_directory_that_is_written_again_without_faces_has_none() throws IOException {
        Path out = directory.resolve("passed-on");
        Object[] first = {"poster", "--faces", 60, "--epochs", 1, "--variants", "split", "--out", out};
        assertThat(run(first).code()).isZero();
        assertThat(facesIn(out)).hasSize(4); // of the run, and of the report
        Outcome second =
                run(Stream.concat(Arrays.stream(first), Stream.of("--no-faces")).toArray());
        assertThat(second.code()).isZero();
        assertThat(second.out()).contains("taken from");
        assertThat(facesIn(out)).isEmpty();

        Path model = directory.resolve("shown.zip");
        assertThat(train(1, "--out", model).code()).isZero();
        assertThat(facesIn(directory.resolve("shown-report"))).hasSize(2);
        assertThat(train(1, "--out", model, "--no-faces").code()).isZero();
        assertThat(facesIn(directory.resolve("shown-report"))).isEmpty();
    }

    private static List<Path> facesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(".*faces-.*\\.png"))
                    .toList();
        }
    }

    @Test
    void other_labels_of_training_faces_are_another_run() throws IOException {
        Path corpus = directory.resolve("relabelled");
        MtflCorpus.of(SyntheticFaces.corpus(60, 2)).write(corpus, ImageFormat.PNG);
        Object[] poster = {
            "poster", "--corpus", corpus, "--epochs", 1, "--variants", "split", "--out", directory.resolve("labels")
        };
        Object[] tune = {
            "tune", "--corpus", corpus, "--epochs", 1, "--trials", 1, "--out", directory.resolve("labels-tuned")
        };
        assertThat(run(poster).code()).isZero();
        assertThat(run(tune).code()).isZero();
        assertThat(run(poster).out()).contains("taken from");

        FaceCorpus all = MtflCorpus.load(corpus).training();
        Set<String> trained = all.split(0.2, 1).training().samples().stream()
                .map(FaceSample::id)
                .collect(Collectors.toSet());
        List<String> lines = new ArrayList<>(Files.readAllLines(corpus.resolve("training.txt")));
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (trained.contains(line.split("\\s+")[0].replace('\\', '/'))) {
                String[] fields = line.split("\\s+");
                fields[12] = fields[12].equals("1") ? "2" : "1"; // smile
                lines.set(i, String.join(" ", fields));
            }
        }
        Files.write(corpus.resolve("training.txt"), lines);
        assertThat(run(poster).out()).doesNotContain("taken from");
        Outcome again = run(tune);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("labels-tuned");
    }

    private static Outcome train(int epochs, Object... more) {
        Object[] command = {"train", "--variant", "split", "--faces", 60, "--epochs", epochs};
        return run(Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray());
    }

    @Test
    void poster_writes_its_tables_and_does_not_repeat_a_run() throws IOException {
        Path out = directory.resolve("report");
        Object[] command = {
            "poster",
            "--faces",
            200,
            "--epochs",
            2,
            "--batch",
            32,
            "--variants",
            "split,cross-stitch-l2",
            "--seeds",
            2,
            "--out",
            out
        };
        Outcome first = run(command);
        assertThat(first.err()).isEmpty();
        assertThat(first.code()).isZero();
        assertThat(first.out()).contains("160 faces to train, 40 to validate", "| split |", "±");
        assertThat(Files.readString(out.resolve("report.md"))).contains("## Failure rate", "learning-curves.png");
        assertThat(ImageIO.read(out.resolve("learning-curves.png").toFile()).getWidth())
                .isGreaterThan(400);
        assertThat(new ObjectMapper().readTree(out.resolve("results.json").toFile()))
                .hasSize(4);
        String page = Files.readString(out.resolve("report.html"));
        String[] cells = first.out()
                .lines()
                .filter(line -> line.startsWith("| cross-stitch + L2 |"))
                .findFirst()
                .orElseThrow()
                .split(" \\| ");
        String failures = first.out()
                .lines()
                .dropWhile(line -> !line.startsWith("## Failure rate"))
                .filter(line -> line.startsWith("| split |"))
                .findFirst()
                .orElseThrow();
        assertThat(page)
                .contains(
                        row("cross-stitch + L2", Arrays.copyOfRange(cells, 1, cells.length - 1)),
                        String.format(
                                Locale.ROOT,
                                "Failure rates: split %.1f %%, cross-stitch + L2 ",
                                Double.parseDouble(failures.replaceAll(".*\\| ([0-9.]+) ± [^|]*\\|$", "$1"))),
                        "cross-stitch-l2-seed1-alpha-means",
                        "cross-stitch-l2-seed1-relatedness",
                        "split-seed1-confusion-pose",
                        "split-seed1-faces-worst")
                .doesNotContain("do not publish"); // drawn faces
        Outcome second = run(command);
        assertThat(second.out()).contains("taken from").doesNotContain("epoch 1 of 2");
        command[2] = 201;
        assertThat(run(command).out())
                .as("other faces")
                .contains("epoch 1 of 2")
                .doesNotContain("taken from");
    }

    @Test
    void mistakes_are_answered_with_what_is_wrong() {
        Outcome nothing = run();
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.err()).contains("poster", "train", "evaluate", "predict");
        assertThat(run("train", "--variant", "split").code()).isEqualTo(2);
        Outcome variant = run("train", "--variant", "splt", "--faces", 20, "--out", directory.resolve("m"));
        assertThat(variant.code()).isEqualTo(1);
        assertThat(variant.err()).contains("no variant 'splt'", "cross-stitch-l2");
        Outcome model = run("evaluate", "--model", directory.resolve("none.zip"), "--corpus", directory);
        assertThat(model.code()).isEqualTo(1);
        assertThat(model.err()).contains("none.zip").doesNotContain("\tat ");
        Outcome corpus = run("poster", "--corpus", directory.resolve("nowhere"), "--out", directory.resolve("r"));
        assertThat(corpus.code()).isEqualTo(1);
        assertThat(corpus.err()).contains("nowhere");
        Outcome folder = run("train", "--variant", "split", "--faces", 20, "--out", directory);
        assertThat(folder.code()).isEqualTo(2);
        assertThat(folder.err()).contains("--out", directory.toString(), "is a directory");
        Outcome twice = run("poster", "--faces", 20, "--variants", "split,split", "--out", directory.resolve("r"));
        assertThat(twice.code()).isEqualTo(2);
        assertThat(twice.err()).contains("--variants", "twice");
        for (String[] command : new String[][] {{"poster"}, {"tune", "--variant", "split"}}) {
            Object[] unmeasured = Stream.concat(
                            Arrays.stream(command),
                            java.util.stream.Stream.of(
                                    "--faces", 20, "--validation", 0, "--out", directory.resolve("r")))
                    .toArray();
            Outcome outcome = run(unmeasured);
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err()).contains("--validation 0", "'" + command[0] + "'");
        }
    }

    private static MultiTaskNetwork network(Variant variant, String... options) {
        TrainingSettings settings = new TrainingSettings();
        new CommandLine(settings).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
        return settings.network(variant);
    }

    @Test
    void the_residual_backbone_has_the_same_variants_at_any_width() {
        MultiTaskNetwork single = network(Variant.SINGLE_TASK, "--backbone", "residual");
        assertThat(single.input()).isEqualTo(Shape.image(1, 64, 64));
        assertThat(single.shapeAfter("face", "block1")).isEqualTo(Shape.image(32, 32, 32));
        assertThat(single.shapeAfter("face", "block4")).isEqualTo(Shape.image(96, 8, 8));
        MultiTaskNetwork stitched =
                network(Variant.CROSS_STITCH_EXPONENTIAL, "--backbone", "residual", "--width", "0.5", "--size", "48");
        assertThat(stitched.shapeAfter("attributes", "block4")).isEqualTo(Shape.image(48, 6, 6));
        assertThat(stitched.stitches()).hasSize(5);
        assertThat(stitched.regularizer().orElseThrow().layers()).hasSize(10);
    }

    @Test
    void branches_are_each_task_s_own() {
        String[] options = {"--backbone", "RESIDUAL_BRANCHES", "--width", "0.5"};
        MultiTaskNetwork split = network(Variant.SPLIT, options);
        assertThat(split.shapeAfter("face", "block4")).isEqualTo(Shape.image(48, 8, 8));
        assertThat(split.tower("face").head().branches())
                .allSatisfy(branch -> assertThat(branch.layers()).hasSizeBetween(3, 5));
        assertThat(network(Variant.SPLIT, "--backbone", "RESIDUAL_BRANCHES").parameters())
                .isEqualTo(1_616_693);
        MultiTaskNetwork stitched = network(Variant.CROSS_STITCH_L2, options);
        assertThat(stitched.stitches())
                .hasSize(4)
                .allSatisfy(stitch -> assertThat(stitch.unit().granularity()).isEqualTo(Granularity.PER_CHANNEL));
        assertThat(stitched.regularizer().orElseThrow().layers()).hasSize(9);
    }

    @Test
    void all_variants_are_the_poster_s_networks() {
        // 39: 36/18, 16/8, 6/3, 2; 80 * 2 * 2 = 320 into the dense layer
        long tower = (16 * 20 + 20) + (9 * 20 * 40 + 40) + (9 * 40 * 60 + 60) + (4 * 60 * 80 + 80) + (320 * 120 + 120);
        assertThat(network(Variant.SINGLE_TASK).parameters()).isEqualTo(tower + 1210);
        long heads = 1210 + 3 * 242 + 605;
        long alphas = 4 * (20 + 40 + 60 + 80) + 4;
        assertThat(network(Variant.CROSS_STITCH).parameters()).isEqualTo(2 * tower + heads + alphas);
        assertThat(network(Variant.CROSS_STITCH_EXPONENTIAL).parameters()).isEqualTo(2 * tower + heads + alphas + 10);
        assertThat(network(Variant.CROSS_STITCH_EXPONENTIAL).equalStart()).isTrue();
    }

    @Test
    void a_recipe_is_options_under_a_name() throws IOException {
        Path model = directory.resolve("model.zip");
        Outcome trained = run(
                "train",
                "--recipe",
                "best",
                "--faces",
                80,
                "--epochs",
                1,
                "--size",
                32,
                "--labels",
                "landmarks=0.5,smile=0.25",
                "--validation",
                0,
                "--checkpoints",
                directory.resolve("checkpoints"),
                "--out",
                model);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("epoch 1 of 1", "input [1, 32, 32]", "residual (conv 3x3, 32");
        Dl4jModel read = Dl4jModel.load(model);
        assertThat(read.properties())
                .containsEntry("recipe", "best 2")
                .containsEntry("augmentation.flip", "0.5")
                .containsEntry("crop.margin", "0.1");
        assertThat(read.properties().get("settings"))
                .contains("residual-branches backbone", "averaged with 0.998", "labels {landmarks=0.5, smile=0.25}");

        Outcome listed = run("recipes");
        assertThat(listed.code()).isZero();
        assertThat(listed.out())
                .contains(
                        "best, version 2",
                        "best-small, version 1",
                        "poster-cross-stitch-l2, version 1",
                        "mean error 2.79 %, failures 10.7 %");
        assertThat(run("--version").out()).matches("mtl-examples \\d+\\.\\d+\\.\\S+\\R");
        Outcome unknown = run("train", "--recipe=bst", "--out", model);
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err())
                .contains("no recipe 'bst'", "poster-split", "best")
                .doesNotContain("\tat ");
        Outcome both = run("train", "--recipe", "best", "--recipe=poster-split", "--out", model);
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("--recipe is given twice");
        Path file = Files.writeString(directory.resolve("arguments"), "--recipe\nbest\n");
        assertThat(run("train", "@" + file, "--out", model).code())
                .as("files of arguments are not read, as a recipe in one would be half applied")
                .isEqualTo(2);
        Outcome twice = run("train", "--variant", "split", "--epochs", 1, "--epochs", 2, "--out", model);
        assertThat(twice.code()).as("no option is given twice without a recipe").isEqualTo(2);
    }

    @Test
    void all_recipes_have_options_that_train_knows() {
        assertThat(Recipe.all()).extracting(Recipe::name).doesNotHaveDuplicates();
        for (Recipe recipe : Recipe.all()) {
            String[] arguments = Recipe.expand("train", "--recipe", recipe.name(), "--out", "unused.zip");
            assertThat(arguments).containsSubsequence(recipe.options().toArray(String[]::new));
            assertThat(Main.line()
                            .setOverwrittenOptionsAllowed(true)
                            .parseArgs(arguments)
                            .errors())
                    .isEmpty();
        }
    }

    @Test
    void inspect_says_what_decided_a_model() {
        Path model = directory.resolve("model.zip");
        Outcome trained = run(
                "train",
                "--variant",
                "cross-stitch-l2",
                "--faces",
                80,
                "--size",
                32,
                "--epochs",
                3,
                "--schedule",
                "cosine",
                "--loss",
                "smooth-l1",
                "--freeze-alpha",
                1,
                "--alpha-rate",
                5,
                "--stop-tasks",
                "validation:1",
                "--patience",
                2,
                "--from-single-tasks",
                1,
                "--out",
                model);
        assertThat(trained.code()).as(trained.err()).isZero();
        Outcome inspected = run("inspect", model, "--epochs");
        assertThat(inspected.code()).as(inspected.err()).isZero();
        assertThat(inspected.out())
                .contains(
                        "cosine from 0.001 to 0.0 in 3 epochs",
                        "SmoothL1Loss(beta=0.02)",
                        "rate x5.0, frozen for 1 epochs",
                        "corpus: synthetic",
                        "64 faces, SHA-256 ",
                        "ValidationStopping[patience=1",
                        "deeplearning4j-nn 1.0.0-M2.1",
                        "towers joined landmarks before the first epoch: trained alone for 1 epochs",
                        "epoch 3, ",
                        "alpha after pool1",
                        "relatedness of conv1");
        Outcome missing = run("inspect", directory.resolve("none.zip"));
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("none.zip");
    }

    @Test
    void rules_and_losses_that_do_not_exist_are_refused_before_anything_is_done() {
        for (String[] bad : new String[][] {
            {"--stop-tasks", "never"},
            {"--stop-tasks", "zhang:5"},
            {"--stop-tasks", "validation:0"},
            {"--loss", "huber"}
        }) {
            Outcome outcome = run("train", "--variant", "split", "--out", directory.resolve("x.zip"), bad[0], bad[1]);
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err()).contains(bad[1]);
            assertThat(outcome.out()).isEmpty();
        }
    }

    @Test
    void tune_searches_goes_on_and_reports() throws IOException {
        Path out = directory.resolve("tuning");
        Object[] search = {
            "tune",
            "--faces",
            60,
            "--size",
            32,
            "--trials",
            4,
            "--first-epochs",
            1,
            "--epochs",
            2,
            "--keep",
            2,
            "--search",
            "strength,places",
            "--out",
            out
        };
        Outcome first = run(search);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(Files.readString(out.resolve("report.md")))
                .contains("| trial | epochs | mean error | strength | places |");
        assertThat(ImageIO.read(out.resolve("trials.png").toFile()).getWidth()).isGreaterThan(400);
        String best = first.out()
                .lines()
                .dropWhile(line -> !line.startsWith("| ---"))
                .skip(1)
                .findFirst()
                .orElseThrow();
        String[] cells = best.split(" *\\| *"); // of which the first is empty
        assertThat(directory.resolve("tuning/report.html"))
                .content()
                .contains(
                        "trial %s, the best: %s %% after %s epochs".formatted(cells[1], cells[3], cells[2]),
                        row(cells[1], cells[2], cells[3]),
                        "trials-strength",
                        "error-distribution");
        Outcome again = run(search);
        assertThat(again.code()).isZero();
        assertThat(again.out()).doesNotContain("epoch 1:").contains(table(first.out()));

        search[4] = 48;
        search[2] = 50;
        Outcome other = run(search);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("of other settings");
        Outcome unknown = run("tune", "--variant", "split", "--search", "strength", "--out", out);
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("strength", "landmark-weight");
    }

    private static String row(String name, String... cells) {
        StringBuilder row = new StringBuilder("<th scope=\"row\">").append(name).append("</th>");
        for (String cell : cells) {
            row.append("<td>").append(cell).append("</td>");
        }
        return row.toString();
    }

    private static String percent(JsonNode figures, String name, int digits) {
        double share = figures.get("landmarks").get("all").get(name).asDouble();
        return String.format(Locale.ROOT, "%." + digits + "f", 100 * share);
    }

    private static String table(String report) {
        return report.substring(report.indexOf("| trial |"), report.indexOf("report: "));
    }
}
