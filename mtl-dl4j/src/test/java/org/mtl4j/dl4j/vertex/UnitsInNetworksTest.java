package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.SubspaceOrthogonality;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.LayerMix;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;

/** NDDR and sluice as networks compute them: against their definitions, and where they are cross-stitch units. */
class UnitsInNetworksTest {
    private static final int EXAMPLES = 40;

    /** A unit that the library does not recognise, and so computes by its definition. */
    public record ByDefinition(SharingUnit unit) implements SharingUnit {
        @Override
        public String kind() {
            return "by-definition";
        }

        @Override
        public String describe() {
            return unit.describe();
        }

        @Override
        public boolean looksAtBatch() {
            return unit.looksAtBatch();
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            return unit.parameters(inputs);
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            return unit.forward(inputs, parameters, training);
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            return unit.backward(inputs, parameters, outputGradients);
        }
    }

    enum Kind {
        VECTORS(Shape.vector(6)) {
            @Override
            void layers(NetworkBuilder network, SharingUnit unit) {
                network.dense("fc1", 6).stitch(unit).dense("fc2", 4).stitch(unit);
            }
        },
        IMAGES(Shape.image(1, 10, 10)) {
            @Override
            void layers(NetworkBuilder network, SharingUnit unit) {
                network.convolution("conv1", 4, 3)
                        .maxPool(2)
                        .stitch(unit)
                        .convolution("conv2", 6, 3)
                        .stitch(unit)
                        .dense("fc", 4)
                        .stitch(unit);
            }
        },
        SEQUENCES(Shape.sequence(4, 5)) {
            @Override
            void layers(NetworkBuilder network, SharingUnit unit) {
                network.layer("tanh", new Activate(Activation.TANH))
                        .stitch(unit)
                        .globalAveragePool()
                        .dense("fc", 4)
                        .stitch(unit);
            }
        };

        private final Shape input;

        Kind(Shape input) {
            this.input = input;
        }

        abstract void layers(NetworkBuilder network, SharingUnit unit);
    }

    private static MultiTaskNetwork network(Kind kind, SharingUnit unit, int towers) {
        NetworkBuilder network = MultiTaskNetwork.builder(kind.input);
        for (int t = 0; t < towers; t++) {
            network.tower("t" + t, SplitHead.of(Task.regression("r" + t, 2).withStart(OutputStart.RANDOM)));
        }
        kind.layers(network, unit);
        return network.build();
    }

    private static INDArray draw(long seed, DataType type, long... shape) {
        long length = java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] numbers = new Random(seed).doubles(length, -1, 1).toArray();
        return Nd4j.createFromArray(numbers).castTo(type).reshape('c', shape);
    }

    private static INDArray[] labels(int towers, int examples, DataType type) {
        INDArray[] labels = new INDArray[towers];
        for (int t = 0; t < towers; t++) {
            labels[t] = draw(50 + t, type, examples, 2);
        }
        return labels;
    }

    private static Dl4jModel trained(Kind kind, SharingUnit unit, int towers, TrainingPlan plan, int workers) {
        Dl4jModel model = Dl4jModel.create(network(kind, unit, towers), plan);
        INDArray features = draw(7, plan.dataType(), kind.input.batch(EXAMPLES));
        model.fit(
                ArrayBatches.of(features, labels(towers, EXAMPLES, plan.dataType()))
                        .withBatchSize(20)
                        .withShuffling(3),
                FitOptions.epochs(2).withWorkers(workers));
        return model;
    }

    /** For features of their own: a layer that activates its input in place, as Deeplearning4j's does, changes them. */
    private static INDArray predicted(Dl4jModel model, Kind kind, String task) {
        return model.predict(draw(9, DataType.FLOAT, kind.input.batch(7))).of(task);
    }

    static Stream<Arguments> fast() {
        List<Arguments> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (SharingUnit unit : List.of(
                    NddrUnit.linear(),
                    NddrUnit.standard(),
                    NddrUnit.linear().withActivation(Activation.TANH),
                    NddrUnit.standard().withActivation(Activation.SIGMOID),
                    SluiceUnit.of(2).withOrthogonality(0))) {
                all.add(Arguments.of(kind, unit.looksAtBatch() ? 3 : 2, unit));
            }
        }
        return all.stream();
    }

    /** Four steps of single precision, whose rounding Adam makes larger where a gradient is about zero. */
    @ParameterizedTest(name = "{0}, {1} towers, {2}")
    @MethodSource("fast")
    void the_fast_way_is_the_definition(Kind kind, int towers, SharingUnit unit) {
        TrainingPlan plan = TrainingPlan.of(new Sgd(0.05)).withSeed(4);
        Dl4jModel fast = trained(kind, unit, towers, plan, 1);
        Dl4jModel slow = trained(kind, new ByDefinition(unit), towers, plan, 1);
        INDArray difference = fast.graph().params().sub(slow.graph().params());
        assertThat(difference.amaxNumber().doubleValue()).isLessThan(2e-5);
        INDArray predicted = predicted(fast, kind, "r0");
        assertThat(predicted.sub(predicted(slow, kind, "r0")).amaxNumber().doubleValue())
                .isLessThan(1e-4);
        assertThat(predicted.amaxNumber().doubleValue()).isGreaterThan(0.01);
    }

    /** To the bit where both have the graph's step, and to rounding where one has a prepared step. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_sluice_of_one_subspace_is_the_cross_stitch_unit_per_layer(int workers) {
        TrainingPlan plan = TrainingPlan.of(new Adam(0.01)).withSeed(4);
        for (Kind kind : Kind.values()) {
            double tolerance = kind == Kind.VECTORS ? 1e-5 : 0;
            Dl4jModel stitch = trained(kind, CrossStitchUnit.perLayer().withLearningRateFactor(3), 2, plan, workers);
            Dl4jModel sluice = trained(kind, SluiceUnit.of(1).withLearningRateFactor(3), 2, plan, workers);
            for (String task : List.of("r0", "r1")) {
                INDArray difference = predicted(sluice, kind, task).sub(predicted(stitch, kind, task));
                assertThat(difference.amaxNumber().doubleValue())
                        .as("%s %s", kind, task)
                        .isLessThanOrEqualTo(tolerance);
            }
            assertThat(sluice.sharing()).hasSameSizeAs(stitch.sharing());
            for (int i = 0; i < stitch.sharing().size(); i++) {
                assertThat(sluice.sharing().get(i).mean())
                        .as("alpha of %s", kind)
                        .isCloseTo(stitch.sharing().get(i).mean(), within(tolerance));
            }
        }
    }

    @Test
    void nddr_starts_as_the_cross_stitch_unit_per_channel() {
        for (Kind kind : Kind.values()) {
            TrainingPlan plan = TrainingPlan.of(new Sgd(0.05)).withSeed(4);
            Dl4jModel stitch = Dl4jModel.create(network(kind, CrossStitchUnit.perChannel(), 3), plan);
            Dl4jModel nddr = Dl4jModel.create(network(kind, NddrUnit.linear(), 3), plan);
            assertThat(predicted(nddr, kind, "r1")
                            .sub(predicted(stitch, kind, "r1"))
                            .amaxNumber()
                            .doubleValue())
                    .as(kind.name())
                    .isLessThan(1e-6);
        }
    }

    /** Its weights rest for an epoch, and the history says so; then they move, and decay pulls them. */
    @Test
    void weights_of_nddr_rest_while_frozen_and_decay() {
        TrainingPlan plan = TrainingPlan.of(new Sgd(0.05)).withL2(0.5).withSeed(4);
        NddrUnit unit = NddrUnit.linear();
        Dl4jModel frozen = trained(Kind.VECTORS, unit.withFrozenEpochs(1), 2, plan, 1);
        assertThat(frozen.history().epochs().get(0).units().get(0).mean()).isEqualTo(0.9, within(1e-6));
        assertThat(frozen.history().epochs().get(1).units().get(0).mean()).isLessThan(0.899);
        Dl4jModel decays = trained(Kind.VECTORS, unit.withLearningRateFactor(0.1), 2, plan, 1);
        Dl4jModel stays = trained(Kind.VECTORS, unit.withLearningRateFactor(0.1).withWeightDecayFactor(0), 2, plan, 1);
        double with = decays.unitParameters("fc1").get("t0/W").getDouble(0, 0);
        double without = stays.unitParameters("fc1").get("t0/W").getDouble(0, 0);
        // four steps of rate 0.005 and decay 0.5 on a weight of about 0.9: (1 - 0.0025)^4
        assertThat(with / without).isEqualTo(Math.pow(1 - 0.0025, 4), within(1e-3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void backpropagation_agrees_with_central_differences(boolean nddr) {
        DataType floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE); // or the check of Deeplearning4j refuses to run
        try {
            SharingUnit unit = nddr ? NddrUnit.linear().withActivation(Activation.TANH) : SluiceUnit.of(2);
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 5, 5))
                    .tower("a", SplitHead.of(Task.regression("r0", 2).withStart(OutputStart.RANDOM)))
                    .tower("b", SplitHead.of(Task.regression("r1", 2).withStart(OutputStart.RANDOM)))
                    .layer("conv", Convolution.of(4, 3).withActivation(Activation.TANH))
                    .stitch(unit)
                    .layer("fc", Dense.of(4).withActivation(Activation.TANH))
                    .stitch(unit)
                    .build();
            Dl4jModel model = Dl4jModel.create(
                    network,
                    TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
            assertThat(GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                            .net(model.graph())
                            .epsilon(1e-5)
                            .maxRelError(1e-5)
                            .minAbsoluteError(1e-8)
                            .inputs(new INDArray[] {draw(1, DataType.DOUBLE, 3, 1, 5, 5)})
                            .labels(labels(2, 3, DataType.DOUBLE))
                            .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                            .exitOnFirstError(false)))
                    .isTrue();
        } finally {
            Nd4j.setDefaultDataTypes(floating, floating);
        }
    }

    /** W_1 = [1, 2], W_2 = [3, -1] of two inputs: W_1ᵀ W_2 = 1, so 0.1 * 1; the gradient of W_1 is 0.2 * 1 * W_2. */
    @Test
    void the_term_between_subspaces_has_the_values_of_its_formula() {
        SubspaceOrthogonality term = new SubspaceOrthogonality(0.1, 2, 2);
        INDArray convolution = Nd4j.createFromArray(1f, 2, 3, -1).reshape('c', 2, 2, 1, 1);
        INDArray dense = Nd4j.createFromArray(1f, 2, 3, -1).reshape('f', 2, 2);
        assertThat(term.score(convolution, 0, 0)).isEqualTo(0.1, within(1e-7));
        assertThat(term.score(dense, 0, 0)).isEqualTo(0.1, within(1e-7));
        INDArray gradient = Nd4j.ones(DataType.FLOAT, 1, 4);
        term.apply(Nd4j.createFromArray(1f, 2, 3, -1).reshape(1, 4), gradient, 0.5, 0, 0);
        assertThat(gradient.toFloatVector()).containsExactly(new float[] {1.6f, 0.8f, 1.2f, 1.4f}, within(1e-6f));
        assertThatThrownBy(() -> new SubspaceOrthogonality(0.1, 3, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("SubspaceOrthogonality: 3 subspaces do not divide 4 outputs");
    }

    /** One step of plain gradient descent with labels that are all missing: only the term moves the weights. */
    @Test
    void the_term_between_subspaces_moves_the_layer_before_the_unit() {
        for (Kind kind : List.of(Kind.VECTORS, Kind.IMAGES)) {
            TrainingPlan plan =
                    TrainingPlan.of(new Sgd(0.5)).withDataType(DataType.DOUBLE).withSeed(4);
            Dl4jModel with = Dl4jModel.create(network(kind, SluiceUnit.of(2).withOrthogonality(0.3), 2), plan);
            Dl4jModel without = Dl4jModel.create(network(kind, SluiceUnit.of(2).withOrthogonality(0), 2), plan);
            String layer = kind == Kind.IMAGES ? "t0/conv2" : "t0/fc1";
            INDArray start = with.graph().getLayer(layer).getParam("W").dup('c');
            assertThat(without.graph().getLayer(layer).getParam("W")).isEqualTo(start);
            INDArray features = draw(7, DataType.DOUBLE, kind.input.batch(6));
            ArrayBatches batches =
                    ArrayBatches.of(features, labels(2, 6, DataType.DOUBLE)).withBatchSize(6);
            with.fit(batches, FitOptions.epochs(1).withWorkers(1));
            without.fit(batches, FitOptions.epochs(1).withWorkers(1));
            INDArray moved = without.graph()
                    .getLayer(layer)
                    .getParam("W")
                    .sub(with.graph().getLayer(layer).getParam("W"));
            INDArray rows = kind == Kind.IMAGES
                    ? start.reshape('c', start.size(0), start.length() / start.size(0))
                    : start.transpose().dup('c');
            long half = rows.size(0) / 2;
            INDArray first =
                    rows.get(NDArrayIndex.interval(0, half), NDArrayIndex.all()).dup('c');
            INDArray second = rows.get(NDArrayIndex.interval(half, 2 * half), NDArrayIndex.all())
                    .dup('c');
            INDArray expected = first.mmul(second.transpose()).mmul(second).mul(0.5 * 2 * 0.3);
            INDArray movedRows = kind == Kind.IMAGES
                    ? moved.dup('c').reshape('c', rows.shape())
                    : moved.transpose().dup('c');
            assertThat(movedRows
                            .get(NDArrayIndex.interval(0, half), NDArrayIndex.all())
                            .dup('c')
                            .sub(expected)
                            .amaxNumber()
                            .doubleValue())
                    .as(kind.name())
                    .isLessThan(1e-12);
            assertThat(with.history().last().score())
                    .isGreaterThan(without.history().last().score());
        }
    }

    private static MultiTaskNetwork mixed(LayerMix mix) {
        return MultiTaskNetwork.builder(Shape.vector(6))
                .tower("a", SplitHead.of(Task.regression("r0", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.regression("r1", 2).withStart(OutputStart.RANDOM)))
                .dense("fc1", 4)
                .stitch(SluiceUnit.of(2))
                .dense("fc2", 4)
                .mixLayers(mix)
                .build();
    }

    /** h_1 behind the unit, h_2 at the end, and the head reads 0.25 h_1 + 0.5 h_2. */
    @Test
    void a_head_reads_the_mix_of_its_tower_s_layers() {
        LayerMix mix = LayerMix.of("fc1", "fc2").startingAt(0.25, 0.5);
        Dl4jModel model =
                Dl4jModel.create(mixed(mix), TrainingPlan.of(new Sgd(0.1)).withSeed(4));
        assertThat(model.network().toString()).contains("mix of layers before each head, from fc1, fc2, [0.25, 0.5]");
        assertThat(MultiTaskNetwork.fromJson(model.network().toJson())).isEqualTo(model.network());
        assertThat(model.network().parameters())
                .isEqualTo(model.graph().params().length());
        INDArray features = draw(9, DataType.FLOAT, 5, 6);
        Map<String, INDArray> activations = model.graph().feedForward(features, false);
        INDArray expected = activations
                .get("b/fc1:stitch")
                .mul(0.25)
                .addi(activations.get("b/fc2").mul(0.5));
        assertThat(activations
                        .get("b/layer-mix:stitch")
                        .sub(expected)
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(1e-6);
        ArrayBatches batches = ArrayBatches.of(draw(7, DataType.FLOAT, 20, 6), labels(2, 20, DataType.FLOAT));
        model.fit(batches, 2);
        assertThat(model.history().last().units())
                .filteredOn(state -> state.quantity().equals("beta"))
                .extracting(state -> state.place() + " " + state.between())
                .containsExactly("layer-mix a ← fc1", "layer-mix a ← fc2", "layer-mix b ← fc1", "layer-mix b ← fc2");
        assertThat(model.unitParameters("layer-mix").get("a/beta").getDouble(0)).isNotCloseTo(0.25, within(1e-5));
    }

    @Test
    void layers_that_cannot_be_mixed_are_refused() {
        assertThatThrownBy(() -> mixed(LayerMix.of("fc1", "fc3")))
                .hasMessage("LayerMix: tower 'a' has no layer 'fc3'; it has [fc1, fc2]");
        assertThatThrownBy(() -> mixed(LayerMix.of("fc2", "fc1")))
                .hasMessage("LayerMix: the last of the mixed layers, 'fc1', is not the last of tower 'a', which is"
                        + " 'fc2'");
        assertThatThrownBy(() -> LayerMix.of("fc1")).hasMessage("LayerMix: a mix is of at least 2 layers, got [fc1]");
        assertThatThrownBy(() -> MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("r0", 2)))
                        .dense("fc1", 4)
                        .dense("fc2", 5)
                        .mixLayers(LayerMix.of("fc1", "fc2"))
                        .build())
                .hasMessage("LayerMix, tower 'a': layers that are mixed have one shape, but 'fc1' makes [4] and 'fc2'"
                        + " makes [5]");
    }

    @Test
    void units_that_do_not_fit_are_refused_with_names() {
        assertThatThrownBy(() -> network(Kind.VECTORS, SluiceUnit.of(4), 2))
                .hasMessage("stitch 'fc1': SluiceUnit: 4 subspaces do not divide the 6 channels of [6]");
        assertThatThrownBy(() -> network(Kind.VECTORS, NddrUnit.standard(), 1))
                .hasMessage("stitch 'fc1': a unit joins at least 2 towers, the network has only [t0]");
        assertThatThrownBy(() -> network(Kind.SEQUENCES, SluiceUnit.of(2), 2))
                .hasMessage("stitch 'tanh': SluiceUnit: tower 't0' has no convolution or fully connected layer that"
                        + " makes the subspaces of 'tanh'; stitch behind one, or give withOrthogonality(0)");
        assertThatThrownBy(() -> MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("r0", 2)))
                        .tower("b", SplitHead.of(Task.regression("r1", 2)))
                        .in("a", tower -> tower.dense("fc", 4))
                        .in("b", tower -> tower.dense("fc", 5))
                        .stitch(NddrUnit.linear())
                        .build())
                .hasMessage("stitch 'fc': the towers differ in shape there ('a' after 'fc': [4], 'b' after 'fc': [5]);"
                        + " towers must agree where they are stitched");
    }
}
