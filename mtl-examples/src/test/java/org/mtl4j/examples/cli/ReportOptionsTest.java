package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;

class ReportOptionsTest {
    @TempDir
    Path directory;

    @Test
    void reports_have_the_command_as_it_was_given() throws IOException {
        Path report = directory.resolve("a report");
        CommandRun trained = CommandRun.of(
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

    @Tag("slow")
    @Test
    void a_directory_that_is_written_again_without_faces_has_none() throws IOException {
        Path out = directory.resolve("passed-on");
        Object[] first = {"poster", "--faces", 60, "--epochs", 1, "--variants", "split", "--out", out};
        assertThat(CommandRun.of(first).code()).isZero();
        assertThat(facesIn(out)).hasSize(4); // of the run, and of the report
        CommandRun second = CommandRun.of(
                Stream.concat(Arrays.stream(first), Stream.of("--no-faces")).toArray());
        assertThat(second.code()).isZero();
        assertThat(second.out()).contains("taken from");
        assertThat(facesIn(out)).isEmpty();

        Path model = directory.resolve("shown.zip");
        assertThat(CommandRun.ofTraining(1, "--out", model).code()).isZero();
        assertThat(facesIn(directory.resolve("shown-report"))).hasSize(2);
        assertThat(CommandRun.ofTraining(1, "--out", model, "--no-faces").code())
                .isZero();
        assertThat(facesIn(directory.resolve("shown-report"))).isEmpty();
    }

    private static List<Path> facesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(".*faces-.*\\.png"))
                    .toList();
        }
    }
}
