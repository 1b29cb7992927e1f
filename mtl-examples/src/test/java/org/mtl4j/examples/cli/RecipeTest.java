package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.testing.CommandRun;

class RecipeTest {
    @TempDir
    Path directory;

    @Tag("slow")
    @Test
    void a_recipe_is_options_under_a_name() throws IOException {
        Path model = directory.resolve("model.zip");
        CommandRun trained = CommandRun.of(
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
                .contains(
                        "\"backbone\":\"residual-branches\"",
                        "\"average\":0.998",
                        "\"labels\":{\"landmarks\":0.5,\"smile\":0.25}");

        CommandRun listed = CommandRun.of("recipes");
        assertThat(listed.code()).isZero();
        assertThat(listed.out())
                .contains(
                        "best, version 2",
                        "best-small, version 1",
                        "poster-cross-stitch-l2, version 1",
                        "mean error 2.79 %, failures 10.7 %");
        assertThat(CommandRun.of("--version").out()).matches("mtl-examples \\d+\\.\\d+\\.\\S+\\R");
        CommandRun unknown = CommandRun.of("train", "--recipe=bst", "--out", model);
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err())
                .contains("no recipe 'bst'", "poster-split", "best")
                .doesNotContain("\tat ");
        CommandRun both = CommandRun.of("train", "--recipe", "best", "--recipe=poster-split", "--out", model);
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("--recipe is given twice");
        Path file = Files.writeString(directory.resolve("arguments"), "--recipe\nbest\n");
        assertThat(CommandRun.of("train", "@" + file, "--out", model).code())
                .as("files of arguments are not read, as a recipe in one would be half applied")
                .isEqualTo(2);
        CommandRun twice = CommandRun.of("train", "--variant", "split", "--epochs", 1, "--epochs", 2, "--out", model);
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
}
