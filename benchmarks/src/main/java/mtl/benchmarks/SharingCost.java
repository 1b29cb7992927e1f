package mtl.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import mtl.dl4j.Dl4jModel;
import mtl.train.FitOptions;
import mtl.train.TrainingPlan;

/**
 * What sharing adds to a training step: the poster's network without it, with stitches, and with stitches and relatedness, in
 * turn in one process, so that all three have the same machine, the same compiled code and the same neighbours. The first third
 * of the rounds warms up. Prints medians; of the ratios, each within a round, with quartiles.
 */
final class SharingCost {
    private static final int BATCH = 128;
    private static final int STEPS = 30;
    private static final int ROUNDS = 45;

    private SharingCost() {}

    /** Takes no arguments. */
    public static void main(String[] arguments) {
        PosterNetwork.Sharing[] kinds = PosterNetwork.Sharing.values();
        Dl4jModel[] models = Arrays.stream(kinds)
                .map(kind -> Dl4jModel.create(
                        PosterNetwork.of(2, PosterNetwork.SIZE, kind), TrainingPlan.adam(PosterNetwork.RATE)))
                .toArray(Dl4jModel[]::new);
        OneBatch data = new OneBatch(PosterNetwork.noise(BATCH, 2, PosterNetwork.SIZE), STEPS);
        double[][] steps = new double[kinds.length][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < kinds.length; i++) {
                int kind = (i + round) % kinds.length; // nobody is always first
                long start = System.nanoTime();
                models[kind].fit(data, FitOptions.epochs(1));
                steps[kind][round] = (System.nanoTime() - start) / 1e6 / STEPS;
            }
        }
        System.out.printf("%-26s %12s %36s%n", "", "step, ms", "of a step without sharing");
        for (int kind = 0; kind < kinds.length; kind++) {
            double[] own = measured(steps[kind]);
            double[] alone = measured(steps[0]);
            double[] ratios = new double[own.length];
            Arrays.setAll(ratios, i -> own[i] / alone[i]);
            System.out.printf(
                    Locale.ROOT,
                    "%-26s %12.1f %14.3f (%.3f to %.3f)%n",
                    kinds[kind],
                    quantile(own, 0.5),
                    quantile(ratios, 0.5),
                    quantile(ratios, 0.25),
                    quantile(ratios, 0.75));
        }
    }

    private static double[] measured(double[] steps) {
        return Arrays.copyOfRange(steps, steps.length / 3, steps.length);
    }

    private static double quantile(double[] numbers, double part) {
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[(int) (part * (sorted.length - 1))];
    }
}
