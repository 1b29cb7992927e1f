package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TaskScoresTest {
    private static final List<Task> TASKS = List.of(
            Task.regression("points", 2), Task.classification("kind", "x", "y"), Task.multiLabel("marks", "m", "n"));

    /** Adds a batch in which a third of the labels is missing. */
    private static void add(TaskScores scores, PointErrors.Accumulator points, int seed, int examples) {
        Random random = new Random(seed);
        INDArray kinds = Nd4j.zeros(examples, 2);
        INDArray mask = Nd4j.ones(examples, 1);
        for (int row = 0; row < examples; row++) {
            kinds.putScalar(row, random.nextInt(2), 1);
            mask.putScalar(row, 0, random.nextInt(3) == 0 ? 0 : 1);
        }
        INDArray truth = doubles(random, examples, 1e3);
        INDArray predicted = doubles(random, examples, 1);
        scores.add("points", truth, predicted, mask);
        scores.add("kind", kinds, doubles(random, examples, 1), mask);
        scores.add("marks", kinds, doubles(random, examples, 1), null);
        for (int row = 0; row < examples; row++) {
            points.add(truth.getRow(row).toDoubleVector(), predicted.getRow(row).toDoubleVector(), 0.1);
        }
    }

    private static INDArray doubles(Random random, int rows, double scale) {
        return Nd4j.createFromArray(random.doubles(rows * 2L, 0, scale).toArray())
                .reshape(rows, 2);
    }

    private static PointErrors.Accumulator points() {
        return PointErrors.accumulator(1, 0.05);
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

    @Test
    void parts_sent_from_elsewhere_and_merged_in_any_order_are_the_whole_to_the_bit() throws Exception {
        TaskScores whole = TaskScores.of(TASKS);
        PointErrors.Accumulator wholePoints = points();
        int[] sizes = {17, 3, 40, 1};
        for (int i = 0; i < sizes.length; i++) {
            add(whole, wholePoints, i, sizes[i]);
        }
        for (int[] order : new int[][] {{0, 1, 2, 3}, {3, 1, 0, 2}}) {
            TaskScores merged = TaskScores.of(TASKS);
            PointErrors.Accumulator mergedPoints = points();
            for (int i : order) {
                TaskScores part = TaskScores.of(TASKS);
                PointErrors.Accumulator itsPoints = points();
                add(part, itsPoints, i, sizes[i]);
                merged.merge(sent(part));
                mergedPoints.merge(sent(itsPoints));
            }
            assertThat(merged.result()).isEqualTo(whole.result());
            assertThat(mergedPoints.result().meanError())
                    .isEqualTo(wholePoints.result().meanError());
            assertThat(mergedPoints.result().failureRate())
                    .isEqualTo(wholePoints.result().failureRate());
            assertThat(mergedPoints.result().images()).isEqualTo(61);
        }
        assertThat(whole.result().keySet()).containsExactly("points", "kind", "marks");
        assertThat(((ClassificationScore) whole.result().get("kind")).count()).isBetween(20L, 60L);
    }

    @Test
    void an_accumulator_goes_on_where_it_was_sent_to() throws Exception {
        PointErrors.Accumulator points = points().add(new double[] {0, 0}, new double[] {3, 4}, 10);
        PointErrors.Accumulator received = sent(points).add(new double[] {0, 0}, new double[] {0, 1}, 10);
        assertThat(received.result().errors()).containsExactly(0.5, 0.1); // 5 / 10 and 1 / 10
        assertThat(points.result().images()).isEqualTo(1);
    }

    @Test
    void other_tasks_are_refused() {
        TaskScores scores = TaskScores.of(TASKS);
        assertThatThrownBy(() -> scores.add("pose", Nd4j.zeros(1, 2), Nd4j.zeros(1, 2), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no task 'pose'")
                .hasMessageContaining("[points, kind, marks]");
        assertThatThrownBy(() -> scores.merge(TaskScores.of(TASKS.subList(0, 1))))
                .hasMessageContaining("cannot merge scores of the tasks [points, kind, marks] with [points]");
        assertThatThrownBy(() -> TaskScores.of(List.of(Task.regression("t", 2)))
                        .merge(TaskScores.of(List.of(Task.classification("t", 2)))))
                .hasMessageContaining("task 't'");
    }
}
