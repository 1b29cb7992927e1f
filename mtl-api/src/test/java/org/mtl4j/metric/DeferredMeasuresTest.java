package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Measures that are computed when they are asked for are those of examples that are summed as they come, as doubles of
 * the same value are: to the bit.
 */
class DeferredMeasuresTest {
    private static final int ROWS = 700;

    private static final Map<String, Task> TASKS = Map.of(
            "numbers", Task.regression("task", 3),
            "two classes", Task.classification("task", 2),
            "classes", Task.classification("task", 21),
            "labels", Task.multiLabel("task", 4));

    /** Some examples: labels, predictions, a mask and weights, of which the last two may be null. */
    private record Data(
            Task task,
            INDArray labels,
            INDArray predictions,
            @Nullable INDArray mask,
            @Nullable INDArray weights) {

        static Data of(Task task, String how, long seed) {
            Random random = new Random(seed);
            int outputs = task.outputs();
            float[] labels = new float[ROWS * outputs];
            float[] predictions = new float[ROWS * outputs];
            for (int i = 0; i < labels.length; i++) {
                float p = how.equals("ties") ? random.nextInt(5) / 4f : (float) Math.pow(random.nextDouble(), 5);
                predictions[i] = how.equals("diverged") && random.nextInt(300) == 0 ? Float.NaN : p;
                labels[i] = label(task, how, random);
            }
            for (int row = 0; row < ROWS && task.kind() == TaskKind.MULTI_CLASS; row++) {
                labels[row * outputs + (how.equals("one class") ? outputs - 1 : random.nextInt(outputs))] = 1;
            }
            return new Data(
                    task,
                    array(labels, outputs),
                    array(predictions, outputs),
                    how.equals("masked") ? mask(task, random) : null,
                    how.equals("weighted") ? array(floats(random, ROWS, 3), 1) : null);
        }

        private static float label(Task task, String how, Random random) {
            return switch (task.kind()) {
                case REGRESSION -> how.equals("one class") ? 0.5f : (float) random.nextGaussian() * 40;
                case MULTI_CLASS -> 0;
                case MULTI_LABEL -> how.equals("one class") ? 1 : random.nextInt(2);
            };
        }

        private static INDArray mask(Task task, Random random) {
            int columns = task.kind() == TaskKind.MULTI_CLASS ? 1 : task.outputs();
            float[] mask = new float[ROWS * columns];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = random.nextInt(4) == 0 ? 0 : 1;
            }
            return array(mask, columns);
        }

        private static float[] floats(Random random, int count, int most) {
            float[] floats = new float[count];
            for (int i = 0; i < count; i++) {
                floats[i] = random.nextInt(8) * most / 8f;
            }
            return floats;
        }

        private static INDArray array(float[] numbers, int columns) {
            return Nd4j.createFromArray(numbers).reshape(numbers.length / columns, columns);
        }

        void addTo(ScoreAccumulator scores, DataType type, int from, int to) {
            scores.add(ScoredBatch.of(
                    task,
                    rows(labels, from, to).castTo(type),
                    rows(predictions, from, to).castTo(type),
                    mask == null ? null : rows(mask, from, to),
                    weights == null ? null : rows(weights, from, to)));
        }

        private static INDArray rows(INDArray array, int from, int to) {
            return array.get(NDArrayIndex.interval(from, to), NDArrayIndex.all())
                    .reshape(to - from, array.size(1))
                    .dup();
        }

        /** What is summed as it comes: doubles are, whatever their value. */
        TaskScore eager() {
            ScoreAccumulator scores = TaskScores.accumulator(task);
            addTo(scores, DataType.DOUBLE, 0, ROWS);
            return scores.result();
        }
    }

    private static List<Double> measures(TaskScore score) {
        List<Double> measures = new ArrayList<>();
        for (StandardMetric metric : StandardMetric.values()) {
            if (metric.isOf(score)) {
                measures.add(metric.of(score));
                measures.add(metric.baselineOf(score));
            }
        }
        return measures;
    }

    @SuppressWarnings("unchecked")
    private static <T> T sent(T object) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "numbers, plain",
        "numbers, ties",
        "numbers, masked",
        "numbers, weighted",
        "numbers, one class",
        "numbers, diverged",
        "two classes, plain",
        "two classes, ties",
        "two classes, masked",
        "two classes, weighted",
        "two classes, one class",
        "two classes, diverged",
        "classes, plain",
        "classes, ties",
        "classes, masked",
        "classes, weighted",
        "classes, one class",
        "classes, diverged",
        "labels, plain",
        "labels, ties",
        "labels, masked",
        "labels, weighted",
        "labels, one class",
        "labels, diverged"
    })
    void measures_are_those_of_examples_summed_as_they_come(String kind, String how)
            throws IOException, ClassNotFoundException {
        Data data = Data.of(TASKS.get(kind), how, 9);
        TaskScore eager = data.eager();
        List<Double> expected = measures(eager);

        ScoreAccumulator whole = TaskScores.accumulator(data.task());
        data.addTo(whole, DataType.FLOAT, 0, ROWS);
        assertThat(measures(whole.result())).isEqualTo(expected);
        assertThat(whole.result()).isEqualTo(eager).hasSameHashCodeAs(eager);
        assertThat(whole.result()).hasToString(eager.toString());
        assertThat(sent(whole.result())).isEqualTo(eager);

        // floats and doubles in one, sent half way, and merged
        ScoreAccumulator first = TaskScores.accumulator(data.task());
        data.addTo(first, DataType.FLOAT, 0, 200);
        ScoreAccumulator second = TaskScores.accumulator(data.task());
        data.addTo(second, DataType.DOUBLE, 200, 300);
        data.addTo(second, DataType.FLOAT, 300, 301);
        TaskScores.merge("task", first, sent(second));
        data.addTo(first, DataType.FLOAT, 301, 600);
        first = sent(first);
        TaskScore before = first.result();
        data.addTo(first, DataType.FLOAT, 600, ROWS);
        assertThat(first.result()).isEqualTo(eager);

        ScoreAccumulator firstPart = TaskScores.accumulator(data.task());
        data.addTo(firstPart, DataType.DOUBLE, 0, 600);
        assertThat(before).isEqualTo(firstPart.result()); // and not of what came later
        assertThat(before).isNotEqualTo(eager);
    }

    /** As an accumulator that is merged with itself has each example twice. */
    @ParameterizedTest
    @ValueSource(strings = {"numbers", "two classes", "classes", "labels"})
    void an_accumulator_merged_with_itself_has_all_twice(String kind) {
        Data data = Data.of(TASKS.get(kind), "masked", 3);
        ScoreAccumulator once = TaskScores.accumulator(data.task());
        data.addTo(once, DataType.FLOAT, 0, ROWS);
        TaskScores.merge("task", once, once);
        ScoreAccumulator twice = TaskScores.accumulator(data.task());
        data.addTo(twice, DataType.DOUBLE, 0, ROWS);
        data.addTo(twice, DataType.DOUBLE, 0, ROWS);
        assertThat(once.result()).isEqualTo(twice.result());
    }

    @ParameterizedTest
    @ValueSource(strings = {"numbers", "two classes", "classes", "labels"})
    void several_threads_may_read_at_once(String kind) throws InterruptedException, ExecutionException {
        Data data = Data.of(TASKS.get(kind), "ties", 4);
        List<Double> expected = measures(data.eager());
        ScoreAccumulator scores = TaskScores.accumulator(data.task());
        data.addTo(scores, DataType.FLOAT, 0, ROWS);
        int threads = 8;
        ExecutorService readers = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 20; round++) {
                TaskScore score = scores.result();
                List<Callable<List<Double>>> reads = Collections.nCopies(threads, () -> measures(score));
                for (Future<List<Double>> read : readers.invokeAll(reads)) {
                    assertThat(read.get()).isEqualTo(expected);
                }
            }
        } finally {
            readers.shutdown();
        }
    }

    /** What is beyond the bound is summed, to the same bits. */
    @Test
    void many_numbers_are_summed_as_they_come() {
        int rows = 600_000;
        Random random = new Random(1);
        float[] labels = new float[rows * 8];
        float[] predictions = new float[labels.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextFloat();
            predictions[i] = labels[i] + random.nextFloat() / 8;
        }
        INDArray truth = Nd4j.createFromArray(labels).reshape(rows, 8);
        INDArray predicted = Nd4j.createFromArray(predictions).reshape(rows, 8);
        RegressionScore.Accumulator whole = RegressionScore.accumulator(8).add(truth, predicted, null);
        RegressionScore.Accumulator parts = RegressionScore.accumulator(8);
        for (int from = 0; from < rows; from += 150_000) {
            RegressionScore.Accumulator part = RegressionScore.accumulator(8)
                    .add(
                            truth.get(NDArrayIndex.interval(from, from + 150_000), NDArrayIndex.all()),
                            predicted.get(NDArrayIndex.interval(from, from + 150_000), NDArrayIndex.all()),
                            null);
            parts.merge(part);
        }
        assertThat(parts.result()).isEqualTo(whole.result());
        double[] errors = new double[rows];
        Arrays.setAll(errors, row -> Math.abs((double) predictions[row * 8] - labels[row * 8]));
        assertThat(whole.result().absoluteError(0)).isEqualTo(org.mtl4j.internal.sum.ExactSum.of(errors) / rows);
    }

    @Test
    void a_list_is_computed_once_and_when_it_is_asked_for() throws IOException, ClassNotFoundException {
        AtomicInteger times = new AtomicInteger();
        DeferredList<String> list = new DeferredList<>(2, () -> {
            times.incrementAndGet();
            return List.of("a", "b");
        });
        assertThat(list.size()).isEqualTo(2);
        assertThat(times).hasValue(0);
        assertThat(list).containsExactly("a", "b");
        assertThat((Object) DeferredMeasuresTest.<Object>sent(list)).isEqualTo(List.of("a", "b"));
        assertThat(times).hasValue(1);
        assertThatThrownBy(() -> list.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
