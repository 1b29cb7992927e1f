package org.mtl4j.dl4j.internal.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.cpu.KernelsInUse;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.layer.SoftArgmax;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.LayerStack;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * Central differences against backpropagation in double precision, on every parameter of whole networks: convolutions,
 * dense layers, units, coefficients and heads. Activations are smooth (tanh) and pooling is by average, so that no
 * entry lies at a kink.
 */
@Kernels
@Tag("slow")
class GradientCheckTest {
    private static DataType floating;

    /** The check of Deeplearning4j refuses to run unless everybody's default is double. */
    @BeforeAll
    static void inDoublePrecision() {
        floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void asBefore() {
        Nd4j.setDefaultDataTypes(floating, floating);
    }

    static Stream<Arguments> networks() {
        List<Arguments> all = new ArrayList<>();
        // as l2-linear is; what they are of convolutions two towers tell
        Set<GroupRelatedness> summedOverPairs = new HashSet<>(Arrays.asList(
                Relatedness.l2(),
                Relatedness.averaged(Relatedness.exponential()),
                Relatedness.averaged(Relatedness.exponentialLinear())));
        for (int towers : new int[] {2, 3}) {
            for (GroupRelatedness r : new GroupRelatedness[] {
                null,
                Relatedness.l2(),
                Relatedness.l2Linear(),
                Relatedness.averaged(Relatedness.exponential()),
                Relatedness.averaged(Relatedness.exponentialLinear()),
                GroupRelatedness.traceNorm(),
                GroupRelatedness.tuckerTraceNorm()
            }) {
                if (r == null || !KernelsInUse.areAskedFor()) { // there are no products of matrices in relatedness
                    all.add(Arguments.of(towers, r, towers == 2 || !summedOverPairs.contains(r)));
                }
            }
            all.add(Arguments.of(towers, Relatedness.l2Linear(), false));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} towers, {1}, images {2}")
    @MethodSource("networks")
    void backpropagation_agrees_with_central_differences(int towers, GroupRelatedness relatedness, boolean images) {
        NetworkBuilder network = MultiTaskNetwork.builder(images ? Shape.image(2, 7, 7) : Shape.vector(5));
        List<INDArray> labels = new ArrayList<>();
        Random random = new Random(5);
        int batch = 3;
        for (int t = 0; t < towers; t++) {
            Task task =
                    switch (t) {
                        case 0 -> Task.regression("r", 2).withWeight(3);
                        case 1 -> Task.classification("c", 3).withWeight(0.5);
                        default -> Task.multiLabel("m", 2);
                    };
            network.tower("t" + t, SplitHead.of(task.withStart(OutputStart.RANDOM)));
            labels.add(labels(task, batch, random));
        }
        if (images) {
            network.layer("conv1", Convolution.of(2, 3).withActivation(Activation.TANH))
                    .stitch(CrossStitchUnit.perChannel())
                    .layer(
                            "conv2",
                            Convolution.of(2, 3).withPadding(Padding.SAME).withActivation(Activation.SIGMOID))
                    .averagePool(2)
                    .stitch(CrossStitchUnit.perLayer());
        }
        network.layer("fc", Dense.of(3).withActivation(Activation.TANH)).stitch(CrossStitchUnit.perChannel());
        if (relatedness != null) {
            String[] layers = images ? new String[] {"conv1", "conv2", "fc"} : new String[] {"fc"};
            network.regularize(WeightRelatednessRegularizer.over(layers)
                    .withRelatedness(relatedness)
                    .withStrength(0.1));
        }
        Dl4jModel model = Dl4jModel.create(
                network.startTowersEqual(false).build(),
                TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
        INDArray parameters = model.graph().params();
        INDArray moved =
                Nd4j.rand(DataType.DOUBLE, parameters.shape()).subi(0.5).muli(0.2); // off symmetric starts
        parameters.addi(moved);
        INDArray features = Nd4j.createFromArray(
                        random.doubles(images ? batch * 98 : batch * 5, -1, 1).toArray())
                .reshape('c', images ? new long[] {batch, 2, 7, 7} : new long[] {batch, 5});
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(model.graph())
                .epsilon(1e-5) // truncation about 1e-10, rounding of a score of order 10 about 1e-10
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(new INDArray[] {features})
                .labels(labels.toArray(INDArray[]::new))
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    /** Masks per example and per output, and the library's own losses, through the whole network. */
    @Test
    void backpropagation_agrees_with_central_differences_where_labels_are_missing() {
        Task points = Task.regression("p", 3)
                .withLoss(new WingLoss(0.7, 0.2))
                .withWeight(3)
                .withStart(OutputStart.RANDOM);
        Task robust = Task.regression("s", 2).withLoss(new SmoothL1Loss(0.5)).withStart(OutputStart.RANDOM);
        Task kind = Task.classification("c", 3).withStart(OutputStart.RANDOM);
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(points).with(robust))
                        .tower("b", SplitHead.of(kind))
                        .layer("fc", Dense.of(3).withActivation(Activation.TANH))
                        .stitch(CrossStitchUnit.perChannel())
                        .build(),
                TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
        Random random = new Random(6);
        int batch = 4;
        INDArray features =
                Nd4j.createFromArray(random.doubles(batch * 4, -1, 1).toArray()).reshape(batch, 4);
        INDArray[] labels = {labels(points, batch, random), labels(robust, batch, random), labels(kind, batch, random)};
        INDArray perOutput = Nd4j.createFromArray(new double[][] {{1, 0, 1}, {1, 1, 1}, {0, 0, 0}, {0, 1, 0}});
        INDArray perExample = Nd4j.createFromArray(new double[][] {{1}, {0}, {0}, {1}});
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(model.graph())
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-9)
                .inputs(new INDArray[] {features})
                .labels(labels)
                .labelMask(new INDArray[] {perOutput, null, perExample})
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    /**
     * Residual blocks with and without a layer in the shortcut, tied and stitched, heat maps, and a block of vectors.
     */
    @Test
    void backpropagation_agrees_with_central_differences_through_blocks_and_heat_maps() {
        Task points = Task.regression("p", 3).withStart(OutputStart.RANDOM);
        Task kind = Task.classification("c", 3).withStart(OutputStart.RANDOM);
        Convolution smooth = Convolution.of(3, 3).withPadding(Padding.SAME).withActivation(Activation.TANH);
        Residual block = Residual.of(
                        new NamedLayer("conv1", smooth),
                        new NamedLayer("conv2", smooth.withActivation(Activation.IDENTITY)))
                .withActivation(Activation.TANH);
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(2, 6, 5))
                        .tower(
                                "a",
                                SplitHead.of(Task.regression("q", 2).withStart(OutputStart.RANDOM))
                                        .with(
                                                points,
                                                new NamedLayer(
                                                        "maps",
                                                        Convolution.of(4, 1).withActivation(Activation.IDENTITY)),
                                                new NamedLayer("where", new SoftArgmax())))
                        .tower("b", SplitHead.of(kind))
                        .layer("block1", block)
                        .stitch(CrossStitchUnit.perChannel())
                        .layer("block2", block.withActivation(Activation.IDENTITY))
                        .layer(
                                "block3",
                                Residual.of(new NamedLayer("conv", smooth.withStride(2)))
                                        .withActivation(Activation.TANH))
                        .stitch(CrossStitchUnit.perLayer())
                        .in("b", b -> b.layer("fc", Dense.of(4).withActivation(Activation.TANH))
                                .layer(
                                        "block4",
                                        Residual.of(new NamedLayer(
                                                        "fc", Dense.of(5).withActivation(Activation.TANH)))
                                                .withActivation(Activation.TANH)))
                        .regularize(WeightRelatednessRegularizer.over("block1/conv1", "block1/shortcut", "block2/conv2")
                                .withRelatedness(Relatedness.l2Linear())
                                .withStrength(0.1))
                        .startTowersEqual(false)
                        .build(),
                TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
        Random random = new Random(6);
        int batch = 3;
        INDArray features = Nd4j.createFromArray(
                        random.doubles(batch * 60, -1, 1).toArray())
                .reshape('c', batch, 2, 6, 5);
        INDArray[] labels = model.network().tasks().stream()
                .map(task -> labels(task, batch, random))
                .toArray(INDArray[]::new);
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(model.graph())
                .epsilon(1e-5)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(new INDArray[] {features})
                .labels(labels)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    /** Tables of categories that are tied and stitched, with a code that comes twice and one that never comes. */
    @Test
    void backpropagation_agrees_with_central_differences_through_tables_of_categories() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.categories(4, 3))
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)))
                .embedding("codes", 2, 3)
                .stitch(CrossStitchUnit.perChannel())
                .layer("fc", Dense.of(3).withActivation(Activation.TANH))
                .regularize(WeightRelatednessRegularizer.over("codes", "fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(0.1))
                .startTowersEqual(false);
        INDArray codes = Nd4j.createFromArray(new double[][] {{3, 0}, {1, 2}, {3, 2}});
        assertThat(check(network, codes, null)).isTrue();
    }

    /** Tokens, of which some are masked. */
    @Test
    void backpropagation_agrees_with_central_differences_through_tokens() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.tokens(5, 4))
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)))
                .embedding("words", 3)
                .globalAveragePool()
                .stitch(CrossStitchUnit.perChannel());
        INDArray codes = Nd4j.createFromArray(new double[][] {{3, 0, 4, 0}, {1, 2, 2, 1}, {3, 0, 0, 0}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 0}, {1, 1, 1, 1}, {1, 0, 0, 0}});
        assertThat(check(network, codes, mask)).isTrue();
    }

    private static final Dense SMOOTH = Dense.of(3).withActivation(Activation.TANH);

    /** Inputs of every kind, one tower of which reads two alone; tied and stitched. */
    @Test
    void backpropagation_agrees_with_central_differences_through_several_inputs() {
        NetworkBuilder network = inputs().reads("b", "codes", "numbers")
                .in("b", b -> b.layer("wide", Dense.of(11).withActivation(Activation.TANH)))
                .in("a", a -> a.layer("wide", Dense.of(11).withActivation(Activation.TANH)))
                .stitch(CrossStitchUnit.perChannel())
                .layer("fc", SMOOTH)
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(0.1))
                .startTowersEqual(false);
        assertThat(check(network, features(), masks())).isTrue();
    }

    /** The same inputs, all joined, before a trunk. */
    @Test
    void backpropagation_agrees_with_central_differences_through_a_trunk() {
        NetworkBuilder network = inputs().trunk(
                        layers -> layers.layer("t1", SMOOTH).layer("t2", SMOOTH))
                .layer("fc", SMOOTH)
                .stitch(CrossStitchUnit.perLayer());
        assertThat(check(network, features(), masks())).isTrue();
    }

    /**
     * Images joined by their channels, with a block in the trunk, convolutions behind it and tied ones at the input.
     */
    @Test
    void backpropagation_agrees_with_central_differences_through_a_trunk_of_images() {
        Convolution smooth = Convolution.of(2, 3).withPadding(Padding.SAME).withActivation(Activation.TANH);
        NetworkBuilder network = MultiTaskNetwork.builder()
                .input("left", Shape.image(1, 5, 4), layers -> layers.layer("own", smooth))
                .input("right", Shape.image(2, 5, 4))
                .trunk(layers -> layers.residual("block", block -> block.layer("conv", smooth)))
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)))
                .layer("conv", smooth)
                .stitch(CrossStitchUnit.perChannel())
                .averagePool(2)
                .regularize(WeightRelatednessRegularizer.over("conv").withStrength(0.1))
                .startTowersEqual(false);
        Random random = new Random(8);
        INDArray[] features = {doubles(random, 3, 1, 5, 4), doubles(random, 3, 2, 5, 4)};
        assertThat(check(network, features, null)).isTrue();
    }

    private static NetworkBuilder inputs() {
        return MultiTaskNetwork.builder()
                .input("codes", Shape.categories(4, 3), layers -> layers.embedding("codes", 2, 3))
                .input("numbers", Shape.vector(2))
                .input("picture", Shape.image(1, 4, 4), layers -> layers.layer(
                                "conv", Convolution.of(2, 3).withActivation(Activation.TANH))
                        .layer("fc", SMOOTH))
                .input("sequence", Shape.sequence(2, 4), layers -> layers.layer(
                                "lstm", Dl4jLayer.of(new LSTM.Builder().nOut(2).build()))
                        .globalAveragePool())
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)));
    }

    private static INDArray[] features() {
        Random random = new Random(7);
        INDArray[] features = {
            Nd4j.createFromArray(new double[][] {{3, 0}, {1, 2}, {3, 2}}),
            doubles(random, 3, 2),
            doubles(random, 3, 1, 4, 4),
            doubles(random, 3, 2, 4)
        };
        features[3].muli(masks()[3].reshape(3, 1, 4));
        return features;
    }

    private static INDArray[] masks() {
        INDArray steps = Nd4j.createFromArray(new double[][] {{1, 1, 1, 0}, {1, 1, 1, 1}, {1, 0, 0, 0}});
        return new INDArray[] {null, null, null, steps};
    }

    private static INDArray doubles(Random random, long... shape) {
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return Nd4j.createFromArray(random.doubles(length, -1, 1).toArray()).reshape('c', shape);
    }

    static Stream<Boolean> masked() {
        return KernelsInUse.areAskedFor() ? Stream.of(false) : Stream.of(false, true); // products are the same
    }

    /** All layers of sequences, tied and stitched, of which steps are masked at the end and in the middle. */
    @ParameterizedTest
    @MethodSource("masked")
    void backpropagation_agrees_with_central_differences_through_sequences(boolean masked) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.sequence(2, 5))
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)))
                .layer("conv1", Convolution1D.of(3, 2).withActivation(Activation.TANH))
                .gru("gru", 3)
                .stitch(CrossStitchUnit.perChannel())
                .layer(
                        "conv2",
                        Convolution1D.of(2, 3)
                                .withPadding(Padding.SAME)
                                .withStride(2)
                                .withActivation(Activation.SIGMOID))
                .lstm("lstm", 3)
                .layerNormalization()
                .in("a", LayerStack::lastStep)
                .in("b", b -> b.layer( // a single window
                                "conv3", Convolution1D.of(4, 2).withStride(2).withActivation(Activation.TANH))
                        .globalAveragePool()
                        .layerNormalization())
                .regularize(WeightRelatednessRegularizer.over("conv1", "gru", "lstm")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(0.1))
                .startTowersEqual(false);
        INDArray x =
                Nd4j.createFromArray(new Random(2).doubles(30, -1, 1).toArray()).reshape('c', 3, 2, 5);
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {0, 1, 1, 0, 1}});
        assertThat(check(network, x, masked ? mask : null)).isTrue();
    }

    private static boolean check(NetworkBuilder network, INDArray features, @Nullable INDArray mask) {
        return check(network, new INDArray[] {features}, mask == null ? null : new INDArray[] {mask});
    }

    private static boolean check(NetworkBuilder network, INDArray[] features, INDArray @Nullable [] masks) {
        Dl4jModel model = Dl4jModel.create(
                network.build(),
                TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
        Random random = new Random(6);
        INDArray parameters = model.graph().params();
        parameters.addi(Nd4j.createFromArray(
                        random.doubles(parameters.length(), -0.1, 0.1).toArray()) // off symmetric starts
                .reshape(parameters.shape()));
        INDArray[] labels = model.network().tasks().stream()
                .map(task -> labels(task, (int) features[0].size(0), random))
                .toArray(INDArray[]::new);
        return GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(model.graph())
                .epsilon(1e-5)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(features)
                .inputMask(masks)
                .labels(labels)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
    }

    private static INDArray labels(Task task, int batch, Random random) {
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, batch, task.outputs());
        for (int row = 0; row < batch; row++) {
            switch (task.kind()) {
                case MULTI_CLASS -> labels.putScalar(row, random.nextInt(task.outputs()), 1);
                case REGRESSION -> {
                    for (int i = 0; i < task.outputs(); i++) {
                        labels.putScalar(row, i, random.nextGaussian());
                    }
                }
                case MULTI_LABEL -> {
                    for (int i = 0; i < task.outputs(); i++) {
                        labels.putScalar(row, i, random.nextInt(2));
                    }
                }
            }
        }
        return labels;
    }
}
