package org.mtl4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A step of networks with batch normalisation and dropout, divided among two threads, whose parts meet in each
 * normalisation, beside the same step whole, with each operation divided: in turn in one process. Prints milliseconds
 * of a step by the clock and on processors, and the ratio of each to the whole step.
 */
final class NormalizationCost {
    private static final int STEPS = 4;
    private static final int ROUNDS = 15;

    private NormalizationCost() {}

    /** A network with a batch for it. */
    private record Case(MultiTaskNetwork network, MultiDataSet batch) {}

    /**
     * Measures and prints a table; arguments, if any, are the number of rounds, and words of which the names of the
     * networks to measure contain one.
     */
    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
        List<String> words = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        System.out.println("| network | batch | whole, ms | divided, ms | of whole | on processors, of whole |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        cases().forEach((name, one) -> {
            if (words.isEmpty() || words.stream().anyMatch(name::contains)) {
                measure(name, one, rounds);
            }
        });
    }

    private static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        for (int batch : new int[] {128, 32}) {
            cases.put("recipe best, 64 pixels, batch " + batch, withNoise(BestNetwork.build(), batch));
            cases.put("two towers of six convolutions, 60 pixels, batch " + batch, withNoise(towers(), batch));
            cases.put(
                    "NDDR, 39 pixels, batch " + batch,
                    withNoise(UnitNetwork.joined(UnitNetwork.Unit.NDDR_NORMALIZED), batch));
        }
        cases.put("table, batch 256", withNoise(table(), 256));
        return cases;
    }

    /** Two towers of six convolutions with batch normalisation, joined half-way. */
    private static MultiTaskNetwork towers() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, 60, 60))
                .tower("a", SplitHead.of(Task.regression("first", 10)))
                .tower("b", SplitHead.of(Task.classification("second", 5)));
        int[] channels = {16, 16, 32, 32, 64, 64};
        for (int i = 0; i < channels.length; i++) {
            network.layer(
                            "conv" + i,
                            Convolution.of(channels[i], 3)
                                    .withPadding(Padding.SAME)
                                    .withActivation(Activation.IDENTITY)
                                    .withoutBias())
                    .batchNormalization()
                    .activation(Activation.RELU);
            if (i % 2 == 1) {
                network.maxPool(2);
            }
            if (i == 3) {
                network.stitch(CrossStitchUnit.perChannel());
            }
        }
        return network.dense("fc", 120).build();
    }

    private static MultiTaskNetwork table() {
        return MultiTaskNetwork.builder(Shape.vector(100))
                .tower("a", SplitHead.of(Task.regression("first", 10)))
                .tower("b", SplitHead.of(Task.classification("second", 5)))
                .dense("fc1", 128)
                .batchNormalization()
                .dropout(0.2)
                .stitch(NddrUnit.linear())
                .dense("fc2", 64)
                .batchNormalization()
                .build();
    }

    private static Case withNoise(MultiTaskNetwork network, int batch) {
        Shape input = network.inputs().get(0).shape();
        INDArray[] labels = network.tasks().stream()
                .map(task -> {
                    INDArray numbers = Nd4j.zeros(DataType.FLOAT, batch, task.outputs());
                    for (int i = 0; i < batch; i++) {
                        numbers.putScalar(i, i % task.outputs(), 1);
                    }
                    return numbers;
                })
                .toArray(INDArray[]::new);
        return new Case(
                network, new MultiDataSet(new INDArray[] {Nd4j.rand(DataType.FLOAT, input.batch(batch))}, labels));
    }

    private static void measure(String name, Case one, int rounds) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        List<LongSupplier> clocks = List.of(System::nanoTime, system::getProcessCpuTime);
        ListBatches data = ListBatches.of(Collections.nCopies(STEPS, one.batch));
        List<Runnable> kinds = new ArrayList<>();
        for (int workers = 1; workers <= 2; workers++) {
            Dl4jModel model = Dl4jModel.create(one.network, TrainingPlan.adam(1e-3));
            FitOptions options = FitOptions.epochs(1).withWorkers(workers);
            kinds.add(() -> model.fit(data, options));
        }
        double[][][] times = new double[clocks.size()][kinds.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < kinds.size(); i++) {
                int which = (i + round) % kinds.size(); // nobody is always first
                long[] start =
                        clocks.stream().mapToLong(LongSupplier::getAsLong).toArray();
                kinds.get(which).run();
                for (int c = 0; c < start.length; c++) {
                    times[c][which][round] = (clocks.get(c).getAsLong() - start[c]) / 1e6 / STEPS;
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %s | %s |%n",
                name.replace(", batch ", " | "),
                median(late(times[0][0])),
                median(late(times[0][1])),
                ratio(times[0]),
                ratio(times[1]));
    }

    /** The median and the quartiles over rounds. */
    private static String ratio(double[][] times) {
        double[] whole = late(times[0]);
        double[] divided = late(times[1]);
        double[] ratios = new double[whole.length];
        Arrays.setAll(ratios, i -> divided[i] / whole[i]);
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f to %.2f)",
                median(ratios),
                InterleavedTiming.quantile(ratios, 0.25),
                InterleavedTiming.quantile(ratios, 0.75));
    }

    private static double median(double[] times) {
        return InterleavedTiming.quantile(times, 0.5);
    }

    /** Leaves out the first third, in which the just-in-time compiler works. */
    private static double[] late(double[] times) {
        return Arrays.copyOfRange(times, times.length / 3, times.length);
    }
}
