package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.batches.MixedBatches;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;

/** Examples that lack labels of some tasks. */
class MissingLabelsTest {
    private static final int ROWS = 24;

    private static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(Task.regression("points", 3).withWeight(7)))
                .tower("b", SplitHead.of(Task.classification("kind", 2)))
                .dense("fc", 6)
                .stitch(CrossStitchUnit.perChannel())
                .build();
    }

    private static Dl4jModel model() {
        return Dl4jModel.create(
                network(),
                TrainingPlan.of(new Sgd(0.1)).withDataType(DataType.DOUBLE).withSeed(3));
    }

    private final Random random = new Random(8);
    private final INDArray features =
            Nd4j.createFromArray(random.doubles(ROWS * 5L, -1, 1).toArray()).reshape(ROWS, 5);
    private final INDArray points =
            Nd4j.createFromArray(random.doubles(ROWS * 3L, -1, 1).toArray()).reshape(ROWS, 3);
    private final INDArray kinds = Nd4j.zeros(DataType.DOUBLE, ROWS, 2);

    MissingLabelsTest() {
        for (int row = 0; row < ROWS; row++) {
            kinds.putScalar(row, row % 3 == 0 ? 1 : 0, 1);
        }
    }

    /** The first rows have labels of the second task. */
    private static INDArray firstRows(int there) {
        INDArray mask = Nd4j.zeros(DataType.DOUBLE, ROWS, 1);
        mask.get(NDArrayIndex.interval(0, there), NDArrayIndex.all()).assign(1);
        return mask;
    }

    private MultiDataSet batch(INDArray kindLabels, INDArray mask) {
        return new MultiDataSet(
                new INDArray[] {features},
                new INDArray[] {points, kindLabels},
                null,
                mask == null ? null : new INDArray[] {null, mask});
    }

    private static ListBatches once(MultiDataSet batch) {
        return ListBatches.of(List.of(batch));
    }

    /**
     * 72 rows are divided among threads where there are several; the labels of the second task are all in the first
     * part.
     */
    @Test
    void losses_are_measured_in_parts_as_in_one() {
        INDArray mask = Nd4j.concat(0, firstRows(6), firstRows(3), firstRows(0));
        MultiDataSet large = new MultiDataSet(
                new INDArray[] {Nd4j.concat(0, features, features.mul(0.5), features.mul(2))},
                new INDArray[] {Nd4j.concat(0, points, points, points), Nd4j.concat(0, kinds, kinds, kinds)},
                null,
                new INDArray[] {null, mask});
        Dl4jModel model = model();
        var losses = model.losses(once(large));
        model.graph().score(large, false);
        for (String task : List.of("points", "kind")) {
            assertThat(losses.get(task))
                    .as(task)
                    .isCloseTo(TaskLoss.of(model.graph(), task).value(), within(1e-14));
        }
        assertThat(losses.get("kind")).isNotEqualTo(losses.get("points"));
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2, 3})
    void the_step_is_that_of_the_means_over_what_is_there(int workers) {
        INDArray unknown = kinds.dup();
        unknown.get(NDArrayIndex.interval(6, ROWS), NDArrayIndex.all()).assign(Double.NaN);
        Dl4jModel masked = model();
        masked.fit(once(batch(unknown, firstRows(6))), FitOptions.epochs(1).withWorkers(workers));

        // the same by hand: gradient of the mean over all rows for one task, plus that over six rows for the other
        GraphModel byHand = GraphModel.create(masked.network(), masked.plan());
        OutputStarts.set(
                byHand.state(), new LocalSteps(byHand, once(batch(unknown, firstRows(6))), FitOptions.epochs(1)));
        INDArray step = Nd4j.zerosLike(byHand.graph().params());
        INDArray none = Nd4j.zeros(DataType.DOUBLE, ROWS, 1);
        MultiDataSet onlyPoints = new MultiDataSet(
                new INDArray[] {features}, new INDArray[] {points, kinds}, null, new INDArray[] {null, none});
        MultiDataSet onlyKinds = new MultiDataSet(
                new INDArray[] {features.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all())},
                new INDArray[] {
                    points.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all()),
                    kinds.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all())
                },
                null,
                new INDArray[] {none.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all()), null});
        INDArray start = byHand.graph().params().dup();
        for (MultiDataSet part : List.of(onlyPoints, onlyKinds)) {
            byHand.graph().params().assign(start);
            byHand.graph().fit(part);
            step.addi(byHand.graph().params().sub(start));
        }
        assertThat(masked.graph().params().distance2(start.add(step))).isLessThan(1e-14);
        assertThat(step.norm2Number().doubleValue()).isGreaterThan(0.01);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void a_batch_without_labels_of_a_task_gives_it_exactly_no_gradient(int workers) {
        for (MultiDataSet nothing : List.of(
                batch(kinds.dup().assign(Double.NaN), Nd4j.zeros(DataType.DOUBLE, ROWS, 1)),
                new MultiDataSet(new INDArray[] {features}, new INDArray[] {points, null}))) {
            Dl4jModel model = model();
            model.fit(once(batch(kinds, null)), 1);
            INDArray head = model.graph().getLayer("kind").params().dup();
            model.fit(once(nothing), FitOptions.epochs(1).withWorkers(workers));
            assertThat(model.graph().getLayer("kind").params()).isEqualTo(head);
            assertThat(model.history().last().trainingLoss()).containsOnlyKeys("points");
            assertThat(model.losses(once(nothing))).containsOnlyKeys("points");
        }
    }

    @Test
    void losses_are_means_over_labelled_examples() {
        Dl4jModel model = model();
        double six = model.losses(once(new MultiDataSet(
                        new INDArray[] {features.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all())}, new INDArray[] {
                            points.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all()),
                            kinds.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all())
                        })))
                .get("kind");
        assertThat(model.losses(once(batch(kinds, firstRows(6)))).get("kind")).isCloseTo(six, within(1e-14));
        // a batch with few labels counts as much as these, not as much as the batch
        ListBatches two = ListBatches.of(List.of(batch(kinds, null), batch(kinds, firstRows(6))));
        double all = model.losses(once(batch(kinds, null))).get("kind");
        assertThat(model.losses(two).get("kind")).isCloseTo((ROWS * all + 6 * six) / (ROWS + 6), within(1e-14));
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void a_loss_that_divides_by_labels_takes_missing_ones(int workers) {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(5))
                        .tower("a", SplitHead.of(Task.regression("points", 3).withLoss(new LossMAPE())))
                        .dense("fc", 6)
                        .build(),
                TrainingPlan.of(new Sgd(1e-4)).withDataType(DataType.DOUBLE).withSeed(3));
        INDArray unknown = points.dup();
        unknown.get(NDArrayIndex.interval(6, ROWS), NDArrayIndex.all()).assign(Double.NaN);
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {features}, new INDArray[] {unknown}, null, new INDArray[] {firstRows(6)});
        model.fit(once(batch), FitOptions.epochs(2).withWorkers(workers));
        double loss = model.losses(once(batch)).get("points");
        assertThat(loss).isGreaterThan(0).isFinite();
        INDArray six = features.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all());
        INDArray known = points.get(NDArrayIndex.interval(0, 6), NDArrayIndex.all());
        assertThat(model.losses(once(new MultiDataSet(new INDArray[] {six}, new INDArray[] {known})))
                        .get("points"))
                .isCloseTo(loss, within(1e-10 * loss));
    }

    @Test
    void a_step_knows_nothing_of_masks_that_the_graph_was_given_before() {
        Dl4jModel fresh = model();
        Dl4jModel asked = model();
        asked.graph().score(batch(kinds, firstRows(6)), true);
        for (Dl4jModel each : new Dl4jModel[] {fresh, asked}) {
            each.fit(once(batch(kinds, null)), FitOptions.epochs(1).withWorkers(2));
        }
        assertThat(asked.graph().params()).isEqualTo(fresh.graph().params());
    }

    @Test
    void metrics_count_labelled_examples() {
        INDArray unknown = kinds.dup();
        unknown.get(NDArrayIndex.interval(6, ROWS), NDArrayIndex.all()).assign(Double.NaN);
        ClassificationScore score = (ClassificationScore)
                model().evaluate(once(batch(unknown, firstRows(6)))).get("kind");
        assertThat(score.count()).isEqualTo(6);
    }

    /** Points that are not visible, say: one mask per output. */
    @Test
    void an_example_may_have_some_of_a_tasks_labels() {
        INDArray mask = Nd4j.ones(DataType.DOUBLE, ROWS, 3);
        mask.getColumn(1).assign(0);
        INDArray unknown = points.dup();
        unknown.getColumn(1).assign(Double.NaN);
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {features}, new INDArray[] {unknown, kinds}, null, new INDArray[] {mask, null});
        Dl4jModel model = model();
        double loss = model.losses(once(batch)).get("points");
        INDArray errors = model.predict(features).of("points").sub(points);
        errors.getColumn(1).assign(0);
        double mean = errors.mul(errors).sumNumber().doubleValue() / (2 * ROWS);
        assertThat(loss).isCloseTo(mean, within(1e-12));
        model.fit(once(batch), 1);
        assertThat(model.graph().params().sumNumber().doubleValue()).isFinite();
    }

    /** Each output by those of its labels that are there; one without any keeps its start. */
    @Test
    void outputs_start_at_the_mean_of_the_labels_that_are_there() {
        double nan = Double.NaN;
        INDArray some = Nd4j.createFromArray(new double[][] {{1, nan, nan}, {1, nan, nan}, {1, 3, nan}, {2, nan, nan}});
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(2))
                        .tower("t", SplitHead.of(Task.regression("points", 3), Task.multiLabel("signs", "a", "b", "c")))
                        .dense("fc", 3)
                        .build(),
                TrainingPlan.adam(1e-9).withDataType(DataType.DOUBLE));
        INDArray signs = some.gt(1.5).castTo(DataType.DOUBLE);
        signs.putScalar(0, 1, nan).putScalar(1, 1, nan).putScalar(3, 1, nan);
        signs.getColumn(2).assign(nan);
        model.fit(ArrayBatches.of(Nd4j.ones(DataType.DOUBLE, 4, 2), some, signs).withNaNAsMissing(), 1);
        INDArray points = model.graph().getLayer("points").getParam("b");
        assertThat(points.toDoubleVector()).containsExactly(new double[] {1.25, 3, 0}, within(1e-6));
        INDArray logits = model.graph().getLayer("signs").getParam("b");
        double most = Math.log(0.999 / 0.001);
        assertThat(logits.toDoubleVector()).containsExactly(new double[] {Math.log(1 / 3.0), most, 0}, within(1e-6));
    }

    /** Nothing is learned of such a task, and no figure is one of it. */
    @Test
    void a_task_without_any_label_is_said() {
        MultiDataSet none = batch(kinds, firstRows(0));
        Dl4jModel model = model();
        model.fit(once(none), FitOptions.epochs(3).withValidation(once(none)));
        assertThat(model.history().events().stream()
                        .filter(event -> event.kind() == TrainingEvent.Kind.TASK_UNLABELLED)
                        .map(event -> event.epoch() + " " + event.subject() + " " + event.text()))
                .containsExactly(
                        "0 kind no example of the epoch has its label, so nothing is learned of it; look at labels and"
                                + " masks",
                        "0 kind no example of the validation data has its label, so it has no figure there; look at"
                                + " labels and masks");
        assertThat(TrainingHistory.fromJson(model.history().toJson())).isEqualTo(model.history());
        assertThat(model.losses(once(none))).containsOnlyKeys("points");
        assertThat(model.evaluate(once(none)).get("kind")).hasToString("ClassificationScore[no labels]");

        Dl4jModel mixed = model();
        mixed.fit(MixedBatches.of(network()).with(once(new MultiDataSet(features, points)), "points"), 1);
        mixed.fit(once(batch(kinds, null)), 1);
        assertThat(mixed.history().events().stream()
                        .filter(event -> event.kind() == TrainingEvent.Kind.TASK_UNLABELLED)
                        .map(TrainingEvent::epoch))
                .containsExactly(0);
    }

    @Test
    void a_mask_of_another_shape_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(once(batch(kinds, Nd4j.ones(DataType.DOUBLE, ROWS, 5))), 1))
                .withMessageContainingAll("task 'kind'", "[24, 1]", "[24, 2]", "[24, 5]");
    }

    @Test
    void each_task_may_have_a_corpus_of_its_own() {
        ListBatches first =
                ListBatches.of(List.of(new MultiDataSet(features, points), new MultiDataSet(features.mul(2), points)));
        ListBatches second = once(new MultiDataSet(features, kinds));
        MixedBatches mixed = MixedBatches.of(network()).with(first, "points").with(second, "kind");
        Dl4jModel model = model();
        model.fit(mixed, 2);
        assertThat(model.graph().getIterationCount()).isEqualTo(6);
        assertThat(model.history().last().trainingLoss()).containsOnlyKeys("points", "kind");

        Dl4jModel byHand = model();
        byHand.fit(
                ListBatches.of(List.of(
                        new MultiDataSet(new INDArray[] {features}, new INDArray[] {points, null}),
                        new MultiDataSet(new INDArray[] {features}, new INDArray[] {null, kinds}),
                        new MultiDataSet(new INDArray[] {features.mul(2)}, new INDArray[] {points, null}))),
                2);
        assertThat(model.graph().params()).isEqualTo(byHand.graph().params());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> MixedBatches.of(network()).with(first, "age"))
                .withMessageContainingAll("'age'", "points", "kind");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(MixedBatches.of(network()).with(first, "points", "kind"), 1))
                .withMessageContainingAll("[points, kind]", "1 labels arrays");
    }
}
