package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.examples.testing.ReportHtml;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;

class PosterCommandTest {
    @TempDir
    Path directory;

    @Tag("slow")
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
        CommandRun first = CommandRun.of(command);
        assertThat(first.err()).isEmpty();
        assertThat(first.code()).isZero();
        assertThat(first.out()).contains("160 faces to train, 40 to validate", "| split |", "±");
        assertThat(Files.readString(out.resolve("report.md"))).contains("## Failure rate", "learning-curves.svg");
        assertThat(ReportHtml.widthOf(out.resolve("learning-curves.svg"))).isGreaterThan(400);
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
                        ReportHtml.row("cross-stitch + L2", Arrays.copyOfRange(cells, 1, cells.length - 1)),
                        String.format(
                                Locale.ROOT,
                                "Failure rates: split %.1f %%, cross-stitch + L2 ",
                                Double.parseDouble(failures.replaceAll(".*\\| ([0-9.]+) ± [^|]*\\|$", "$1"))),
                        "cross-stitch-l2-seed1-alpha-means",
                        "cross-stitch-l2-seed1-relatedness",
                        "split-seed1-confusion-pose",
                        "split-seed1-faces-worst")
                .doesNotContain("do not publish"); // drawn faces
        CommandRun second = CommandRun.of(command);
        assertThat(second.out()).contains("taken from").doesNotContain("epoch 1 of 2");
        command[2] = 201;
        assertThat(CommandRun.of(command).out())
                .as("other faces")
                .contains("epoch 1 of 2")
                .doesNotContain("taken from");
    }

    @Test
    void faces_of_an_older_run_are_not_shown_as_those_of_a_newer_one() {
        Path out = directory.resolve("older");
        Object[] first = {"poster", "--faces", 60, "--epochs", 1, "--variants", "split", "--out", out};
        assertThat(CommandRun.of(first).code()).isZero();
        Path sheet = out.resolve("runs/split-seed1-faces-best.png");
        assertThat(sheet).isRegularFile();
        Object[] second = first.clone();
        second[4] = 2;
        assertThat(CommandRun.of(Stream.concat(Arrays.stream(second), Stream.of("--no-faces"))
                                .toArray())
                        .code())
                .isZero();
        assertThat(sheet).doesNotExist();
    }

    @Tag("slow")
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
        assertThat(CommandRun.of(poster).code()).isZero();
        assertThat(CommandRun.of(tune).code()).isZero();
        assertThat(CommandRun.of(poster).out()).contains("taken from");

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
        assertThat(CommandRun.of(poster).out()).doesNotContain("taken from");
        CommandRun again = CommandRun.of(tune);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("labels-tuned");
    }
}
