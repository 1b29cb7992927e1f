package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.CommandRun;

class InspectCommandTest {
    @TempDir
    Path directory;

    @Test
    void inspect_says_what_decided_a_model() {
        Path model = directory.resolve("model.zip");
        CommandRun trained = CommandRun.of(
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
        CommandRun inspected = CommandRun.of("inspect", model, "--epochs");
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
        CommandRun missing = CommandRun.of("inspect", directory.resolve("none.zip"));
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("none.zip");
    }
}
