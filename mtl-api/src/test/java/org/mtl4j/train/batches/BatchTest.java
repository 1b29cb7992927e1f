package org.mtl4j.train.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class BatchTest {
    private static final INDArray X = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}, {5, 6}});
    private static final INDArray Y = Nd4j.createFromArray(new float[][] {{7}, {8}, {9}});
    private static final Task KIND = Task.classification("kind", "flat", "house");

    private static Batch batch() {
        return Batch.builder()
                .input("numbers", X)
                .labels("price", Y)
                .labels("other", null)
                .weights(Nd4j.createFromArray(new float[][] {{1}, {0}, {2.5f}}))
                .metaData(List.of("a", "b", "c"))
                .build();
    }

    @Test
    void a_batch_travels_with_its_names_and_weights() throws IOException, ClassNotFoundException {
        Batch batch = Batch.named(
                Batch.of(new MultiDataSet(X, Y), Nd4j.ones(3, 1).muli(2)), List.of("numbers"), List.of("price"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(batch);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            Batch read = (Batch) in.readObject();
            assertThat(read).isEqualTo(batch);
            assertThat(read.tasks()).containsExactly("price");
            assertThat(read.weights().orElseThrow().toFloatVector()).containsExactly(2, 2, 2);
        }
        assertThat(batch.copy()).isEqualTo(batch).isNotSameAs(batch);
        assertThat(batch()).isNotEqualTo(batch);
        assertThat(batch().getExampleMetaData()).hasToString("[a, b, c]");
    }

    @Test
    void arrays_that_do_not_belong_together_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Batch.builder().input("x", X).labels("price", Y).labels("price", Y))
                .withMessage("Batch: task 'price' is given twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.builder()
                        .input("x", X)
                        .labels("price", Nd4j.ones(2, 1))
                        .build())
                .withMessage("Batch: labels of task 'price' must be [3, ...] as the first input is, got [2, 1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.of(new MultiDataSet(X, Y), Nd4j.ones(3)))
                .withMessage("the weights of the examples of a batch must be [3, 1], got [3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.named(new MultiDataSet(X, Y), List.of(), List.of("a", "b")))
                .withMessage("Batch: expected names of tasks, one for each of 1 arrays, each once, got [a, b]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.builder().build())
                .withMessage("Batch: give the features of at least one input");
    }

    @Test
    void classes_are_given_by_number_or_name() {
        ArrayBatches byNumber = ArrayBatches.builder()
                .input(X)
                .classes(KIND, 1, 0, 1)
                .labels("price", Y)
                .weights(1, 0.5, 3)
                .build();
        Batch batch = (Batch) byNumber.withShuffling(1).next();
        List<Integer> rows = batch.getExampleMetaData(Integer.class);
        for (int i = 0; i < 3; i++) {
            int row = rows.get(i);
            assertThat(batch.getLabels(0).getInt(i, 1)).isEqualTo(row == 1 ? 0 : 1);
            assertThat(batch.getLabels(1).getDouble(i)).isEqualTo(7 + row);
            assertThat(batch.weights().orElseThrow().getDouble(i))
                    .isEqualTo(List.of(1, 0.5, 3).get(row).doubleValue());
        }
        Batch named = (Batch) ArrayBatches.builder()
                .input(X)
                .classes(KIND, "house", null, "flat")
                .build()
                .next();
        assertThat(named.getLabels(0).toFloatMatrix()).isEqualTo(new float[][] {{0, 1}, {0, 0}, {1, 0}});
        assertThat(named.getLabelsMaskArray(0).toFloatVector()).containsExactly(1, 0, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.builder().classes(KIND, 0, 2))
                .withMessage("ArrayBatches: task 'kind', row 1, counted from 0: expected a class of 0 to 1, got 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.builder().classes(KIND, "flat", "tent"))
                .withMessage("ArrayBatches: task 'kind', row 1, counted from 0: 'tent' is none of the classes"
                        + " [flat, house]");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ArrayBatches.of(X, Y).withWeights(Nd4j.createFromArray(new float[][] {{1}, {-1}, {1}})))
                .withMessageStartingWith("ArrayBatches: the weight of row 1, counted from 0, must be");
    }

    @Test
    void corpora_that_are_mixed_are_read_by_name_where_they_have_names() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(2))
                .tower("t", SplitHead.of(KIND, Task.regression("price", 1)))
                .build();
        ArrayBatches named = ArrayBatches.builder()
                .input(X)
                .labels("price", Y)
                .classes(KIND, 1, 0, 1)
                .weights(1, 2, 3)
                .build();
        Batch mixed =
                (Batch) MixedBatches.of(network).with(named, "kind", "price").next();
        assertThat(mixed.tasks()).containsExactly("kind", "price");
        assertThat(mixed.getLabels(0).size(1)).isEqualTo(2);
        assertThat(mixed.getLabels(1)).isEqualTo(Y);
        assertThat(mixed.weights().orElseThrow().toFloatVector()).containsExactly(1, 2, 3);
        Batch one = (Batch)
                MixedBatches.of(network).with(named.withBatchSize(32), "price").next();
        assertThat(one.getLabels(0)).isNull();
        MultiTaskNetwork more = MultiTaskNetwork.builder(Shape.vector(2))
                .tower("t", SplitHead.of(Task.regression("age", 1)))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MixedBatches.of(more)
                        .with(named.withBatchSize(32), "age")
                        .next())
                .withMessage("a corpus was said to label [age], and has a batch with labels of [price, kind]");
    }

    @Test
    void weights_of_classes_and_smoothed_labels_are_of_classes() {
        assertThat(KIND.withClassWeights(1, 3).classWeights()).containsExactly(1.0, 3.0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KIND.withClassWeights(1, 2, 3))
                .withMessage("Task 'kind': expected one weight for each of 2 classes, got [1.0, 2.0, 3.0]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Task.multiLabel("m", 2).withClassWeights(1, 2))
                .withMessageContaining("weights of classes for one class of several alone");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KIND.withLabelSmoothing(1))
                .withMessage("Task 'kind': labelSmoothing must be at least 0 and below 1, got 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Task.regression("r", 1).withLabelSmoothing(0.1))
                .withMessageContaining("not those of a regression");
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(2))
                .tower("t", SplitHead.of(KIND.withClassWeights(1, 3).withLabelSmoothing(0.1)))
                .build();
        assertThat(network.toString()).contains("classes weigh [1.0, 3.0], labels smoothed by 0.1");
        assertThat(MultiTaskNetwork.fromJson(network.toJson())).isEqualTo(network);
    }
}
