package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Examples are added in blocks, one by one where they have weights, and in whatever parts: to the same bits. */
class PartsTest {
    private static final int ROWS = 1_300;

    private static final Map<String, Task> TASKS = Map.of(
            "numbers", Task.regression("task", 3),
            "two classes", Task.classification("task", 2),
            "classes", Task.classification("task", 11),
            "labels", Task.multiLabel("task", 10));

    @ParameterizedTest(name = "{0} in {1}, {2}")
    @CsvSource({
        "numbers, FLOAT, plain",
        "numbers, FLOAT, masked",
        "numbers, FLOAT, diverged",
        "numbers, DOUBLE, plain",
        "numbers, HALF, plain",
        "two classes, FLOAT, plain",
        "two classes, FLOAT, masked",
        "two classes, FLOAT, diverged",
        "two classes, DOUBLE, plain",
        "classes, FLOAT, plain",
        "classes, FLOAT, masked",
        "classes, FLOAT, diverged",
        "classes, FLOAT, scores",
        "classes, DOUBLE, plain",
        "classes, HALF, plain",
        "labels, FLOAT, plain",
        "labels, FLOAT, masked",
        "labels, FLOAT, diverged",
        "labels, FLOAT, scores",
        "labels, DOUBLE, masked"
    })
    void any_parts_and_weights_of_one_are_the_whole(String kind, DataType type, String how) {
        Task task = TASKS.get(kind);
        Random random = new Random(kind.hashCode() + how.length());
        INDArray labels = labels(task, random).castTo(type);
        INDArray predictions = predictions(task, how, random).castTo(type);
        INDArray mask = how.equals("masked") ? mask(task, random) : null;

        TaskScore whole = score(task, labels, predictions, mask, null, ROWS);
        assertThat(score(task, labels, predictions, mask, Nd4j.ones(ROWS, 1), ROWS))
                .isEqualTo(whole);
        assertThat(score(task, labels, predictions, mask, null, 1)).isEqualTo(whole);
        assertThat(score(task, labels, predictions, mask, null, 300)).isEqualTo(whole);
        INDArray ones = Nd4j.ones(ROWS, 1);
        assertThat(score(task, labels, predictions, mask, ones, 77)).isEqualTo(whole);
    }

    /** More rows than are read at a time, as views into arrays of more. */
    @ParameterizedTest
    @ValueSource(strings = {"numbers", "two classes", "classes", "labels"})
    void a_part_that_is_a_view_is_scored_as_a_copy(String kind) {
        Task task = TASKS.get(kind);
        Random random = new Random(5);
        int copies = 14;
        INDArray labels =
                Nd4j.concat(0, nTimes(copies, () -> labels(task, random))).castTo(DataType.FLOAT);
        INDArray predictions = Nd4j.concat(0, nTimes(copies, () -> predictions(task, "plain", random)))
                .castTo(DataType.FLOAT);
        INDArray someLabels = rows(labels, 1_000, copies * ROWS);
        INDArray somePredictions = rows(predictions, 1_000, copies * ROWS);
        assertThat(someLabels.isView() && someLabels.length() > 1 << 14).isTrue();
        TaskScores expected = TaskScores.of(List.of(task));
        expected.add("task", someLabels.dup(), somePredictions.dup(), null);
        TaskScores parts = TaskScores.of(List.of(task));
        parts.addPart("task", someLabels, somePredictions, null, null, 0);
        assertThat(parts.result()).isEqualTo(expected.result());
    }

    private static INDArray[] nTimes(int n, Supplier<INDArray> array) {
        return Stream.generate(array).limit(n).toArray(INDArray[]::new);
    }

    private static TaskScore score(
            Task task, INDArray labels, INDArray predictions, @Nullable INDArray mask, INDArray weights, int part) {
        ScoreAccumulator[] scores = {TaskScores.accumulator(task), TaskScores.accumulator(task)};
        for (int from = 0, i = 0; from < ROWS; from += part, i++) {
            int to = Math.min(ROWS, from + part);
            INDArray someLabels = rows(labels, from, to);
            INDArray somePredictions = rows(predictions, from, to);
            scores[i % 2].add(ScoredBatch.of(
                    task,
                    someLabels,
                    somePredictions,
                    mask == null ? null : rows(mask, from, to),
                    weights == null ? null : rows(weights, from, to)));
        }
        TaskScores.merge("task", scores[1], scores[0]);
        return scores[1].result();
    }

    private static INDArray rows(INDArray array, int from, int to) {
        return array.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).reshape(to - from, array.size(1));
    }

    private static INDArray labels(Task task, Random random) {
        double[] labels = new double[ROWS * task.outputs()];
        for (int row = 0; row < ROWS; row++) {
            int hot = random.nextInt(task.outputs());
            for (int c = 0; c < task.outputs(); c++) {
                labels[row * task.outputs() + c] = task.kind() == TaskKind.REGRESSION
                        ? random.nextGaussian() * Math.pow(10, c)
                        : task.kind() == TaskKind.MULTI_CLASS ? (c == hot ? 1 : 0) : random.nextInt(4) / 3;
            }
        }
        return Nd4j.createFromArray(labels).reshape(ROWS, task.outputs());
    }

    private static INDArray predictions(Task task, String how, Random random) {
        double[] predictions = new double[ROWS * task.outputs()];
        for (int i = 0; i < predictions.length; i++) {
            double p = random.nextInt(3) == 0 ? random.nextInt(5) / 4.0 : Math.pow(random.nextDouble(), 6); // ties
            predictions[i] = how.equals("scores") ? 8 * p - 2 : p;
            if (how.equals("diverged") && random.nextInt(400) == 0) {
                predictions[i] = random.nextBoolean() ? Double.NaN : Double.POSITIVE_INFINITY;
            }
            if (random.nextInt(50) == 0) {
                predictions[i] = -0.0;
            }
        }
        return Nd4j.createFromArray(predictions).reshape(ROWS, task.outputs());
    }

    private static INDArray mask(Task task, Random random) {
        int columns = task.kind() == TaskKind.MULTI_CLASS ? 1 : task.outputs();
        float[] mask = new float[ROWS * columns];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = random.nextInt(3) == 0 ? 0 : 1;
        }
        return Nd4j.createFromArray(mask).reshape(ROWS, columns);
    }
}
