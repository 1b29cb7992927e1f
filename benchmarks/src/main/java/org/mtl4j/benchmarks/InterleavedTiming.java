package org.mtl4j.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Times several things in turn in one process, so that all have the same machine, the same compiled code and the same
 * neighbours. The first third of the rounds warms up.
 */
final class InterleavedTiming {
    private InterleavedTiming() {}

    /**
     * Prints the median time of each, and of its ratios to the first, each within a round, the median and the
     * quartiles.
     *
     * @param kinds by name, in their order
     * @param parts of how many equal parts each consists; the time printed is that of one
     * @param what such a part is
     */
    static void compare(Map<String, Runnable> kinds, int rounds, int parts, String what) {
        compare(kinds, rounds, parts, what, System::nanoTime);
    }

    /**
     * Prints the same of the time that this thread has been on a processor, which others on the machine disturb less.
     * For what works on one thread ({@code OMP_NUM_THREADS=1}).
     */
    static void compareOnProcessor(Map<String, Runnable> kinds, int rounds, int parts, String what) {
        compare(kinds, rounds, parts, what, ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime);
    }

    private static void compare(Map<String, Runnable> kinds, int rounds, int parts, String what, LongSupplier clock) {
        List<Runnable> runs = List.copyOf(kinds.values());
        double[][] times = new double[runs.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < runs.size(); i++) {
                int kind = (i + round) % runs.size(); // nobody is always first
                long start = clock.getAsLong();
                runs.get(kind).run();
                times[kind][round] = (clock.getAsLong() - start) / 1e6 / parts;
            }
        }
        List<String> names = List.copyOf(kinds.keySet());
        System.out.printf("%-26s %12s %36s%n", "", what + ", ms", "of " + names.get(0));
        for (int kind = 0; kind < runs.size(); kind++) {
            double[] own = measured(times[kind]);
            double[] first = measured(times[0]);
            double[] ratios = new double[own.length];
            Arrays.setAll(ratios, i -> own[i] / first[i]);
            System.out.printf(
                    Locale.ROOT,
                    "%-26s %12.1f %14.3f (%.3f to %.3f)%n",
                    names.get(kind),
                    quantile(own, 0.5),
                    quantile(ratios, 0.5),
                    quantile(ratios, 0.25),
                    quantile(ratios, 0.75));
        }
    }

    private static double[] measured(double[] times) {
        return Arrays.copyOfRange(times, times.length / 3, times.length);
    }

    static double quantile(double[] numbers, double part) {
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[(int) (part * (sorted.length - 1))];
    }
}
