package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What {@code evaluate} takes of what {@code predict} takes on the same batches, by kind of task, size of network and
 * size of batch, {@link InterleavedTiming}: with the main metric of each task read, and with all of them, as metrics
 * are computed when they are asked for.
 */
final class EvaluationCost {
    private static final int ROUNDS = 15;
    /**
     * Each is done in a row for about so long: a thread of OpenBLAS that had a part in a product spins for a tenth of a
     * second afterwards, on the processor that what comes next wants.
     */
    private static final double TURN_MILLISECONDS = 300;

    /** As long as code is being compiled, an evaluation has no second processor. */
    private static final double WARM_UP_SECONDS = 3;

    private static final int COLUMNS = 40;

    /** Rows in all: those of an evaluation set, and for the poster's network fewer. */
    private static final int ROWS = 16_384;

    private static final int IMAGES = 2_048;

    private static final String SMALL = "small";

    /** What is read of a score first. */
    private static final List<StandardMetric> MAIN = List.of(StandardMetric.ACCURACY, StandardMetric.R2);

    private EvaluationCost() {}

    /**
     * Measures; takes the sizes of batches, 256 and 1024 if none is given, and {@code small} for the networks of 40-64
     * alone.
     */
    public static void main(String[] arguments) {
        boolean small = List.of(arguments).contains(SMALL);
        List<Integer> given = Arrays.stream(arguments)
                .filter(argument -> !argument.equals(SMALL))
                .map(Integer::valueOf)
                .toList();
        List<Integer> sizes = given.isEmpty() ? List.of(256, 1024) : given;
        Map<String, Task> tasks = new LinkedHashMap<>();
        tasks.put("10 numbers", Task.regression("task", 10));
        tasks.put("2 classes", Task.classification("task", 2));
        tasks.put("10 classes", Task.classification("task", 10));
        tasks.put("1000 classes", Task.classification("task", 1000));
        tasks.put("10 labels", Task.multiLabel("task", 10));
        for (int batch : sizes) {
            tasks.forEach((name, task) -> {
                compare(name + ", 40-64", dense(task, 64), Shape.vector(COLUMNS), ROWS, batch);
                if (!small) {
                    compare(name + ", 40-512-512", dense(task, 512, 512), Shape.vector(COLUMNS), ROWS, batch);
                }
            });
            if (small) {
                continue;
            }
            Map<String, SplitHead> heads = new LinkedHashMap<>();
            heads.put("points", SplitHead.of(Task.regression("points", 10)));
            heads.put("smile", SplitHead.of(Task.classification("smile", 2)));
            MultiTaskNetwork poster =
                    PosterNetwork.of(heads, PosterNetwork.SIZE, PosterNetwork.Sharing.STITCHES_AND_RELATEDNESS);
            compare("the poster's", poster, poster.input(), IMAGES, batch);
        }
    }

    static MultiTaskNetwork dense(Task task, int... widths) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.vector(COLUMNS)).tower("tower", SplitHead.of(task));
        for (int i = 0; i < widths.length; i++) {
            network.dense("fc" + i, widths[i]);
        }
        return network.build();
    }

    private static void compare(String name, MultiTaskNetwork network, Shape input, int rows, int batch) {
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(PosterNetwork.RATE));
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = batches(network, input, rows, batch);
        ListBatches data = ListBatches.of(batches);
        Map<String, Runnable> kinds = new LinkedHashMap<>();
        kinds.put("predict", () -> batches.forEach(model::predict));
        kinds.put("evaluate, main metric", () -> read(model.evaluate(data), MAIN));
        kinds.put("evaluate, all metrics", () -> read(model.evaluate(data), List.of(StandardMetric.values())));
        kinds.values().forEach(EvaluationCost::inARow);
        int times = inARow(kinds.get("predict"));
        kinds.replaceAll((kind, once) -> () -> repeat(once, times));
        InterleavedTiming.compare(kinds, ROUNDS, times, "%s, %s rows in batches of %s".formatted(name, rows, batch));
    }

    /** Warms up. {@return how many times in a row fill a turn} */
    private static int inARow(Runnable work) {
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        double milliseconds;
        do {
            long start = System.nanoTime();
            work.run();
            milliseconds = (System.nanoTime() - start) / 1e6;
        } while (System.nanoTime() < warm);
        return (int) Math.max(1, Math.round(TURN_MILLISECONDS / milliseconds));
    }

    private static void repeat(Runnable once, int times) {
        for (int i = 0; i < times; i++) {
            once.run();
        }
    }

    /** Reads metrics of the scores that have them, and their baselines. */
    static void read(Map<String, TaskScore> scores, List<StandardMetric> metrics) {
        double sum = 0;
        for (TaskScore score : scores.values()) {
            for (StandardMetric metric : metrics) {
                sum += metric.isOf(score) ? metric.of(score) + metric.baselineOf(score) : 0;
            }
        }
        if (sum == Double.POSITIVE_INFINITY) {
            throw new IllegalStateException("a metric is infinite");
        }
    }

    static List<org.nd4j.linalg.dataset.api.MultiDataSet> batches(
            MultiTaskNetwork network, Shape input, int rows, int batch) {
        SplittableRandom random = new SplittableRandom(1);
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        for (int from = 0; from < rows; from += batch) {
            long[] shape = input.batch(batch);
            INDArray features = Nd4j.create(numbers(random, shape), shape);
            INDArray[] labels = network.tasks().stream()
                    .map(task -> labels(task, batch, random))
                    .toArray(INDArray[]::new);
            batches.add(new MultiDataSet(new INDArray[] {features}, labels));
        }
        return batches;
    }

    private static float[] numbers(SplittableRandom random, long... shape) {
        long size = 1;
        for (long side : shape) {
            size *= side;
        }
        float[] numbers = new float[Math.toIntExact(size)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return numbers;
    }

    private static INDArray labels(Task task, int rows, SplittableRandom random) {
        float[] labels = numbers(random, rows, task.outputs());
        for (int i = 0; i < labels.length && task.kind() != TaskKind.REGRESSION; i++) {
            labels[i] = task.kind() == TaskKind.MULTI_LABEL && labels[i] > 0.4f ? 1 : 0;
        }
        for (int row = 0; row < rows && task.kind() == TaskKind.MULTI_CLASS; row++) {
            labels[row * task.outputs() + random.nextInt(task.outputs())] = 1;
        }
        return Nd4j.create(labels, new long[] {rows, task.outputs()});
    }
}
