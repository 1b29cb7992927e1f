package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.mtl4j.benchmarks.PosterNetwork.Sharing;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;

/**
 * How time and memory of a training step grow with the number of towers, the batch and the size of the input: the
 * poster's network with units and L2 relatedness, each case in a process of its own, round after round. Prints tables;
 * the figures mean something beside each other only.
 */
public final class CostGrowth {
    private static final int[] TOWERS = {1, 2, 3, 4, 8};
    private static final int[] BATCHES = {16, 32, 64, 128, 256, 512, 1024};
    private static final int[] SIZES = {40, 60, 80, 120, 160};
    private static final int ROUNDS = 3;
    private static final int EPOCHS = 7;
    private static final int PER_EPOCH = 12;
    /** The just-in-time compiler is busy for seconds, however few steps these are. */
    private static final double WARM_UP_SECONDS = 20;

    private CostGrowth() {}

    /** One step to be measured. */
    private record Case(int towers, int batch, int size) {}

    /** Milliseconds per step and megabytes at the peak. */
    private record Cost(double milliseconds, double megabytes) {}

    /** Takes no arguments; with three it measures one case: towers, batch, size. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 3) {
            int[] numbers = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
            measure(new Case(numbers[0], numbers[1], numbers[2]));
            return;
        }
        int usual = PosterNetwork.SIZE;
        table("towers (batch 128, 39 pixels)", TOWERS, towers -> new Case(towers, 128, usual), n -> (double) n);
        table("batch (2 towers, 39 pixels)", BATCHES, batch -> new Case(2, batch, usual), n -> (double) n);
        table("pixels (2 towers, batch 64)", SIZES, size -> new Case(2, 64, size), n -> (double) n * n);
    }

    private static void table(String what, int[] values, IntFunction<Case> of, IntFunction<Double> work)
            throws IOException, InterruptedException {
        System.out.printf("%n| %s | work | time of a step | time per work | peak memory, MB |%n", what);
        System.out.println("| --- | --- | --- | --- | --- |");
        List<List<Cost>> costs = new ArrayList<>();
        for (int value : values) {
            costs.add(new ArrayList<>());
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < values.length; i++) {
                costs.get(i).add(inOwnProcess(of.apply(values[i])));
            }
        }
        double first = median(costs.get(0), true);
        for (int i = 0; i < values.length; i++) {
            double work1 = work.apply(values[i]) / work.apply(values[0]);
            double time = median(costs.get(i), true) / first;
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.1f | %.2f | %.2f | %.0f |%n",
                    values[i],
                    work1,
                    time,
                    time / work1,
                    median(costs.get(i), false));
        }
    }

    private static double median(List<Cost> costs, boolean time) {
        double[] sorted = costs.stream()
                .mapToDouble(cost -> time ? cost.milliseconds() : cost.megabytes())
                .sorted()
                .toArray();
        return sorted[sorted.length / 2];
    }

    private static Cost inOwnProcess(Case which) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-Dorg.bytedeco.javacpp.maxbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CostGrowth.class.getName(),
                        String.valueOf(which.towers()),
                        String.valueOf(which.batch()),
                        String.valueOf(which.size()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("%s failed: %s".formatted(which, out));
        }
        String[] last = out.strip().lines().reduce((a, b) -> b).orElse("").split(" ", -1);
        return new Cost(Double.parseDouble(last[0]), Double.parseDouble(last[1]));
    }

    private static void measure(Case which) throws IOException {
        int size = which.size();
        Dl4jModel model = Dl4jModel.create(
                PosterNetwork.of(which.towers(), size, Sharing.STITCHES_AND_RELATEDNESS),
                TrainingPlan.adam(PosterNetwork.RATE));
        ListBatches data = ListBatches.of(
                Collections.nCopies(PER_EPOCH, PosterNetwork.noise(which.batch(), which.towers(), size)));
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        while (System.nanoTime() < warm) {
            model.fit(data, FitOptions.epochs(1));
        }
        double[] milliseconds = new double[EPOCHS];
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            long start = System.nanoTime();
            model.fit(data, FitOptions.epochs(1));
            milliseconds[epoch] = (System.nanoTime() - start) / 1e6 / PER_EPOCH;
        }
        Arrays.sort(milliseconds);
        System.out.printf(
                Locale.ROOT,
                "%.3f %.0f%n",
                milliseconds[EPOCHS / 2],
                ProcessMemory.peak().orElse(Double.NaN));
    }
}
