package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LocalSteps;
import org.mtl4j.dl4j.internal.fit.OutputStarts;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.RelatednessOverflowException;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class Dl4jModelTest {
    private static final Task VALUE = Task.regression("value", 2).withWeight(10);
    private static final Task KIND = Task.classification("kind", "low", "middle", "high");

    @TempDir
    Path directory;

    private static NetworkBuilder network() {
        return MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(VALUE))
                .tower("b", SplitHead.of(KIND))
                .convolution("conv1", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 12)
                .stitch(CrossStitchUnit.perLayer().withLearningRateFactor(5));
    }

    private static NetworkBuilder tied(Relatedness relatedness) {
        return network()
                .regularize(WeightRelatednessRegularizer.over("conv1", "fc")
                        .withRelatedness(relatedness)
                        .withStrength(1e-2));
    }

    private static Dl4jModel model(NetworkBuilder network) {
        return Dl4jModel.create(
                network.build(),
                TrainingPlan.adam(1e-2).withExponentialDecay(0.95).withSeed(5));
    }

    /** Images with a bright spot: its place is the value, its brightness the kind. */
    private static List<org.nd4j.linalg.dataset.api.MultiDataSet> spots(int batches, int size, long seed) {
        Random random = new Random(seed);
        List<org.nd4j.linalg.dataset.api.MultiDataSet> all = new ArrayList<>();
        for (int b = 0; b < batches; b++) {
            INDArray features = Nd4j.zeros(size, 1, 10, 10);
            INDArray values = Nd4j.zeros(size, 2);
            INDArray kinds = Nd4j.zeros(size, 3);
            for (int i = 0; i < size; i++) {
                int x = random.nextInt(8);
                int y = random.nextInt(8);
                int kind = random.nextInt(3);
                for (int d = 0; d < 4; d++) {
                    features.putScalar(new int[] {i, 0, y + d / 2, x + d % 2}, 0.5 + 0.5 * kind);
                }
                values.putScalar(i, 0, 3 + x / 8.0);
                values.putScalar(i, 1, 3 + y / 8.0);
                kinds.putScalar(i, kind, 1);
            }
            all.add(new MultiDataSet(new INDArray[] {features}, new INDArray[] {values, kinds}));
        }
        return all;
    }

    private static MultiDataSetIterator data(long seed) {
        return ListBatches.of(spots(6, 32, seed));
    }

    @Test
    void learns_both_tasks_and_reports_on_the_way() {
        Dl4jModel model = model(tied(Relatedness.exponentialLinear()));
        List<EpochResult> seen = new ArrayList<>();
        int[] steps = {0};
        model.fit(data(1), FitOptions.epochs(25).withValidation(data(2)).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                steps[0]++;
            }

            @Override
            public void onEpoch(EpochResult result) {
                seen.add(result);
            }
        }));
        assertThat(steps[0]).isEqualTo(25 * 6);
        assertThat(model.history().epochs()).isEqualTo(seen).hasSize(25);
        assertThat(seen.get(24).iterations()).isEqualTo(150);
        assertThat(seen.get(24).learningRate()).isCloseTo(1e-2 * Math.pow(0.95, 24), within(1e-12));
        EpochResult first = seen.get(0);
        EpochResult last = seen.get(24);
        assertThat(last.trainingLoss().get("value"))
                .isLessThan(0.2 * first.trainingLoss().get("value"));
        var scores = model.evaluate(data(2));
        RegressionScore value = (RegressionScore) scores.get("value");
        ClassificationScore kind = (ClassificationScore) scores.get("kind");
        assertThat(value.squaredError()).isLessThan(0.02); // the variance of a spot's place is 0.082
        assertThat(value.squaredError()).isCloseTo(last.validationLoss().get("value"), within(1e-5));
        assertThat(kind.accuracy()).isGreaterThan(0.8);
        // the first output's score holds the regularizer, its loss does not
        assertThat(last.relatedness()).isGreaterThan(0);
        assertThat(model.relatedness())
                .hasSize(2)
                .allMatch(r -> r.coefficients().size() == 2);
        assertThat(model.relatedness().get(0).coefficients().get("a")).isNotEqualTo(1.0);
    }

    @Test
    void score_is_weighted_losses_and_the_regularizer() {
        Dl4jModel model = model(tied(Relatedness.l2()));
        MultiDataSet batch = (MultiDataSet) spots(1, 8, 3).get(0);
        double score = model.graph().score(batch, true);
        Map<String, Double> losses = model.losses(ListBatches.of(spots(1, 8, 3)));
        double squares = 0;
        for (String layer : List.of("conv1", "fc")) {
            INDArray d = model.graph()
                    .getLayer("a/" + layer)
                    .getParam("W")
                    .sub(model.graph().getLayer("b/" + layer).getParam("W"));
            squares += d.mul(d).sumNumber().doubleValue();
        }
        assertThat(score)
                .isCloseTo(10 * losses.get("value") + losses.get("kind") + 1e-2 * squares, within(1e-4 * score));
    }

    @Test
    void output_layers_start_at_the_mean_of_the_targets() {
        GraphModel model = GraphModel.create(network().build(), model(network()).plan());
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = spots(1, 40, 9);
        batches.get(0)
                .setLabelsMaskArray(
                        new INDArray[] {Nd4j.concat(0, Nd4j.ones(10, 1), Nd4j.zeros(30, 1)), Nd4j.ones(40, 1)});
        OutputStarts.set(model.state(), new LocalSteps(model, ListBatches.of(batches), FitOptions.epochs(1)));
        INDArray predicted = model.predict(batches.get(0).getFeatures(0)).of("value");
        INDArray labelled = batches.get(0).getLabels(0).get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 10));
        assertThat(predicted.getRow(7).sub(labelled.mean(0)).amaxNumber().doubleValue())
                .isLessThan(1e-6);
        INDArray kinds = model.predict(batches.get(0).getFeatures(0)).of("kind");
        assertThat(kinds.getRow(3)
                        .sub(batches.get(0).getLabels(1).mean(0))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(1e-5);
    }

    @Test
    void saved_and_loaded_it_predicts_the_same_and_trains_on_the_same() throws IOException {
        Path file = directory.resolve("model.zip");
        Dl4jModel model = model(tied(Relatedness.l2Linear()));
        model.setProperty("crop.size", "10");
        model.fit(data(1), 2);
        model.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        INDArray features = spots(1, 5, 4).get(0).getFeatures(0);
        assertThat(loaded.predict(features).of("value"))
                .isEqualTo(model.predict(features).of("value"));
        assertThat(loaded.network()).isEqualTo(model.network());
        assertThat(loaded.plan()).isEqualTo(model.plan());
        assertThat(loaded.history()).isEqualTo(model.history());
        assertThat(loaded.properties()).containsEntry("crop.size", "10");
        model.fit(data(6), 2);
        loaded.fit(data(6), 2);
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
        assertThat(loaded.graph().getUpdater().getStateViewArray())
                .isEqualTo(model.graph().getUpdater().getStateViewArray());
        assertThat(loaded.history()).isEqualTo(model.history());
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file); // no temporary file stays
        }
    }

    @Test
    void files_that_are_no_models_are_named() throws IOException {
        Path text = Files.writeString(directory.resolve("text.zip"), "no zip at all");
        assertThatThrownBy(() -> Dl4jModel.load(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("text.zip");
        assertThatThrownBy(() -> Dl4jModel.load(directory.resolve("none.zip")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none.zip");
        Path plain = directory.resolve("plain.zip");
        ModelSerializer.writeModel(model(network()).graph(), plain.toFile(), true);
        assertThatThrownBy(() -> Dl4jModel.load(plain))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("plain.zip")
                .hasMessageContaining("ModelSerializer");
    }

    @Test
    void same_seed_same_result() {
        Dl4jModel one = model(network());
        Dl4jModel two = model(network());
        one.fit(data(1), 2);
        two.fit(data(1), 2);
        assertThat(two.graph().params()).isEqualTo(one.graph().params());
    }

    @Test
    void alphas_start_as_told_and_move() {
        Dl4jModel model = model(network());
        assertThat(model.alphas().get("pool1").shape()).containsExactly(2, 2, 4);
        assertThat(model.alphas().get("fc").toDoubleMatrix()[1])
                .containsExactly(new double[] {0.1, 0.9}, org.assertj.core.data.Offset.offset(1e-6));
        model.fit(data(1), 1);
        assertThat(model.alphas().get("fc").getDouble(0, 0)).isNotCloseTo(0.9, within(1e-4));
    }

    @Test
    void the_history_has_what_units_and_ties_were_after_each_epoch() {
        Dl4jModel model = model(tied(Relatedness.l2Linear()));
        model.fit(data(1), 2);
        List<AlphaState> states = model.history().last().alphas();
        assertThat(states).hasSize(2 * 4).extracting(AlphaState::place).containsOnly("pool1", "fc");
        AlphaState intoSecond = states.get(2); // of pool1: first <- first, first <- second, second <- first
        List<String> towers = model.network().stitches().get(0).towers();
        assertThat(List.of(intoSecond.place(), intoSecond.to(), intoSecond.from()))
                .containsExactly("pool1", towers.get(1), towers.get(0));
        double[] channels = new double[4];
        for (int c = 0; c < channels.length; c++) {
            channels[c] = model.alphas().get("pool1").getDouble(1, 0, c);
        }
        assertThat(intoSecond.mean())
                .isCloseTo(java.util.Arrays.stream(channels).average().orElseThrow(), within(1e-6)); // float
        assertThat(intoSecond.least())
                .isEqualTo(java.util.Arrays.stream(channels).min().orElseThrow());
        assertThat(intoSecond.largest())
                .isEqualTo(java.util.Arrays.stream(channels).max().orElseThrow());
        assertThat(model.history().last().ties()).isEqualTo(model.relatedness()).isNotEmpty();
        assertThat(model.history().epochs().get(0).ties()).isNotEqualTo(model.relatedness());
    }

    @Test
    void identity_units_change_nothing() {
        NetworkBuilder bare = MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(VALUE.withStart(org.mtl4j.task.OutputStart.RANDOM)))
                .tower("b", SplitHead.of(KIND))
                .convolution("conv1", 4, 3);
        Dl4jModel without = model(bare);
        Dl4jModel with = model(bare.stitch(CrossStitchUnit.identity(Granularity.PER_CHANNEL)));
        for (String layer : List.of("a/conv1", "b/conv1", "value", "kind")) {
            with.graph()
                    .getLayer(layer)
                    .setParams(without.graph().getLayer(layer).params());
        }
        INDArray features = spots(1, 5, 4).get(0).getFeatures(0);
        assertThat(with.predict(features).of("value"))
                .isEqualTo(without.predict(features).of("value"));
    }

    @Test
    void exponential_towers_start_equal_and_an_overflow_names_the_layers() {
        Dl4jModel equal = model(tied(Relatedness.exponential()));
        assertThat(equal.relatedness()).allMatch(r -> r.value() == 0);
        Dl4jModel apart = model(tied(Relatedness.exponential()).startTowersEqual(false));
        apart.graph().getLayer("a/fc").getParam("W").addi(1);
        assertThatThrownBy(() -> apart.fit(data(1), 1))
                .isInstanceOf(RelatednessOverflowException.class)
                .hasMessageContaining("a/fc")
                .hasMessageContaining("b/fc")
                .hasMessageContaining("FLOAT");
    }

    @Test
    void a_batch_without_labels_of_a_task_gives_that_task_no_gradient() {
        Dl4jModel model = Dl4jModel.create(
                network().build(),
                TrainingPlan.of(new org.nd4j.linalg.learning.config.Sgd(0.1)).withSeed(5));
        model.graph().getLayer("kind").getParam("W").assign(0.3);
        MultiDataSet batch = (MultiDataSet) spots(1, 16, 3).get(0);
        batch.setLabelsMaskArray(new INDArray[] {Nd4j.ones(16, 1), Nd4j.zeros(16, 1)});
        INDArray head = model.graph().getLayer("kind").params().dup();
        INDArray value = model.graph().getLayer("value").params().dup();
        model.graph().fit(batch);
        assertThat(model.graph().getLayer("kind").params()).isEqualTo(head);
        assertThat(model.graph().getLayer("value").params()).isNotEqualTo(value);
    }

    @Test
    void bad_batches_are_refused_by_task_and_shape() {
        Dl4jModel model = model(network());
        MultiDataSet batch = (MultiDataSet) spots(1, 4, 3).get(0);
        batch.setLabels(1, Nd4j.zeros(4, 2));
        assertThatThrownBy(() -> model.fit(ListBatches.of(List.of(batch)), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("task 'kind': labels must be [4, 3], got [4, 2]");
        MultiDataSet masked = (MultiDataSet) spots(1, 4, 3).get(0);
        masked.setLabelsMaskArray(new INDArray[] {null, Nd4j.ones(4, 3)});
        assertThatThrownBy(() -> model.fit(ListBatches.of(List.of(masked)), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task 'kind': one class of several is there or not, so the mask of its labels"
                        + " must be [4, 1], got [4, 3]");
        assertThatThrownBy(() -> model.predict(Nd4j.zeros(4, 1, 9, 10)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("features must be [batch, 1, 10, 10], got [4, 1, 9, 10]");
    }

    @Test
    void any_dl4j_layer_can_stand_in_a_tower() throws IOException {
        NetworkBuilder recurrent = MultiTaskNetwork.builder(Shape.sequence(10, 10))
                .tower("a", SplitHead.of(VALUE))
                .tower("b", SplitHead.of(KIND))
                .layer(
                        "lstm",
                        Dl4jLayer.of(new LSTM.Builder()
                                .nOut(6)
                                .activation(Activation.TANH)
                                .build()))
                .stitch(CrossStitchUnit.perChannel())
                .globalAveragePool()
                .batchNormalization()
                .dropout(0.1);
        Dl4jModel model = model(recurrent);
        assertThat(model.network().shapeAfter("a", "lstm")).isEqualTo(Shape.sequence(6, 10));
        assertThat(model.graph().params().length()).isEqualTo(model.network().parameters());
        MultiDataSet rows = (MultiDataSet) spots(1, 16, 3).get(0);
        rows.setFeatures(0, rows.getFeatures(0).reshape('c', 16, 10, 10)); // ten rows of a picture, one after another
        model.fit(ListBatches.of(List.of(rows)), 20);
        assertThat(model.history().last().trainingLoss().get("value"))
                .isLessThan(model.history().epochs().get(0).trainingLoss().get("value"));
        Path file = directory.resolve("custom.zip");
        model.save(file);
        assertThat(Dl4jModel.load(file).network()).isEqualTo(model.network());
    }

    /**
     * Deeplearning4j's clone() of a wrapper has the same layer in it: both towers' would then have the name of the
     * last.
     */
    @Test
    void layers_that_wrap_others_are_not_shared_by_the_towers() throws IOException {
        Dl4jModel model = model(MultiTaskNetwork.builder(Shape.sequence(10, 10))
                .tower("a", SplitHead.of(VALUE))
                .tower("b", SplitHead.of(KIND))
                .layer(
                        "last",
                        Dl4jLayer.of(new LastTimeStep(new LSTM.Builder().nOut(6).build())))
                .stitch(CrossStitchUnit.perChannel()));
        assertThat(model.network().shapeAfter("b", "last")).isEqualTo(Shape.vector(6));
        MultiDataSet rows = (MultiDataSet) spots(1, 16, 3).get(0);
        rows.setFeatures(0, rows.getFeatures(0).reshape('c', 16, 10, 10));
        model.fit(ListBatches.of(List.of(rows)), 20);
        assertThat(model.history().last().trainingLoss().get("value"))
                .isLessThan(model.history().epochs().get(0).trainingLoss().get("value"));
        Path file = directory.resolve("wrapped.zip");
        model.save(file);
        assertThat(Dl4jModel.load(file).predict(rows.getFeatures(0)).of("kind"))
                .isEqualTo(model.predict(rows.getFeatures(0)).of("kind"));
    }

    /** What stands where the mask is 0 changes neither training nor what is measured. */
    @Test
    void masked_steps_of_sequences_do_not_count() {
        MultiDataSet rows = (MultiDataSet) spots(1, 16, 3).get(0);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 16, 10);
        mask.get(NDArrayIndex.all(), NDArrayIndex.interval(6, 10)).assign(0);
        List<Dl4jModel> models = new ArrayList<>();
        List<MultiDataSet> batches = new ArrayList<>();
        for (double padding : new double[] {0, 7}) {
            INDArray features = rows.getFeatures(0).dup().reshape('c', 16, 10, 10);
            features.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(6, 10))
                    .assign(padding);
            batches.add(new MultiDataSet(new INDArray[] {features}, rows.getLabels(), new INDArray[] {mask}, null));
            models.add(model(MultiTaskNetwork.builder(Shape.sequence(10, 10))
                    .tower("a", SplitHead.of(VALUE, KIND))
                    .layer(
                            "last",
                            Dl4jLayer.of(
                                    new LastTimeStep(new LSTM.Builder().nOut(6).build())))));
            models.get(models.size() - 1).fit(ListBatches.of(List.of(batches.get(batches.size() - 1))), 3);
        }
        Dl4jModel model = models.get(0);
        assertThat(models.get(1).graph().params()).isEqualTo(model.graph().params());
        ListBatches zeros = ListBatches.of(List.of(batches.get(0)));
        ListBatches sevens = ListBatches.of(List.of(batches.get(1)));
        assertThat(model.losses(sevens)).isEqualTo(model.losses(zeros));
        assertThat(model.evaluate(sevens)).isEqualTo(model.evaluate(zeros));
        batches.get(0).setFeaturesMaskArrays(null);
        assertThat(model.losses(zeros)).isNotEqualTo(model.losses(sevens));
    }

    @Test
    void validation_data_that_cannot_be_read_twice_are_refused_before_training() {
        Dl4jModel model = model(network());
        AbstractBatches once = new AbstractBatches() {
            private static final long serialVersionUID = 1L;
            private boolean read;

            @Override
            public boolean hasNext() {
                return !read;
            }

            @Override
            protected org.nd4j.linalg.dataset.api.MultiDataSet read() {
                read = true;
                return spots(1, 16, 3).get(0);
            }

            @Override
            public void reset() {
                throw new UnsupportedOperationException();
            }

            @Override
            public boolean resetSupported() {
                return false;
            }
        };
        assertThatThrownBy(() -> model.fit(data(1), FitOptions.epochs(2).withValidation(once)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("validation data")
                .hasMessageContaining("cannot be reset");
        assertThat(model.history().epochs()).isEmpty();
    }

    @Test
    void normalised_and_dropped_out_it_still_learns() {
        Dl4jModel model = model(network().batchNormalization().dense("fc2", 16).dropout(0.1));
        model.fit(data(1), 10);
        assertThat(model.history().last().trainingLoss().get("value"))
                .isLessThan(0.8 * model.history().epochs().get(0).trainingLoss().get("value"));
        INDArray features = spots(1, 5, 4).get(0).getFeatures(0);
        assertThat(model.predict(features).of("kind"))
                .isEqualTo(model.predict(features).of("kind"));
    }

    @Test
    void the_graph_summarises_itself() {
        assertThat(model(tied(Relatedness.l2Linear())).graph().summary()).contains("a/conv1", "relatedness");
    }

    /** A function of the user's own: the sum of |d| smoothed, with a learned shift. */
    public static final class Smooth implements Relatedness {
        private static final long serialVersionUID = 1L;

        @Override
        public String name() {
            return "smooth";
        }

        @Override
        public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
            INDArray d = theta1.sub(theta2);
            INDArray root =
                    org.nd4j.linalg.ops.transforms.Transforms.sqrt(d.mul(d).addi(0.01));
            INDArray gradient = d.div(root);
            return new Evaluation(root.sumNumber().doubleValue(), gradient, gradient.neg(), new double[0]);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Smooth;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Test
    void a_relatedness_of_the_user_s_own_trains_and_is_saved() throws IOException {
        org.mtl4j.relatedness.RelatednessCheck.of(new Smooth()).assertGradients();
        Dl4jModel model = model(tied(new Smooth()));
        double before = model.relatedness().get(0).value();
        model.fit(data(1), 3);
        assertThat(model.relatedness().get(0).value()).isLessThan(before);
        Path file = directory.resolve("own.zip");
        model.save(file);
        assertThat(Dl4jModel.load(file, "org.mtl4j.dl4j").relatedness()).isEqualTo(model.relatedness());
    }
}
