package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import own.HalfDistance;

/** Runs that are cut off and taken up again, against runs that are not. */
class CheckpointsTest {

    @TempDir
    private Path directory;

    /** What tasks are weighed by, how many epochs, how many kills, and what the run says in the end. */
    private record KilledRun(CheckpointedRun.Weighing weighing, int epochs, int kills, String inTheEnd) {}

    /** Side by side: most of the time is a single thread's, on which a process starts. */
    @Tag("slow")
    @Test
    void a_run_killed_at_any_moment_ends_with_the_same_bits() throws Exception {
        List<KilledRun> runs = List.of(
                new KilledRun(CheckpointedRun.Weighing.EPOCHS, 160, 20, "[sign] stopped"),
                new KilledRun(CheckpointedRun.Weighing.STEPS, 60, 5, "[sign] stopped"),
                new KilledRun(CheckpointedRun.Weighing.GRADIENTS, 60, 5, "stopped"));
        ExecutorService threads = Executors.newFixedThreadPool(runs.size());
        try {
            for (Future<Void> each : threads.invokeAll(runs.stream()
                    .<Callable<Void>>map(run -> () -> {
                        assertEndsWithTheSameBits(run);
                        return null;
                    })
                    .toList())) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void assertEndsWithTheSameBits(KilledRun run) throws IOException, InterruptedException {
        Path own = Files.createDirectory(directory.resolve(run.weighing.name()));
        Path whole = own.resolve("whole.txt");
        Process undisturbed = start(own.resolve("undisturbed"), whole, run);
        undisturbed.getInputStream().readAllBytes();
        assertThat(undisturbed.waitFor()).isZero();

        Random random = new Random(20);
        Path checkpoints = own.resolve("killed");
        Path result = own.resolve("killed.txt");
        int lastEpoch = -1;
        for (int killed = 0; killed < run.kills; killed++) {
            Process process = start(checkpoints, result, run);
            try (BufferedReader lines = process.inputReader()) {
                String first = lines.readLine();
                assertThat(first)
                        .as("%s, the run before kill %d", run.weighing, killed)
                        .startsWith("epoch ");
                int epoch = Integer.parseInt(first.substring("epoch ".length()));
                // at most one epoch is done again
                assertThat(epoch).isGreaterThanOrEqualTo(lastEpoch);
                lastEpoch = epoch;
                Thread.sleep(random.nextInt(80));
                process.destroyForcibly();
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            assertThat(process.waitFor())
                    .as("%s, killed, not ended", run.weighing)
                    .isNotZero();
        }
        assertThat(result).doesNotExist();
        Process last = start(checkpoints, result, run);
        last.getInputStream().readAllBytes();
        assertThat(last.waitFor()).isZero();
        assertThat(Files.readString(result))
                .as("%s", run.weighing)
                .isEqualTo(Files.readString(whole))
                .contains(run.epochs + " epochs", run.inTheEnd);
    }

    private static Process start(Path checkpoints, Path result, KilledRun run) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CheckpointedRun.class.getName(),
                        checkpoints.toString(),
                        result.toString(),
                        String.valueOf(run.epochs),
                        run.weighing.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Dl4jModel run(int epochs, Checkpoints checkpoints) {
        Dl4jModel model = CheckpointedRun.create();
        model.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(epochs).withCheckpoints(checkpoints));
        return model;
    }

    @Test
    void a_damaged_checkpoint_is_passed_over() throws IOException {
        Dl4jModel whole = run(6, Checkpoints.in(directory.resolve("whole")));
        Path cut = directory.resolve("cut");
        run(4, Checkpoints.in(cut));
        Path newest = cut.resolve("checkpoint-000004.zip");
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 0x55;
        Files.write(newest, bytes);
        Dl4jModel resumed = run(6, Checkpoints.in(cut));
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
        assertThat(resumed.history().epochs()).hasSize(6);
    }

    @Test
    void checkpoints_that_cannot_be_read_do_not_push_out_new_ones() throws IOException {
        Path cut = directory.resolve("none-is-good");
        run(5, Checkpoints.in(cut).withKept(1));
        Files.write(cut.resolve("checkpoint-000005.zip"), new byte[0]);
        run(3, Checkpoints.in(cut).withKept(1));
        try (Stream<Path> files = Files.list(cut)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("checkpoint-000003.zip", "checkpoint-000005.zip", "options.json");
        }
        assertThat(run(4, Checkpoints.in(cut).withKept(1)).history().epochs()).hasSize(4);
        assertThat(run(4, Checkpoints.in(directory.resolve("whole"))).graph().params())
                .isEqualTo(Dl4jModel.load(cut.resolve("checkpoint-000004.zip"))
                        .graph()
                        .params());
    }

    @Test
    void a_run_with_other_options_is_refused_by_the_name_of_the_option() {
        Checkpoints mine = Checkpoints.in(directory.resolve("options"));
        FitOptions options = FitOptions.epochs(2)
                .withValidation(new CheckpointedRun.Shuffled())
                .withEarlyStopping(EarlyStopping.onTotal(7))
                .withCheckpoints(mine);
        CheckpointedRun.create().fit(new CheckpointedRun.Shuffled(), options);
        assertThatThrownBy(() -> CheckpointedRun.create()
                        .fit(
                                new CheckpointedRun.Shuffled(),
                                options.withEpochs(3).withEarlyStopping(EarlyStopping.onTotal(8))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("options.json", "earlyStopping.patience: there 7, here 8");
        assertThatThrownBy(() -> CheckpointedRun.create()
                        .fit(
                                new CheckpointedRun.Shuffled(),
                                options.withEpochs(3).withLossWeighting(new DynamicWeightAverage(2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lossWeighting: there null, here {\"type\":\"dynamic-weight-average\"");
        Dl4jModel longer = CheckpointedRun.create();
        longer.fit(new CheckpointedRun.Shuffled(), options.withEpochs(3)); // more epochs are the same run, going on
        assertThat(longer.history().epochs()).hasSize(3);
    }

    /** Where numbers have digits of their own. */
    @Test
    void checkpoints_are_found_again_in_any_language() {
        Locale usual = Locale.getDefault(Locale.Category.FORMAT);
        Locale.setDefault(Locale.Category.FORMAT, new Locale("fa", "IR"));
        try {
            Path mine = directory.resolve("persian");
            assertThat("%d".formatted(1)).isNotEqualTo("1");
            run(2, Checkpoints.in(mine));
            assertThat(mine.resolve("checkpoint-000002.zip")).exists();
            assertThat(run(3, Checkpoints.in(mine)).graph().params())
                    .isEqualTo(run(3, Checkpoints.in(directory.resolve("again")))
                            .graph()
                            .params());
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, usual);
        }
    }

    /** They have made no step, and yet they are not at the start. */
    @Test
    void towers_that_were_joined_do_not_go_on_from_a_run_from_scratch() {
        Path scratch = directory.resolve("scratch");
        run(2, Checkpoints.in(scratch));
        Dl4jModel joined = joined();
        INDArray before = joined.graph().params().dup();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> joined.fit(
                        new CheckpointedRun.Shuffled(), FitOptions.epochs(3).withCheckpoints(Checkpoints.in(scratch))))
                .withMessageContaining("is not of a run that began with this model");
        assertThat(joined.graph().params()).isEqualTo(before);

        Path own = directory.resolve("joined");
        joined.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(2).withCheckpoints(Checkpoints.in(own)));
        Dl4jModel again = joined();
        again.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(2).withCheckpoints(Checkpoints.in(own)));
        assertThat(again.graph().params()).isEqualTo(joined.graph().params());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(3, Checkpoints.in(own)))
                .withMessageContaining("is not of a run that began with this model");
    }

    private static Dl4jModel joined() {
        Dl4jModel fresh = CheckpointedRun.create();
        return Dl4jModel.fromSingleTasks(
                fresh.network(), fresh.plan(), new CheckpointedRun.Shuffled(), FitOptions.epochs(1));
    }

    @Test
    void a_finished_run_is_not_trained_further() {
        Path finished = directory.resolve("finished");
        Dl4jModel first = run(3, Checkpoints.in(finished));
        Dl4jModel again = run(3, Checkpoints.in(finished));
        assertThat(again.graph().params()).isEqualTo(first.graph().params());
        assertThat(again.history()).isEqualTo(first.history());
    }

    @Test
    void as_many_as_asked_for_are_written_and_kept() throws IOException {
        Path some = directory.resolve("some");
        run(7, Checkpoints.in(some).withInterval(2).withKept(3));
        try (Stream<Path> files = Files.list(some)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(List.of(
                            "checkpoint-000004.zip", "checkpoint-000006.zip", "checkpoint-000007.zip", "options.json"));
        }
    }

    @Test
    void checkpoints_of_another_run_are_refused() {
        Path mine = directory.resolve("mine");
        run(1, Checkpoints.in(mine));
        Dl4jModel other = Dl4jModel.create(
                CheckpointedRun.create().network(), TrainingPlan.adam(1e-3).withSeed(4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.fit(
                        new CheckpointedRun.Shuffled(), FitOptions.epochs(2).withCheckpoints(Checkpoints.in(mine))))
                .withMessageContainingAll("checkpoint-000001.zip", "another training plan", "directory of its own");
    }

    @Test
    void a_run_with_classes_of_its_own_goes_on_too() {
        Path mine = directory.resolve("own");
        ownRun(2, mine);
        Dl4jModel resumed = ownRun(4, mine);
        assertThat(resumed.history().epochs()).hasSize(4);
        assertThat(resumed.graph().params())
                .isEqualTo(ownRun(4, directory.resolve("whole")).graph().params());
    }

    private static Dl4jModel ownRun(int epochs, Path checkpoints) {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("sum", 1)))
                        .tower("b", SplitHead.of(Task.classification("sign", 2)))
                        .dense("fc", 8)
                        .regularize(WeightRelatednessRegularizer.over("fc").withRelatedness(new HalfDistance()))
                        .build(),
                TrainingPlan.adam(1e-2));
        model.fit(
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(epochs)
                        .withCheckpoints(Checkpoints.in(checkpoints))
                        .withValidation(new CheckpointedRun.Shuffled())
                        .withEarlyStopping(EarlyStopping.on("sum", 1000)));
        return model;
    }

    @Test
    void an_averaged_run_does_not_go_on_without_averaging() {
        Path mine = directory.resolve("averaged");
        CheckpointedRun.create()
                .fit(
                        new CheckpointedRun.Shuffled(),
                        FitOptions.epochs(2)
                                .withCheckpoints(Checkpoints.in(mine))
                                .withParameterAveraging(0.9));
        Dl4jModel model = CheckpointedRun.create();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        new CheckpointedRun.Shuffled(), FitOptions.epochs(3).withCheckpoints(Checkpoints.in(mine))))
                .withMessageContaining("withParameterAveraging");
    }

    /** A script that loads a model and trains it further, and is cut off and started again. */
    @Test
    void a_model_that_was_trained_before_goes_on_too() {
        Dl4jModel whole = run(2, Checkpoints.in(directory.resolve("first")));
        whole.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(5));

        Path second = directory.resolve("second");
        Dl4jModel cut = run(2, Checkpoints.in(directory.resolve("first")));
        cut.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(3).withCheckpoints(Checkpoints.in(second)));
        Dl4jModel again = run(2, Checkpoints.in(directory.resolve("first")));
        again.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(5).withCheckpoints(Checkpoints.in(second)));
        assertThat(again.graph().params()).isEqualTo(whole.graph().params());
        assertThat(again.history().epochs()).hasSize(7);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> again.fit(
                        new CheckpointedRun.Shuffled(), FitOptions.epochs(5).withCheckpoints(Checkpoints.in(second))))
                .withMessageContainingAll(
                        "checkpoint-000005.zip is not of a run that began with this model", "trained for 7 epochs");
    }

    @Test
    void a_run_that_kept_no_best_model_does_not_stop_early_later() {
        Path mine = directory.resolve("late");
        FitOptions options = FitOptions.epochs(4)
                .withCheckpoints(Checkpoints.in(mine))
                .withValidation(new CheckpointedRun.Shuffled());
        Dl4jModel first = CheckpointedRun.create();
        first.fit(new CheckpointedRun.Shuffled(), options);
        EarlyStopping rule = EarlyStopping.onTotal(50).withLeastImprovement(0.99);
        assertThat(rule.bestOf(first.history().epochs(), first.network().tasks()))
                .isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckpointedRun.create()
                        .fit(
                                new CheckpointedRun.Shuffled(),
                                options.withEpochs(9).withEarlyStopping(rule)))
                .withMessageContaining("was best after epoch 1 of 4, and kept no model of that");
    }

    @Test
    void best_models_of_a_later_run_are_deleted_as_well() throws IOException {
        Dl4jModel model = run(6, Checkpoints.in(directory.resolve("before")));
        Path later = directory.resolve("later");
        model.fit(
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(5)
                        .withCheckpoints(Checkpoints.in(later))
                        .withValidation(new CheckpointedRun.Shuffled())
                        .withEarlyStopping(EarlyStopping.onTotal(5)));
        try (Stream<Path> files = Files.list(later)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("best-")))
                    .hasSizeBetween(1, 2);
        }
    }

    @Test
    void numbers_below_one_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checkpoints.in(directory).withInterval(0))
                .withMessageContaining("everyEpochs must be at least 1, got 0");
    }
}
