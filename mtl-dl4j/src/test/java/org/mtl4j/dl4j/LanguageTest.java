package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.ZhangStopping;

/** Under languages with digits, calendars and capital letters of their own, a run writes the same bytes. */
class LanguageTest {
    @TempDir
    private static Path english;

    private final Locale before = Locale.getDefault();

    @TempDir
    private Path directory;

    private static FitOptions options(Path checkpoints) {
        return FitOptions.epochs(3)
                .withCheckpoints(Checkpoints.in(checkpoints).withKept(3))
                .withValidation(new CheckpointedRun.Shuffled())
                .withTaskStopping(ZhangStopping.of(2, 1e-9), "sum")
                .withEarlyStopping(EarlyStopping.on("sum", 1))
                .withLossWeighting(new DynamicWeightAverage(2))
                .withParameterAveraging(0.6);
    }

    private static void run(Path folder, int epochs) throws IOException {
        Dl4jModel model = CheckpointedRun.create();
        model.setProperty("key", "value");
        model.fit(new CheckpointedRun.Shuffled(), options(folder).withEpochs(epochs));
        model.save(folder.resolve("model.zip"));
        Files.writeString(
                folder.resolve("described.txt"), model.network() + "\n" + model.plan() + "\n" + model.history());
    }

    @BeforeAll
    static void run_in_english() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.ENGLISH);
        try {
            run(english, 2);
            run(english, 3);
        } finally {
            Locale.setDefault(before);
        }
    }

    @AfterEach
    void restore_the_language() {
        Locale.setDefault(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ar-EG-u-nu-arab",
                "hi-IN-u-nu-deva",
                "tr-TR",
                "de-DE",
                "th-TH-u-ca-buddhist-nu-thai",
                "ja-JP-u-ca-japanese"
            })
    void a_run_begun_in_one_language_and_ended_in_another_writes_the_same_bytes(String language) throws IOException {
        Locale.setDefault(Locale.forLanguageTag(language));
        run(directory, 2);
        Locale.setDefault(Locale.ENGLISH);
        run(directory, 2); // is at its end: only read
        Locale.setDefault(Locale.forLanguageTag(language));
        run(directory, 3);
        for (String file : new String[] {"checkpoint-000003.zip", "model.zip", "options.json", "described.txt"}) {
            assertThat(directory.resolve(file)).hasSameBinaryContentAs(english.resolve(file));
        }
    }
}
