package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What shows only after many steps, or with several models at a time. */
@Tag("slow")
class LongRunTest {
    /** What the compiler and the allocator may still come to need. */
    private static final double ALLOWED_GROWTH = 1.05;

    @Test
    void memory_stays_flat_over_20_000_steps() throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "memory of a process is read from /proc, on Linux only");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms192m",
                        "-Xmx192m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LongRun.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split("\\R");
        assertThat(process.waitFor()).isZero();
        assertThat(lines).hasSize(2);
        long early = Long.parseLong(lines[0]);
        long late = Long.parseLong(lines[1]);
        System.out.printf(
                "resident memory: %,d KiB at step %,d, %,d KiB at step %,d%n",
                early, LongRun.EARLY, late, LongRun.LATE);
        assertThat((double) late).isLessThan(early * ALLOWED_GROWTH);
    }

    /** With dropout, so that random numbers are drawn, and with two workers each. */
    @Test
    void two_models_trained_in_two_threads_do_not_disturb_each_other() throws Exception {
        INDArray one = trained(1);
        INDArray two = trained(2);
        assertThat(one).isNotEqualTo(two);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 5; round++) {
                Callable<INDArray> first = () -> trained(1);
                Callable<INDArray> second = () -> trained(2);
                Future<INDArray> firstAgain = threads.submit(first);
                Future<INDArray> secondAgain = threads.submit(second);
                assertThat(firstAgain.get()).as("first model, round %d", round).isEqualTo(one);
                assertThat(secondAgain.get())
                        .as("second model, round %d", round)
                        .isEqualTo(two);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static INDArray trained(long seed) {
        Dl4jModel dropping = CheckpointedRun.create();
        Dl4jModel model =
                Dl4jModel.create(dropping.network(), TrainingPlan.adam(1e-2).withSeed(seed));
        model.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(40));
        Dl4jModel divided = Dl4jModel.create(
                dropping.network().alone("a"), TrainingPlan.adam(1e-2).withSeed(seed));
        divided.fit(
                new SelectedLabels(new CheckpointedRun.Shuffled(), 0),
                FitOptions.epochs(20).withWorkers(1));
        return org.nd4j.linalg.factory.Nd4j.concat(
                1,
                model.graph().params().reshape(1, -1),
                divided.graph().params().reshape(1, -1));
    }
}
