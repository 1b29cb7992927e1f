package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

/**
 * Batches that are divided among threads, each part normalised by the statistics of the whole, and with what is dropped
 * there.
 */
class DividedBatchTest {
    private static final Shape IMAGE = Shape.image(2, 8, 8);

    /** Networks with statistics of batches, in each of the ways that these are computed. */
    private enum Kind {
        IMAGES(IMAGE) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.layer("conv", Convolution.of(4, 3).withActivation(Activation.IDENTITY))
                        .layer("norm", BatchNormalization.standard())
                        .layer("tanh", new Activate(Activation.TANH))
                        .stitch(CrossStitchUnit.perChannel())
                        .layer(
                                "block",
                                Residual.of(
                                        new NamedLayer(
                                                "conv",
                                                Convolution.of(4, 3)
                                                        .withActivation(Activation.IDENTITY)
                                                        .withPadding(Padding.SAME)),
                                        new NamedLayer("norm", new BatchNormalization(0.7, 1e-3))))
                        .regularize(WeightRelatednessRegularizer.over("conv").withStrength(1e-2));
            }
        },
        RECTIFIED_IMAGES(IMAGE) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.layer("conv", Convolution.of(4, 3).withActivation(Activation.IDENTITY))
                        .layer("norm", BatchNormalization.standard())
                        .layer("relu", new Activate(Activation.RELU))
                        .dense("fc", 5);
            }
        },
        VECTORS(Shape.vector(6)) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.dense("fc", 8)
                        .layer("norm", BatchNormalization.standard())
                        .dense("fc2", 5)
                        .layer("norm2", BatchNormalization.standard());
            }
        },
        DROPOUT(Shape.vector(6)) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.dropout(0.2)
                        .dense("fc", 8)
                        .dropout(0.4)
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc2", 5)
                        .dropout(0.3);
            }
        },
        DROPOUT_OF_IMAGES(IMAGE) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.layer("conv", Convolution.of(5, 3).withActivation(Activation.TANH))
                        .dropout(0.3)
                        .layer("norm", BatchNormalization.standard())
                        .layer("relu", new Activate(Activation.RELU))
                        .maxPool(2)
                        .dropout(0.5);
            }
        },
        NDDR_OF_IMAGES(IMAGE) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.layer("conv", Convolution.of(4, 3).withActivation(Activation.TANH))
                        .stitch(NddrUnit.standard());
            }
        },
        NDDR_OF_VECTORS(Shape.vector(6)) {
            @Override
            NetworkBuilder layers(NetworkBuilder towers) {
                return towers.dense("fc", 5).stitch(NddrUnit.standard().withActivation(Activation.TANH));
            }
        };

        private final Shape input;

        Kind(Shape input) {
            this.input = input;
        }

        abstract NetworkBuilder layers(NetworkBuilder towers);

        MultiTaskNetwork network() {
            return layers(MultiTaskNetwork.builder(input)
                            .tower(
                                    "a",
                                    SplitHead.of(Task.regression("points", 3).withWeight(4)))
                            .tower("b", SplitHead.of(Task.classification("kind", 2))))
                    .build();
        }

        /** Batches of these sizes; in every third example no label of the first task. */
        ListBatches batches(DataType type, int... sizes) {
            MultiDataSet[] batches = new MultiDataSet[sizes.length];
            for (int i = 0; i < sizes.length; i++) {
                Random random = new Random(10 + i);
                int n = sizes[i];
                INDArray x = Nd4j.createFromArray(random.doubles(n * (long) input.elements(), -1, 2)
                                .toArray())
                        .reshape(input.batch(n))
                        .castTo(type);
                INDArray points = Nd4j.createFromArray(
                                random.doubles(n * 3L, -1, 1).toArray())
                        .reshape(n, 3)
                        .castTo(type);
                INDArray kinds = Nd4j.zeros(type, n, 2);
                INDArray mask = Nd4j.ones(type, n, 1);
                for (int row = 0; row < n; row++) {
                    kinds.putScalar(row, random.nextInt(2), 1);
                    mask.putScalar(row, 0, row % 3 == 1 ? 0 : 1);
                }
                batches[i] = new MultiDataSet(
                        new INDArray[] {x}, new INDArray[] {points, kinds}, null, new INDArray[] {mask, null});
            }
            return ListBatches.of(List.of(batches));
        }
    }

    private static TrainingPlan plan(DataType type) {
        return TrainingPlan.of(new Sgd(0.05)).withDataType(type).withSeed(5);
    }

    private static Dl4jModel trained(
            Kind kind, TrainingPlan plan, int epochs, UnaryOperator<FitOptions> options, int... sizes) {
        Dl4jModel model = Dl4jModel.create(kind.network(), plan);
        model.fit(kind.batches(plan.dataType(), sizes), options.apply(FitOptions.epochs(epochs)));
        return model;
    }

    private static INDArray parameters(Dl4jModel model) {
        return model.graph().params();
    }

    private static Dl4jModel trained(Kind kind, DataType type, int epochs, int workers, int... sizes) {
        return trained(kind, plan(type), epochs, options -> options.withWorkers(workers), sizes);
    }

    @ParameterizedTest
    @EnumSource
    void a_step_is_the_same_on_any_number_of_threads_and_running_statistics_too(Kind kind) {
        Dl4jModel one = trained(kind, DataType.DOUBLE, 1, 1, 50);
        for (int workers : new int[] {2, 3}) { // parts of 25 and 25, and of 16, 17 and 17
            Dl4jModel many = trained(kind, DataType.DOUBLE, 1, workers, 50);
            assertThat(Closeness.difference(parameters(many), parameters(one)))
                    .as("%d threads", workers)
                    .isLessThan(1e-10);
            assertThat(many.graph().score()).isCloseTo(one.graph().score(), within(1e-10));
        }
        INDArray before = parameters(Dl4jModel.create(kind.network(), plan(DataType.DOUBLE)));
        assertThat(Closeness.difference(parameters(one), before)).isGreaterThan(0.01);
    }

    @ParameterizedTest
    @EnumSource
    void a_run_is_the_same_with_batches_too_small_to_be_divided_in_between(Kind kind) {
        int[] sizes = {64, 51, 5};
        Dl4jModel one = trained(kind, DataType.DOUBLE, 3, 1, sizes);
        Dl4jModel many = trained(kind, DataType.DOUBLE, 3, 3, sizes);
        // roundings of 1e-16 in sums of some thousand numbers, over nine steps that do not shrink them
        assertThat(Closeness.difference(parameters(many), parameters(one))).isLessThan(1e-9);
        for (int epoch = 0; epoch < 3; epoch++) {
            Map<String, Double> losses = one.history().epochs().get(epoch).trainingLoss();
            many.history().epochs().get(epoch).trainingLoss().forEach((task, loss) -> assertThat(loss)
                    .isCloseTo(losses.get(task), within(1e-9)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void single_precision_is_the_same_to_rounding_and_in_each_run_to_the_bit(Kind kind) {
        Dl4jModel one = trained(kind, DataType.FLOAT, 1, 1, 64, 40);
        Dl4jModel two = trained(kind, DataType.FLOAT, 1, 2, 64, 40);
        // sums over 40 * 36 numbers of order 1, in another order: √1440 u is 2e-6, in two steps
        assertThat(Closeness.difference(parameters(two), parameters(one))).isLessThan(2e-5);
        assertThat(parameters(trained(kind, DataType.FLOAT, 1, 2, 64, 40))).isEqualTo(parameters(two));
    }

    /** Steps of SGD against differences of the loss of the whole batch, for every parameter that has a gradient. */
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"IMAGES", "VECTORS", "DROPOUT", "NDDR_OF_VECTORS"})
    void gradients_of_two_parts_are_those_of_the_whole_batch(Kind kind) {
        TrainingPlan plan =
                TrainingPlan.of(new Sgd(1)).withDataType(DataType.DOUBLE).withSeed(7);
        ListBatches data = kind.batches(DataType.DOUBLE, 18);
        Dl4jModel model = randomlyStarted(kind, plan);
        ComputationGraph graph = model.graph();
        INDArray start = graph.params().dup();
        model.fit(data, FitOptions.epochs(1).withWorkers(2));
        INDArray step = start.sub(graph.params());
        graph.params().assign(start);
        data.reset();
        MultiDataSet batch = (MultiDataSet) data.next();
        StepDraws.begin(graph, 0, 0); // what the step has dropped, of the whole batch
        double size = 1e-5;
        boolean[] statistics = statistics(graph);
        INDArray all = graph.params().reshape(graph.params().length());
        INDArray found = step.reshape(step.length());
        int checked = 0;
        for (int i = 0; i < statistics.length; i++) {
            if (statistics[i]) {
                continue;
            }
            double value = all.getDouble(i);
            all.putScalar(i, value + size);
            double above = graph.score(batch, true);
            all.putScalar(i, value - size);
            double below = graph.score(batch, true);
            all.putScalar(i, value);
            double numeric = (above - below) / (2 * size);
            // a score of about 10 is rounded by 1e-15, which 2e-5 divides; third derivatives times 1e-10
            assertThat(found.getDouble(i))
                    .as("number %d", i)
                    .isCloseTo(numeric, within(1e-7 + 1e-6 * Math.abs(numeric)));
            checked++;
        }
        StepDraws.end(graph);
        assertThat(checked).isGreaterThan(80);
    }

    /** Where no gradient stands, but what a running estimate is lowered by. */
    private static boolean[] statistics(ComputationGraph graph) {
        boolean[] found = new boolean[Math.toIntExact(graph.params().length())];
        for (GraphVertex vertex : graph.getVertices()) {
            if (vertex.numParams() > 0) {
                vertex.paramTable(false).forEach((name, view) -> {
                    int from = Math.toIntExact(view.offset() - graph.params().offset());
                    if (!vertex.updaterDivideByMinibatch(name)) {
                        Arrays.fill(found, from, from + Math.toIntExact(view.length()), true);
                    }
                });
            }
        }
        return found;
    }

    private static Dl4jModel randomlyStarted(Kind kind, TrainingPlan plan) {
        return Dl4jModel.create(
                kind.layers(MultiTaskNetwork.builder(kind.input)
                                .tower(
                                        "a",
                                        SplitHead.of(Task.regression("points", 3)
                                                .withWeight(4)
                                                .withStart(OutputStart.RANDOM)))
                                .tower(
                                        "b",
                                        SplitHead.of(
                                                Task.classification("kind", 2).withStart(OutputStart.RANDOM))))
                        .build(),
                plan);
    }

    @ParameterizedTest
    @CsvSource({"IMAGES,2", "IMAGES,3", "NDDR_OF_VECTORS,2", "DROPOUT,2"})
    void balances_of_several_passes_meet_in_each(Kind kind, int workers) {
        INDArray[] found = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            int threads = i == 0 ? 1 : workers;
            found[i] = parameters(trained(
                    kind,
                    plan(DataType.DOUBLE),
                    2,
                    options -> options.withWorkers(threads).withGradientBalance(GradientBalance.imtlG()),
                    50,
                    40));
        }
        assertThat(Closeness.difference(found[1], found[0])).isLessThan(1e-9);
    }

    @ParameterizedTest
    @CsvSource({"VECTORS,famo", "VECTORS,uncertainty", "DROPOUT,famo"})
    void weights_that_are_decided_in_the_middle_of_a_step_meet_too(Kind kind, String rule) {
        INDArray[] found = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            int threads = 1 + i;
            found[i] = parameters(trained(
                    kind,
                    plan(DataType.DOUBLE),
                    2,
                    options -> options.withWorkers(threads)
                            .withStepWeighting(
                                    rule.equals("famo") ? StepWeighting.famo() : StepWeighting.uncertainty()),
                    50,
                    40));
        }
        assertThat(Closeness.difference(found[1], found[0])).isLessThan(1e-9);
    }

    @Test
    void held_layers_go_on_normalising_by_the_whole_batch() {
        INDArray[] found = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            int threads = 1 + i;
            found[i] = parameters(trained(
                    Kind.VECTORS,
                    plan(DataType.DOUBLE).withHeld(HeldPart.layer("a", "norm")),
                    1,
                    options -> options.withWorkers(threads),
                    50));
        }
        assertThat(Closeness.difference(found[1], found[0])).isLessThan(1e-10);
    }

    @Test
    void networks_with_batch_normalisation_and_dropout_are_divided_by_default() {
        for (Kind kind : Kind.values()) {
            assertThat(Replicas.mayDivideTraining(kind.network()))
                    .as("%s", kind)
                    .isTrue();
        }
        Dl4jModel model = trained(Kind.VECTORS, plan(DataType.FLOAT), 1, UnaryOperator.identity(), 64);
        Dl4jModel plain = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("points", 3)))
                        .tower("b", SplitHead.of(Task.classification("kind", 2)))
                        .dense("fc", 8)
                        .build(),
                plan(DataType.FLOAT));
        plain.fit(Kind.VECTORS.batches(DataType.FLOAT, 64), FitOptions.epochs(1));
        assertThat(workers(model)).isEqualTo(workers(plain)).contains("chosen by the model");
    }

    private static String workers(Dl4jModel model) {
        TrainingEvent start = model.history().events().get(0);
        String text = start.text().substring(start.text().indexOf("workers "));
        return text.substring(0, text.indexOf(','));
    }

    /** A loss that fails at the sight of one label. */
    public static final class Failing extends LossMSE {
        private static final long serialVersionUID = 1L;

        @Override
        public INDArray computeGradient(
                INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask) {
            requireFine(labels);
            return super.computeGradient(labels, preOutput, activation, mask);
        }

        @Override
        public Pair<Double, INDArray> computeGradientAndScore(
                INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask, boolean average) {
            requireFine(labels);
            return super.computeGradientAndScore(labels, preOutput, activation, mask, average);
        }

        private static void requireFine(INDArray labels) {
            if (labels.maxNumber().doubleValue() > 900) {
                throw new UnsupportedOperationException("a label of 1000");
            }
        }
    }

    private static Dl4jModel picky() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(6))
                        .tower(
                                "a",
                                SplitHead.of(Task.regression("points", 3)
                                        .withLoss(new Failing())
                                        .withStart(OutputStart.RANDOM)))
                        .tower("b", SplitHead.of(Task.classification("kind", 2).withStart(OutputStart.RANDOM)))
                        .dense("fc", 8)
                        .layer("norm", BatchNormalization.standard())
                        .build(),
                plan(DataType.DOUBLE));
    }

    @ParameterizedTest(name = "the example that fails is number {0}")
    @ValueSource(ints = {0, 30, 59})
    void a_part_that_fails_fails_the_step_and_leaves_the_model_as_it_was(int bad) {
        Dl4jModel model = picky();
        INDArray start = parameters(model).dup();
        ListBatches data = Kind.VECTORS.batches(DataType.DOUBLE, 60);
        INDArray labels = data.next().getLabels(0).dup();
        INDArray others = labels.dup();
        labels.putScalar(bad, 1, 1000);
        INDArray features = data(60);
        ListBatches broken = ListBatches.of(
                List.of(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels, kinds(60)})));
        assertThatThrownBy(() -> model.fit(broken, FitOptions.epochs(1).withWorkers(3)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("a label of 1000");
        assertThat(parameters(model)).isEqualTo(start);
        ListBatches good = ListBatches.of(
                List.of(new MultiDataSet(new INDArray[] {features}, new INDArray[] {others, kinds(60)})));
        model.fit(good, FitOptions.epochs(1).withWorkers(3));
        Dl4jModel fresh = picky();
        fresh.fit(good, FitOptions.epochs(1).withWorkers(3));
        assertThat(parameters(model)).isEqualTo(parameters(fresh)).isNotEqualTo(start);
    }

    private static INDArray data(int rows) {
        return Nd4j.createFromArray(new Random(3).doubles(rows * 6L, -1, 1).toArray())
                .reshape(rows, 6);
    }

    private static INDArray kinds(int rows) {
        INDArray kinds = Nd4j.zeros(DataType.DOUBLE, rows, 2);
        for (int row = 0; row < rows; row++) {
            kinds.putScalar(row, row % 2, 1);
        }
        return kinds;
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"IMAGES", "DROPOUT"})
    void a_run_that_is_cut_off_ends_with_the_same_bits(Kind kind, @TempDir Path directory) {
        UnaryOperator<FitOptions> whole =
                options -> options.withWorkers(2).withCheckpoints(Checkpoints.in(directory.resolve("whole")));
        INDArray expected = parameters(trained(kind, plan(DataType.FLOAT), 4, whole, 64, 40));
        UnaryOperator<FitOptions> cut =
                options -> options.withWorkers(2).withCheckpoints(Checkpoints.in(directory.resolve("cut")));
        assertThatThrownBy(() -> trained(
                        kind,
                        plan(DataType.FLOAT),
                        4,
                        options -> cut.apply(options).withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(EpochResult result) {
                                if (result.epoch() == 2) {
                                    throw new IllegalStateException("cut off");
                                }
                            }
                        }),
                        64,
                        40))
                .hasMessage("cut off");
        Dl4jModel resumed = trained(kind, plan(DataType.FLOAT), 4, cut, 64, 40);
        assertThat(resumed.history().epochs()).hasSize(4);
        assertThat(parameters(resumed)).isEqualTo(expected);
    }
}
