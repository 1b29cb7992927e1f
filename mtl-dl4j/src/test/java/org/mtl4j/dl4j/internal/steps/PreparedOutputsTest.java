package org.mtl4j.dl4j.internal.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.layer.SafeDenseLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What prepared outputs predict against what the graphs say that they stand for. */
@Kernels
class PreparedOutputsTest {
    /** Sums of some hundred numbers in single precision, in another order. */
    private static final double ROUNDING = 1e-5;

    private static final List<Task> TASKS = Stream.of(
                    Task.classification("kind", 3),
                    Task.regression("size", 2),
                    Task.multiLabel("marks", 4),
                    Task.regression("away", 1))
            .map(task -> task.withStart(OutputStart.RANDOM))
            .toList();

    private static ComputationGraph graph(DenseForm form) {
        return Dl4jModel.create(form.network(TASKS), TrainingPlan.adam(1e-3).withSeed(3))
                .graph();
    }

    private static INDArray @Nullable [] run(PreparedOutputs prepared, INDArray[] features) {
        int examples = (int) features[0].size(0);
        PreparedOutputs.Batch batch = prepared.begin(features);
        return batch != null && prepared.run(batch, 0, examples) ? prepared.end(batch) : null;
    }

    private static void compare(ComputationGraph graph, PreparedOutputs prepared, INDArray[] features) {
        INDArray[] expected = graph.output(false, features);
        INDArray[] found = run(prepared, features);
        assertThat(found).hasSameSizeAs(expected);
        for (int t = 0; t < found.length; t++) {
            assertThat(found[t].shape()).containsExactly(expected[t].shape());
            double largest = expected[t].amaxNumber().doubleValue();
            double difference = found[t].sub(expected[t]).amaxNumber().doubleValue();
            assertThat(largest).isPositive();
            assertThat(difference).as(TASKS.get(t).name()).isLessThanOrEqualTo(ROUNDING * largest);
        }
        INDArray[] again = run(prepared, features);
        for (int t = 0; t < found.length; t++) {
            assertThat(again[t]).as("the same again").isEqualTo(found[t]).isNotSameAs(found[t]);
        }
    }

    @BeforeEach
    void requireProducts() {
        assumeTrue(Gemm.available(), "products of the BLAS library");
    }

    @ParameterizedTest
    @EnumSource(DenseForm.class)
    void outputs_are_the_graph_s(DenseForm form) {
        ComputationGraph graph = graph(form);
        PreparedOutputs prepared = PreparedOutputs.of(graph).orElseThrow();
        Random random = new Random(5);
        for (int examples : new int[] {16, 1, 2, 256, 257, 255, 1000, 16}) {
            compare(graph, prepared, DenseForm.features(random, examples));
        }
    }

    @Test
    void rows_of_larger_arrays_are_read_where_they_are() {
        ComputationGraph graph = graph(DenseForm.TRUNK);
        INDArray[] all = DenseForm.features(new Random(6), 700);
        INDArray[] some = Stream.of(all)
                .map(array -> array.get(NDArrayIndex.interval(37, 637), NDArrayIndex.all()))
                .toArray(INDArray[]::new);
        compare(graph, PreparedOutputs.of(graph).orElseThrow(), some);
    }

    @Test
    void rows_may_be_computed_by_several() {
        ComputationGraph graph = graph(DenseForm.TRUNK);
        INDArray[] features = DenseForm.features(new Random(10), 301);
        PreparedOutputs first = PreparedOutputs.of(graph).orElseThrow();
        PreparedOutputs second = PreparedOutputs.of(graph).orElseThrow();
        PreparedOutputs.Batch batch = first.begin(features);
        assertThat(second.run(batch, 290, 301)).isTrue();
        assertThat(first.run(batch, 0, 290)).isTrue();
        INDArray[] found = first.end(batch);
        INDArray[] expected = graph.output(false, features);
        for (int t = 0; t < found.length; t++) {
            assertThat(found[t].sub(expected[t]).amaxNumber().doubleValue())
                    .isLessThanOrEqualTo(ROUNDING * expected[t].amaxNumber().doubleValue());
        }
    }

    @Test
    void parameters_are_read_as_they_are() {
        ComputationGraph graph = graph(DenseForm.STITCHES);
        PreparedOutputs prepared = PreparedOutputs.of(graph).orElseThrow();
        INDArray[] features = DenseForm.features(new Random(7), 20);
        INDArray before = run(prepared, features)[0];
        INDArray kept = before.dup();
        graph.params().muli(1.5);
        compare(graph, prepared, features);
        assertThat(before).as("what was predicted is the caller's").isEqualTo(kept);
        assertThat(run(prepared, features)[0]).isNotEqualTo(kept);
    }

    /** Large batches among it. */
    @Test
    void what_the_caller_has_is_let_go_of() throws Exception {
        PreparedOutputs prepared = PreparedOutputs.of(graph(DenseForm.DROPOUT)).orElseThrow();
        List<WeakReference<INDArray>> held = new ArrayList<>();
        for (int examples : new int[] {20, 300}) {
            INDArray[] features = DenseForm.features(new Random(11), examples);
            Stream.of(features, run(prepared, features))
                    .flatMap(Stream::of)
                    .forEach(array -> held.add(new WeakReference<>(array)));
        }
        assertThat(held).hasSize(12);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (held.stream().anyMatch(each -> each.get() != null) && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(20);
        }
        try {
            assertThat(held).allMatch(each -> each.get() == null);
        } finally {
            Reference.reachabilityFence(prepared);
        }
    }

    @Test
    void dropout_within_a_layer_does_nothing() {
        ComputationGraph graph = graph(DenseForm.TRUNK);
        Stream.of(graph.getLayers())
                .map(layer -> layer.conf().getLayer())
                .filter(SafeDenseLayer.class::isInstance)
                .forEach(layer -> layer.setIDropout(new Dropout(0.5)));
        assertThat(PreparedStep.of(graph)).as("a step").isEmpty();
        compare(graph, PreparedOutputs.of(graph).orElseThrow(), DenseForm.features(new Random(8), 20));
    }

    @Test
    void what_it_does_not_know_is_left_to_the_graph() {
        ComputationGraph graph = graph(DenseForm.TRUNK);
        PreparedOutputs prepared = PreparedOutputs.of(graph).orElseThrow();
        INDArray[] features = DenseForm.features(new Random(9), 20);
        for (float code : new float[] {-1, DenseForm.CODES[0], Float.NaN}) {
            INDArray[] wrong = {features[0].dup(), features[1]};
            wrong[0].putScalar(19, 0, code);
            assertThat(run(prepared, wrong)).as("code " + code).isNull();
        }
        assertThat(run(prepared, new INDArray[] {features[0], features[1].dup('f')}))
                .as("numbers column by column")
                .isNull();
        assertThat(run(prepared, new INDArray[] {features[0], features[1].castTo(DataType.DOUBLE)}))
                .as("double precision")
                .isNull();
        compare(graph, prepared, features);
    }

    @Test
    void other_networks_have_none() {
        MultiTaskNetwork images = MultiTaskNetwork.builder(Shape.image(1, 8, 8))
                .tower("kind", SplitHead.of(TASKS.get(0)))
                .convolution("a", 4, 3)
                .dense("b", 5)
                .build();
        assertThat(PreparedOutputs.of(
                        Dl4jModel.create(images, TrainingPlan.adam(1e-3)).graph()))
                .as("convolutions")
                .isEmpty();
        MultiTaskNetwork numbers = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("kind", SplitHead.of(TASKS.get(0)))
                .dense("a", 4)
                .build();
        assertThat(PreparedOutputs.of(
                        Dl4jModel.create(numbers, TrainingPlan.adam(1e-3).withDataType(DataType.DOUBLE))
                                .graph()))
                .as("double precision")
                .isEmpty();
    }
}
