package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.mtl4j.benchmarks.PosterNetwork.Sharing;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where the time of a training step goes: the poster's network with all that towers can share. In turn in one process,
 * on as many threads: steps; the products of matrices that they consist of, by themselves ({@link StepProducts}); and
 * what the fastest products of square matrices reach. The floor is the arithmetic of a step at that rate.
 */
final class StepProfile {
    private static final int[] BATCHES = {128, 256, 64, 32, 16};
    private static final int EXAMPLES = 1536;
    private static final int ROUNDS = 24;

    private StepProfile() {}

    /** Measures and prints a table; the argument, if any, is the number of rounds. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
        String given = System.getenv("OMP_NUM_THREADS");
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = given == null ? processors : Math.min(processors, Integer.parseInt(given));
        List<Dl4jModel> models = new ArrayList<>();
        List<ListBatches> data = new ArrayList<>();
        for (int batch : BATCHES) {
            models.add(Dl4jModel.create(
                    PosterNetwork.of(2, PosterNetwork.SIZE, Sharing.STITCHES_AND_RELATEDNESS),
                    TrainingPlan.adam(PosterNetwork.RATE)));
            data.add(ListBatches.of(
                    Collections.nCopies(EXAMPLES / batch, PosterNetwork.noise(batch, 2, PosterNetwork.SIZE))));
        }
        double[][] steps = new double[BATCHES.length][rounds];
        double[][] products = new double[BATCHES.length][rounds];
        double[] peaks = new double[rounds];
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < BATCHES.length; i++) {
                    int which = (i + round) % BATCHES.length; // nobody is always first
                    int batch = BATCHES[which];
                    long start = System.nanoTime();
                    models.get(which).fit(data.get(which), FitOptions.epochs(1));
                    steps[which][round] = (System.nanoTime() - start) / 1e6 / (EXAMPLES / batch);
                    products[which][round] = milliseconds(workers, threads, batch);
                }
                peaks[round] = peak(workers, threads);
            }
        } finally {
            workers.shutdown();
        }
        print(threads, steps, products, peaks);
    }

    /** {@return how long the products of a step take, divided among threads as training divides them} */
    private static double milliseconds(ExecutorService workers, int threads, int batch)
            throws InterruptedException, ExecutionException {
        int before = Nd4j.factory().blas().getMaxThreads();
        Nd4j.factory().blas().setMaxThreads(1);
        try {
            List<Callable<Double>> all = Collections.nCopies(threads, () -> {
                try (StepProducts part = new StepProducts(Math.max(1, batch / threads))) {
                    part.run();
                    int times = Math.max(1, EXAMPLES / 4 / batch);
                    long start = System.nanoTime();
                    for (int i = 0; i < times; i++) {
                        part.run();
                    }
                    return (System.nanoTime() - start) / 1e6 / times;
                }
            });
            return results(workers, all).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow();
        } finally {
            Nd4j.factory().blas().setMaxThreads(before);
        }
    }

    private static double peak(ExecutorService workers, int threads) throws InterruptedException, ExecutionException {
        int before = Nd4j.factory().blas().getMaxThreads();
        Nd4j.factory().blas().setMaxThreads(1);
        try {
            return results(workers, Collections.nCopies(threads, StepProducts::peak)).stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        } finally {
            Nd4j.factory().blas().setMaxThreads(before);
        }
    }

    private static List<Double> results(ExecutorService workers, List<Callable<Double>> all)
            throws InterruptedException, ExecutionException {
        List<Double> results = new ArrayList<>();
        for (Future<Double> result : workers.invokeAll(all)) {
            results.add(result.get());
        }
        return results;
    }

    private static void print(int threads, double[][] steps, double[][] products, double[] peaks) {
        ComputeEnvironment compute = ComputeEnvironment.current();
        double peak = InterleavedTiming.quantile(peaks, 0.75);
        System.out.printf(
                Locale.ROOT,
                "%d threads, OpenBLAS %s with kernels for %s, at most %.0f billion operations a second%n%n",
                threads,
                compute.blasVersion().orElse("of unknown version"),
                compute.blasKernels().orElse("an unknown processor"),
                peak / 1e9);
        System.out.println("| batch | step, ms | products | floor by arithmetic | rest |");
        System.out.println("| --- | --- | --- | --- | --- |");
        for (int i = 0; i < BATCHES.length; i++) {
            double step = late(steps[i]);
            double ofProducts = late(products[i]) / step;
            double floor = StepProducts.operations(BATCHES[i]) / peak * 1e3 / step;
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.2f | %.0f %% | %.0f %% | %.0f %% |%n",
                    BATCHES[i],
                    step,
                    100 * ofProducts,
                    100 * floor,
                    100 * (1 - ofProducts));
        }
    }

    /**
     * Leaves out the first third, in which the just-in-time compiler works; others on the machine only make times
     * longer.
     */
    private static double late(double[] times) {
        return InterleavedTiming.quantile(Arrays.copyOfRange(times, times.length / 3, times.length), 0.25);
    }
}
