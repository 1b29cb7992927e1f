package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.layer.DSelectGateLayer;
import org.mtl4j.dl4j.layer.ExpertDenseLayer;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.dl4j.testing.Golden;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Experts, gates and branches in graphs that somebody wrote with Deeplearning4j. */
class ExpertsTest {
    @TempDir
    private Path directory;

    static Stream<JsonNode> mixtures() {
        return StreamSupport.stream(Golden.read("experts.json").get("mixtures").spliterator(), false);
    }

    private static GraphBuilder settings(DataType type, InputType input) {
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(new NoOp())
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(input);
    }

    private static DenseLayer dense(int units, Activation activation) {
        return new DenseLayer.Builder().nOut(units).activation(activation).build();
    }

    private static OutputLayer output(int size) {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nOut(size)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static ComputationGraph built(GraphBuilder graph) {
        ComputationGraph built = new ComputationGraph(graph.build());
        built.init();
        return built;
    }

    /** The mixture is the graph's output, so that its gradient can be given. */
    @ParameterizedTest
    @MethodSource("mixtures")
    void outputs_and_gradients_are_those_of_numpy(JsonNode given) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT, DataType.HALF}) {
            double allowed =
                    switch (type) { // sums of at most 20 products of order 1
                        case DOUBLE -> 1e-13;
                        case FLOAT -> 2e-5;
                        default -> 0.05;
                    };
            int experts = given.get("experts").asInt();
            INDArray x = Golden.array(given.get("x")).castTo(type);
            INDArray w1 = Golden.array(given.get("w1"));
            INDArray w2 = Golden.array(given.get("w2"));
            ComputationGraph graph = built(new NeuralNetConfiguration.Builder()
                    .dataType(type)
                    .updater(new NoOp())
                    .graphBuilder()
                    .addInputs("input", "gate")
                    .setInputTypes(InputType.feedForward(x.size(1)), InputType.feedForward(experts))
                    .addLayer(
                            "first",
                            ExpertDenseLayer.first(experts, dense((int) w1.size(1) / experts, Activation.TANH)),
                            "input")
                    .addLayer(
                            "next",
                            ExpertDenseLayer.next(experts, dense((int) w2.size(1) / experts, Activation.TANH)),
                            "first")
                    .addVertex("mix", MixtureVertex.softmax(experts), "gate", "next")
                    .addLayer(
                            "out",
                            new ActivationLayer.Builder()
                                    .activation(Activation.IDENTITY)
                                    .build(),
                            "mix")
                    .setOutputs("out"));
            graph.getLayer("first").setParam("W", w1.castTo(type));
            graph.getLayer("first").setParam("b", Golden.array(given.get("b1")).castTo(type));
            graph.getLayer("next").setParam("W", w2.castTo(type));
            graph.getLayer("next").setParam("b", Golden.array(given.get("b2")).castTo(type));
            INDArray gate = Golden.array(given.get("logits")).castTo(type);
            Map<String, INDArray> activations = graph.feedForward(new INDArray[] {x, gate}, true, false);
            assertClose(activations.get("next"), given.get("y"), allowed);
            assertClose(activations.get("mix"), given.get("out"), allowed);
            var gradients =
                    graph.backpropGradient(Golden.array(given.get("epsilon")).castTo(type));
            assertClose(gradients.getGradientFor("first_W"), given.get("gradW1"), 20 * allowed);
            assertClose(gradients.getGradientFor("first_b"), given.get("gradB1"), 20 * allowed);
            assertClose(gradients.getGradientFor("next_W"), given.get("gradW2"), 20 * allowed);
            assertClose(gradients.getGradientFor("next_b"), given.get("gradB2"), 20 * allowed);
        }
    }

    private static void assertClose(INDArray found, JsonNode expected, double allowed) {
        assertThat(Golden.difference(found.castTo(DataType.DOUBLE), Golden.array(expected)))
                .isLessThan(allowed);
    }

    /** In double precision all that has parameters: experts of two banks, softmax and DSelect-k gates, maps. */
    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void backpropagation_agrees_with_central_differences(int experts) {
        DataType floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        try {
            ComputationGraph graph = built(settings(DataType.DOUBLE, InputType.feedForward(3))
                    .addLayer("e1", ExpertDenseLayer.first(experts, dense(4, Activation.TANH)), "input")
                    .addLayer("e2", ExpertDenseLayer.next(experts, dense(3, Activation.SIGMOID)), "e1")
                    .addLayer("own", dense(3, Activation.TANH), "input")
                    .addLayer("gateA", dense(experts + 1, Activation.IDENTITY), "input")
                    .addLayer("gateB", new DSelectGateLayer(experts, 2, 1, 0.2, true), "input")
                    .addLayer("gateC", new DSelectGateLayer(experts, 1, 2, 0.1, false), "input")
                    .addVertex("mixA", MixtureVertex.softmax(experts, 1), "gateA", "e2", "own")
                    .addVertex("mixB", MixtureVertex.weighted(experts), "gateB", "e2")
                    .addVertex("mixC", MixtureVertex.weighted(experts), "gateC", "e2")
                    .addLayer("x", output(2), "mixA")
                    .addLayer("y", output(1), "mixB")
                    .addLayer("z", output(1), "mixC")
                    .setOutputs("x", "y", "z"));
            Random random = new Random(2);
            INDArray move = Nd4j.createFromArray(
                            random.doubles(graph.params().length(), -0.2, 0.2).toArray())
                    .reshape(graph.params().shape());
            graph.params().addi(move); // inside of the smooth steps
            boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                    .net(graph)
                    .epsilon(1e-5)
                    .maxRelError(1e-5)
                    .minAbsoluteError(1e-8)
                    .inputs(new INDArray[] {matrix(random, 4, 3)})
                    .labels(new INDArray[] {matrix(random, 4, 2), matrix(random, 4, 1), matrix(random, 4, 1)})
                    .excludeParams(Set.of("mixA_share", "mixB_share", "mixC_share"))
                    .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                    .exitOnFirstError(false));
            assertThat(passed).isTrue();
        } finally {
            Nd4j.setDefaultDataTypes(floating, floating);
        }
    }

    @Test
    void backpropagation_agrees_where_experts_are_convolutions() {
        DataType floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        try {
            // in topological order: the check takes the names of parameters in the order in which they are added
            GraphBuilder graph = settings(DataType.DOUBLE, InputType.convolutional(4, 5, 2))
                    .addLayer("gate", dense(2, Activation.IDENTITY), "input");
            for (int e = 0; e < 2; e++) {
                graph.addLayer(
                        "c" + e,
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(Activation.TANH)
                                .build(),
                        "input");
            }
            graph.addVertex("mix", MixtureVertex.softmax(1, 1), "gate", "c0", "c1")
                    .addLayer("x", output(2), "mix")
                    .setOutputs("x");
            Random random = new Random(4);
            boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                    .net(built(graph))
                    .epsilon(1e-5)
                    .maxRelError(1e-5)
                    .minAbsoluteError(1e-8)
                    .inputs(new INDArray[] {matrix(random, 3, 40).reshape('c', 3, 2, 4, 5)})
                    .labels(new INDArray[] {matrix(random, 3, 2)})
                    .excludeParams(Set.of("mix_share"))
                    .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                    .exitOnFirstError(false));
            assertThat(passed).isTrue();
        } finally {
            Nd4j.setDefaultDataTypes(floating, floating);
        }
    }

    private static INDArray matrix(Random random, int rows, int columns) {
        return Nd4j.createFromArray(random.doubles((long) rows * columns, -1, 1).toArray())
                .reshape('c', rows, columns);
    }

    /** ReLU has a backward pass of its own in single precision. */
    @ParameterizedTest
    @EnumSource(
            value = Activation.class,
            names = {"RELU", "IDENTITY", "SIGMOID", "ELU"})
    void experts_side_by_side_are_experts_by_themselves(Activation activation) {
        int experts = 3;
        GraphBuilder together = settings(DataType.FLOAT, InputType.feedForward(5))
                .addLayer("e1", ExpertDenseLayer.first(experts, dense(4, activation)), "input")
                .addLayer("e2", ExpertDenseLayer.next(experts, dense(2, activation)), "e1")
                .addLayer("gate", dense(experts, Activation.IDENTITY), "input")
                .addVertex("mix", MixtureVertex.softmax(experts), "gate", "e2")
                .addLayer("x", output(2), "mix")
                .setOutputs("x");
        GraphBuilder apart = settings(DataType.FLOAT, InputType.feedForward(5))
                .addLayer("gate", dense(experts, Activation.IDENTITY), "input")
                .addVertex("mix", MixtureVertex.softmax(1, 1, 1), "gate", "e2-0", "e2-1", "e2-2")
                .addLayer("x", output(2), "mix")
                .setOutputs("x");
        for (int e = 0; e < experts; e++) {
            apart.addLayer("e1-" + e, dense(4, activation), "input")
                    .addLayer("e2-" + e, dense(2, activation), "e1-" + e);
        }
        ComputationGraph one = built(together);
        ComputationGraph many = built(apart);
        for (String layer : new String[] {"gate", "x"}) {
            many.getLayer(layer).setParams(one.getLayer(layer).params().dup());
        }
        for (String layer : new String[] {"e1", "e2"}) {
            int units = layer.equals("e1") ? 4 : 2;
            for (int e = 0; e < experts; e++) {
                many.getLayer(layer + "-" + e)
                        .setParam("W", columns(one.getLayer(layer).getParam("W"), e, units));
            }
        }
        Random random = new Random(6);
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {matrix(random, 40, 5).castTo(DataType.FLOAT)},
                new INDArray[] {matrix(random, 40, 2).castTo(DataType.FLOAT)});
        one.setInputs(batch.getFeatures());
        one.setLabels(batch.getLabels());
        one.computeGradientAndScore();
        many.setInputs(batch.getFeatures());
        many.setLabels(batch.getLabels());
        many.computeGradientAndScore();
        assertThat(one.score()).isCloseTo(many.score(), within(1e-6 * many.score()));
        for (String layer : new String[] {"e1", "e2"}) {
            int units = layer.equals("e1") ? 4 : 2;
            INDArray all = one.gradient().getGradientFor(layer + "_W");
            for (int e = 0; e < experts; e++) {
                INDArray single = many.gradient().getGradientFor(layer + "-" + e + "_W");
                assertThat(Closeness.relative(columns(all, e, units), single)).isLessThan(1e-5);
            }
        }
        assertThat(Closeness.relative(
                        one.gradient().getGradientFor("gate_W"), many.gradient().getGradientFor("gate_W")))
                .isLessThan(1e-5);
    }

    private static INDArray columns(INDArray all, int expert, int units) {
        return all.get(NDArrayIndex.all(), NDArrayIndex.interval(expert * units, (expert + 1) * units))
                .dup();
    }

    /** Each expert's standard deviation is that of a layer with 200 inputs and 50 outputs, not 400. */
    @Test
    void weights_are_drawn_as_for_one_expert() {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .weightInit(org.deeplearning4j.nn.weights.WeightInit.XAVIER)
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.feedForward(200))
                .addLayer("e", ExpertDenseLayer.first(8, dense(50, Activation.RELU)), "input")
                .addLayer("x", output(1), "e")
                .setOutputs("x");
        double deviation = built(graph).getLayer("e").getParam("W").stdNumber().doubleValue();
        assertThat(deviation).isCloseTo(Math.sqrt(2.0 / 250), within(0.01 * Math.sqrt(2.0 / 250))); // of 80,000
    }

    private static ComputationGraph small(DataType type) {
        IUpdater updater = type == DataType.HALF ? new Sgd(0.05) : new Adam(1e-2); // 1e-8 is 0 in half precision
        return built(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(updater)
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.feedForward(3))
                .addLayer("e1", ExpertDenseLayer.first(3, dense(4, Activation.RELU)), "input")
                .addLayer("e2", ExpertDenseLayer.next(3, dense(2, Activation.RELU)), "e1")
                .addLayer("gateA", dense(3, Activation.IDENTITY), "input")
                .addLayer("gateB", new DSelectGateLayer(3, 2, 1, 0.2, true), "input")
                .addVertex("a", MixtureVertex.softmax(3), "gateA", "e2")
                .addVertex("b", MixtureVertex.weighted(3), "gateB", "e2")
                .addVertex("c", new BranchVertex(new double[] {0, 0}, 2, 0.9, 100, updater, 3), "a", "b")
                .addLayer("x", output(1), "c")
                .addLayer("y", output(1), "b")
                .setOutputs("x", "y"));
    }

    private static MultiDataSet batch(DataType type) {
        Random random = new Random(8);
        return new MultiDataSet(new INDArray[] {matrix(random, 16, 3).castTo(type)}, new INDArray[] {
            matrix(random, 16, 1).castTo(type), matrix(random, 16, 1).castTo(type)
        });
    }

    @Test
    void deeplearning4j_saves_and_restores_it_by_itself() throws IOException {
        ComputationGraph graph = small(DataType.FLOAT);
        for (int i = 0; i < 3; i++) {
            graph.fit(batch(DataType.FLOAT));
        }
        Path file = directory.resolve("graph.zip");
        ModelSerializer.writeModel(graph, file.toFile(), true);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(file.toFile(), true);
        assertThat(restored.getConfiguration().getVertices())
                .isEqualTo(graph.getConfiguration().getVertices());
        graph.fit(batch(DataType.FLOAT));
        restored.fit(batch(DataType.FLOAT));
        assertThat(restored.params()).isEqualTo(graph.params());
        assertThat(graph.summary()).contains("e1", "gateB", "MixtureVertex", "BranchVertex");
    }

    @Test
    void a_clone_trains_like_its_original() {
        ComputationGraph graph = small(DataType.FLOAT);
        ComputationGraph clone = graph.clone();
        clone.fit(batch(DataType.FLOAT));
        assertThat(clone.params()).isNotEqualTo(graph.params());
        graph.fit(batch(DataType.FLOAT));
        assertThat(clone.params()).isEqualTo(graph.params());
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void it_learns_in_all_precisions(DataType type) {
        ComputationGraph graph = small(type);
        double before = graph.score(batch(type));
        for (int i = 0; i < 40; i++) {
            graph.fit(batch(type));
        }
        assertThat(graph.score(batch(type))).isLessThan(0.8 * before);
        assertThat(graph.getVertex("a").params().dataType()).isEqualTo(type);
        INDArray share = graph.getVertex("a").params();
        assertThat(share.sumNumber().doubleValue()).isCloseTo(1, within(type == DataType.HALF ? 0.02 : 1e-5));
    }

    /** Gates that never change: after n steps the share is w + (1/E - w) (1 - 1/20)^n. */
    @Test
    void the_share_follows_the_mean_weight() {
        ComputationGraph graph = built(settings(DataType.FLOAT, InputType.feedForward(3))
                .addLayer("e", ExpertDenseLayer.first(2, dense(1, Activation.RELU)), "input")
                .addLayer("gate", dense(2, Activation.IDENTITY), "input")
                .addVertex("mix", MixtureVertex.softmax(2), "gate", "e")
                .addLayer("x", output(1), "mix")
                .setOutputs("x"));
        MultiDataSet batch = new MultiDataSet(Nd4j.rand(7, 3), Nd4j.rand(7, 1));
        for (int n = 1; n <= 5; n++) {
            graph.getLayer("gate").setParam("W", Nd4j.zeros(3, 2)); // what a step changes is put back
            graph.getLayer("gate").setParam("b", Nd4j.createFromArray(new float[] {(float) Math.log(3), 0}));
            graph.fit(batch);
            double expected = 0.75 - 0.25 * Math.pow(0.95, n);
            assertThat(graph.getVertex("mix").params().getDouble(0)).isCloseTo(expected, within(1e-6));
        }
    }

    static Stream<JsonNode> branches() {
        return StreamSupport.stream(Golden.read("experts.json").get("branches").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("branches")
    void the_softmax_of_a_branch_is_that_of_numpy(JsonNode given) {
        double[] soft = BranchVertexImpl.softened(
                numbers(given.get("logits")),
                numbers(given.get("noise")),
                given.get("temperature").asDouble());
        assertThat(soft).containsExactly(numbers(given.get("soft")), within(1e-14));
        double[] gradient = BranchVertexImpl.ofLogits(
                soft, numbers(given.get("ofChoice")), given.get("temperature").asDouble());
        assertThat(gradient).containsExactly(numbers(given.get("gradient")), within(1e-13));
    }

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static ComputationGraph branching(int epochs) {
        return built(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.05))
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.feedForward(3))
                .addLayer("p", dense(4, Activation.TANH), "input")
                .addLayer("q", dense(4, Activation.TANH), "input")
                .addVertex("c", new BranchVertex(new double[] {0, 1}, 1, 0.5, epochs, new Sgd(0.05), 1), "p", "q")
                .addLayer("x", output(1), "c")
                .setOutputs("x"));
    }

    @Test
    void a_branch_draws_while_it_searches_and_then_keeps_to_the_largest_logit() {
        ComputationGraph graph = branching(1);
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {batch(DataType.FLOAT).getFeatures(0)},
                new INDArray[] {batch(DataType.FLOAT).getLabels(0)});
        int first = 0;
        for (int step = 0; step < 200; step++) {
            graph.getConfiguration().setIterationCount(step);
            Map<String, INDArray> all = graph.feedForward(batch.getFeatures(), true, false);
            first += all.get("c").equals(all.get("p")) ? 1 : 0;
            assertThat(graph.feedForward(batch.getFeatures(), false).get("c")).isEqualTo(all.get("q"));
        }
        // the softmax of 0 and 1 gives 0.269, of 200 draws 54 with a deviation of 6
        assertThat(first).isBetween(30, 78);
        INDArray before = graph.getVertex("c").params().dup();
        graph.fit(batch);
        assertThat(graph.getVertex("c").params()).isNotEqualTo(before);
        graph.getConfiguration().setEpochCount(1);
        INDArray fixed = graph.getVertex("c").params().dup();
        graph.fit(batch);
        assertThat(graph.getVertex("c").params()).isEqualTo(fixed);
        assertThat(graph.feedForward(batch.getFeatures(), true, false).get("c"))
                .isEqualTo(graph.feedForward(batch.getFeatures(), false).get("q"));
    }

    @Test
    void what_does_not_fit_is_refused_with_numbers() {
        GraphBuilder graph = settings(DataType.FLOAT, InputType.feedForward(3))
                .addLayer("e", ExpertDenseLayer.first(3, dense(4, Activation.RELU)), "input")
                .addLayer("gate", dense(2, Activation.IDENTITY), "input")
                .addVertex("mix", MixtureVertex.softmax(3), "gate", "e")
                .addLayer("x", output(1), "mix")
                .setOutputs("x");
        assertThatThrownBy(graph::build)
                .hasMessageContaining("the gate of 3 experts must give as many numbers")
                .hasMessageContaining("(2)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MixtureVertex.softmax(new int[0]))
                .withMessageContaining("at least 1 expert");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExpertDenseLayer.first(0, dense(4, Activation.RELU)))
                .withMessage("ExpertDenseLayer: at least 1 expert, got 0");
        assertThatThrownBy(() -> settings(DataType.FLOAT, InputType.feedForward(3))
                        .addLayer("e", ExpertDenseLayer.next(2, dense(4, Activation.RELU)), "input")
                        .addLayer("x", output(1), "e")
                        .setOutputs("x")
                        .build())
                .hasMessageContaining("an input of 3 numbers is not that of 2 experts");
    }
}
