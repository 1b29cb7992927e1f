package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * Layers of sequences against values that NumPy 2 computes in double precision by the formulas of their descriptions,
 * written as such: parameter number i, of all in their order, is sin(i + 1) / 2, and input number i is cos(i).
 * Gradients are in {@code GradientCheckTest}.
 */
class SequenceLayersTest {
    private static final int STEPS = 7;

    @TempDir
    private Path directory;

    static Stream<Arguments> golden() {
        double[][] holes = {{1, 0, 1}, {0, 1, 1}};
        List<Arguments> all = new ArrayList<>();
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.HALF}) {
            all.add(Arguments.of(type, new RecurrentCellLayer(Recurrent.Cell.LSTM, 2), 3, null, values(LSTM)));
            all.add(Arguments.of(type, new RecurrentCellLayer(Recurrent.Cell.LSTM, 2), 3, holes, values(LSTM_MASKED)));
            all.add(Arguments.of(type, new RecurrentCellLayer(Recurrent.Cell.GRU, 2), 3, null, values(GRU)));
            all.add(Arguments.of(type, new RecurrentCellLayer(Recurrent.Cell.GRU, 2), 3, holes, values(GRU_MASKED)));
            Convolution1D convolution = Convolution1D.of(2, 3).withActivation(Activation.IDENTITY);
            all.add(Arguments.of(type, SequenceConvolutionLayer.of(convolution), 5, null, values(VALID)));
            all.add(Arguments.of(
                    type, SequenceConvolutionLayer.of(convolution.withStride(3)), 5, null, values(FIRST_OF_VALID)));
            all.add(Arguments.of(
                    type,
                    SequenceConvolutionLayer.of(
                            convolution.withPadding(Padding.SAME).withStride(2)),
                    5,
                    null,
                    values(SAME_BY_TWO)));
            all.add(Arguments.of(
                    type,
                    SequenceConvolutionLayer.of(Convolution1D.of(2, 2)
                            .withActivation(Activation.IDENTITY)
                            .withPadding(Padding.SAME)),
                    5,
                    null,
                    values(SAME)));
            all.add(Arguments.of(type, new FeatureNormalizationLayer(1e-5), 0, null, values(NORMAL)));
        }
        return all.stream();
    }

    private static final String LSTM = """
            0.078888504994 0.121211190712 0.165162857394 0.193384358372 0.235367558623 0.182076143448
            0.082619875013 0.115092308236 0.160270688284 0.194181454489 0.233994014630 0.220916592515""";
    private static final String LSTM_MASKED = """
            0.078888504994 0 0.153551676054 0.193384358372 0 0.165432481519
            0 0.081245487662 0.140567226411 0 0.184586782839 0.183158923350""";
    private static final String GRU = """
            -0.164162981721 -0.219648981580 -0.245414959704 -0.100531491821 -0.139379681145 -0.199735410124
            -0.170027464751 -0.226805575388 -0.246329772666 -0.107572557677 -0.133220274593 -0.182513514599""";
    private static final String GRU_MASKED = """
            -0.164162981721 0 -0.218676992578 -0.100531491821 0 -0.184927744375
            0 -0.146870747900 -0.207372364493 0 -0.101837214797 -0.173308085110""";
    private static final String VALID = """
            0.174074026844 -0.526116361675 -0.549447975600 0.245821029727 -0.336155091027 -0.153691854146
            0.703681588009 1.061690715196 0.636736113048 1.155038290403 1.322102000318 0.729011145529""";
    private static final String FIRST_OF_VALID = "0.174074026844 0.245821029727 0.703681588009 1.155038290403";
    private static final String SAME_BY_TWO = """
            0.432707457483 -0.526116361675 -0.011709836299 0.701886695134 -0.336155091027 0.341892137373
            0.326947045329 1.061690715196 -0.069865108501 0.717911772774 1.322102000318 0.187074330048""";
    private static final String SAME = """
            0.529128053762 0.026655041143 -0.310874576002 -0.173137624268 -0.133241183010
            -0.258799788926 0.215423095657 0.241501729333 -0.204540463433 -0.257913373805
            0.163820167558 0.628128101126 0.704387872654 0.322486599890 0.333352445297
            -0.593612372180 -0.842727728394 -0.567128347795 -0.020199029915 -0.012788032219""";
    private static final String NORMAL = """
            0.041088313482 0.155243174307 0.287873327653 0.990499804719
            -1.149140714464 -0.177994537447 0.399322814865 0.240364089103""";

    private static double[] values(String text) {
        return Stream.of(text.split("\\s+")).mapToDouble(Double::parseDouble).toArray();
    }

    private static INDArray cosines(DataType type, long... shape) {
        long length = Nd4j.zeros(shape).length();
        return Nd4j.createFromArray(
                        IntStream.range(0, (int) length).mapToDouble(Math::cos).toArray())
                .reshape(shape)
                .castTo(type);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("golden")
    void values_are_those_of_the_formula(
            DataType type, Layer layer, int steps, double @Nullable [][] mask, double[] expected) {
        boolean sequences = steps > 0;
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs("x")
                .setInputTypes(sequences ? InputType.recurrent(2, steps) : InputType.feedForward(4))
                .addLayer("layer", layer, "x")
                .addLayer(
                        "out",
                        sequences
                                ? new RnnLossLayer.Builder(LossFunctions.LossFunction.L2)
                                        .activation(Activation.IDENTITY)
                                        .build()
                                : new LossLayer.Builder(LossFunctions.LossFunction.L2)
                                        .activation(Activation.IDENTITY)
                                        .build(),
                        "layer")
                .setOutputs("out")
                .build());
        graph.init();
        long count = graph.params().length();
        graph.params()
                .assign(Nd4j.createFromArray(DoubleStream.iterate(1, i -> i + 1)
                                .limit(count)
                                .map(i -> 0.5 * Math.sin(i))
                                .toArray())
                        .reshape(1, count));
        INDArray x = sequences ? cosines(type, 2, 2, steps) : cosines(type, 2, 4);
        INDArray[] masks =
                mask == null ? null : new INDArray[] {Nd4j.createFromArray(mask).castTo(type)};
        double[] found =
                graph.output(false, new INDArray[] {x}, masks, null)[0].ravel().toDoubleVector();
        double rounding =
                switch (type) {
                    case HALF -> 4e-3;
                    case FLOAT -> 1e-6;
                    default -> 1e-11;
                };
        assertThat(found).containsExactly(expected, within(rounding));
        assertThat(graph.output(true, new INDArray[] {x}, masks, null)[0]
                        .ravel()
                        .toDoubleVector())
                .containsExactly(expected, within(rounding));
    }

    private static NetworkBuilder network(String kind, int steps) {
        NetworkBuilder builder = MultiTaskNetwork.builder(Shape.sequence(3, steps))
                .tower("a", SplitHead.of(Task.regression("r", 2)))
                .tower("b", SplitHead.of(Task.classification("k", "no", "yes")))
                .startTowersEqual(true);
        return switch (kind) {
            case "lstm" ->
                builder.convolution1D("conv", 4, 2)
                        .stitch(CrossStitchUnit.perChannel())
                        .lstm("steps", 5)
                        .layerNormalization()
                        .lastStep()
                        .stitch(CrossStitchUnit.perChannel());
            case "gru" ->
                builder.layer(
                                "conv",
                                Convolution1D.of(4, 3).withPadding(Padding.SAME).withStride(2))
                        .activation(Activation.SIGMOID)
                        .gru("steps", 5)
                        .globalAveragePool()
                        .layerNormalization();
            default ->
                builder.layerNormalization()
                        .gru("down", 4)
                        .convolution1D("conv", 3, 2)
                        .lstm("steps", 5)
                        .regularize(WeightRelatednessRegularizer.over("conv", "down", "steps"))
                        .lastStep();
        };
    }

    /** Sequences of 2 to 5 steps, one of a single step; what stands behind their ends are not even numbers. */
    private static MultiDataSet batch(int steps, int rows) {
        Random random = new Random(3);
        INDArray x = Nd4j.valueArrayOf(new long[] {rows, 3, steps}, Double.NaN, DataType.DOUBLE);
        INDArray mask = Nd4j.zeros(DataType.DOUBLE, rows, steps);
        INDArray r = Nd4j.zeros(DataType.DOUBLE, rows, 2);
        INDArray k = Nd4j.zeros(DataType.DOUBLE, rows, 2);
        for (int row = 0; row < rows; row++) {
            int length = row == 1 ? 1 : 2 + random.nextInt(4);
            for (int step = 0; step < length; step++) {
                mask.putScalar(row, step, 1);
                for (int f = 0; f < 3; f++) {
                    x.putScalar(new int[] {row, f, step}, random.nextGaussian());
                }
            }
            r.putScalar(row, 0, random.nextGaussian()).putScalar(row, 1, random.nextGaussian());
            k.putScalar(row, random.nextInt(2), 1);
        }
        return new MultiDataSet(new INDArray[] {x}, new INDArray[] {r, k}, new INDArray[] {mask}, null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru", "both"})
    void padding_changes_no_output_loss_or_step_of_training(String kind) {
        TrainingPlan plan = TrainingPlan.of(new Sgd(0.3)).withSeed(4).withDataType(DataType.DOUBLE);
        Dl4jModel plain = Dl4jModel.create(network(kind, 5).build(), plan);
        Dl4jModel padded = Dl4jModel.create(network(kind, STEPS + 4).build(), plan);
        assertThat(padded.graph().params()).isEqualTo(plain.graph().params());
        MultiDataSet shorter = batch(5, 9);
        MultiDataSet longer = batch(STEPS + 4, 9);
        for (int step = 0; step < 3; step++) {
            assertThat(padded.losses(ListBatches.of(longer)).get("r"))
                    .isCloseTo(plain.losses(ListBatches.of(shorter)).get("r"), within(1e-12));
            plain.fit(ListBatches.of(shorter), 1);
            padded.fit(ListBatches.of(longer), 1);
        }
        assertThat(padded.graph()
                        .params()
                        .sub(plain.graph().params())
                        .norm2Number()
                        .doubleValue())
                .isLessThan(1e-12);
        INDArray expected = plain.predict(shorter.getFeatures(0), shorter.getFeaturesMaskArray(0))
                .of("k");
        assertThat(padded.predict(longer.getFeatures(0), longer.getFeaturesMaskArray(0))
                        .of("k")
                        .sub(expected)
                        .norm2Number()
                        .doubleValue())
                .isLessThan(1e-12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru", "both"})
    void networks_of_sequences_learn_are_saved_and_computed_by_several_workers(String kind) throws IOException {
        MultiTaskNetwork network = network(kind, STEPS).build();
        TrainingPlan plan = TrainingPlan.adam(1e-2).withSeed(4);
        Dl4jModel model = Dl4jModel.create(network, plan);
        MultiDataSet wide = batch(STEPS, 40);
        INDArray x = wide.getFeatures(0).castTo(DataType.FLOAT);
        INDArray mask = wide.getFeaturesMaskArray(0).castTo(DataType.FLOAT);
        MultiDataSet batch = new MultiDataSet(new INDArray[] {x}, wide.getLabels(), new INDArray[] {mask}, null);
        assertThat(model.graph().params().length()).isEqualTo(network.parameters());
        double before = model.losses(ListBatches.of(batch)).get("k");
        model.fit(ListBatches.of(batch), FitOptions.epochs(60).withWorkers(1));
        assertThat(model.losses(ListBatches.of(batch)).get("k")).isLessThan(0.7 * before);
        model.save(directory.resolve("model.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("model.zip"));
        assertThat(loaded.network()).isEqualTo(network);
        assertThat(loaded.predict(x, mask).of("k"))
                .isEqualTo(model.predict(x, mask).of("k"));
        model.fit(ListBatches.of(batch), FitOptions.epochs(2).withWorkers(1));
        loaded.fit(ListBatches.of(batch), FitOptions.epochs(2).withWorkers(2));
        assertThat(loaded.graph()
                        .params()
                        .sub(model.graph().params())
                        .norm2Number()
                        .doubleValue())
                .isLessThan(1e-3); // sums in another order, two steps of Adam
    }

    @Test
    void what_does_not_fit_is_refused_when_the_network_is_built() {
        for (Object[] refused : new Object[][] {
            {Shape.vector(3), "tower 'a', layer 'steps': LSTM needs sequences [features, steps], got shape [3]"},
            {Shape.tokens(9, 3), "tower 'a', layer 'steps': LSTM reads amounts, got tokens [3] of 9, which are codes"},
            {Shape.image(1, 2, 3), "tower 'a', layer 'steps': LSTM needs sequences"}
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MultiTaskNetwork.builder((Shape) refused[0])
                            .tower("a", SplitHead.of(Task.regression("r", 2)))
                            .lstm("steps", 3)
                            .build())
                    .withMessageContaining((String) refused[1]);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> network("lstm", 1).build())
                .withMessageContaining("Convolution1D: a window of 2 does not fit into 1 positions");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.builder(Shape.sequence(1, 3))
                        .tower("a", SplitHead.of(Task.regression("r", 2)))
                        .layerNormalization()
                        .build())
                .withMessageContaining("LayerNormalization of a single number is 0 for whatever it is");
    }

    @ParameterizedTest
    @EnumSource(Recurrent.Cell.class)
    void weights_start_with_variance_of_one_by_the_inputs_and_the_forget_gate_open(Recurrent.Cell cell) {
        NetworkBuilder builder = MultiTaskNetwork.builder(Shape.sequence(50, 3))
                .tower("a", SplitHead.of(Task.regression("r", 2)))
                .layer("steps", new Recurrent(cell, 20))
                .lastStep();
        Dl4jModel model = Dl4jModel.create(builder.build(), TrainingPlan.adam(1e-3));
        var layer = model.graph().getLayer("a/steps");
        // 3000 or more values tell a variance to within 3 * sqrt(2 / 3000) = 8 %; 1200 within 13 %
        assertThat(layer.getParam("W").varNumber().doubleValue()).isCloseTo(0.02, within(0.0016));
        assertThat(layer.getParam("R").varNumber().doubleValue()).isCloseTo(0.05, within(0.0065));
        double[] biases = layer.getParam("b").toDoubleVector();
        for (int i = 0; i < biases.length; i++) {
            assertThat(biases[i]).isEqualTo(cell == Recurrent.Cell.LSTM && i / 20 == 1 ? 1 : 0);
        }
    }
}
