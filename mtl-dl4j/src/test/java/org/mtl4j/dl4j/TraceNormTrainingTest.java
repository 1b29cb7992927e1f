package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.RelatednessState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Trace norms in training: one term for all towers, from equal starts too, and in what is saved. */
class TraceNormTrainingTest {
    private static final int ROWS = 64;

    @TempDir
    private Path directory;

    private static Dl4jModel model(GroupRelatedness function, double strength, boolean equalStart, DataType type) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .tower("c", SplitHead.of(Task.regression("z", 1)))
                        .dense("fc1", 8)
                        .dense("fc2", 5)
                        .regularize(WeightRelatednessRegularizer.over("fc1", "fc2")
                                .withRelatedness(function)
                                .withStrength(strength))
                        .startTowersEqual(equalStart)
                        .build(),
                TrainingPlan.adam(1e-2).withSeed(4).withDataType(type));
    }

    private static ArrayBatches data(DataType type) {
        Random random = new Random(2);
        INDArray x = Nd4j.create(type, ROWS, 6);
        INDArray[] labels = {Nd4j.create(type, ROWS, 1), Nd4j.create(type, ROWS, 1), Nd4j.create(type, ROWS, 1)};
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < 6; column++) {
                x.putScalar(row, column, random.nextGaussian());
            }
            double sum = x.getDouble(row, 0) + x.getDouble(row, 1);
            double difference = x.getDouble(row, 2) - x.getDouble(row, 3);
            labels[0].putScalar(row, 0, Math.tanh(sum));
            labels[1].putScalar(row, 0, Math.tanh(difference));
            labels[2].putScalar(row, 0, Math.tanh(sum + difference));
        }
        return ArrayBatches.of(x, labels).withBatchSize(32);
    }

    /** The singular values of the stack: how many directions the towers' first layers have in common. */
    private static double directions(Dl4jModel model) {
        INDArray rows = Nd4j.vstack(List.of("a", "b", "c").stream()
                .map(tower -> model.graph()
                        .getLayer(tower + "/fc1")
                        .getParam("W")
                        .dup('c')
                        .reshape(1, 48))
                .toArray(INDArray[]::new));
        INDArray products = rows.mmul(rows.transpose());
        double squares = products.mul(products).sumNumber().doubleValue();
        double trace = products.getDouble(0, 0) + products.getDouble(1, 1) + products.getDouble(2, 2);
        return trace * trace / squares; // 1 where there is one direction, 3 where there are three of one length
    }

    @Test
    void towers_come_to_share_directions_the_more_the_stronger_the_term() {
        double[] found = new double[2];
        for (int i = 0; i < 2; i++) {
            Dl4jModel model = model(GroupRelatedness.traceNorm(), i == 0 ? 0 : 0.1, false, DataType.FLOAT);
            assertThat(directions(model)).isGreaterThan(2.5);
            model.fit(data(DataType.FLOAT), FitOptions.epochs(60));
            found[i] = directions(model);
        }
        assertThat(found[1]).isLessThan(0.8 * found[0]);
    }

    @Test
    void towers_that_start_equal_are_trained_without_a_number_that_is_none() {
        for (GroupRelatedness function : List.of(GroupRelatedness.traceNorm(), GroupRelatedness.tuckerTraceNorm())) {
            Dl4jModel model = model(function, 0.01, true, DataType.FLOAT);
            double norm =
                    model.graph().getLayer("a/fc1").getParam("W").norm2Number().doubleValue();
            if (function.equals(GroupRelatedness.traceNorm())) { // √T ‖vec W‖
                assertThat(model.relatedness().get(0).value()).isCloseTo(Math.sqrt(3) * norm, within(1e-5 * norm));
            }
            model.fit(data(DataType.FLOAT), FitOptions.epochs(3));
            assertThat(model.history().last().score()).isFinite();
            assertThat(model.graph().params().isNaN().any()).isFalse();
            assertThat(model.graph().getLayer("a/fc1").getParam("W"))
                    .isNotEqualTo(model.graph().getLayer("b/fc1").getParam("W"));
        }
    }

    @Test
    void the_history_and_a_saved_model_have_one_state_for_each_layer() throws IOException {
        Dl4jModel model = model(GroupRelatedness.tuckerTraceNorm(), 0.01, false, DataType.FLOAT);
        model.fit(data(DataType.FLOAT), FitOptions.epochs(2));
        assertThat(model.relatedness())
                .extracting(RelatednessState::layer, RelatednessState::towers)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("fc1", List.of("a", "b", "c")),
                        org.assertj.core.groups.Tuple.tuple("fc2", List.of("a", "b", "c")));
        assertThat(model.history().last().ties()).isEqualTo(model.relatedness());
        Path file = directory.resolve("model.zip");
        model.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.relatedness()).isEqualTo(model.relatedness());
        assertThat(loaded.history()).isEqualTo(model.history());
        loaded.fit(data(DataType.FLOAT), FitOptions.epochs(1));
        model.fit(data(DataType.FLOAT), FitOptions.epochs(1));
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
    }

    @Test
    void dividing_a_batch_changes_nothing_but_rounding() {
        Dl4jModel one = model(GroupRelatedness.traceNorm(), 0.05, false, DataType.DOUBLE);
        Dl4jModel two = model(GroupRelatedness.traceNorm(), 0.05, false, DataType.DOUBLE);
        one.fit(data(DataType.DOUBLE), FitOptions.epochs(2).withWorkers(1));
        two.fit(data(DataType.DOUBLE), FitOptions.epochs(2).withWorkers(2));
        // sums of some hundred products in another order, over four steps of Adam
        assertThat(two.graph().params().distance2(one.graph().params())).isLessThan(1e-11);
        assertThat(two.history().last().relatedness())
                .isCloseTo(one.history().last().relatedness(), within(1e-11));
    }

    @Test
    void a_graph_of_somebody_s_own_can_have_the_term_and_keeps_it_in_its_file() throws IOException {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.1))
                .seed(3)
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.feedForward(3))
                .addVertex(
                        "related",
                        new WeightRelatednessVertex(
                                List.of(new WeightTie(List.of("a", "b", "c"))),
                                GroupRelatedness.traceNorm(),
                                0.5,
                                new Sgd(0.1),
                                1),
                        "input")
                .addLayer("a", new DenseLayer.Builder().nOut(2).build(), "related")
                .addLayer("b", new DenseLayer.Builder().nOut(2).build(), "related")
                .addLayer("c", new DenseLayer.Builder().nOut(2).build(), "related")
                .addLayer(
                        "out",
                        new OutputLayer.Builder()
                                .nOut(1)
                                .activation(org.nd4j.linalg.activations.Activation.IDENTITY)
                                .lossFunction(org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction.MSE)
                                .build(),
                        "a",
                        "b",
                        "c")
                .setOutputs("out")
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        graph.fit(new INDArray[] {Nd4j.ones(4, 3)}, new INDArray[] {Nd4j.ones(4, 1)});
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ModelSerializer.writeModel(graph, out, true);
        ComputationGraph restored =
                ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(out.toByteArray()), true);
        assertThat(restored.getConfiguration()).isEqualTo(graph.getConfiguration());
        assertThat(restored.params()).isEqualTo(graph.params());
        // ties as they were written before there were more than two layers
        assertThat(new ObjectMapper().readValue("{\"first\":\"a\",\"second\":\"b\"}", WeightTie.class))
                .isEqualTo(new WeightTie("a", "b"));
        assertThatThrownBy(() -> new WeightTie(List.of("a", "b", "a")))
                .hasMessage("WeightTie: a layer comes twice in" + " [a, b, a]");
        assertThatThrownBy(() -> new WeightRelatednessVertex(
                        List.of(new WeightTie(List.of("a", "b", "c"))), Relatedness.l2(), 1, new Sgd(), 1))
                .hasMessage("WeightRelatednessVertex: 'l2' is for two layers, and a tie has [a, b, c]");
    }
}
