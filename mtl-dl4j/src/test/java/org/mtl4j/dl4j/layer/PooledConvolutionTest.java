package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.cpu.KernelsInUse;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * A convolution that does the pooling behind it, against two stock layers, forward and, through the steps of SGD,
 * backward.
 */
@Kernels
class PooledConvolutionTest {
    private record Setting(
            int[] kernel,
            int stride,
            ConvolutionMode mode,
            boolean bias,
            int[] window,
            Activation activation,
            boolean inputGradient,
            DataType type) {
        /** What is done in one go. */
        static Setting firstLayer(int[] kernel, boolean bias, int[] window) {
            return new Setting(
                    kernel, 1, ConvolutionMode.Truncate, bias, window, Activation.RELU, false, DataType.FLOAT);
        }

        @Override
        public String toString() {
            return "kernel %s, stride %d, %s, %s, windows %s, %s, %s, %s"
                    .formatted(
                            Arrays.toString(kernel),
                            stride,
                            mode,
                            bias ? "biases" : "no biases",
                            Arrays.toString(window),
                            activation,
                            inputGradient ? "with input gradient" : "without",
                            type);
        }
    }

    static Stream<Arguments> settings() {
        List<Setting> all = new ArrayList<>();
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (int[] window : new int[][] {{2, 2}, {3, 2}, {1, 1}, {4, 3}}) {
                for (ConvolutionMode mode : new ConvolutionMode[] {ConvolutionMode.Truncate, ConvolutionMode.Same}) {
                    all.add(new Setting(new int[] {4, 4}, 1, mode, true, window, Activation.RELU, false, type));
                    all.add(new Setting(new int[] {3, 2}, 2, mode, false, window, Activation.RELU, false, type));
                }
            }
            ConvolutionMode mode = ConvolutionMode.Truncate;
            int[] window = {2, 2};
            // more entries than are worth it, an activation that is not ReLU, a gradient for what is before it
            all.add(new Setting(new int[] {7, 7}, 1, mode, true, window, Activation.RELU, false, type));
            all.add(new Setting(new int[] {3, 3}, 1, mode, true, window, Activation.TANH, false, type));
            all.add(new Setting(new int[] {3, 3}, 1, mode, true, window, Activation.RELU, true, type));
        }
        return KernelsInUse.settings(all).map(Arguments::of);
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void computes_what_two_stock_layers_compute(Setting s) {
        ComputationGraph stock = graph(s, false);
        ComputationGraph fast = graph(s, true);
        fast.setParams(stock.params().dup());
        Random random = new Random(8);
        for (int examples : new int[] {3, 70}) { // the larger batch is divided among threads
            fast.setParams(stock.params().dup());
            INDArray before = stock.params().dup();
            // sums over 70 images of 19 by 18 places: √23940 u
            double rounding = s.type == DataType.DOUBLE ? 2e-14 : 1e-5;
            for (int step = 0; step < 3; step++) {
                INDArray features = Closeness.decided(stock, examples, n -> numbers(random, s.type, n, 2, 19, 18));
                assertThat(Closeness.relative(fast.outputSingle(features), stock.outputSingle(features)))
                        .isLessThan((step + 1) * rounding);
                MultiDataSet data = new MultiDataSet(features, numbers(random, s.type, examples, 3));
                fast.fit(data);
                stock.fit(data);
                Closeness.assertSameWay(fast.params(), stock.params(), before, rounding, step + 1);
            }
            assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(3e-4);
        }
    }

    @Test
    void among_equal_numbers_the_first_gets_the_gradient_and_where_none_is_positive_nothing_does() {
        Setting s = Setting.firstLayer(new int[] {1, 1}, false, new int[] {2, 2});
        ComputationGraph graph = graph(s, true);
        INDArray images = Nd4j.zeros(DataType.FLOAT, 1, 2, 19, 18);
        graph.setInputs(images);
        graph.setLabels(Nd4j.ones(DataType.FLOAT, 1, 3));
        graph.computeGradientAndScore();
        assertThat(graph.gradient().getGradientFor("c_W").amaxNumber().doubleValue())
                .isZero();
        images.assign(1); // all four of a window are equal, and the weights decide whether they are positive
        graph.getLayer("c").getParam("W").assign(1);
        graph.setInputs(images);
        graph.computeGradientAndScore();
        double equal = graph.gradient().getGradientFor("c_W").getDouble(0);
        for (int row = 0; row < 19; row++) {
            for (int column = 0; column < 18; column++) {
                if (row % 2 == 1 || column % 2 == 1) {
                    images.putScalar(new int[] {0, 0, row, column}, 0.5);
                    images.putScalar(new int[] {0, 1, row, column}, 0.25);
                }
            }
        }
        graph.setInputs(images);
        graph.computeGradientAndScore();
        assertThat(graph.gradient().getGradientFor("c_W").getDouble(0)).isEqualTo(equal);
    }

    @Test
    void is_saved_and_read() throws IOException {
        Setting s = Setting.firstLayer(new int[] {4, 4}, true, new int[] {2, 2});
        ComputationGraph graph = graph(s, true);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph read =
                ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(file.toByteArray()), true);
        INDArray features = numbers(new Random(3), DataType.FLOAT, 2, 2, 19, 18);
        assertThat(read.getConfiguration()).isEqualTo(graph.getConfiguration());
        assertThat(read.outputSingle(features)).isEqualTo(graph.outputSingle(features));
    }

    @Test
    void windows_that_do_not_fit_are_refused() {
        Setting s = Setting.firstLayer(new int[] {18, 4}, true, new int[] {3, 2});
        assertThatThrownBy(() -> graph(s, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Convolution 'c': pooling windows of 3 x 2 do not fit into its output of 2 x 15");
        assertThatThrownBy(() -> new FastConvolutionLayer.Builder(3, 3).pooling(2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pooling must be height and width of a window, both at least 1, and is [2, 0]");
    }

    @Test
    void convolutions_of_a_network_pool_themselves() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 20, 20))
                .tower("a", SplitHead.of(Task.regression("x", 2)))
                .tower("b", SplitHead.of(Task.regression("y", 2)))
                .convolution("first", 4, 3)
                .maxPool(2)
                .convolution("second", 4, 2)
                .maxPool(3)
                .layer(
                        "third",
                        Convolution.of(4, 2).withActivation(Activation.TANH).withPadding(Padding.SAME))
                .maxPool(2)
                .convolution("fourth", 4, 1)
                .averagePool(1)
                .build();
        ComputationGraph graph =
                Dl4jModel.create(network, TrainingPlan.adam(1e-3)).graph();
        assertThat(layer(graph, "a/first").getPooling()).containsExactly(2, 2);
        assertThat(layer(graph, "b/first").getPooling()).containsExactly(2, 2);
        assertThat(layer(graph, "a/second").getPooling()).containsExactly(3, 3);
        assertThat(layer(graph, "a/third").getPooling()).isNull(); // not rectified
        assertThat(layer(graph, "a/fourth").getPooling()).isNull();
        assertThat(graph.getVertices()).hasSize(1 + 2 * (6 + 1)); // input, and per tower six layers and the output
    }

    private static FastConvolutionLayer layer(ComputationGraph graph, String name) {
        return (FastConvolutionLayer) graph.getLayer(name).conf().getLayer();
    }

    private static INDArray numbers(Random random, DataType type, long... shape) {
        return Nd4j.createFromArray(random.doubles(Arrays.stream(shape).reduce(1, (a, b) -> a * b), -1, 1)
                        .toArray())
                .reshape(shape)
                .castTo(type);
    }

    private static ComputationGraph graph(Setting s, boolean fast) {
        var graph = new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(s.type)
                .updater(new Sgd(0.01))
                .graphBuilder()
                .addInputs("in");
        String end = "c";
        ConvolutionLayer.BaseConvBuilder<?> convolution = fast
                ? new FastConvolutionLayer.Builder(s.kernel)
                        .pooling(s.window[0], s.window[1])
                        .inputGradient(s.inputGradient)
                : new ConvolutionLayer.Builder(s.kernel);
        convolution.setStride(new int[] {s.stride, s.stride});
        graph.addLayer(
                "c",
                convolution
                        .convolutionMode(s.mode)
                        .hasBias(s.bias)
                        .nOut(20)
                        .activation(s.activation)
                        .build(),
                "in");
        if (!fast) {
            graph.addLayer(
                    "p",
                    new SubsamplingLayer.Builder(PoolingType.MAX)
                            .kernelSize(s.window)
                            .stride(s.window)
                            .build(),
                    "c");
            end = "p";
        }
        ComputationGraph built = new ComputationGraph(graph.addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        end)
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(19, 18, 2))
                .build());
        built.init();
        return built;
    }
}
