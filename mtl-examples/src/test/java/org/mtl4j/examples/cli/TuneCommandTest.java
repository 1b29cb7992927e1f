package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.examples.testing.ReportHtml;

class TuneCommandTest {
    @TempDir
    Path directory;

    @Tag("slow")
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
        CommandRun first = CommandRun.of(search);
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
                        ReportHtml.row(cells[1], cells[2], cells[3]),
                        "trials-strength",
                        "error-distribution");
        CommandRun again = CommandRun.of(search);
        assertThat(again.code()).isZero();
        assertThat(again.out()).doesNotContain("epoch 1:").contains(table(first.out()));

        search[4] = 48;
        search[2] = 50;
        CommandRun other = CommandRun.of(search);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .contains(
                        "run.json is that of another run",
                        "size: there 32, here 48",
                        "training-faces: there 48, here 40");
        CommandRun unknown = CommandRun.of("tune", "--variant", "split", "--search", "strength", "--out", out);
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("strength", "landmark-weight");
    }

    private static String table(String report) {
        return report.substring(report.indexOf("| trial |"), report.indexOf("report: "));
    }
}
