package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;

class SkipBrokenOptionTest {
    @TempDir
    Path directory;

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
        CommandRun strict = CommandRun.of(command);
        assertThat(strict.code()).isEqualTo(1);
        assertThat(strict.err()).contains("trainImageList.txt line 61: expected 15 fields");
        Object[] skipping = Arrays.copyOf(command, command.length + 1);
        skipping[command.length] = "--skip-broken";
        CommandRun skipped = CommandRun.of(skipping);
        assertThat(skipped.err()).isEmpty();
        assertThat(skipped.code()).isZero();
        assertThat(skipped.out())
                .contains("2 broken lines and faces left out:", "line 61: expected 15 fields", "000007.png", "line 8");
        CommandRun evaluated = CommandRun.of(
                "evaluate", "--model", directory.resolve("model.zip"), "--corpus", corpus, "--skip-broken");
        assertThat(evaluated.code()).isZero();
        assertThat(evaluated.out()).contains("2 broken lines and faces left out:", "59 faces");
    }

    @Test
    void boxes_in_another_order_are_refused_or_taken_and_their_errors_remarked_on() throws IOException {
        Path right = directory.resolve("right");
        MtflCorpus.of(SyntheticFaces.corpus(60, 2)).write(right, ImageFormat.PNG);
        Path list = directory.resolve("boxes.txt");
        Path model = directory.resolve("model.zip");
        Files.writeString(
                list,
                Files.readString(right.resolve("trainImageList.txt"))
                        .replaceAll("(?m)^(\\S+ \\S+) (\\S+) (\\S+) ", "$1 $3 $2 ")); // left, top, right, bottom
        assertThat(CommandRun.of("train", "--corpus", right, "--variant", "split", "--epochs", 1, "--out", model)
                        .code())
                .isZero();
        Object[] command = {"evaluate", "--model", model, "--corpus", right, "--skip-broken", "--list", list};
        CommandRun refused = CommandRun.of(command);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("error: " + list
                        + ": 60 of 60 faces have most of their points outside of their box, but read as"
                        + " left, top, right, bottom the numbers of 60 of them are boxes around the points");
        Object[] taking = Arrays.copyOf(command, command.length + 3);
        taking[command.length] = "--any-geometry";
        taking[command.length + 1] = "--report";
        taking[command.length + 2] = directory.resolve("report");
        CommandRun taken = CommandRun.of(taking);
        assertThat(taken.code()).isZero();
        assertThat(taken.out()).containsPattern("remark: a mean error of [0-9]+ % of the box width is more than");
        assertThat(directory.resolve("report/report.html")).content().contains("of the box width is more than that of");
    }
}
