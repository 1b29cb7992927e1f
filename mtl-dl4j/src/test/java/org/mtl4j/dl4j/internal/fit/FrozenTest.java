package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.dl4j.testing.WorkersHere;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
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
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** What is frozen keeps its bits, by every updater; what is let go again moves. */
class FrozenTest {
    private static final List<String> UNITS = List.of("a/fc:stitch", "b/fc:stitch");

    static Stream<IUpdater> withRate() {
        return Stream.of(
                new Sgd(0.01),
                new Nesterovs(0.01, 0.9),
                new Adam(0.01),
                new AMSGrad(0.01),
                new AdaMax(0.01),
                new RmsProp(0.01),
                new Nadam(0.01));
    }

    static Stream<IUpdater> all() { // a copy of AdaGrad has lost its schedule, in Deeplearning4j
        return Stream.concat(withRate(), Stream.of(new AdaGrad(0.01), new AdaDelta(), new NoOp()));
    }

    private static INDArray numbers(int rows, int columns, double scale) {
        INDArray numbers = Nd4j.create(DataType.FLOAT, rows, columns);
        for (int i = 0; i < numbers.length(); i++) {
            numbers.putScalar(i, scale * Math.sin(i + 1.0));
        }
        return numbers;
    }

    private static MultiDataSet batch(int rows) {
        INDArray x = numbers(rows, 3, 1);
        return new MultiDataSet(new INDArray[] {x}, new INDArray[] {x.sum(true, 1), numbers(rows, 1, 0.5)});
    }

    private static ListBatches data() {
        return ListBatches.of(List.of(batch(16), batch(18)));
    }

    private static MultiTaskNetwork network(CrossStitchUnit unit) {
        return MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .tower("b", SplitHead.of(Task.regression("z", 1)))
                .dense("fc", 4)
                .stitch(unit)
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withLearningRateFactor(0)
                        .withStrength(1e-2))
                .build();
    }

    private static TrainingPlan plan(IUpdater updater) {
        return TrainingPlan.of(updater).withL2(1e-2).withGradientClipping(0.5);
    }

    private static Map<String, INDArray> parameters(ComputationGraph graph) {
        Map<String, INDArray> parameters = new TreeMap<>();
        for (GraphVertex vertex : graph.getVertices()) {
            if (vertex.numParams() > 0) {
                parameters.put(vertex.getVertexName(), vertex.params().dup());
            }
        }
        return parameters;
    }

    private static List<String> moved(ComputationGraph graph, Map<String, INDArray> before) {
        List<String> moved = new ArrayList<>();
        parameters(graph).forEach((vertex, now) -> {
            if (!now.equalsWithEps(before.get(vertex), 0)) {
                moved.add(vertex);
            }
        });
        return moved;
    }

    @ParameterizedTest
    @MethodSource("all")
    void units_and_coefficients_keep_their_bits(IUpdater updater) {
        for (int workers : new int[] {1, 2}) {
            Dl4jModel model =
                    Dl4jModel.create(network(CrossStitchUnit.perChannel().withFrozenEpochs(2)), plan(updater));
            Map<String, INDArray> before = parameters(model.graph());
            FitOptions options = FitOptions.epochs(2).withWorkers(workers).withParameterAveraging(0.5);
            model.fit(data(), options);
            assertThat(moved(model.graph(), before)).containsExactly("a/fc", "b/fc", "y", "z");
            model.fit(data(), FitOptions.epochs(1).withWorkers(workers));
            assertThat(moved(model.graph(), before)).containsAll(UNITS).doesNotContain("relatedness");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_unit_of_a_hand_written_graph_keeps_its_bits(IUpdater updater) {
        var builder = new NeuralNetConfiguration.Builder()
                .updater(updater.clone())
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(3))
                .addLayer("a", new DenseLayer.Builder().nOut(4).build(), "in")
                .addLayer("b", new DenseLayer.Builder().nOut(4).build(), "in");
        CrossStitchUnit unit = CrossStitchUnit.perChannel().withLearningRateFactor(0);
        List<String> mixed = CrossStitchVertex.join(builder, "unit", unit, updater, "a", "b");
        ComputationGraph graph = new ComputationGraph(builder.addLayer("y", output(), mixed.get(0))
                .addLayer("z", output(), mixed.get(1))
                .setOutputs("y", "z")
                .build());
        graph.init();
        Map<String, INDArray> before = parameters(graph);
        graph.fit(batch(16));
        graph.fit(batch(16));
        assertThat(moved(graph, before)).containsExactly("a", "b", "y", "z");
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .activation(Activation.IDENTITY)
                .nOut(1)
                .build();
    }

    @ParameterizedTest
    @MethodSource("withRate")
    void nothing_moves_at_a_rate_of_zero_and_all_does_afterwards(IUpdater updater) {
        for (int workers : new int[] {1, 2}) {
            TrainingPlan plan = plan(updater)
                    .withSchedule(new MapSchedule.Builder(ScheduleType.EPOCH)
                            .add(0, 0.01)
                            .add(1, 0.0)
                            .add(3, 0.01)
                            .build());
            Dl4jModel model = Dl4jModel.create(network(CrossStitchUnit.perLayer()), plan);
            FitOptions options = FitOptions.epochs(1).withWorkers(workers);
            model.fit(data(), options);
            Map<String, INDArray> before = parameters(model.graph());
            model.fit(data(), options.withEpochs(2));
            assertThat(moved(model.graph(), before)).isEmpty();
            assertThat(model.history().last().learningRate()).isZero();
            model.fit(data(), options);
            assertThat(moved(model.graph(), before))
                    .containsExactly("a/fc", UNITS.get(0), "b/fc", UNITS.get(1), "y", "z");
        }
    }

    @Test
    void a_layer_whose_rate_was_set_to_zero_keeps_its_bits() {
        Dl4jModel model = Dl4jModel.create(network(CrossStitchUnit.perLayer()), TrainingPlan.adam(0.01));
        model.fit(data(), 1);
        model.graph().setLearningRate("a/fc", 0);
        Map<String, INDArray> before = parameters(model.graph());
        model.fit(data(), 2);
        assertThat(moved(model.graph(), before)).contains("b/fc").doesNotContain("a/fc");
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void frozen_layers_keep_their_bits(int workers) {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .tower("b", SplitHead.of(Task.regression("z", 1)))
                .layer(
                        "frozen",
                        Dl4jLayer.of(new FrozenLayer(
                                new DenseLayer.Builder().nOut(4).l2(0.1).build())))
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perLayer())
                .dense("later", 4)
                .build();
        Dl4jModel model = Dl4jModel.create(network, plan(new Adam(0.01)));
        model.graph().getVertex("a/fc").setLayerAsFrozen();
        Map<String, INDArray> before = parameters(model.graph());
        model.fit(data(), FitOptions.epochs(2).withWorkers(workers).withParameterAveraging(0.5));
        assertThat(moved(model.graph(), before))
                .containsExactly(UNITS.get(0), "a/later", "b/fc", UNITS.get(1), "b/later", "y", "z");
    }

    @Test
    void the_mean_over_workers_is_no_move() {
        Dl4jModel model = Dl4jModel.create(
                network(CrossStitchUnit.perChannel(0.7).withLearningRateFactor(0)), plan(new Adam(0.01)));
        Map<String, INDArray> before = parameters(model.graph());
        List<TrainingShard> shards = IntStream.of(7, 11, 13) // weights that do not add up to 1
                .mapToObj(size -> TrainingShard.of(List.of(batch(size), batch(size))))
                .toList();
        model.fit(new WorkersHere(model, shards), Averaging.parameters(2), FitOptions.epochs(3));
        assertThat(moved(model.graph(), before)).containsExactly("a/fc", "b/fc", "y", "z");
    }

    @Test
    void an_updater_without_a_rate_has_no_half_of_it() {
        MultiTaskNetwork network = network(CrossStitchUnit.perLayer().withLearningRateFactor(0.5));
        assertThatThrownBy(() -> Dl4jModel.create(network, TrainingPlan.of(new AdaDelta())))
                .hasMessageContaining("AdaDelta has no learning rate, so none can be scaled by 0.5");
    }
}
