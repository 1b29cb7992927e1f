package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.testing.WorkersHere;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.MultiLabelScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.batches.MixedBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;

/** What comes in is looked at where it comes in, whichever way that is. */
class BatchLayoutTest {
    private static final Task SIZE = Task.regression("size", 2);
    private static final Task KIND = Task.classification("kind", "low", "middle", "high");
    private static final Task MARKS = Task.multiLabel("marks", "hat", "beard");

    /** The ways by which data reach a model. */
    private enum WayIn {
        FIT,
        FIT_FROM_RANDOM_START,
        VALIDATION,
        LOSSES,
        EVALUATE,
        WORKERS,
        MIXED,
        TOWERS_ALONE;

        void take(MultiDataSet bad, Task... tasks) {
            boolean random = this == FIT_FROM_RANDOM_START || this == WORKERS;
            MultiTaskNetwork network = network(random ? OutputStart.RANDOM : OutputStart.TARGET_MEAN, tasks);
            Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3));
            MultiDataSetIterator data = ListBatches.of(good(), bad);
            switch (this) {
                case FIT, FIT_FROM_RANDOM_START -> model.fit(data, 1);
                case VALIDATION ->
                    model.fit(ListBatches.of(good()), FitOptions.epochs(1).withValidation(data));
                case LOSSES -> model.losses(data);
                case EVALUATE -> model.evaluate(data);
                case WORKERS ->
                    model.fit(
                            new WorkersHere(model, List.of(TrainingShard.of(List.of(good(), bad)))),
                            Averaging.gradients(),
                            FitOptions.epochs(1));
                case MIXED -> model.fit(MixedBatches.of(network).with(data, "size", "kind", "marks"), 1);
                case TOWERS_ALONE ->
                    Dl4jModel.fromSingleTasks(network, TrainingPlan.adam(1e-3), data, FitOptions.epochs(1));
            }
        }
    }

    private static MultiTaskNetwork network(OutputStart start, Task... tasks) {
        return MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(tasks[0].withStart(start)))
                .tower("b", SplitHead.of(tasks[1].withStart(start), tasks[2].withStart(start)))
                .dense("fc", 4)
                .build();
    }

    /** Four examples with all labels. */
    private static MultiDataSet good() {
        return new MultiDataSet(
                new INDArray[] {Nd4j.linspace(DataType.FLOAT, 0, 1.0 / 12, 12).reshape(4, 3)},
                new INDArray[] {
                    Nd4j.createFromArray(new float[][] {{1, -2}, {3, 4}, {5, 6}, {-7, 8}}),
                    Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 0, 1}}),
                    Nd4j.createFromArray(new float[][] {{1, 0}, {0, 0}, {1, 1}, {0, 1}})
                },
                null,
                new INDArray[] {Nd4j.ones(4, 2), Nd4j.ones(4, 1), Nd4j.ones(4, 1)});
    }

    private static MultiDataSet with(Consumer<MultiDataSet> fault) {
        MultiDataSet batch = good();
        fault.accept(batch);
        return batch;
    }

    private static void refused(WayIn way, String message, Consumer<MultiDataSet> fault) {
        assertThatIllegalArgumentException()
                .as(message)
                .isThrownBy(() -> way.take(with(fault), SIZE, KIND, MARKS))
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @EnumSource(WayIn.class)
    void every_way_in_refuses_the_same(WayIn way) {
        String row = "task '%s', row %d of the batch, counted from 0: %s";
        String mask = "a mask is 1 where there is a label and 0 where there is none, got %s. It is no weight";
        String kind = "one class of several has a 1 and else 0, or soft labels between them that sum to 1, got ";
        String mark = "each label is 0 or 1, or soft between them, got ";
        refused(way, row.formatted("size", 1, mask.formatted("0.5")), b -> b.getLabelsMaskArray(0)
                .putScalar(1, 1, 0.5));
        refused(way, row.formatted("kind", 3, mask.formatted("2.0")), b -> b.getLabelsMaskArray(1)
                .putScalar(3, 0, 2));
        refused(way, row.formatted("marks", 0, mask.formatted("NaN")), b -> b.getLabelsMaskArray(2)
                .putScalar(0, Double.NaN));
        refused(way, row.formatted("kind", 2, kind + "[0.0, 0.0, 0.0]. A label that is missing"), b -> b.getLabels(1)
                .getRow(2)
                .assign(0));
        refused(way, row.formatted("kind", 2, kind + "[0.0, 1.0, 1.0]. Labels of which several"), b -> b.getLabels(1)
                .putScalar(2, 2, 1));
        refused(way, row.formatted("kind", 0, kind + "[5.0, 0.0, 0.0]. Labels 0 and 5 become"), b -> b.getLabels(1)
                .muli(5));
        refused(way, row.formatted("kind", 0, kind + "[1.0, -1.0, -1.0]. Labels -1 and 1 become"), b -> b.getLabels(1)
                .muli(2)
                .subi(1));
        refused(way, row.formatted("kind", 1, kind + "[NaN, 0.0, 1.0]"), b -> b.getLabels(1)
                .putScalar(1, 0, Double.NaN));
        refused(way, row.formatted("marks", 0, mark + "-1.0 for 'beard'. Labels -1 and 1 become"), b -> b.getLabels(2)
                .muli(2)
                .subi(1));
        refused(way, row.formatted("marks", 0, mark + "255.0 for 'hat'. Labels 0 and 255 become"), b -> b.getLabels(2)
                .muli(255));
        refused(way, row.formatted("size", 3, "labels are finite numbers, got NaN for output 0"), b -> b.getLabels(0)
                .putScalar(3, 0, Double.NaN));
        refused(
                way,
                row.formatted("size", 2, "labels are finite numbers, got -Infinity for output 1"),
                b -> b.getLabels(0).putScalar(2, 1, Double.NEGATIVE_INFINITY));
    }

    @ParameterizedTest
    @CsvSource({
        "FIT, 'training data, batch 2: '",
        "FIT_FROM_RANDOM_START, 'training data, epoch 1, step 2: '",
        "VALIDATION, 'validation data, batch 2: '",
        "EVALUATE, 'the data to be measured on, batch 2: '",
        "WORKERS, 'training data of a worker, epoch 1, step 2: '"
    })
    void the_message_says_which_data_and_where(WayIn way, String place) {
        refused(way, place + "task 'kind', row 2", b -> b.getLabels(1).getRow(2).assign(0));
    }

    @Test
    void the_row_of_the_data_is_named_where_it_is_known() {
        INDArray x = Nd4j.zeros(40, 3);
        INDArray y = Nd4j.zeros(40, 1);
        y.putScalar(37, 0, Float.NaN);
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("t", SplitHead.of(Task.regression("y", 1)))
                        .build(),
                TrainingPlan.adam(1e-3));
        assertThatThrownBy(() -> model.fit(ArrayBatches.of(x, y).withBatchSize(16), 1))
                .hasMessageStartingWith(
                        "training data, batch 3: task 'y', row 5 of the batch (row 37 of the data), counted");
        assertThatThrownBy(
                        () -> model.fit(ArrayBatches.of(x, y).withBatchSize(16).withShuffling(3), 1))
                .hasMessageContaining("(row 37 of the data)");
    }

    @Test
    void soft_labels_are_taken_and_have_no_score() {
        MultiDataSet soft = with(batch -> {
            batch.getLabels(1).putRow(0, Nd4j.createFromArray(0.333f, 0.333f, 0.333f));
            batch.getLabels(1).putRow(1, Nd4j.createFromArray(0.1f, 0.2f, 0.7f));
            batch.getLabels(2).putScalar(0, 0, 0.9);
        });
        for (WayIn way : List.of(WayIn.FIT, WayIn.LOSSES, WayIn.VALIDATION, WayIn.WORKERS)) {
            assertThatCode(() -> way.take(soft, SIZE, KIND, MARKS)).doesNotThrowAnyException();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WayIn.EVALUATE.take(soft, SIZE, KIND, MARKS))
                .withMessageStartingWith("task 'kind', labels, row 0: expected one 1 and else 0, got [0.333")
                .withMessageContaining("soft labels have losses, but no score");
        refused(WayIn.FIT, "got [0.5, 0.3, 0.3]", b -> b.getLabels(1)
                .putRow(0, Nd4j.createFromArray(0.5f, 0.3f, 0.3f)));
        refused(WayIn.FIT, "got [1.1, -0.1, 0.0]", b -> b.getLabels(1)
                .putRow(0, Nd4j.createFromArray(1.1f, -0.1f, 0f)));
    }

    @Test
    void what_stands_where_there_is_no_label_does_not_matter() {
        MultiDataSet batch = with(b -> {
            b.getLabels(0).putScalar(0, 1, Double.NaN);
            b.getLabelsMaskArray(0).putScalar(0, 1, 0);
            b.getLabels(1).putRow(2, Nd4j.createFromArray(-1f, 7f, Float.NaN));
            b.getLabelsMaskArray(1).putScalar(2, 0, 0);
            b.getLabels(2).putRow(3, Nd4j.createFromArray(-1f, 7f));
            b.getLabelsMaskArray(2).putScalar(3, 0, 0);
        });
        for (WayIn way : WayIn.values()) {
            assertThatCode(() -> way.take(batch, SIZE, KIND, MARKS)).doesNotThrowAnyException();
        }
        batch.getLabels(0).putScalar(0, 0, Double.NaN); // the other number of the same example is there
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WayIn.FIT.take(batch, SIZE, KIND, MARKS))
                .withMessageContaining(
                        "'size', row 0 of the batch, counted from 0: labels are finite numbers, got NaN for output 0");
    }

    /** Views of larger arrays, columns, other orders and other types have strides and offsets of their own. */
    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE", "HALF", "INT", "UBYTE", "LONG"})
    void labels_of_any_layout_and_type_are_read(DataType type) {
        INDArray large = Nd4j.zeros(DataType.FLOAT, 9, 7);
        large.get(NDArrayIndex.interval(3, 7), NDArrayIndex.all()).putColumn(2, Nd4j.ones(4, 1));
        INDArray view = large.castTo(type).get(NDArrayIndex.interval(3, 7), NDArrayIndex.interval(1, 4));
        INDArray columns = large.castTo(type).get(NDArrayIndex.interval(3, 7), NDArrayIndex.interval(0, 2, 6));
        for (INDArray labels : List.of(
                view, view.dup('f'), view.dup('c'), view.transpose().dup().transpose())) {
            assertThatCode(() -> WayIn.LOSSES.take(with(b -> b.setLabels(1, labels)), SIZE, KIND, MARKS))
                    .doesNotThrowAnyException();
        }
        assertThatCode(() -> WayIn.LOSSES.take(with(b -> b.setLabels(1, columns)), SIZE, KIND, MARKS))
                .doesNotThrowAnyException();
        large.putScalar(5, 1, 1); // row 2 of the view now has two
        INDArray bad = large.castTo(type).get(NDArrayIndex.interval(3, 7), NDArrayIndex.interval(1, 4));
        for (INDArray labels :
                List.of(bad, bad.dup('f'), bad.dup('c'), bad.transpose().dup().transpose())) {
            refused(WayIn.LOSSES, "task 'kind', row 2 of the batch", b -> b.setLabels(1, labels));
        }
    }

    @Test
    void hinge_losses_want_minus_one_and_one() {
        for (ILossFunction hinge : List.of(new LossHinge(), new LossSquaredHinge())) {
            Task[] tasks = {SIZE, KIND.withLoss(hinge), MARKS.withLoss(hinge)};
            MultiDataSet signs = with(b -> {
                b.getLabels(1).muli(2).subi(1);
                b.getLabels(2).muli(2).subi(1);
            });
            Dl4jModel model = Dl4jModel.create(network(OutputStart.TARGET_MEAN, tasks), TrainingPlan.adam(1e-2));
            model.fit(ListBatches.of(signs), 200);
            assertThat(((ClassificationScore)
                                    model.evaluate(ListBatches.of(signs)).get("kind"))
                            .count())
                    .isEqualTo(4);
            assertThat(((MultiLabelScore) model.evaluate(ListBatches.of(signs)).get("marks"))
                            .label(0)
                            .count(1))
                    .isEqualTo(2);
            signs.getLabels(1).putScalar(1, 0, 1);
            assertThatThrownBy(() -> model.losses(ListBatches.of(signs)))
                    .hasMessageContaining("task 'kind', row 1")
                    .hasMessageContaining(
                            "one class of several with a hinge loss has a 1 and else -1, got [1.0, -1.0, 1.0]");
        }
    }

    /** A fresh output layer predicts how frequent a label is, also where the labels are told by -1 and 1. */
    @Test
    void the_start_of_hinge_losses_is_a_frequency() {
        Task[] tasks = {SIZE, KIND, MARKS.withLoss(new LossHinge())};
        MultiDataSet signs = with(
                b -> b.getLabels(2).assign(Nd4j.createFromArray(new float[][] {{1, -1}, {1, -1}, {1, -1}, {-1, 1}})));
        Dl4jModel model = Dl4jModel.create(network(OutputStart.TARGET_MEAN, tasks), TrainingPlan.adam(1e-9));
        model.fit(ListBatches.of(signs), 1);
        assertThat(model.predict(signs.getFeatures(0)).of("marks").getDouble(0, 0))
                .isCloseTo(0.75, within(1e-5));
        assertThat(model.predict(signs.getFeatures(0)).of("marks").getDouble(0, 1))
                .isCloseTo(0.25, within(1e-5));
    }

    @Test
    void losses_that_are_not_defined_for_all_numbers_say_so() {
        record Case(ILossFunction loss, double label, String message) {}
        for (Case c : List.of(
                new Case(new LossPoisson(), -1, "a Poisson loss wants labels of at least 0, got -1.0"),
                new Case(new LossMSLE(), -1, "a squared logarithmic error wants labels above -1, got -1.0"),
                new Case(new LossMAPE(), 0, "a percentage error wants finite labels other than 0, got 0.0"))) {
            MultiDataSet batch = with(b -> b.getLabels(0).assign(2).putScalar(1, 1, c.label));
            Dl4jModel model = Dl4jModel.create(
                    network(OutputStart.RANDOM, SIZE.withLoss(c.loss), KIND, MARKS), TrainingPlan.adam(1e-3));
            assertThatThrownBy(() -> model.fit(ListBatches.of(batch), 1)).hasMessageContaining(c.message);
            batch.getLabels(0).putScalar(1, 1, 3);
            model.losses(ListBatches.of(batch));
        }
    }

    /** ReLU makes 0 of NaN, and no figure would show it. */
    @Test
    void features_that_are_no_numbers_are_not_measured_on() {
        for (WayIn way : List.of(WayIn.LOSSES, WayIn.EVALUATE, WayIn.VALIDATION)) {
            refused(
                    way,
                    "batch 2: features, row 3 of the batch, counted from 0: not all of them are finite",
                    b -> b.getFeatures(0).putScalar(3, 1, Double.NaN));
        }
    }

    @Test
    void nothing_is_changed_in_a_batch_that_is_right() {
        MultiDataSet batch = good();
        BatchLayout layout =
                BatchLayout.of(ModelState.create(network(OutputStart.RANDOM, SIZE, KIND, MARKS), TrainingPlan.adam(1)));
        assertThat(layout.checked(batch)).isSameAs(batch);
    }
}
