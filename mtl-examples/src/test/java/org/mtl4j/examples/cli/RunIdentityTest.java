package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class RunIdentityTest {
    /** Options that decide nothing about what a run computes, each with the reason. */
    private static final Map<String, String> IRRELEVANT = ImmutableMap.<String, String>builder()
            .put("--help", "prints and ends")
            .put("--version", "prints and ends")
            .put("--out", "where the result goes")
            .put("--checkpoints", "where the run is saved on the way")
            .put("--checkpoint-every", "how often the run is saved, which changes nothing about it")
            .put("--report", "where the report goes")
            .put("--no-faces", "what the report shows")
            .put("--live", "when the report is written")
            .put("--recipe", "its options are in the identity one by one")
            .put("--seeds", "each run of the poster has an identity of its own, and a file by its seed")
            .put("--any-geometry", "faces are taken or refused; those that are taken are told apart")
            .put("--skip-broken", "what it leaves out is counted, and the faces that are left are told apart")
            .build();

    /** Further ones of {@code train}. */
    private static final Map<String, String> IRRELEVANT_TO_TRAIN = ImmutableMap.of(
            "--epochs", "a run may be taken further; where the learning rate depends on it, it is in the identity");

    /** For each other option one with another value than it has by default, and what else that needs. */
    private static final Map<String, List<String>> CHANGES = ImmutableMap.<String, List<String>>builder()
            .put("--variant", List.of("--variant", "cross-stitch-exponential"))
            .put("--variants", List.of("--variants", "cross-stitch"))
            .put("--epochs", List.of("--epochs", "3"))
            .put("--seed", List.of("--seed", "2"))
            .put("--stop-tasks", List.of("--stop-tasks", "validation:2"))
            .put("--patience", List.of("--patience", "2"))
            .put("--from-single-tasks", List.of("--from-single-tasks", "1"))
            .put("--search", List.of("--search", "rate"))
            .put("--trials", List.of("--trials", "5"))
            .put("--first-epochs", List.of("--first-epochs", "1"))
            .put("--keep", List.of("--first-epochs", "1", "--keep", "2"))
            .put("--batch", List.of("--batch", "16"))
            .put("--rate", List.of("--rate", "0.002"))
            .put("--decay", List.of("--decay", "0.8"))
            .put("--backbone", List.of("--backbone", "residual"))
            .put("--width", List.of("--width", "0.5"))
            .put("--size", List.of("--size", "32"))
            .put("--margin", List.of("--margin", "0.2"))
            .put("--own-share", List.of("--own-share", "0.8"))
            .put("--strength", List.of("--strength", "0.01"))
            .put("--schedule", List.of("--schedule", "cosine"))
            .put("--warm-up", List.of("--warm-up", "5"))
            .put("--loss", List.of("--loss", "wing"))
            .put("--landmark-weight", List.of("--landmark-weight", "77"))
            .put("--alpha-rate", List.of("--alpha-rate", "3"))
            .put("--freeze-alpha", List.of("--freeze-alpha", "1"))
            .put("--average", List.of("--average", "0.9"))
            .put("--workers", List.of("--workers", "2"))
            .put("--labels", List.of("--labels", "landmarks=0.5"))
            .put("--augment", List.of("--augment"))
            .put("--faces", List.of("--faces", "21"))
            .put("--form", List.of("--form", "aflw"))
            .put("--validation", List.of("--validation", "0.3"))
            .put("--split-seed", List.of("--split-seed", "2"))
            .build();

    /** What an option needs to be tried that decides nothing. */
    private static final Map<String, List<String>> HARMLESS = ImmutableMap.<String, List<String>>builder()
            .put("--out", List.of("--out", "elsewhere"))
            .put("--checkpoints", List.of("--checkpoints", "somewhere"))
            .put("--checkpoint-every", List.of("--checkpoints", "somewhere", "--checkpoint-every", "2"))
            .put("--report", List.of("--report", "somewhere"))
            .put("--no-faces", List.of("--no-faces"))
            .put("--live", List.of("--live"))
            .put("--seeds", List.of("--seeds", "2"))
            .put("--any-geometry", List.of("--any-geometry"))
            .put("--skip-broken", List.of("--skip-broken"))
            .put("--epochs", List.of("--epochs", "3"))
            .build();

    private static final Map<String, List<String>> NEEDED = Map.of(
            "train",
            List.of("--variant", "cross-stitch-l2", "--out", "unused"),
            "poster",
            List.of(),
            "tune",
            List.of());

    @TempDir
    Path directory;

    private record Numbers(
            double rate, OptionalInt count, OptionalDouble decay, Backbone backbone, List<String> names) {}

    private record Other(int seed) {}

    private static RunIdentity identityOf(String command, List<String> more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(NEEDED.get(command));
        if (!more.contains("--corpus") && !more.contains("--faces")) {
            arguments.addAll(List.of("--faces", "20"));
        }
        arguments.addAll(more);
        CommandLine line = Main.line().setOverwrittenOptionsAllowed(true).setOut(new PrintWriter(new StringWriter()));
        TrainingCommand parsed = (TrainingCommand) line.parseArgs(arguments.toArray(String[]::new))
                .subcommand()
                .commandSpec()
                .userObject();
        return parsed instanceof PosterCommand poster
                ? poster.identityOfFirst(poster.faces())
                : parsed.identity(parsed.faces());
    }

    private static Set<String> optionsOf(String command) {
        return Main.line().getSubcommands().get(command).getCommandSpec().options().stream()
                .map(OptionSpec::longestName)
                .collect(Collectors.toSet());
    }

    private static Map<String, String> irrelevantTo(String command) {
        Map<String, String> all = new HashMap<>(IRRELEVANT);
        if (command.equals("train")) {
            all.putAll(IRRELEVANT_TO_TRAIN);
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "poster", "tune"})
    void every_option_is_in_the_identity_or_there_is_a_reason_why_not(String command) throws IOException {
        Set<String> options = optionsOf(command);
        assertThat(options).hasSizeGreaterThan(25);
        Set<String> deciding = Sets.difference(options, irrelevantTo(command).keySet());
        RunIdentity usual = identityOf(command, List.of());
        assertThat(identityOf(command, List.of())).isEqualTo(usual);
        for (String option : deciding) {
            if (!option.equals("--corpus")) { // see below
                assertThat(CHANGES).as("another value to try %s with", option).containsKey(option);
                RunIdentity before = option.equals("--keep") // has an effect beside this other one only
                        ? identityOf(command, List.of("--first-epochs", "1"))
                        : usual;
                assertThat(identityOf(command, CHANGES.get(option))).as(option).isNotEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "poster", "tune"})
    void options_that_decide_nothing_leave_the_identity_alone(String command) throws IOException {
        RunIdentity usual = identityOf(command, List.of());
        for (String option :
                Sets.intersection(optionsOf(command), irrelevantTo(command).keySet())) {
            List<String> given = HARMLESS.get(option);
            if (given != null) { // the others print and end, or stand for options
                assertThat(identityOf(command, given)).as(option).isEqualTo(usual);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "poster", "tune"})
    void other_faces_are_another_run_and_the_same_faces_elsewhere_are_not(String command) throws IOException {
        Path first = directory.resolve("first");
        Path again = directory.resolve("again");
        Path other = directory.resolve("other");
        MtflCorpus.of(SyntheticFaces.corpus(20, 5)).write(first, ImageFormat.PNG);
        MtflCorpus.of(SyntheticFaces.corpus(20, 5)).write(again, ImageFormat.PNG);
        MtflCorpus.of(SyntheticFaces.corpus(20, 6)).write(other, ImageFormat.PNG);
        RunIdentity identity = identityOf(command, List.of("--corpus", first.toString()));
        assertThat(identityOf(command, List.of("--corpus", again.toString()))).isEqualTo(identity);
        assertThat(identityOf(command, List.of("--corpus", other.toString()))).isNotEqualTo(identity);
    }

    @Test
    void a_cosine_schedule_depends_on_the_number_of_epochs() throws IOException {
        assertThat(identityOf("train", List.of("--schedule", "cosine", "--epochs", "3")))
                .isNotEqualTo(identityOf("train", List.of("--schedule", "cosine", "--epochs", "4")));
    }

    @Test
    void defaults_and_the_same_values_given_are_one_run() throws IOException {
        assertThat(identityOf("train", List.of("--size", "39", "--margin", "0", "--landmark-weight", "1000")))
                .isEqualTo(identityOf("train", List.of()));
    }

    @Test
    void values_are_written_in_one_form_in_every_language() throws IOException {
        RunIdentity identity = RunIdentity.of(
                new Numbers(
                        1e-3, OptionalInt.empty(), OptionalDouble.of(0.5), Backbone.RESIDUAL_BRANCHES, List.of("a")),
                new Other(12));
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(identity.json())
                    .isEqualTo("{\"rate\":0.001,\"count\":null,\"decay\":0.5,\"backbone\":\"residual-branches\","
                            + "\"names\":[\"a\"],\"seed\":12}");
            assertThat(identity.text())
                    .isEqualTo("rate 0.001, decay 0.5, backbone residual-branches, names [a], seed 12");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void what_was_written_and_read_is_equal_to_what_was_not() throws IOException {
        RunIdentity identity = RunIdentity.of(
                new Numbers(1, OptionalInt.of(3), OptionalDouble.empty(), Backbone.POSTER, List.of()), new Other(12));
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsString(identity), RunIdentity.class))
                .isEqualTo(identity);
    }

    @Test
    void a_field_has_one_owner() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunIdentity.of(new Other(1), new Other(1)))
                .withMessage("RunIdentity: two fields are called seed");
    }

    @Test
    void another_run_s_directory_is_refused_with_the_fields_that_differ() throws IOException {
        RunIdentity.of(new Other(1)).claim(directory);
        RunIdentity.of(new Other(1)).claim(directory);
        assertThatIOException()
                .isThrownBy(() -> RunIdentity.of(new Other(2)).claim(directory))
                .withMessageEndingWith("run.json is that of another run; give each run a directory of its own."
                        + " What differs: seed: there 1, here 2");
    }
}
