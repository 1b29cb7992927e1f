package org.mtl4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.mtl4j.benchmarks.PosterNetwork.Sharing;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;

/**
 * What an example costs in a small batch, beside one in a large batch: the poster's network trained on as many examples
 * in batches of several sizes, in turn in one process. Prints times per example of each size, by the clock and by what
 * the process has been on a processor, the latter less disturbed by other programs.
 */
final class SmallBatchCost {
    private static final int[] BATCHES = {256, 16, 32, 64, 128};
    private static final int EXAMPLES = 1024;
    private static final int ROUNDS = 60;

    private SmallBatchCost() {}

    /** Measures and prints a table; the argument, if any, is the number of rounds. */
    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        List<LongSupplier> clocks = List.of(System::nanoTime, system::getProcessCpuTime);
        List<Runnable> epochs = new ArrayList<>();
        for (int batch : BATCHES) {
            Dl4jModel model = Dl4jModel.create(
                    PosterNetwork.of(2, PosterNetwork.SIZE, Sharing.STITCHES_AND_RELATEDNESS),
                    TrainingPlan.adam(PosterNetwork.RATE));
            ListBatches data = ListBatches.of(
                    Collections.nCopies(EXAMPLES / batch, PosterNetwork.noise(batch, 2, PosterNetwork.SIZE)));
            epochs.add(() -> model.fit(data, FitOptions.epochs(1)));
        }
        double[][][] times = new double[clocks.size()][BATCHES.length][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < BATCHES.length; i++) {
                int which = (i + round) % BATCHES.length; // nobody is always first
                long[] start =
                        clocks.stream().mapToLong(LongSupplier::getAsLong).toArray();
                epochs.get(which).run();
                for (int c = 0; c < start.length; c++) {
                    times[c][which][round] = (clocks.get(c).getAsLong() - start[c]) / 1e3 / EXAMPLES;
                }
            }
        }
        System.out.println("| batch | microseconds an example | of batch 256 | on a processor | of batch 256 |");
        System.out.println("| --- | --- | --- | --- | --- |");
        for (int i = 0; i < BATCHES.length; i++) {
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.1f | %s | %.1f | %s |%n",
                    BATCHES[i],
                    InterleavedTiming.quantile(late(times[0][i]), 0.25),
                    ratios(times[0], i),
                    InterleavedTiming.quantile(late(times[1][i]), 0.25),
                    ratios(times[1], i));
        }
    }

    /** Leaves out the first half, in which the just-in-time compiler works. */
    private static double[] late(double[] times) {
        return Arrays.copyOfRange(times, times.length / 2, times.length);
    }

    private static String ratios(double[][] times, int which) {
        double[] own = late(times[which]);
        double[] large = late(times[0]);
        return String.format(
                Locale.ROOT, "%.2f", InterleavedTiming.quantile(own, 0.25) / InterleavedTiming.quantile(large, 0.25));
    }
}
