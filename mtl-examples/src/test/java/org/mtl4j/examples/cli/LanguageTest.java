package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;

/**
 * What is written under one language is known again under another: here Arabic as in Egypt, which has digits of its
 * own.
 */
@Tag("slow")
class LanguageTest {
    private static final Locale ARABIC = Locale.forLanguageTag("ar-EG-u-nu-arab");

    @TempDir
    Path directory;

    private final Locale before = Locale.getDefault();
    private Path corpus;

    @BeforeEach
    void write_a_corpus() throws IOException {
        corpus = directory.resolve("corpus");
        MtflCorpus.of(SyntheticFaces.corpus(60, 2)).write(corpus, ImageFormat.PNG);
    }

    @AfterEach
    void restore_the_language() {
        Locale.setDefault(before);
    }

    private static CommandRun in(Locale language, Object... arguments) {
        Locale.setDefault(language);
        return CommandRun.of(arguments);
    }

    private CommandRun train(Locale language, int epochs, Path model, Object... more) {
        Object[] command = {
            "train",
            "--variant",
            "cross-stitch-l2",
            "--corpus",
            corpus,
            "--size",
            32,
            "--epochs",
            epochs,
            "--out",
            model
        };
        return in(language, Stream.of(command, more).flatMap(Stream::of).toArray());
    }

    @Test
    void the_language_has_other_digits() {
        assertThat(String.format(ARABIC, "%d", 12)).isEqualTo("\u0661\u0662");
    }

    @Test
    void a_run_goes_on_and_is_measured_in_another_language() throws IOException {
        Path whole = directory.resolve("whole.zip");
        Path cut = directory.resolve("cut.zip");
        Object[] saved = {"--checkpoints", directory.resolve("run"), "--from-single-tasks", 1};
        CommandRun uninterrupted = train(Locale.ENGLISH, 2, whole, "--from-single-tasks", 1);
        assertThat(uninterrupted.code()).as(uninterrupted.err()).isZero();
        CommandRun begun = train(ARABIC, 1, cut, saved);
        assertThat(begun.code()).as(begun.err()).isZero();
        CommandRun measured = in(Locale.ENGLISH, "evaluate", "--model", cut, "--corpus", corpus, "--held-back");
        assertThat(measured.code()).as(measured.err()).isZero();
        CommandRun resumed = train(Locale.ENGLISH, 2, cut, saved);
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("epoch 2 of 2").doesNotContain("epoch 1 of 2");
        assertThat(Dl4jModel.load(cut).graph().params())
                .isEqualTo(Dl4jModel.load(whole).graph().params());
        CommandRun again = in(ARABIC, "evaluate", "--model", cut, "--corpus", corpus, "--held-back");
        assertThat(again.code()).as(again.err()).isZero();
        CommandRun inspected = in(ARABIC, "inspect", cut, "--epochs");
        assertThat(inspected.code()).as(inspected.err()).isZero();
        assertPlainDigits(begun, again, inspected);
    }

    @Test
    void poster_and_tune_know_their_directories_again() throws IOException {
        Object[] poster = {
            "poster", "--corpus", corpus, "--epochs", 1, "--variants", "split", "--out", directory.resolve("poster")
        };
        Object[] tune = {
            "tune", "--corpus", corpus, "--epochs", 1, "--trials", 1, "--size", 32, "--out", directory.resolve("tuned")
        };
        CommandRun compared = in(ARABIC, poster);
        assertThat(compared.code()).as(compared.err()).isZero();
        assertThat(in(Locale.ENGLISH, poster).out()).contains("taken from");
        CommandRun tuned = in(ARABIC, tune);
        assertThat(tuned.code()).as(tuned.err()).isZero();
        CommandRun again = in(Locale.ENGLISH, tune);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out()).doesNotContain("epoch 1:");
        assertPlainDigits(compared, tuned);
    }

    @Test
    void messages_for_people_have_the_digits_of_their_english_too() {
        assertPlainDigits(
                in(ARABIC, "recipes"),
                in(ARABIC, "poster", "--seeds", 0),
                in(ARABIC, "train", "--variant", "split", "--width", -2, "--out", "x.zip"),
                in(ARABIC, "doctor", "--seconds", 0));
    }

    /** Also in what the runs have written as text. */
    private void assertPlainDigits(CommandRun... runs) {
        for (CommandRun run : runs) {
            assertThat(run.out() + run.err()).doesNotContainPattern("[\u0660-\u0669\u066b\u066c]");
        }
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> texts = files.filter(file -> file.toString().matches(".*\\.(json|md|html|txt)"))
                    .toList();
            for (Path text : texts) {
                assertThat(text).content().doesNotContainPattern("[\u0660-\u0669\u066b\u066c]");
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
