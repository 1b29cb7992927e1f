package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Masks of features are looked at, and honoured by everything alike. */
class MaskedStepsTest {
    private static final int ROWS = 24;
    private static final int STEPS = 8;

    @TempDir
    private Path directory;

    private static MultiTaskNetwork network(String layers) {
        NetworkBuilder builder = MultiTaskNetwork.builder(Shape.sequence(2, STEPS))
                .tower("t", SplitHead.of(Task.regression("y", 1), Task.classification("k", "no", "yes")));
        return switch (layers) {
            case "last" ->
                builder.layer(
                                "lstm",
                                Dl4jLayer.of(new LastTimeStep(
                                        new LSTM.Builder().nOut(4).build())))
                        .build();
            case "pooled" ->
                builder.layer("lstm", Dl4jLayer.of(new LSTM.Builder().nOut(4).build()))
                        .globalAveragePool()
                        .build();
            case "dropped" ->
                builder.dropout(0.2).gru("gru", 4).dropout(0.2).lastStep().build();
            default ->
                builder.layer(
                                "conv",
                                Dl4jLayer.of(new Convolution1DLayer.Builder(3)
                                        .nOut(4)
                                        .convolutionMode(ConvolutionMode.Same)
                                        .build()))
                        .globalAveragePool()
                        .build();
        };
    }

    /** Sums over the steps that are there, of which some in the middle are not either. */
    private static MultiDataSet sequences(float padding) {
        Random random = new Random(5);
        INDArray x = Nd4j.valueArrayOf(new long[] {ROWS, 2, STEPS}, padding, DataType.FLOAT);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, ROWS, STEPS);
        INDArray y = Nd4j.zeros(DataType.FLOAT, ROWS, 1);
        INDArray k = Nd4j.zeros(DataType.FLOAT, ROWS, 2);
        for (int row = 0; row < ROWS; row++) {
            int length = 2 + random.nextInt(STEPS - 3);
            double sum = 0;
            for (int step = 0; step < length; step++) {
                if (step == 1) {
                    continue;
                }
                mask.putScalar(row, step, 1);
                for (int f = 0; f < 2; f++) {
                    float value = (float) random.nextGaussian();
                    x.putScalar(new int[] {row, f, step}, value);
                    sum += f == 0 ? value : 0;
                }
            }
            y.putScalar(row, 0, sum);
            k.putScalar(row, sum > 0 ? 1 : 0, 1);
        }
        return new MultiDataSet(new INDArray[] {x}, new INDArray[] {y, k}, new INDArray[] {mask}, null);
    }

    private static Dl4jModel trained(String layers) {
        Dl4jModel model =
                Dl4jModel.create(network(layers), TrainingPlan.adam(1e-2).withSeed(2));
        model.fit(ListBatches.of(sequences(0)), 20);
        return model;
    }

    @Test
    void predict_says_what_evaluate_measures() {
        Dl4jModel model = trained("last");
        MultiDataSet batch = sequences(0);
        INDArray x = batch.getFeatures(0);
        INDArray mask = batch.getFeaturesMaskArray(0);
        Predictions predictions = model.predict(x, mask);
        var scores = model.evaluate(ListBatches.of(batch));
        INDArray errors = predictions.of("y").sub(batch.getLabels(0));
        assertThat(errors.norm2Number().doubleValue())
                .isCloseTo(
                        Math.sqrt(ROWS * ((RegressionScore) scores.get("y")).squaredError()),
                        within(1e-5)); // sums in single precision
        int right = 0;
        int[] classes = predictions.classesOf("k");
        for (int row = 0; row < ROWS; row++) {
            right += batch.getLabels(1).getInt(row, classes[row]);
        }
        assertThat((double) right / ROWS).isEqualTo(((ClassificationScore) scores.get("k")).accuracy());
        assertThat(model.predict(batch).outputs()).isEqualTo(predictions.outputs());
        assertThat(model.predict(x, null).of("y")).isNotEqualTo(predictions.of("y"));
        for (int row : new int[] {0, 7}) { // the mask goes with its row
            assertThat(model.predict(
                                    x.get(NDArrayIndex.interval(row, row + 1)),
                                    mask.get(NDArrayIndex.interval(row, row + 1), NDArrayIndex.all()))
                            .of("y")
                            .getDouble(0))
                    .isCloseTo(predictions.of("y").getDouble(row), within(1e-6));
        }
    }

    @Test
    void a_model_that_has_seen_masks_wants_one() throws IOException {
        Dl4jModel model = trained("last");
        INDArray x = sequences(0).getFeatures(0);
        Path file = directory.resolve("model.zip");
        model.save(file);
        for (Dl4jModel each :
                List.of(model, Dl4jModel.load(file), model.tower("t"), model.withPlan(TrainingPlan.adam(1e-3)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> each.predict(x))
                    .withMessageStartingWith("the model was trained on sequences of which some steps were masked")
                    .withMessageContaining("predict(features, mask), with a mask [24, 8]");
        }
        FitOptions options = FitOptions.epochs(1).withCheckpoints(Checkpoints.in(directory.resolve("run")));
        Dl4jModel.create(network("last"), model.plan()).fit(ListBatches.of(sequences(0)), options);
        Dl4jModel resumed = Dl4jModel.create(network("last"), model.plan());
        resumed.fit(ListBatches.of(sequences(0)), options); // reads the checkpoint, and no data
        assertThatIllegalArgumentException().isThrownBy(() -> resumed.predict(x));

        Dl4jModel joined = Dl4jModel.fromSingleTasks(
                network("last"), model.plan(), ListBatches.of(sequences(0)), FitOptions.epochs(1));
        assertThatIllegalArgumentException().isThrownBy(() -> joined.predict(x));

        MultiDataSet whole = sequences(0);
        whole.setFeaturesMaskArray(0, Nd4j.ones(ROWS, STEPS));
        Dl4jModel other = Dl4jModel.create(network("last"), model.plan());
        other.fit(ListBatches.of(whole), 1);
        assertThatCode(() -> other.predict(x)).doesNotThrowAnyException();
    }

    /** Neither do convolutions look at the mask of their input, nor the stock LSTM at that of steps in the middle. */
    @ParameterizedTest
    @ValueSource(strings = {"last", "pooled", "convolution", "dropped"})
    void what_stands_at_masked_steps_changes_nothing(String layers) {
        MultiDataSet zeros = sequences(0);
        Dl4jModel model = trained(layers);
        for (float padding : new float[] {7, Float.NaN}) {
            MultiDataSet other = sequences(padding);
            Dl4jModel again = Dl4jModel.create(model.network(), model.plan());
            again.fit(ListBatches.of(other), 20);
            assertThat(again.graph().params()).isEqualTo(model.graph().params());
            assertThat(model.losses(ListBatches.of(other))).isEqualTo(model.losses(ListBatches.of(zeros)));
            assertThat(model.evaluate(ListBatches.of(other))).isEqualTo(model.evaluate(ListBatches.of(zeros)));
            assertThat(model.predict(other).of("y"))
                    .isEqualTo(model.predict(zeros).of("y"));
            assertThat(Float.valueOf(other.getFeatures(0).getFloat(0, 0, STEPS - 1)))
                    .isEqualTo(Float.valueOf(padding));
        }
    }

    @ParameterizedTest
    @CsvSource({"BOOL", "INT", "DOUBLE", "UBYTE"})
    void masks_of_any_type_are_the_same(DataType type) {
        Dl4jModel model = trained("last");
        MultiDataSet batch = sequences(0);
        INDArray mask = batch.getFeaturesMaskArray(0);
        assertThat(model.predict(batch.getFeatures(0), mask.castTo(type)).of("y"))
                .isEqualTo(model.predict(batch.getFeatures(0), mask).of("y"));
        double loss = model.losses(ListBatches.of(batch)).get("y");
        batch.setFeaturesMaskArray(0, mask.castTo(type));
        assertThat(model.losses(ListBatches.of(batch)).get("y")).isEqualTo(loss);
    }

    @Test
    void masks_that_are_none_are_refused_everywhere() {
        Dl4jModel model = Dl4jModel.create(network("last"), TrainingPlan.adam(1e-2));
        INDArray half = sequences(0).getFeaturesMaskArray(0);
        half.putScalar(3, 2, 0.5);
        refused(
                model,
                half,
                "row 3 of the batch, counted from 0, step 2: a mask is 1 where there is a step and 0 where there is"
                        + " none, got 0.5");
        INDArray empty = sequences(0).getFeaturesMaskArray(0);
        empty.getRow(5).assign(0);
        refused(model, empty, "row 5 of the batch, counted from 0: no step of the example is there");
        refused(model, Nd4j.ones(ROWS, STEPS - 1), "the mask of the features must be [24, 8], got [24, 7]");
        refused(model, Nd4j.ones(ROWS, 1), "the mask of the features must be [24, 8], got [24, 1]");
        refused(model, Nd4j.ones(ROWS, 2, STEPS), "the mask of the features must be [24, 8], got [24, 2, 8]");

        Dl4jModel vectors = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(2))
                        .tower("t", SplitHead.of(Task.regression("y", 1)))
                        .build(),
                TrainingPlan.adam(1e-2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vectors.predict(Nd4j.ones(4, 2), Nd4j.ones(4, 1)))
                .withMessageContaining("the input [2] is no sequence");
    }

    private static void refused(Dl4jModel model, INDArray mask, String message) {
        MultiDataSet bad = sequences(0);
        bad.setFeaturesMaskArray(0, mask);
        ListBatches data = ListBatches.of(bad);
        MultiDataSet whole = sequences(0);
        whole.setFeaturesMaskArrays(null);
        for (Runnable way : List.<Runnable>of(
                () -> model.fit(data, 1),
                () -> model.fit(ListBatches.of(whole), FitOptions.epochs(1).withValidation(data)),
                () -> model.losses(data),
                () -> model.evaluate(data),
                () -> model.predict(bad),
                () -> model.predict(bad.getFeatures(0), mask))) {
            assertThatIllegalArgumentException().isThrownBy(way::run).withMessageContaining(message);
        }
    }
}
