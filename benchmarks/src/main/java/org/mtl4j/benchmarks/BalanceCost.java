package org.mtl4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a training step takes with each way to balance 2, 3 and 5 tasks, beside the plain step: the time of its thread
 * on a processor by {@link InterleavedTiming}, and the most memory of a process that makes some.
 *
 * <pre>
 * [ROUNDS [faces|table|faces,table [METHOD,...]]]
 * memory [faces|table|faces,table [METHOD,...]]
 * </pre>
 *
 * {@code faces} is one tower of the poster's network with so many heads, 64 gray crops a step; {@code table} one of
 * fully connected layers of 256 and 128 on 150 numbers, 256 rows a step. One thread, so run it with
 * {@code OMP_NUM_THREADS=1}. The goals: T + 0.3 for balances of gradients, 1.05 for what goes by losses, 1.4 for FAMO.
 */
public final class BalanceCost {
    private static final int STEPS = 6;
    private static final int[] TASKS = {2, 3, 5};
    private static final int COLUMNS = 150;
    private static final int WATCHED_EVERY = 10;
    private static final int STEPS_OF_MEMORY = 30;
    private static final String MEMORY = "memory";
    private static final String PEAK = "peak-megabytes ";

    private BalanceCost() {}

    /** The networks that are timed. */
    private enum Kind {
        FACES(64, Shape.image(1, PosterNetwork.SIZE, PosterNetwork.SIZE)),
        TABLE(256, Shape.vector(COLUMNS));

        private final int batch;
        private final Shape input;

        Kind(int batch, Shape input) {
            this.batch = batch;
            this.input = input;
        }

        MultiTaskNetwork network(int tasks) {
            SplitHead head = SplitHead.of(IntStream.range(0, tasks)
                    .mapToObj(t -> Task.regression("task" + t, PosterNetwork.OUTPUTS))
                    .toArray(Task[]::new));
            if (this == FACES) {
                return PosterNetwork.of(Map.of("all", head), PosterNetwork.SIZE, PosterNetwork.Sharing.NOTHING);
            }
            NetworkBuilder network = MultiTaskNetwork.builder(input).tower("all", head);
            return network.dense("fc1", 256).dense("fc2", 128).build();
        }

        ListBatches data(int tasks, int steps) {
            MultiDataSet one = new MultiDataSet(
                    new INDArray[] {Nd4j.rand(DataType.FLOAT, input.batch(batch))},
                    IntStream.range(0, tasks)
                            .mapToObj(t -> Nd4j.rand(DataType.FLOAT, batch, PosterNetwork.OUTPUTS))
                            .toArray(INDArray[]::new));
            return ListBatches.of(Collections.nCopies(steps, one));
        }
    }

    /** Measures. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> given = List.of(arguments);
        if (given.size() == 4 && given.get(0).equals(MEMORY)) { // one process of many
            peak(Kind.valueOf(given.get(1)), Integer.parseInt(given.get(2)), choice(given.get(3)));
            return;
        }
        boolean memory = !given.isEmpty() && given.get(0).equals(MEMORY);
        int rounds = given.isEmpty() || memory ? 24 : Integer.parseInt(given.get(0));
        List<Kind> kinds = given.size() < 2
                ? List.of(Kind.values())
                : Arrays.stream(given.get(1).toUpperCase(Locale.ROOT).split(","))
                        .map(Kind::valueOf)
                        .toList();
        List<BalanceChoice> choices = new ArrayList<>();
        choices.add(BalanceChoice.EQUAL);
        if (given.size() < 3) {
            choices.addAll(choices().subList(1, choices().size()));
        } else {
            Arrays.stream(given.get(2).split(",")).map(BalanceCost::choice).forEach(choices::add);
        }
        for (Kind kind : kinds) {
            for (int tasks : TASKS) {
                MultiTaskNetwork network = kind.network(tasks);
                System.out.printf(
                        Locale.ROOT,
                        "%n%s, %d tasks: %,d parameters%n",
                        kind.name().toLowerCase(Locale.ROOT),
                        tasks,
                        network.parameters());
                if (memory) {
                    memory(kind, tasks, choices);
                } else {
                    time(kind, tasks, choices, rounds);
                }
            }
        }
    }

    /** All, and gradients that are looked at beside plain steps. */
    private static List<BalanceChoice> choices() {
        List<BalanceChoice> all = new ArrayList<>(BalanceChoice.all());
        all.add(new BalanceChoice(
                "watched", BalanceChoice.Kind.FIXED, options -> options.withGradientWatch(WATCHED_EVERY)));
        return all;
    }

    private static BalanceChoice choice(String name) {
        return choices().stream()
                .filter(choice -> choice.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method '%s'; there are %s"
                        .formatted(
                                name,
                                choices().stream().map(BalanceChoice::name).toList())));
    }

    private static FitOptions options(BalanceChoice choice) {
        return choice.options().apply(FitOptions.epochs(1).withWorkers(1));
    }

    private static Runnable training(Kind kind, int tasks, BalanceChoice choice, int steps) {
        Dl4jModel model = Dl4jModel.create(kind.network(tasks), TrainingPlan.adam(PosterNetwork.RATE));
        ListBatches data = kind.data(tasks, steps);
        return () -> {
            model.fit(data, options(choice));
            model.trimHistory(1);
        };
    }

    private static void time(Kind kind, int tasks, List<BalanceChoice> choices, int rounds) {
        Map<String, Runnable> runs = new LinkedHashMap<>();
        choices.forEach(choice -> runs.put(choice.name(), training(kind, tasks, choice, STEPS)));
        InterleavedTiming.compareOnProcessor(runs, rounds, STEPS, "step");
    }

    /** Starts a process for each, since memory that a process has taken is not given back. */
    private static void memory(Kind kind, int tasks, List<BalanceChoice> choices)
            throws IOException, InterruptedException {
        double plain = 0;
        for (BalanceChoice choice : choices) {
            Process process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-XX:+UseSerialGC",
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            BalanceCost.class.getName(),
                            MEMORY,
                            kind.name(),
                            String.valueOf(tasks),
                            choice.name())
                    .redirectErrorStream(true)
                    .start();
            List<String> lines = process.inputReader().lines().toList();
            double peak = lines.stream()
                    .filter(line -> line.startsWith(PEAK))
                    .mapToDouble(line -> Double.parseDouble(line.substring(PEAK.length())))
                    .findFirst()
                    .orElse(Double.NaN);
            if (process.waitFor() != 0) {
                System.out.println(String.join("\n", lines));
            }
            plain = plain == 0 ? peak : plain;
            System.out.printf(
                    Locale.ROOT, "%-26s %8.0f MB %+8.1f MB %8.3f%n", choice.name(), peak, peak - plain, peak / plain);
        }
    }

    private static void peak(Kind kind, int tasks, BalanceChoice choice) throws IOException {
        training(kind, tasks, choice, STEPS_OF_MEMORY).run();
        System.out.println(PEAK + ProcessMemory.peak().orElse(Double.NaN));
    }
}
