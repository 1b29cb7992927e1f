package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Against the stock layer, forward and, through the steps of SGD, backward. */
@Kernels
class FastPoolingTest {
    static Stream<Arguments> settings() {
        List<Arguments> all = new ArrayList<>();
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (Activation activation : new Activation[] {Activation.RELU, Activation.IDENTITY, Activation.TANH}) {
                all.add(Arguments.of(PoolingType.MAX, 2, 2, ConvolutionMode.Truncate, activation, type));
                all.add(Arguments.of(PoolingType.MAX, 3, 3, ConvolutionMode.Truncate, activation, type));
                all.add(Arguments.of(PoolingType.MAX, 3, 2, ConvolutionMode.Truncate, activation, type));
                all.add(Arguments.of(PoolingType.MAX, 2, 2, ConvolutionMode.Same, activation, type));
                all.add(Arguments.of(PoolingType.AVG, 2, 2, ConvolutionMode.Truncate, activation, type));
            }
        }
        return all.stream();
    }

    /** Windows further apart than large reach over no edge, so they are those without padding. */
    @ParameterizedTest
    @EnumSource(Pooling.Kind.class)
    void windows_that_reach_over_no_edge_are_the_same_with_any_padding(Pooling.Kind kind) {
        Dl4jModel same = apart(kind, Padding.SAME);
        Dl4jModel valid = apart(kind, Padding.VALID);
        assertThat(same.graph().params()).isEqualTo(valid.graph().params());
        INDArray features = Nd4j.rand(DataType.FLOAT, 4, 2, 9, 12);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 4, 2);
        INDArray before = same.graph().params().dup();
        for (Dl4jModel model : List.of(same, valid)) {
            model.fit(ListBatches.of(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels})), 3);
        }
        assertThat(Closeness.difference(same.graph().params(), valid.graph().params()))
                .isLessThan(1e-6); // sums in another order
        assertThat(Closeness.difference(same.graph().params(), before)).isGreaterThan(1e-3);
        assertThat(Closeness.relative(
                        same.predict(features).of("y"), valid.predict(features).of("y")))
                .isLessThan(1e-6);
    }

    private static Dl4jModel apart(Pooling.Kind kind, Padding padding) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(2, 9, 12))
                        .tower("t", SplitHead.of(Task.regression("y", 2).withStart(OutputStart.RANDOM)))
                        .layer("first", new Convolution(3, 1, 1, 1, Padding.SAME, Activation.TANH, true))
                        .layer("apart", new Convolution(3, 1, 1, 3, padding, Activation.TANH, true))
                        .layer("pool", new Pooling(kind, 1, 3, padding))
                        .build(),
                TrainingPlan.of(new Sgd(0.1)).withSeed(3));
    }

    @ParameterizedTest(name = "{0}, kernel {1}, stride {2}, {3}, {4}, {5}")
    @MethodSource("settings")
    void computes_what_the_stock_layer_computes(
            PoolingType pooling, int kernel, int stride, ConvolutionMode mode, Activation activation, DataType type) {
        ComputationGraph stock = graph(
                activation,
                type,
                new SubsamplingLayer.Builder(pooling)
                        .kernelSize(kernel, kernel)
                        .stride(stride, stride)
                        .convolutionMode(mode)
                        .build());
        ComputationGraph fast = graph(
                activation,
                type,
                new FastPoolingLayer.Builder(pooling)
                        .kernelSize(kernel, kernel)
                        .stride(stride, stride)
                        .convolutionMode(mode)
                        .build());
        sameSteps(stock, fast, type);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rectifiedSettings")
    void rectifying_may_be_left_to_the_pooling(int kernel, int stride, DataType type) {
        ComputationGraph stock = graph(
                Activation.RELU,
                type,
                new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(kernel, kernel)
                        .stride(stride, stride)
                        .build());
        ComputationGraph fast = graph(
                Activation.IDENTITY,
                type,
                new FastPoolingLayer.Builder(PoolingType.MAX)
                        .rectified(true)
                        .kernelSize(kernel, kernel)
                        .stride(stride, stride)
                        .build());
        sameSteps(stock, fast, type);
    }

    static Stream<Arguments> rectifiedSettings() {
        return Stream.of(DataType.FLOAT, DataType.DOUBLE)
                .flatMap(type -> Stream.of(
                        Arguments.of(2, 2, type), // the loop for pairs
                        Arguments.of(3, 3, type), // the general loop
                        Arguments.of(3, 2, type))); // windows overlap: the stock layer's operations
    }

    private static void sameSteps(ComputationGraph stock, ComputationGraph fast, DataType type) {
        fast.setParams(stock.params().dup());
        Random random = new Random(8);
        // 11 by 10 pixels: windows of 2 and of 3 leave some over
        INDArray labels =
                Nd4j.createFromArray(random.doubles(18).toArray()).reshape(6, 3).castTo(type);
        double rounding = type == DataType.DOUBLE ? 3e-15 : 1.5e-6; // √600 u: sums over 6 images of at most 100 places
        INDArray before = stock.params().dup();
        for (int step = 0; step < 3; step++) {
            INDArray features = Closeness.decided(stock, 6, n -> Nd4j.createFromArray(
                            random.doubles(n * 220L, -1, 1).toArray())
                    .reshape(n, 2, 11, 10)
                    .castTo(type));
            assertThat(Closeness.relative(fast.outputSingle(features), stock.outputSingle(features)))
                    .isLessThan((step + 1) * rounding);
            MultiDataSet data = new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels});
            fast.fit(data);
            stock.fit(data);
            Closeness.assertSameWay(fast.params(), stock.params(), before, rounding, step + 1);
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(1e-3);
    }

    private static ComputationGraph graph(Activation activation, DataType type, SubsamplingLayer pooling) {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .updater(new Sgd(0.2))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "c",
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(activation)
                                .build(),
                        "in")
                .addLayer("p", pooling, "c")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        "p")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(11, 10, 2))
                .build());
        graph.init();
        return graph;
    }

    @Test
    void among_equal_largest_values_the_first_gets_the_gradient() {
        ComputationGraph graph = graph(
                Activation.IDENTITY,
                DataType.FLOAT,
                new FastPoolingLayer.Builder(PoolingType.MAX)
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .build());
        var layer = graph.getLayer("p");
        INDArray same = Nd4j.ones(DataType.FLOAT, 1, 1, 2, 2).muli(-3);
        layer.setInput(same, org.deeplearning4j.nn.workspace.LayerWorkspaceMgr.noWorkspaces());
        INDArray gradient = layer.backpropGradient(
                        Nd4j.createFromArray(5f).reshape(1, 1, 1, 1),
                        org.deeplearning4j.nn.workspace.LayerWorkspaceMgr.noWorkspaces())
                .getSecond();
        assertThat(gradient.reshape(4).toFloatVector()).containsExactly(5, 0, 0, 0);
    }

    @Test
    void a_network_of_this_library_has_both_fast_layers_and_rectifies_late() {
        ComputationGraph graph = Dl4jModel.create(
                        MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                                .tower("only", SplitHead.of(Task.regression("y", 1)))
                                .convolution("input", 2, 3)
                                .convolution("c", 2, 3)
                                .layer("pool1", Pooling.max(2).withStride(1))
                                .convolution("d", 2, 2)
                                .build(),
                        TrainingPlan.adam(1e-3))
                .graph();
        var first = (FastConvolutionLayer) graph.getLayer("only/c").conf().getLayer();
        var pooling = (FastPoolingLayer) graph.getLayer("only/pool1").conf().getLayer();
        var second = (FastConvolutionLayer) graph.getLayer("only/d").conf().getLayer();
        assertThat(first.getActivationFn()).hasToString("identity");
        assertThat(pooling.isRectified()).isTrue();
        assertThat(second.getActivationFn()).hasToString("relu");
        assertThat(NeuralNetConfiguration.fromJson(
                                graph.getLayer("only/pool1").conf().toJson())
                        .getLayer())
                .isEqualTo(pooling);
    }
}
