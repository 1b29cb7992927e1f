package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.testing.WorkersHere;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.batches.MixedBatches;
import org.mtl4j.train.history.ExampleWeights;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;

/** Weights of examples and of classes, and labels that are smoothed. */
class ExampleWeightsTest {
    private static final int ROWS = 24;
    private static DataType floating;

    private final Random random = new Random(3);
    private final Task size = Task.regression("size", 2).withWeight(0.7);
    private final Task kind = Task.classification("kind", "a", "b", "c").withClassWeights(0.5, 2, 3);
    private final Task marks = Task.multiLabel("marks", 2);

    private final double[][] x = numbers(ROWS, 3);
    private final double[][] sizes = numbers(ROWS, 2);
    private final double[][] kinds = new double[ROWS][3];
    private final double[][] flags = new double[ROWS][2];
    /** Whether there is a label: of the sizes by output, of the kinds by example. */
    private final double[][] sizesThere = new double[ROWS][2];

    private final double[][] kindsThere = new double[ROWS][1];
    private final int[] weights = new int[ROWS];

    ExampleWeightsTest() {
        for (int row = 0; row < ROWS; row++) {
            kinds[row][random.nextInt(3)] = 1;
            flags[row][random.nextInt(2)] = 1;
            sizesThere[row][0] = random.nextInt(4) > 0 ? 1 : 0;
            sizesThere[row][1] = random.nextInt(4) > 0 ? 1 : 0;
            kindsThere[row][0] = random.nextInt(4) > 0 ? 1 : 0;
            weights[row] = random.nextInt(4); // 0 to 3 times
        }
    }

    @BeforeAll
    static void doubles() {
        floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void asBefore() {
        Nd4j.setDefaultDataTypes(floating, floating);
    }

    private double[][] numbers(int rows, int columns) {
        double[][] numbers = new double[rows][];
        for (int row = 0; row < rows; row++) {
            numbers[row] = random.doubles(columns, -1, 1).toArray();
        }
        return numbers;
    }

    private MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(size))
                .tower("b", SplitHead.of(kind, marks))
                .layer("fc", Dense.of(4).withActivation(Activation.TANH))
                .stitch(CrossStitchUnit.perChannel())
                .build();
    }

    private Dl4jModel model() {
        return Dl4jModel.create(
                network(),
                TrainingPlan.of(new Sgd(0.3)).withDataType(DataType.DOUBLE).withSeed(5));
    }

    private static INDArray rows(double[][] numbers, List<Integer> picked) {
        return Nd4j.createFromArray(picked.stream().map(row -> numbers[row]).toArray(double[][]::new));
    }

    /** These rows, each with its weight; null for none. */
    private Batch batch(List<Integer> picked, double[] weighed) {
        Batch.Builder batch = Batch.builder()
                .labels("marks", rows(flags, picked)) // in another order than the network's
                .labels("other", rows(flags, picked))
                .labels("kind", rows(kinds, picked), rows(kindsThere, picked))
                .labels("size", rows(sizes, picked), rows(sizesThere, picked))
                .input("input", rows(x, picked));
        return weighed == null
                ? batch.build()
                : batch.weights(Nd4j.createFromArray(weighed).reshape(weighed.length, 1))
                        .build();
    }

    private Batch weighed() {
        List<Integer> all = new ArrayList<>();
        double[] weighed = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
            all.add(row);
            weighed[row] = weights[row];
        }
        return batch(all, weighed);
    }

    private Batch copies() {
        List<Integer> copies = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            for (int i = 0; i < weights[row]; i++) {
                copies.add(row);
            }
        }
        return batch(copies, null);
    }

    private static void requireEqual(Dl4jModel one, Dl4jModel other) {
        assertThat(one.graph().params().toDoubleVector())
                .usingComparatorWithPrecision(1e-12) // sums of some tens of doubles of order 1 in another order
                .containsExactly(other.graph().params().toDoubleVector());
    }

    @Test
    void an_example_of_weight_n_is_as_good_as_n_of_them() {
        Dl4jModel byWeight = model();
        Dl4jModel byCopies = model();
        var history =
                byWeight.fit(ListBatches.of(weighed()), FitOptions.epochs(3).withWorkers(1));
        var copies = byCopies.fit(ListBatches.of(copies()), FitOptions.epochs(3).withWorkers(1));
        requireEqual(byWeight, byCopies);
        for (int epoch = 0; epoch < 3; epoch++) {
            Map<String, Double> losses = history.epochs().get(epoch).trainingLoss();
            copies.epochs().get(epoch).trainingLoss().forEach((task, loss) -> assertThat(losses.get(task))
                    .isCloseTo(loss, within(1e-12)));
        }
        byWeight.losses(ListBatches.of(weighed())).forEach((task, loss) -> assertThat(loss)
                .isCloseTo(byCopies.losses(ListBatches.of(copies())).get(task), within(1e-12)));
        Map<String, TaskScore> scores = byWeight.evaluate(ListBatches.of(weighed()));
        Map<String, TaskScore> expected = byCopies.evaluate(ListBatches.of(copies()));
        assertThat(((ClassificationScore) scores.get("kind")).accuracy())
                .isCloseTo(((ClassificationScore) expected.get("kind")).accuracy(), within(1e-12));
        assertThat(((RegressionScore) scores.get("size")).absoluteError())
                .isCloseTo(((RegressionScore) expected.get("size")).absoluteError(), within(1e-12));
    }

    @Test
    void threads_and_workers_and_mixed_data_come_to_the_same() {
        Dl4jModel alone = model();
        alone.fit(ListBatches.of(weighed()), FitOptions.epochs(3).withWorkers(1));
        Dl4jModel divided = model();
        divided.fit(ListBatches.of(weighed()), FitOptions.epochs(3).withWorkers(2));
        requireEqual(alone, divided);

        Dl4jModel mixed = model();
        mixed.fit(
                MixedBatches.of(mixed.network()).with(ListBatches.of(weighed()), "kind", "size", "marks"),
                FitOptions.epochs(3).withWorkers(1));
        requireEqual(alone, mixed);

        List<Integer> early = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8);
        List<Integer> late = new ArrayList<>();
        double[] ofEarly = new double[early.size()];
        double[] ofLate = new double[ROWS - early.size()];
        for (int row = 0; row < ROWS; row++) {
            if (row < early.size()) {
                ofEarly[row] = weights[row];
            } else {
                ofLate[late.size()] = weights[row];
                late.add(row);
            }
        }
        List<TrainingShard> shards = List.of(
                TrainingShard.of(List.of(batch(early, ofEarly))), TrainingShard.of(List.of(batch(late, ofLate))));
        Dl4jModel workers = model();
        workers.fit(new WorkersHere(workers, shards), Averaging.gradients(), FitOptions.epochs(3));
        requireEqual(alone, workers);
        assertThat(workers.history().last().exampleWeights())
                .isEqualTo(alone.history().last().exampleWeights())
                .contains(ExampleWeights.of(
                        Arrays.stream(weights).mapToDouble(weight -> weight).toArray()));
        Dl4jModel joined = model();
        joined.fit(TrainingShard.joined(shards), FitOptions.epochs(3).withWorkers(1));
        requireEqual(alone, joined);
    }

    @Test
    void backpropagation_agrees_with_central_differences() {
        Task smooth = kind.withLabelSmoothing(0.1).withStart(OutputStart.RANDOM);
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(size.withStart(OutputStart.RANDOM)))
                        .tower(
                                "b",
                                SplitHead.of(
                                        smooth, marks.withLabelSmoothing(0.2).withStart(OutputStart.RANDOM)))
                        .layer("fc", Dense.of(3).withActivation(Activation.TANH))
                        .stitch(CrossStitchUnit.perChannel())
                        .build(),
                TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
        double[] weighed = {0.5, 2, 0, 1.25};
        for (String task : List.of("size", "kind", "marks")) {
            TaskLoss.of(model.graph(), task).setExampleWeights(weighed);
        }
        List<Integer> picked = List.of(0, 1, 2, 3);
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(model.graph())
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-9)
                .inputs(new INDArray[] {rows(x, picked)})
                .labels(new INDArray[] {rows(sizes, picked), rows(kinds, picked), rows(flags, picked)})
                .labelMask(new INDArray[] {rows(sizesThere, picked), rows(kindsThere, picked), null})
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    /** Three of class a and one of class b, seen by a network whose output layer alone is there. */
    private static MultiDataSetIterator threeAndOne(Task task) {
        return ArrayBatches.builder()
                .input(Nd4j.zeros(4, 1))
                .classes(task, 0, 0, 1, 0)
                .build();
    }

    private static double lossAtTheStart(Task task) {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(1))
                        .tower("t", SplitHead.of(task))
                        .build(),
                TrainingPlan.of(new Sgd(1e-12)).withDataType(DataType.DOUBLE));
        model.fit(threeAndOne(task), 1);
        return model.losses(threeAndOne(task)).get(task.name());
    }

    @Test
    void classes_weigh_in_the_start_of_the_output_layer_and_in_the_loss() {
        Task task = Task.classification("y", "a", "b");
        // p = 3/4: -(3 ln 3/4 + ln 1/4) / 4
        assertThat(lossAtTheStart(task)).isCloseTo(0.562335, within(1e-6));
        // weights 3 x 1 and 1 x 3: p = 1/2, ln 2
        assertThat(lossAtTheStart(task.withClassWeights(1, 3))).isCloseTo(Math.log(2), within(1e-6));
        // 3 x 1 and 1 x 6: p = 1/3, -(3 ln 1/3 + 6 ln 2/3) / 9
        assertThat(lossAtTheStart(task.withClassWeights(1, 6))).isCloseTo(0.636514, within(1e-6));
    }

    @Test
    void labels_are_smoothed_in_the_loss_alone() {
        Task task = Task.classification("y", "a", "b").withLabelSmoothing(0.2);
        // p = 3/4 still; labels .9 and .1: -(3 (.9 ln 3/4 + .1 ln 1/4) + .1 ln 3/4 + .9 ln 1/4) / 4
        assertThat(lossAtTheStart(task)).isCloseTo(0.617266, within(1e-6));
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(1))
                        .tower("t", SplitHead.of(task))
                        .build(),
                TrainingPlan.of(new Sgd(1e-12)).withDataType(DataType.DOUBLE));
        model.fit(threeAndOne(task), 1);
        assertThat(((ClassificationScore) model.evaluate(threeAndOne(task)).get("y")).accuracy())
                .isEqualTo(0.75);
    }

    @Test
    void a_batch_of_no_weight_changes_nothing() {
        Dl4jModel model = model();
        model.fit(ListBatches.of(weighed()), 1);
        INDArray before = model.graph().params().dup();
        model.fit(ListBatches.of(batch(List.of(0, 1, 2), new double[3])), 1);
        assertThat(model.graph().params()).isEqualTo(before);
    }

    @Test
    void a_weight_is_refused_that_is_none_and_an_exchanged_task_cannot_be() {
        Dl4jModel model = model();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> model.fit(ListBatches.of(batch(List.of(0, 1, 2), new double[] {1, Double.NaN, 1})), 1))
                .withMessage("training data, batch 1: row 1 of the batch, counted from 0: the weight of an example is"
                        + " finite and at least 0, got NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        ListBatches.of(Batch.builder()
                                .input("input", rows(x, List.of(0)))
                                .labels("kind", rows(kinds, List.of(0)))
                                .labels("marks", rows(flags, List.of(0)))
                                .build()),
                        1))
                .withMessage("training data, batch 1: the network has task 'size', and the batch has only [kind,"
                        + " marks]; labels of null say that no example has one, as MixedBatches does for several data");
    }
}
