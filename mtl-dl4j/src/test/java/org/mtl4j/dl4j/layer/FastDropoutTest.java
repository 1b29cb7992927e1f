package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.DropoutKernel;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.testing.Golden;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.databind.JsonNode;

/** What is dropped depends on the step, the layer and the place in the batch, and on nothing else. */
class FastDropoutTest {

    static Stream<JsonNode> cases() {
        return StreamSupport.stream(Golden.read("dropout.json").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void what_is_kept_is_what_the_reference_keeps(JsonNode one) {
        JsonNode kept = one.get("kept");
        int examples = kept.size();
        int numbers = kept.get(0).size();
        double keep = one.get("keep").asDouble();
        DropoutKernel kernel =
                new DropoutKernel(one.get("key").asLong(), one.get("first").asLong(), keep);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray out = Nd4j.zeros(type, examples, numbers);
            kernel.apply(Nd4j.valueArrayOf(new long[] {examples, numbers}, 3.0, type), out);
            for (int n = 0; n < examples; n++) {
                for (int i = 0; i < numbers; i++) {
                    assertThat(out.getDouble(n, i)).isCloseTo(kept.get(n).get(i).asInt() * 3 / keep, within(3e-6));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5", "0.7", "0.05"})
    void as_many_are_kept_as_is_said_and_their_mean_stays(double keep) {
        INDArray ones = Nd4j.ones(DataType.FLOAT, 200, 501);
        INDArray out = ones.like();
        new DropoutKernel(7, 0, keep).apply(ones, out);
        double kept = out.gt(0).castTo(DataType.DOUBLE).sumNumber().doubleValue();
        // a binomial number of 100,200, five standard deviations
        assertThat(kept).isCloseTo(100_200 * keep, within(5 * Math.sqrt(100_200 * keep * (1 - keep))));
        assertThat(out.meanNumber().doubleValue()).isCloseTo(1, within(5 * Math.sqrt((1 - keep) / keep / 100_200)));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void rows_of_a_part_are_those_of_the_whole_in_any_order_of_memory(DataType type) {
        INDArray x = Nd4j.rand(type, 9, 5, 3, 4).addi(1);
        INDArray whole = x.like();
        new DropoutKernel(3, 0, 0.6).apply(x, whole);
        INDArray rows = x.get(NDArrayIndex.interval(4, 9), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all());
        INDArray turned = rows.permute(3, 2, 1, 0).dup('c').permute(3, 2, 1, 0);
        INDArray part = Nd4j.createUninitialized(type, 5, 5, 3, 4);
        new DropoutKernel(3, 4, 0.6).apply(turned, part);
        INDArray expected =
                whole.get(NDArrayIndex.interval(4, 9), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all());
        // the wide way divides in double precision
        assertThat(part.sub(expected).amaxNumber().doubleValue()).isLessThan(1e-6);
        assertThat(whole.eq(0).castTo(DataType.INT).sumNumber().intValue()).isBetween(150, 280); // 216 of 540
    }

    private static ComputationGraph graph(DataType type, String... layers) {
        var builder = new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(40));
        for (String layer : layers) {
            builder.addLayer(layer, new FastDropoutLayer(0.5), "in");
        }
        ComputationGraph graph = new ComputationGraph(builder.setOutputs(layers).build());
        graph.init();
        return graph;
    }

    @Test
    void layers_and_steps_drop_other_numbers_and_the_same_step_the_same() {
        ComputationGraph graph = graph(DataType.FLOAT, "a", "b");
        INDArray ones = Nd4j.ones(DataType.FLOAT, 20, 40);
        StepDraws.begin(graph, 5, 0);
        INDArray[] first = graph.output(true, ones);
        INDArray[] again = graph.output(true, ones);
        StepDraws.begin(graph, 6, 0);
        INDArray[] next = graph.output(true, ones);
        StepDraws.end(graph);
        assertThat(again[0]).isEqualTo(first[0]);
        assertThat(again[1]).isEqualTo(first[1]);
        // of 800 pairs of independent halves 400 differ, with a deviation of 14
        for (INDArray other : new INDArray[] {first[1], next[0]}) {
            assertThat(other.neq(first[0]).castTo(DataType.INT).sumNumber().intValue())
                    .isBetween(330, 470);
        }
        assertThat(graph.output(false, ones)[0]).isEqualTo(ones);
    }

    /** Whoever draws samples of predictions wants another one each time. */
    @Test
    void outside_of_steps_numbers_are_drawn_from_the_stream() {
        ComputationGraph graph = Dl4jModel.create(
                        MultiTaskNetwork.builder(Shape.vector(40))
                                .tower("a", SplitHead.of(Task.regression("y", 2).withStart(OutputStart.RANDOM)))
                                .dense("fc", 20)
                                .dropout(0.5)
                                .build(),
                        TrainingPlan.adam(1e-3))
                .graph();
        INDArray ones = Nd4j.ones(DataType.FLOAT, 20, 40);
        INDArray first = graph.output(true, ones)[0].dup();
        assertThat(graph.output(true, ones)[0]).isNotEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void the_gradient_goes_where_numbers_were_kept(DataType type) {
        ComputationGraph graph = graph(type, "a");
        var layer = (FastDropoutLayerImpl) graph.getLayer("a");
        layer.beginStep(2, 10);
        INDArray x = Nd4j.rand(type, 6, 40).addi(1);
        INDArray out = layer.activate(x.dup(), true, LayerWorkspaceMgr.noWorkspaces());
        INDArray eps = Nd4j.rand(type, 6, 40).addi(1);
        INDArray back = layer.backpropGradient(eps.dup('f'), LayerWorkspaceMgr.noWorkspaces())
                .getSecond();
        assertThat(back.sub(out.div(x).mul(eps)).amaxNumber().doubleValue()).isLessThan(1e-5);
    }

    @Test
    void a_configuration_comes_back_from_its_text() {
        ComputationGraph graph = graph(DataType.FLOAT, "a");
        var back = NeuralNetConfiguration.fromJson(graph.getLayer("a").conf().toJson())
                .getLayer();
        assertThat(back).isEqualTo(graph.getLayer("a").conf().getLayer()).isInstanceOf(FastDropoutLayer.class);
        assertThat(graph.clone().getLayer("a")).isInstanceOf(FastDropoutLayerImpl.class);
    }
}
