package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.batches.MixedBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks with several named inputs train, predict, are saved and measured as those with one are. */
class SeveralInputsTest {
    private static final int ROWS = 64;
    private static final int STEPS = 6;
    private static final Task SUM = Task.regression("sum", 1);
    private static final Task SIGN = Task.classification("sign", "no", "yes");

    @TempDir
    private Path directory;

    private static NetworkBuilder numbersAndPicture() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("picture", Shape.image(1, 6, 6), layers -> layers.convolution("conv", 2, 3)
                        .maxPool(2)
                        .dense("code", 5))
                .tower("both", SplitHead.of(SUM))
                .tower("one", SplitHead.of(SIGN));
    }

    /** One tower reads both inputs, the other the numbers alone; stitched and tied. */
    private static MultiTaskNetwork some() {
        return numbersAndPicture()
                .reads("one", "numbers")
                .dense("fc", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 4)
                .regularize(WeightRelatednessRegularizer.over("fc2")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
    }

    private static MultiTaskNetwork trunk() {
        return numbersAndPicture()
                .trunk(layers -> layers.dense("t1", 7))
                .dense("fc", 4)
                .build();
    }

    private static MultiDataSet batch(int rows, long seed) {
        Random random = new Random(seed);
        double[] numbers = random.doubles(rows * 3L, -1, 1).toArray();
        double[] pixels = random.doubles(rows * 36L).toArray();
        double[] sums = new double[rows];
        double[] signs = new double[rows * 2];
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = 0; i < 36; i++) {
                sum += pixels[row * 36 + i] / 36;
            }
            sums[row] = sum * 3 + numbers[row * 3];
            signs[row * 2 + (numbers[row * 3 + 1] > 0 ? 1 : 0)] = 1;
        }
        return new MultiDataSet(
                new INDArray[] {floats(numbers, rows, 3), floats(pixels, rows, 1, 6, 6)},
                new INDArray[] {floats(sums, rows, 1), floats(signs, rows, 2)});
    }

    private static INDArray floats(double[] values, long... shape) {
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(shape);
    }

    private static TrainingPlan plan() {
        return TrainingPlan.adam(1e-2).withSeed(3);
    }

    @Test
    void trains_predicts_by_name_or_position_and_is_saved() throws IOException {
        for (MultiTaskNetwork network : List.of(some(), trunk())) {
            Dl4jModel model = Dl4jModel.create(network, plan());
            assertThat(model.graph().params().length()).isEqualTo(network.parameters());
            ListBatches data = ListBatches.of(batch(ROWS, 1), batch(ROWS, 2));
            Map<String, Double> before = model.losses(data);
            model.fit(data, FitOptions.epochs(30).withValidation(data));
            Map<String, Double> after = model.losses(data);
            assertThat(after.get("sum")).isLessThan(0.2 * before.get("sum"));
            assertThat(after.get("sign")).isLessThan(0.6 * before.get("sign"));
            MultiDataSet batch = batch(5, 9);
            Predictions predicted = model.predict(batch);
            Map<String, INDArray> byName = Map.of("picture", batch.getFeatures(1), "numbers", batch.getFeatures(0));
            assertThat(model.predict(byName).outputs()).isEqualTo(predicted.outputs());
            double error =
                    ((RegressionScore) model.evaluate(ListBatches.of(batch)).get("sum")).squaredError();
            assertThat(predicted.of("sum").sub(batch.getLabels(0)).norm2Number().doubleValue())
                    .isCloseTo(Math.sqrt(5 * error), within(1e-5)); // sums in single precision

            Path file = directory.resolve("model.zip");
            model.save(file);
            Dl4jModel loaded = Dl4jModel.load(file);
            assertThat(loaded.network()).isEqualTo(network);
            assertThat(loaded.predict(batch).outputs()).isEqualTo(predicted.outputs());
            model.fit(data, 2);
            loaded.fit(data, 2);
            assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
            assertThat(loaded.withPlan(TrainingPlan.adam(1e-4)).predict(batch).outputs())
                    .isEqualTo(model.predict(batch).outputs());
        }
    }

    /** Inputs that are joined are one input, cut in two: all numbers are the same, to the bit. */
    @Test
    void joined_vectors_are_one_vector() {
        MultiTaskNetwork one = towers(MultiTaskNetwork.builder(Shape.vector(5)));
        MultiTaskNetwork two =
                towers(MultiTaskNetwork.builder().input("a", Shape.vector(3)).input("b", Shape.vector(2)));
        Random random = new Random(4);
        INDArray x = floats(random.doubles(ROWS * 5, -1, 1).toArray(), ROWS, 5);
        INDArray[] labels = batch(ROWS, 1).getLabels();
        Dl4jModel whole = Dl4jModel.create(one, plan());
        Dl4jModel joined = Dl4jModel.create(two, plan());
        whole.fit(ListBatches.of(new MultiDataSet(new INDArray[] {x}, labels)), 5);
        INDArray[] cut = {
            x.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3)).dup(),
            x.get(NDArrayIndex.all(), NDArrayIndex.interval(3, 5)) // a view
        };
        joined.fit(ListBatches.of(new MultiDataSet(cut, labels)), 5);
        assertThat(joined.graph().params()).isEqualTo(whole.graph().params());
        assertThat(joined.predict(Map.of("a", cut[0], "b", cut[1])).outputs())
                .isEqualTo(whole.predict(x).outputs());
        // data of another precision than the network's
        assertThat(joined.predict(Map.of("a", cut[0].castTo(DataType.DOUBLE), "b", cut[1]))
                        .outputs())
                .isEqualTo(whole.predict(x).outputs());
    }

    private static MultiTaskNetwork towers(NetworkBuilder builder) {
        return builder.tower("both", SplitHead.of(SUM))
                .tower("one", SplitHead.of(SIGN))
                .dense("fc", 6)
                .stitch(CrossStitchUnit.perChannel())
                .build();
    }

    /** A trunk with towers is a tower with branches; the convolutions of towers read the trunk's feature maps. */
    @Test
    void a_trunk_is_computed_once_for_all_towers() {
        MultiTaskNetwork towers = MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .trunk(layers -> layers.convolution("conv1", 4, 3).maxPool(2))
                .tower("a", SplitHead.of(SUM))
                .tower("b", SplitHead.of(SIGN))
                .convolution("conv2", 3, 3)
                .build();
        Dl4jModel model =
                Dl4jModel.create(towers, TrainingPlan.of(new Sgd(0.05)).withSeed(3));
        MultiTaskNetwork branches = MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .tower(
                        "t",
                        SplitHead.of(SUM, towers.tower("a").layers().get(0))
                                .with(SIGN, towers.tower("b").layers().get(0)))
                .convolution("conv1", 4, 3)
                .maxPool(2)
                .build();
        assertThat(branches.parameters()).isEqualTo(towers.parameters());
        Dl4jModel same = Dl4jModel.create(branches, model.plan());
        copy(model.graph(), "shared:trunk/conv1", same.graph(), "t/conv1");
        copy(model.graph(), "a/conv2", same.graph(), "t/sum/conv2");
        copy(model.graph(), "b/conv2", same.graph(), "t/sign/conv2");
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {floats(new Random(2).doubles(ROWS * 144).toArray(), ROWS, 1, 12, 12)},
                batch(ROWS, 1).getLabels());
        model.fit(ListBatches.of(batch), 4);
        same.fit(ListBatches.of(batch), 4);
        assertThat(model.graph().getVertex("shared:trunk/conv1").params())
                .isEqualTo(same.graph().getVertex("t/conv1").params());
        assertThat(model.predict(batch).outputs()).isEqualTo(same.predict(batch).outputs());
    }

    private static void copy(ComputationGraph from, String vertex, ComputationGraph to, String other) {
        to.getVertex(other).params().assign(from.getVertex(vertex).params());
    }

    @Test
    void workers_and_a_view_of_the_whole_come_to_the_same() {
        MultiDataSet batch = batch(ROWS, 1);
        INDArray[] found = new INDArray[2];
        for (int workers = 1; workers <= 2; workers++) {
            Dl4jModel model = Dl4jModel.create(
                    some(), TrainingPlan.of(new Sgd(0.1)).withSeed(3).withDataType(DataType.DOUBLE));
            model.fit(ListBatches.of(batch), FitOptions.epochs(3).withWorkers(workers));
            found[workers - 1] = model.graph().params().dup();
        }
        assertThat(found[0].distance2(found[1])).isLessThan(1e-10); // doubles, summed in another order
    }

    @Test
    void a_run_that_is_cut_off_ends_with_the_same_bits() {
        for (MultiTaskNetwork network : List.of(some(), sequences())) {
            ListBatches data =
                    network.inputs().size() == 2 && network.input("numbers").shape() instanceof Shape.Vector
                            ? ListBatches.of(batch(ROWS, 1), batch(ROWS, 2))
                            : ListBatches.of(texts(0, 1), texts(0, 2));
            Dl4jModel whole = Dl4jModel.create(network, plan());
            whole.fit(
                    data,
                    FitOptions.epochs(4).withCheckpoints(Checkpoints.in(directory.resolve("whole" + data.hashCode()))));
            Path run = directory.resolve("run" + data.hashCode());
            Dl4jModel first = Dl4jModel.create(network, plan());
            assertThatThrownBy(() -> first.fit(
                            data,
                            FitOptions.epochs(4)
                                    .withCheckpoints(Checkpoints.in(run))
                                    .withListener(new org.mtl4j.train.ProgressListener() {
                                        @Override
                                        public void onEpoch(org.mtl4j.train.history.EpochResult result) {
                                            if (result.epoch() == 1) {
                                                throw new IllegalStateException("cut off");
                                            }
                                        }
                                    })))
                    .hasMessage("cut off");
            Dl4jModel second = Dl4jModel.create(network, plan());
            second.fit(data, FitOptions.epochs(4).withCheckpoints(Checkpoints.in(run)));
            assertThat(second.graph().params()).isEqualTo(whole.graph().params());
            assertThat(second.history().epochs()).isEqualTo(whole.history().epochs());
        }
    }

    @Test
    void batches_go_by_name_in_any_order() {
        MultiDataSet batch = batch(ROWS, 1);
        Dl4jModel model = Dl4jModel.create(some(), plan());
        model.fit(ListBatches.of(batch), 2);
        Batch named = Batch.builder()
                .input("more", batch.getFeatures(0)) // which the network does not read
                .input("picture", batch.getFeatures(1))
                .input("numbers", batch.getFeatures(0))
                .labels("sign", batch.getLabels(1))
                .labels("sum", batch.getLabels(0))
                .build();
        assertThat(model.losses(ListBatches.of(named))).isEqualTo(model.losses(ListBatches.of(batch)));
        assertThat(model.predict(named).outputs())
                .isEqualTo(model.predict(batch).outputs());
        ArrayBatches arrays = ArrayBatches.builder()
                .input("picture", batch.getFeatures(1))
                .input("numbers", batch.getFeatures(0))
                .labels("sign", batch.getLabels(1))
                .labels("sum", batch.getLabels(0))
                .build()
                .withBatchSize(ROWS);
        assertThat(model.losses(arrays)).isEqualTo(model.losses(ListBatches.of(batch)));
        MixedBatches mixed = MixedBatches.of(some())
                .with(ListBatches.of(onlyLabels(batch, 0)), "sum")
                .with(ListBatches.of(onlyLabels(batch, 1)), "sign");
        assertThat(model.losses(mixed)).isEqualTo(model.losses(ListBatches.of(batch)));
    }

    private static MultiDataSet onlyLabels(MultiDataSet batch, int task) {
        return new MultiDataSet(batch.getFeatures(), new INDArray[] {batch.getLabels(task)});
    }

    @Test
    void towers_by_themselves_read_what_is_theirs() {
        ListBatches data = ListBatches.of(batch(ROWS, 1), batch(ROWS, 2));
        Dl4jModel joined = Dl4jModel.fromSingleTasks(
                some(), plan(), data, FitOptions.epochs(3).withValidation(data));
        MultiDataSet batch = batch(5, 9);
        Dl4jModel one = joined.tower("one");
        assertThat(one.network().input()).isEqualTo(Shape.vector(3));
        // what the tower predicts by itself after as many epochs
        Dl4jModel alone = Dl4jModel.create(some().alone("one"), plan());
        alone.fit(ListBatches.of(alone(batch(ROWS, 1)), alone(batch(ROWS, 2))), 3);
        assertThat(one.predict(batch.getFeatures(0)).outputs())
                .isEqualTo(alone.predict(batch.getFeatures(0)).outputs());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.fromSingleTasks(trunk(), plan(), data, FitOptions.epochs(1)))
                .withMessage("towers that are trained by themselves would each train the layers of the input 'picture'"
                        + " and the trunk, which they have in common in the whole; train the network as a whole, or"
                        + " give each tower such layers of its own");
        Dl4jModel whole = Dl4jModel.create(trunk(), plan());
        whole.fit(data, 2);
        assertThat(whole.tower("one").predict(batch).of("sign"))
                .isEqualTo(whole.predict(batch).of("sign")); // there is no unit
    }

    private static MultiDataSet alone(MultiDataSet batch) {
        return new MultiDataSet(new INDArray[] {batch.getFeatures(0)}, new INDArray[] {batch.getLabels(1)});
    }

    /** Two sequences, each with steps of its own that are missing: joined step by step, and by what is left of them. */
    private static MultiTaskNetwork sequences() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.sequence(2, STEPS))
                .input("words", Shape.sequence(3, STEPS))
                .tower("a", SplitHead.of(SUM))
                .tower("b", SplitHead.of(SIGN))
                .reads("b", "words")
                .layer("lstm", Dl4jLayer.of(new LSTM.Builder().nOut(4).build()))
                .stitch(CrossStitchUnit.perChannel())
                .globalAveragePool()
                .build();
    }

    private static MultiDataSet texts(float padding, long seed) {
        Random random = new Random(seed);
        INDArray numbers = Nd4j.valueArrayOf(new long[] {ROWS, 2, STEPS}, padding, DataType.FLOAT);
        INDArray words = Nd4j.valueArrayOf(new long[] {ROWS, 3, STEPS}, padding, DataType.FLOAT);
        INDArray[] masks = {Nd4j.zeros(DataType.FLOAT, ROWS, STEPS), Nd4j.zeros(DataType.FLOAT, ROWS, STEPS)};
        for (int row = 0; row < ROWS; row++) {
            fill(numbers, masks[0], row, 1 + random.nextInt(STEPS), random);
            fill(words, masks[1], row, 1 + random.nextInt(STEPS), random);
        }
        return new MultiDataSet(
                new INDArray[] {numbers, words}, batch(ROWS, seed).getLabels(), masks, null);
    }

    private static void fill(INDArray sequence, INDArray mask, int row, int length, Random random) {
        for (int step = 0; step < length; step++) {
            mask.putScalar(row, step, 1);
            for (int f = 0; f < sequence.size(1); f++) {
                sequence.putScalar(new int[] {row, f, step}, random.nextGaussian());
            }
        }
    }

    @Test
    void each_input_has_a_mask_of_its_own() {
        MultiDataSet zeros = texts(0, 1);
        Dl4jModel model = Dl4jModel.create(sequences(), plan());
        model.fit(ListBatches.of(zeros), 5);
        for (float padding : new float[] {7, Float.NaN}) {
            MultiDataSet other = texts(padding, 1);
            Dl4jModel again = Dl4jModel.create(sequences(), plan());
            again.fit(ListBatches.of(other), 5);
            assertThat(again.graph().params()).isEqualTo(model.graph().params());
            assertThat(model.evaluate(ListBatches.of(other))).isEqualTo(model.evaluate(ListBatches.of(zeros)));
            assertThat(model.predict(other).outputs())
                    .isEqualTo(model.predict(zeros).outputs());
        }
        Map<String, INDArray> features = Map.of("numbers", zeros.getFeatures(0), "words", zeros.getFeatures(1));
        Map<String, INDArray> masks =
                Map.of("numbers", zeros.getFeaturesMaskArray(0), "words", zeros.getFeaturesMaskArray(1));
        assertThat(model.predict(features, masks).outputs())
                .isEqualTo(model.predict(zeros).outputs());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(features))
                .withMessageStartingWith("the model was trained on sequences of which some steps were masked")
                .withMessageContaining("predict(features, masks)");
        // tower b reads the words alone, of which all steps are there now; behind the unit it still gets tower a's
        Predictions whole = model.predict(features, Map.of("numbers", masks.get("numbers")));
        assertThat(whole.of("sign")).isNotEqualTo(model.predict(zeros).of("sign"));
        // an example by itself is what it was among others
        Predictions seventh = model.predict(
                Map.of("numbers", row(zeros.getFeatures(0), 7), "words", row(zeros.getFeatures(1), 7)),
                Map.of("numbers", row(masks.get("numbers"), 7), "words", row(masks.get("words"), 7)));
        assertThat(seventh.of("sum").getDouble(0))
                .isCloseTo(model.predict(zeros).of("sum").getDouble(7), within(1e-6));
        ArrayBatches arrays = ArrayBatches.builder()
                .input("words", zeros.getFeatures(1), masks.get("words"))
                .input("numbers", zeros.getFeatures(0), masks.get("numbers"))
                .labels("sum", zeros.getLabels(0))
                .labels("sign", zeros.getLabels(1))
                .build()
                .withBatchSize(ROWS);
        assertThat(model.losses(arrays)).isEqualTo(model.losses(ListBatches.of(zeros)));
    }

    private static INDArray row(INDArray array, int row) {
        return array.rank() == 2
                ? array.get(NDArrayIndex.interval(row, row + 1), NDArrayIndex.all())
                : array.get(NDArrayIndex.interval(row, row + 1), NDArrayIndex.all(), NDArrayIndex.all());
    }

    private static void refused(Dl4jModel model, MultiDataSet batch, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(ListBatches.of(batch), 1))
                .withMessage(message);
    }

    @Test
    void what_does_not_fit_is_refused_by_the_name_of_the_input() {
        Dl4jModel model = Dl4jModel.create(some(), plan());
        MultiDataSet batch = batch(4, 1);
        INDArray numbers = batch.getFeatures(0);
        INDArray picture = batch.getFeatures(1);
        INDArray[] labels = batch.getLabels();
        refused(
                model,
                new MultiDataSet(new INDArray[] {numbers}, labels),
                "a batch has one features array per input, [numbers, picture], got 1");
        refused(
                model,
                new MultiDataSet(new INDArray[] {numbers, picture, picture}, labels),
                "a batch has one features array per input, [numbers, picture], got 3");
        refused(
                model,
                new MultiDataSet(new INDArray[] {picture, numbers}, labels),
                "input 'numbers': features must be [batch, 3], got [4, 1, 6, 6]");
        refused(
                model,
                new MultiDataSet(new INDArray[] {numbers, batch(3, 1).getFeatures(1)}, labels),
                "input 'picture': there are features of 3 examples, and of 4 of input 'numbers'; a row is the same"
                        + " example in all inputs");
        refused(
                model,
                new MultiDataSet(batch.getFeatures(), labels, new INDArray[] {null, Nd4j.ones(4, 6)}, null),
                "training data, batch 1: input 'picture': the features have a mask of the shape [4, 6], and the"
                        + " input [1, 6, 6] is no sequence, which alone has steps that can be left out; a label that is"
                        + " missing wants a mask of the labels");
        MultiDataSet oneMask = new MultiDataSet(batch.getFeatures(), labels);
        oneMask.setFeaturesMaskArrays(new INDArray[] {null});
        refused(
                model,
                oneMask,
                "a batch has one mask of features for each input, [numbers, picture], null where all is there, or none"
                        + " at all, got 1");
        picture.putScalar(new int[] {2, 0, 5, 5}, Float.NaN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.evaluate(ListBatches.of(batch)))
                .withMessageContaining("input 'picture': features, row 2 of the batch, counted from 0: not all of");
        assertThatThrownBy(() -> model.fit(ListBatches.of(batch), 1))
                .hasMessageContaining("features of the input 'picture' of the batch (the first in row 2, counted");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(numbers))
                .withMessage("the network has the inputs [numbers, picture]; give an array for each:"
                        + " predict(Map.of(\"numbers\", ..., \"picture\", ...))");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(numbers, picture))
                .withMessageStartingWith("the network has the inputs [numbers, picture]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(Map.of("numbers", numbers)))
                .withMessage("features of [numbers], and the network has the inputs [numbers, picture]; each has one"
                        + " array");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        model.predict(Map.of("numbers", numbers, "picture", picture), Map.of("pictures", numbers)))
                .withMessage("a mask for 'pictures', and the network has no such input; there are [numbers, picture]");

        Dl4jModel texts = Dl4jModel.create(sequences(), plan());
        MultiDataSet sequences = texts(0, 1);
        sequences.setFeaturesMaskArray(1, Nd4j.ones(ROWS, STEPS - 1));
        refused(
                texts,
                sequences,
                "training data, batch 1: input 'words': the mask of the features must be [64, 6], got [64, 5]");
        sequences.setFeaturesMaskArray(1, Nd4j.ones(ROWS, STEPS).putScalar(3, 2, 0.5));
        refused(
                texts,
                sequences,
                "training data, batch 1: input 'words': the mask of the features, row 3 of the batch, counted"
                        + " from 0, step 2: a mask is 1 where there is a step and 0 where there is none, got 0.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayBatches.builder()
                        .input("words", sequences.getFeatures(1), Nd4j.ones(ROWS, STEPS - 1))
                        .labels("sum", sequences.getLabels(0))
                        .build())
                .withMessage("ArrayBatches: the mask of input 'words' must be [64, 6], got [64, 5]");
    }
}
