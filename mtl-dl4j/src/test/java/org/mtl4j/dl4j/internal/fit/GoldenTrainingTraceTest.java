package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.testing.Golden;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Activations, gradients and whole training runs against an independent implementation, in double precision. */
@Kernels
class GoldenTrainingTraceTest {
    private static final JsonNode TRACE = Golden.read("training_trace.json");

    /** Sums of some hundred products of numbers of order 1, each rounded to 1e-16. */
    private static final double ROUNDING = 1e-12;

    static Stream<JsonNode> runs() {
        return StreamSupport.stream(TRACE.get("runs").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void losses_and_weights_follow_the_reference(JsonNode run) {
        boolean adam = run.get("optimizer").asText().equals("adam");
        Dl4jModel model =
                model(run.get("relatednessKind").asText(), run.get("lambda").asDouble(), updater(run, adam));
        ComputationGraph graph = model.graph();
        double tolerance = 10 * ROUNDING;
        MultiDataSet data = data();
        for (int step = 0; step < 5; step++) {
            if (adam) {
                moveEpsilonInside(graph, step + 1);
            }
            graph.fit(data);
            JsonNode expected = run.get("losses").get(step);
            assertThat(graph.score())
                    .as("%s, total loss before update %d", run.get("name").asText(), step)
                    .isCloseTo(expected.get("total").asDouble(), within(tolerance));
            assertThat(TaskLoss.of(graph, "mse").value())
                    .as("loss of the first task, without the regularizer")
                    .isCloseTo(expected.get("mse").asDouble(), within(tolerance));
            assertThat(TaskLoss.of(graph, "bce").value() / 4)
                    .as("loss of the second task, per label")
                    .isCloseTo(expected.get("bce").asDouble(), within(tolerance));
        }
        assertThat(graph.score(data, true))
                .isCloseTo(run.get("losses").get(5).get("total").asDouble(), within(tolerance));
        forEachParameter(run.get("finalWeights"), (name, expected) -> assertThat(
                        Golden.difference(parameter(graph, name), expected))
                .as("%s, %s after 5 updates", run.get("name").asText(), name)
                .isLessThan(tolerance));
    }

    @Test
    void gradients_of_the_plain_l2_run_are_the_reference_s() {
        gradientsAgree("l2", TRACE.get("step0GradientsL2"));
    }

    @Test
    void gradients_of_the_exponential_linear_run_are_the_reference_s() {
        gradientsAgree("exp_linear", TRACE.get("step0GradientsExpLinear"));
    }

    private void gradientsAgree(String relatedness, JsonNode expected) {
        // one SGD step at rate 1 moves each parameter by its gradient
        Dl4jModel model = model(relatedness, 0.01, new Sgd(1.0));
        ComputationGraph graph = model.graph();
        Map<String, INDArray> before = new java.util.HashMap<>();
        forEachParameter(
                expected,
                (name, value) -> before.put(name, parameter(graph, name).dup()));
        graph.fit(data());
        forEachParameter(expected, (name, gradient) -> assertThat(
                        Golden.difference(before.get(name).sub(parameter(graph, name)), gradient))
                .as("gradient of %s", name)
                .isLessThan(ROUNDING));
    }

    @Test
    void activations_are_the_reference_s() {
        ComputationGraph graph = model("none", 0, new Sgd(0.05)).graph();
        Map<String, INDArray> activations = graph.feedForward(Golden.array(TRACE.get("input")), false);
        JsonNode expected = TRACE.get("step0Activations");
        Map<String, String> places = Map.of(
                "afterCs1A", "A/pool1:stitch",
                "afterCs1B", "B/pool1:stitch",
                "afterCs2A", "A/pool2:stitch",
                "afterCs2B", "B/pool2:stitch",
                "afterCs3A", "A/dense:stitch",
                "afterCs3B", "B/dense:stitch",
                "headA", "mse");
        places.forEach((name, vertex) -> assertThat(
                        Golden.difference(activations.get(vertex), Golden.array(expected.get(name))))
                .as(name)
                .isLessThan(ROUNDING));
        INDArray probabilities = activations.get("bce");
        INDArray logits = Golden.array(expected.get("headBLogits"));
        INDArray sigmoid = org.nd4j.linalg.ops.transforms.Transforms.sigmoid(logits);
        assertThat(Golden.difference(probabilities, sigmoid)).as("headB").isLessThan(ROUNDING);
    }

    private static IUpdater updater(JsonNode run, boolean adam) {
        double rate = run.get("lr").asDouble();
        return adam ? new Adam(rate, 0.9, 0.999, 1e-8) : new Sgd(rate);
    }

    /**
     * ND4J adds Adam's epsilon to the uncorrected root of the second moment, the reference to the corrected one. Scaled
     * by the correction of this step, the former is the latter.
     */
    private static void moveEpsilonInside(ComputationGraph graph, int step) {
        for (UpdaterBlock block : graph.getUpdater(true).getUpdaterBlocks()) {
            ((AdamUpdater) block.getGradientUpdater())
                    .getConfig()
                    .setEpsilon(1e-8 * Math.sqrt(1 - Math.pow(0.999, step)));
        }
    }

    private static MultiDataSet data() {
        return new MultiDataSet(
                new INDArray[] {Golden.array(TRACE.get("input"))},
                new INDArray[] {Golden.array(TRACE.get("targetMse")), Golden.array(TRACE.get("targetBce"))});
    }

    private static Dl4jModel model(String relatedness, double strength, IUpdater updater) {
        // the reference takes the mean of the four labels' cross-entropy, the library's default is their sum
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, 14, 14))
                .tower("A", SplitHead.of(Task.regression("mse", 10).withStart(OutputStart.RANDOM)))
                .tower(
                        "B",
                        SplitHead.of(Task.multiLabel("bce", 4).withWeight(0.25).withStart(OutputStart.RANDOM)))
                .convolution("conv1", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel(0.9, 0.1))
                .convolution("conv2", 6, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel(0.9, 0.1))
                .dense("dense", 8)
                .stitch(CrossStitchUnit.perLayer(0.9, 0.1));
        if (!relatedness.equals("none")) {
            network.regularize(WeightRelatednessRegularizer.over("conv1", "conv2", "dense")
                    .withRelatedness(relatedness.equals("l2") ? Relatedness.l2() : Relatedness.exponentialLinear())
                    .withStrength(strength));
        }
        Dl4jModel model =
                Dl4jModel.create(network.build(), TrainingPlan.of(updater).withDataType(DataType.DOUBLE));
        forEachParameter(TRACE.get("initialWeights"), (name, value) -> {
            INDArray parameter = parameter(model.graph(), name);
            if (name.endsWith(".alpha")) {
                assertThat(Golden.difference(parameter, value))
                        .as(name + " starts at 0.9/0.1")
                        .isLessThan(1e-15);
            } else {
                set(model.graph(), name, value);
            }
        });
        return model;
    }

    private static void forEachParameter(JsonNode parameters, java.util.function.BiConsumer<String, INDArray> action) {
        for (Iterator<String> names = parameters.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            action.accept(name, Golden.array(parameters.get(name)));
        }
    }

    private static void set(ComputationGraph graph, String name, INDArray value) {
        INDArray view = view(graph, name);
        view.assign(isDense(name) ? value.transpose() : value.reshape(view.shape()));
    }

    /** A parameter in the reference's name and layout. */
    private static INDArray parameter(ComputationGraph graph, String name) {
        if (name.equals("cs1.alpha") || name.equals("cs2.alpha") || name.equals("cs3.alpha")) {
            String place = Map.of('1', "pool1", '2', "pool2", '3', "dense").get(name.charAt(2));
            return org.nd4j.linalg.factory.Nd4j.concat(
                    0,
                    graph.getVertex("A/" + place + ":stitch").params(),
                    graph.getVertex("B/" + place + ":stitch").params());
        }
        if (name.startsWith("rel.")) {
            // per tie: a, b
            INDArray coefficients = graph.getVertex("relatedness").params().reshape(3, 2);
            return coefficients.getColumn(name.equals("rel.a") ? 0 : 1);
        }
        return isDense(name) ? view(graph, name).transpose() : view(graph, name);
    }

    private static boolean isDense(String name) {
        return name.endsWith("dense.w") || name.equals("headA.w") || name.equals("headB.w");
    }

    private static INDArray view(ComputationGraph graph, String name) {
        String layer = name.substring(0, name.length() - 2)
                .replace("headA", "mse")
                .replace("headB", "bce")
                .replace('.', '/');
        return graph.getLayer(layer).getParam(name.endsWith(".w") ? "W" : "b");
    }
}
