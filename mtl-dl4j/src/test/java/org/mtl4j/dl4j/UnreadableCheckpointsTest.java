package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import own.HalfDistance;

/** What is in a checkpoint's place and is no damaged checkpoint ends the call, and stays. */
class UnreadableCheckpointsTest {
    @TempDir
    private Path directory;

    /** Counts steps: none may be made before a run is refused. */
    private static final class Steps implements ProgressListener {
        private int count;

        @Override
        public void onStep(int epoch, int step, int examples, double score) {
            count++;
        }
    }

    private final Steps steps = new Steps();

    private Dl4jModel run(int epochs, Path checkpoints) {
        Dl4jModel model = CheckpointedRun.create();
        model.fit(
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(epochs)
                        .withCheckpoints(Checkpoints.in(checkpoints).withKept(1))
                        .withListener(steps));
        return model;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The run that would begin anew has as many epochs as the old one, so that it would come to delete its files. */
    private void assertRefused(String... reasons) throws IOException {
        List<String> before = names(directory);
        steps.count = 0;
        assertThatThrownBy(() -> run(3, directory))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContainingAll(reasons)
                .hasMessageContaining("Nothing was trained or deleted");
        assertThat(steps.count).isZero();
        assertThat(names(directory)).isEqualTo(before);
    }

    @Test
    void a_checkpoint_that_may_not_be_read_ends_the_call() throws IOException {
        run(2, directory);
        Path newest = directory.resolve("checkpoint-000002.zip");
        Files.setPosixFilePermissions(newest, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(newest)); // the administrator may
        assertRefused("checkpoint-000002.zip", "ermission denied");
        Files.setPosixFilePermissions(newest, PosixFilePermissions.fromString("rw-------"));
        assertThat(run(3, directory).history().epochs()).hasSize(3);
    }

    @Test
    void what_is_no_file_ends_the_call() throws IOException {
        Files.createDirectory(directory.resolve("checkpoint-000002.zip"));
        assertRefused("checkpoint-000002.zip", "not a regular file");
        Files.delete(directory.resolve("checkpoint-000002.zip"));
        Path loop = directory.resolve("checkpoint-000003.zip");
        Files.createSymbolicLink(loop, loop);
        assertRefused("checkpoint-000003.zip");
    }

    @Test
    void a_link_that_leads_nowhere_ends_the_call() throws IOException {
        Files.createSymbolicLink(directory.resolve("checkpoint-000001.zip"), Path.of("/no/such/disk/c.zip"));
        assertRefused("checkpoint-000001.zip", "no such model file");
    }

    @Test
    void a_later_format_ends_the_call() throws IOException {
        run(2, directory);
        Path newest = directory.resolve("checkpoint-000002.zip");
        byte[] before = Files.readAllBytes(newest);
        rewrite(newest, "model.json", text -> text.replaceFirst("\"format\"( ?: ?)\\d+", "\"format\"$199"));
        byte[] later = Files.readAllBytes(newest);
        assertThat(later).isNotEqualTo(before);
        assertRefused("checkpoint-000002.zip", "format", "99");
        assertThat(newest).hasBinaryContent(later);
    }

    @Test
    void something_else_under_the_name_of_a_checkpoint_ends_the_call() throws IOException {
        try (ZipOutputStream zip =
                new ZipOutputStream(Files.newOutputStream(directory.resolve("checkpoint-000001.zip")))) {
            zip.putNextEntry(new ZipEntry("holidays.txt"));
            zip.write(new byte[100]);
        }
        assertRefused("checkpoint-000001.zip", "not a model of this library");
    }

    @Test
    void a_run_with_a_class_of_its_own_is_not_taken_for_damaged() throws IOException {
        Dl4jModel own = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("sum", 1)))
                        .tower("b", SplitHead.of(Task.classification("sign", 2)))
                        .dense("fc", 8)
                        .regularize(WeightRelatednessRegularizer.over("fc").withRelatedness(new HalfDistance()))
                        .build(),
                TrainingPlan.adam(1e-2));
        own.fit(
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(2).withCheckpoints(Checkpoints.in(directory).withKept(1)));
        assertRefused("checkpoint-000002.zip", "HalfDistance");
    }

    @Test
    void damaged_ones_stay_until_good_ones_stand() throws IOException {
        run(2, directory);
        Path newest = directory.resolve("checkpoint-000002.zip");
        byte[] cut = Arrays.copyOf(Files.readAllBytes(newest), 1000);
        Files.write(newest, cut);
        run(1, directory);
        assertThat(names(directory)).contains("checkpoint-000001.zip", "checkpoint-000002.zip");
        assertThat(newest).hasBinaryContent(cut);
    }

    @Test
    void a_directory_that_is_none_is_refused_before_the_first_step() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "text");
        assertThatThrownBy(() -> run(1, file)).hasMessageContainingAll("checkpoints", file.toString());
        assertThatThrownBy(() -> run(1, file.resolve("below"))).hasMessageContaining(file.toString());
        assertThat(steps.count).isZero();
        assertThat(file).hasContent("text");
    }

    @Test
    void any_file_system_holds_checkpoints() throws IOException {
        Path jar = directory.resolve("run.jar");
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            run(2, zip.getPath("/chk"));
            Dl4jModel resumed = run(4, zip.getPath("/chk"));
            assertThat(resumed.graph().params())
                    .isEqualTo(run(4, directory.resolve("whole")).graph().params());
            assertThat(names(zip.getPath("/chk"))).containsExactly("checkpoint-000004.zip", "options.json");
        }
    }

    @Test
    void a_file_system_that_cannot_be_written_to_is_refused_before_the_first_step() throws IOException {
        Path javaItself = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/chk");
        assertThatThrownBy(() -> run(1, javaItself)).hasMessageContainingAll("/chk", "read-only");
        FileSystem closed = FileSystems.newFileSystem(directory.resolve("closed.jar"), Map.of("create", "true"));
        Path gone = closed.getPath("/chk");
        closed.close();
        assertThatThrownBy(() -> run(1, gone)).hasMessageContainingAll("/chk", "closed");
        assertThat(steps.count).isZero();
    }

    @Test
    void whatever_bit_is_flipped_a_checkpoint_that_cannot_be_read_is_known_to_be_damaged() throws IOException {
        Dl4jModel whole = run(2, directory);
        Path newest = directory.resolve("checkpoint-000002.zip");
        byte[] good = Files.readAllBytes(newest);
        Random random = new Random(5);
        int damaged = 0;
        for (int round = 0; round < 60; round++) {
            byte[] flipped = good.clone();
            int bit = random.nextInt(8 * good.length);
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(newest, flipped);
            Dl4jModel model = CheckpointedRun.create();
            try { // a finished run is only read
                model.fit(
                        new CheckpointedRun.Shuffled(),
                        FitOptions.epochs(1)
                                .withCheckpoints(Checkpoints.in(directory).withKept(1)));
            } catch (RuntimeException e) {
                throw new AssertionError("bit " + bit, e);
            }
            if (model.history().epochs().size() == 1) {
                damaged++;
                Files.delete(directory.resolve("checkpoint-000001.zip"));
            } else {
                assertThat(model.graph().params()).isEqualTo(whole.graph().params());
            }
        }
        assertThat(damaged).isGreaterThan(40);
    }

    private interface Edit {
        String apply(String text);
    }

    /** Writes a zip file anew, with another text in one of its entries. */
    private static void rewrite(Path file, String name, Edit edit) throws IOException {
        List<String> names = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] content = zip.readAllBytes();
                names.add(entry.getName());
                contents.add(
                        entry.getName().equals(name)
                                ? edit.apply(new String(content, StandardCharsets.UTF_8))
                                        .getBytes(StandardCharsets.UTF_8)
                                : content);
            }
        }
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < names.size(); i++) {
                zip.putNextEntry(new ZipEntry(names.get(i)));
                zip.write(contents.get(i));
            }
        }
    }
}
