package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.testing.CommandRun;

class TrainCommandTest {
    @TempDir
    Path directory;

    @Tag("slow")
    @Test
    void training_goes_on_from_its_checkpoints_and_refuses_those_of_another_run() throws IOException {
        Path checkpoints = directory.resolve("checkpoints");
        Path whole = directory.resolve("whole.zip");
        Path cut = directory.resolve("cut.zip");
        assertThat(CommandRun.ofTraining(3, "--out", whole).code()).isZero();
        assertThat(CommandRun.ofTraining(2, "--out", cut, "--checkpoints", checkpoints, "--live")
                        .code())
                .isZero();
        CommandRun resumed = CommandRun.ofTraining(3, "--out", cut, "--checkpoints", checkpoints);
        assertThat(resumed.code()).isZero();
        assertThat(resumed.out()).contains("epoch 3 of 3").doesNotContain("epoch 2 of 3");
        assertThat(directory.resolve("cut-report/report.html"))
                .content()
                .contains("<th scope=\"row\">1</th>", "<th scope=\"row\">2</th>", "<th scope=\"row\">3</th>")
                .doesNotContain("http-equiv=\"refresh\""); // though the first run was live
        assertThat(Dl4jModel.load(cut).graph().params())
                .isEqualTo(Dl4jModel.load(whole).graph().params());

        Path shorter = directory.resolve("shorter.zip");
        CommandRun fewer = CommandRun.ofTraining(1, "--out", shorter, "--checkpoints", checkpoints);
        assertThat(fewer.code()).isEqualTo(1);
        assertThat(fewer.err()).contains("has 3 epochs already", "--epochs says 1");
        assertThat(shorter).doesNotExist();

        CommandRun other = CommandRun.ofTraining(3, "--out", cut, "--checkpoints", checkpoints, "--batch", 16);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("run.json is that of another run", "What differs: batch: there 64, here 16");
        for (Object[] option :
                new Object[][] {{"--stop-tasks", "validation:3"}, {"--patience", 2}, {"--from-single-tasks", 1}}) {
            CommandRun more =
                    CommandRun.ofTraining(3, "--out", cut, "--checkpoints", checkpoints, option[0], option[1]);
            assertThat(more.code()).as(more.out()).isEqualTo(1);
            assertThat(more.err())
                    .contains(
                            "run.json is that of another run",
                            option[0].toString().substring(2) + ": there ",
                            option[1].toString());
        }
    }

    @Test
    void checkpoints_without_the_file_that_says_whose_they_are_are_refused_by_the_model_s_settings()
            throws IOException {
        Path checkpoints = directory.resolve("unnamed");
        Path model = directory.resolve("unnamed.zip");
        assertThat(CommandRun.ofTraining(1, "--out", model, "--checkpoints", checkpoints)
                        .code())
                .isZero();
        Files.delete(checkpoints.resolve("run.json"));
        CommandRun other = CommandRun.ofTraining(1, "--out", model, "--checkpoints", checkpoints, "--batch", 16);
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("checkpoint-000001.zip", "'settings'", "\"batch\":64", "\"batch\":16");
    }

    @Test
    void towers_trained_alone_are_of_the_same_settings_too() {
        Path checkpoints = directory.resolve("alone");
        Object[] first = {"--from-single-tasks", 1, "--checkpoints", checkpoints, "--out", directory.resolve("a.zip")};
        assertThat(CommandRun.ofTraining(1, first).code()).isZero();
        assertThat(checkpoints.resolve("alone/run.json")).isRegularFile();
        CommandRun other = CommandRun.ofTraining(
                1, Stream.concat(Arrays.stream(first), Stream.of("--augment")).toArray());
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .contains("run.json is that of another run", "augmentation.augmentation.flip: there nothing, here ");
    }

    @Test
    void rules_and_losses_that_do_not_exist_are_refused_before_anything_is_done() {
        for (String[] bad : new String[][] {
            {"--stop-tasks", "never"},
            {"--stop-tasks", "zhang:5"},
            {"--stop-tasks", "validation:0"},
            {"--loss", "huber"}
        }) {
            CommandRun outcome =
                    CommandRun.of("train", "--variant", "split", "--out", directory.resolve("x.zip"), bad[0], bad[1]);
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err()).contains(bad[1]);
            assertThat(outcome.out()).isEmpty();
        }
    }
}
