package org.mtl4j.dl4j.internal.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;

/** The gradients, losses and scores of prepared steps against those of the graphs that they stand for. */
@Kernels
class PreparedStepTest {
    /** Sums of some hundred numbers in single precision, in another order. */
    private static final double ROUNDING = 1e-5;

    /** The graph adds up to a thousand losses of about the same size in single precision. */
    private static final double ROUNDING_OF_LOSSES = 3e-5;

    /** With weights that are not 0, so that gradients reach all layers. */
    private static final List<Task> TASKS = Stream.of(
                    Task.classification("kind", 3),
                    Task.regression("size", 2).withWeight(0.3),
                    Task.multiLabel("marks", 4),
                    Task.classification("sort", 2).withWeight(2),
                    Task.regression("away", 1).withLoss(new LossMAE()),
                    Task.classification("soft", 3).withLabelSmoothing(0.1),
                    Task.classification("rare", 2).withClassWeights(1, 3))
            .map(task -> task.withStart(OutputStart.RANDOM))
            .toList();

    private static INDArray[] labels(Random random, int examples, List<Task> tasks) {
        return tasks.stream()
                .map(task -> {
                    float[][] labels = new float[examples][task.outputs()];
                    for (float[] row : labels) {
                        switch (task.kind()) {
                            case MULTI_CLASS -> row[random.nextInt(row.length)] = 1;
                            case REGRESSION -> row[0] = (float) random.nextGaussian();
                            default -> row[1] = random.nextInt(2);
                        }
                    }
                    return Nd4j.createFromArray(labels);
                })
                .toArray(INDArray[]::new);
    }

    private record Found(Map<String, INDArray> gradients, double score, double[] losses) {
        static Found of(ComputationGraph graph, List<Task> tasks) {
            Map<String, INDArray> gradients = new LinkedHashMap<>();
            graph.gradient().gradientForVariable().forEach((name, view) -> gradients.put(name, view.dup()));
            return new Found(
                    gradients,
                    graph.score(),
                    tasks.stream()
                            .mapToDouble(task -> TaskLoss.of(graph, task.name()).value())
                            .toArray());
        }

        void isCloseTo(Found other) {
            assertThat(score).isCloseTo(other.score, within(ROUNDING_OF_LOSSES * Math.abs(other.score)));
            for (int t = 0; t < losses.length; t++) {
                assertThat(losses[t])
                        .isCloseTo(other.losses[t], within(ROUNDING_OF_LOSSES * Math.abs(other.losses[t])));
            }
            gradients.forEach((name, gradient) -> {
                INDArray expected = other.gradients.get(name);
                double largest = expected.amaxNumber().doubleValue();
                double difference = gradient.sub(expected).amaxNumber().doubleValue();
                if (name.endsWith("_W")) {
                    assertThat(largest).as(name).isPositive();
                }
                // of a sum that comes to nearly nothing the rounding of what was added up remains
                assertThat(difference).as(name).isLessThanOrEqualTo(ROUNDING * (largest + 0.1));
            });
        }
    }

    private static void compare(ComputationGraph graph, List<Task> tasks, INDArray[] features, INDArray[] labels) {
        graph.setInputs(features);
        graph.setLabels(labels);
        graph.computeGradientAndScore();
        Found expected = Found.of(graph, tasks);
        graph.getGradientsViewArray().assign(Double.NaN);
        graph.setScore(Double.NaN);
        PreparedStep step = PreparedStep.of(graph).orElseThrow();
        graph.setInputs(features);
        assertThat(step.run(labels)).isTrue();
        Found.of(graph, tasks).isCloseTo(expected);
        INDArray first = graph.getGradientsViewArray().dup();
        assertThat(step.run(labels)).isTrue();
        assertThat(graph.getGradientsViewArray()).as("the same again").isEqualTo(first);
        graph.clearLayersStates();
    }

    private static Dl4jModel model(DenseForm form) {
        return Dl4jModel.create(
                form.network(TASKS), TrainingPlan.adam(1e-3).withL2(0.01).withSeed(3));
    }

    @BeforeEach
    void requireProducts() {
        assumeTrue(Gemm.available(), "products of the BLAS library");
    }

    @ParameterizedTest
    @EnumSource(value = DenseForm.class, mode = EnumSource.Mode.EXCLUDE, names = "DROPOUT")
    void gradients_losses_and_scores_are_the_graph_s(DenseForm form) {
        Dl4jModel model = model(form);
        Random random = new Random(5);
        for (int examples : new int[] {16, 1, 7, 256, 16}) {
            compare(model.graph(), TASKS, DenseForm.features(random, examples), labels(random, examples, TASKS));
        }
    }

    @Test
    void missing_labels_and_tasks_that_are_left_out_are_the_graph_s() {
        ComputationGraph graph = model(DenseForm.TRUNK).graph();
        Random random = new Random(6);
        INDArray[] labels = labels(random, 12, TASKS);
        INDArray[] masks = TASKS.stream()
                .map(task -> Nd4j.rand(12, 1).gt(0.4).castTo(DataType.FLOAT))
                .toArray(INDArray[]::new);
        masks[0] = null;
        TaskLoss.of(graph, "sort").setWeightFactor(0.4);
        graph.setLayerMaskArrays(null, masks);
        compare(graph, TASKS, DenseForm.features(random, 12), labels);
        TaskLoss.of(graph, "kind").setWeightFactor(0);
        TaskLoss.of(graph, "size").setWeightFactor(0);
        graph.setLayerMaskArrays(null, null);
        graph.clearLayerMaskArrays();
        graph.setInputs(DenseForm.features(random, 12));
        graph.setLabels(labels);
        graph.computeGradientAndScore();
        assertThat(PreparedStep.of(graph).orElseThrow().run(labels)).isTrue();
        assertThat(graph.gradient().getGradientFor("kind_W").amaxNumber().doubleValue())
                .isZero();
        assertThat(graph.gradient().getGradientFor("sort_W").amaxNumber().doubleValue())
                .isPositive();
    }

    @Test
    void other_networks_have_none() {
        List<Task> one = TASKS.subList(0, 1);
        assertThat(PreparedStep.of(Dl4jModel.create(
                                DenseForm.TRUNK.network(one),
                                TrainingPlan.adam(1e-3).withDataType(DataType.DOUBLE))
                        .graph()))
                .as("double precision")
                .isEmpty();
        MultiTaskNetwork drops = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("kind", SplitHead.of(one.get(0)))
                .dense("a", 4)
                .dropout(0.3)
                .build();
        assertThat(PreparedStep.of(
                        Dl4jModel.create(drops, TrainingPlan.adam(1e-3)).graph()))
                .as("dropout")
                .isEmpty();
    }
}
