package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches too small to be divided are evaluated several at once, larger ones in parts: each part is scored where it is
 * predicted. Widths on both sides of the limit.
 */
class EvaluationInPartsTest {
    private static final int COLUMNS = 12;
    private static final List<Task> TASKS =
            List.of(Task.regression("numbers", 2), Task.classification("kind", 4), Task.multiLabel("marks", 3));

    private static Dl4jModel model(int width) {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(COLUMNS))
                .tower("tower", SplitHead.of(TASKS.get(0), TASKS.get(1), TASKS.get(2)))
                .dense("fc", width)
                .build();
        return Dl4jModel.create(network, TrainingPlan.adam(0.001));
    }

    private static List<Batch> batches(int count) {
        SplittableRandom random = new SplittableRandom(3);
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(batch(200 + 57 * i, random, i % 2));
        }
        return batches;
    }

    private static Batch batch(int rows, SplittableRandom random, int masks) {
        INDArray kinds = Nd4j.zeros(rows, 4);
        for (int row = 0; row < rows; row++) {
            kinds.putScalar(row, random.nextInt(4), 1);
        }
        return Batch.builder()
                .input("features", numbers(random, rows, COLUMNS))
                .labels("numbers", numbers(random, rows, 2))
                .labels(
                        "kind",
                        kinds,
                        masks == 0 ? null : numbers(random, rows, 1).gt(0).castTo(kinds.dataType()))
                .labels("marks", numbers(random, rows, 3).gt(0.3).castTo(kinds.dataType()))
                .weights(numbers(random, rows, 1).addi(1.5))
                .build();
    }

    private static INDArray numbers(SplittableRandom random, int rows, int columns) {
        float[] numbers = new float[rows * columns];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return Nd4j.createFromArray(numbers).reshape(rows, columns);
    }

    /** Hands out batches in the same arrays again and again, as some sources do to save memory. */
    private static final class Overwriting extends AbstractBatches {
        private static final long serialVersionUID = 1L;

        private final transient List<Batch> batches;
        private transient MultiDataSet last;
        private int next;

        Overwriting(List<Batch> batches) {
            this.batches = batches;
        }

        @Override
        protected MultiDataSet read() {
            spoil();
            last = batches.get(next++).copy();
            return last;
        }

        @Override
        public boolean hasNext() {
            spoil();
            return next < batches.size();
        }

        private void spoil() {
            if (last != null) {
                last.getFeatures(0).assign(7);
                last.getLabels(0).assign(-5);
                last.getLabels(1).assign(3); // is no label
            }
            last = null;
        }

        @Override
        public void reset() {
            next = 0;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 20_000})
    void scores_are_those_of_what_predict_says(int width) {
        Dl4jModel model = model(width);
        List<Batch> batches = batches(7);
        TaskScores expected = TaskScores.of(TASKS);
        for (Batch batch : batches) {
            var predictions = model.predict(batch.getFeatures(0));
            for (int t = 0; t < TASKS.size(); t++) {
                String task = TASKS.get(t).name();
                INDArray[] masks = batch.getLabelsMaskArrays();
                expected.add(
                        task,
                        batch.getLabels(t),
                        predictions.of(task),
                        masks == null ? null : masks[t],
                        batch.weights().orElseThrow());
            }
        }
        assertThat(model.evaluate(ListBatches.of(batches))).isEqualTo(expected.result());
        assertThat(model.evaluate(new Overwriting(batches))).isEqualTo(expected.result());
    }

    /** A part is scored some thousand rows at a time. */
    @Test
    void scores_of_a_large_batch_are_those_of_what_predict_says() {
        Dl4jModel model = model(600);
        Batch batch = batch(30_000, new SplittableRandom(4), 1);
        var predictions = model.predict(batch.getFeatures(0));
        TaskScores expected = TaskScores.of(TASKS);
        for (int t = 0; t < TASKS.size(); t++) {
            String task = TASKS.get(t).name();
            expected.add(
                    task,
                    batch.getLabels(t),
                    predictions.of(task),
                    t == 1 ? batch.getLabelsMaskArray(1) : null,
                    batch.weights().orElseThrow());
        }
        assertThat(model.evaluate(ListBatches.of(List.of(batch)))).isEqualTo(expected.result());
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 20_000})
    void the_first_batch_that_is_wrong_is_the_one_that_is_named(int width) {
        Dl4jModel model = model(width);
        List<Batch> batches = batches(6);
        batches.get(2).getLabels(1).putScalar(250, 2, 0.5);
        batches.get(4).getFeatures(0).putScalar(3, 0, Double.NaN);
        assertThatThrownBy(() -> model.evaluate(ListBatches.of(batches)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batch 3:")
                .hasMessageContaining("row 250");
        batches.get(2).getLabels(1).getRow(250).assign(0.25); // is a distribution, and so passes as a label
        assertThatThrownBy(() -> model.evaluate(ListBatches.of(batches)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("task 'kind', labels, row 250: expected one 1");
        assertThat(model.evaluate(ListBatches.of(batches.subList(0, 2)))).hasSize(TASKS.size()); // all is well again
    }
}
