package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;

/** A trained model is not lost where the cluster's file system refuses it. */
class HadoopFilesTest {
    @TempDir
    Path directory;

    private final HadoopFiles files = new HadoopFiles(new Configuration());

    private static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(2))
                        .tower("only", SplitHead.of(Task.regression("y", 1)))
                        .build(),
                TrainingPlan.adam(1e-3));
    }

    @Test
    void a_place_that_cannot_be_written_to_is_refused_before_training() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatIOException()
                .isThrownBy(() -> files.requireWritable(directory.toUri().toString()))
                .withMessageContaining("is a folder");
        assertThatIOException()
                .isThrownBy(() -> files.requireWritable(file.toUri() + "/m.zip"))
                .withMessageContaining("file/m.zip: the model could not be written there");
        files.requireWritable(directory.toUri() + "m.zip");
        try (var content = Files.list(directory)) {
            assertThat(content).containsExactly(file); // nothing is left of the attempt
        }
    }

    @Test
    void a_model_that_cannot_be_copied_stays_where_it_is_and_the_message_says_where() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Dl4jModel model = model();
        assertThatIOException()
                .isThrownBy(() -> files.save(model, file.toUri() + "/m.zip"))
                .satisfies(e -> {
                    Matcher local = Pattern.compile("the model is in ([^,]+),").matcher(e.getMessage());
                    assertThat(local.find()).as(e.getMessage()).isTrue();
                    Path kept = Path.of(local.group(1));
                    assertThat(Dl4jModel.load(kept).network().parameters()).isEqualTo(3);
                    Files.delete(kept);
                });
        files.save(model, directory.toUri() + "m.zip");
        assertThat(files.load(directory.toUri() + "m.zip").network().parameters())
                .isEqualTo(3);
    }

    @Test
    void a_store_that_cannot_rename_gets_the_model_all_the_same() throws IOException {
        HadoopFiles store = new HadoopFiles(NoRename.configuration());
        String file = "norename://" + directory.resolve("m.zip");
        store.save(model(), file);
        store.save(model(), file); // in the place of the first
        assertThat(store.load(file).network().parameters()).isEqualTo(3);
        try (var content = Files.list(directory)) {
            assertThat(content)
                    .extracting(each -> each.getFileName().toString())
                    .contains("m.zip")
                    .noneMatch(each -> each.endsWith(".tmp"));
        }
    }
}
