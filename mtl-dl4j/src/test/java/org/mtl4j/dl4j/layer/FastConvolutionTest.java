package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.testing.Closeness;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** The library's convolution against the stock layer: outputs and one training step, in both precisions. */
@Kernels
class FastConvolutionTest {

    static Stream<Arguments> settings() {
        List<Arguments> all = new ArrayList<>();
        for (Activation activation : new Activation[] {Activation.RELU, Activation.IDENTITY, Activation.TANH}) {
            for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
                all.add(Arguments.of(activation, 1, ConvolutionMode.Truncate, true, 1, type));
                all.add(Arguments.of(activation, 2, ConvolutionMode.Same, true, 1, type));
                all.add(Arguments.of(activation, 2, ConvolutionMode.Truncate, false, 1, type));
                all.add(Arguments.of(activation, 1, ConvolutionMode.Truncate, true, 2, type));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}, stride {1}, {2}, bias {3}, dilation {4}, {5}")
    @MethodSource("settings")
    void computes_what_the_stock_layer_computes(
            Activation activation, int stride, ConvolutionMode mode, boolean bias, int dilation, DataType type) {
        ComputationGraph stock = graph(
                new ConvolutionLayer.Builder(3, 2),
                new ConvolutionLayer.Builder(2, 2),
                activation,
                stride,
                mode,
                bias,
                dilation,
                type);
        ComputationGraph fast = graph(
                new FastConvolutionLayer.Builder(3, 2).inputGradient(false),
                new FastConvolutionLayer.Builder(2, 2),
                activation,
                stride,
                mode,
                bias,
                dilation,
                type);
        fast.setParams(stock.params().dup());
        INDArray labels = Nd4j.rand(DataType.DOUBLE, 4, 3).castTo(type);
        double rounding = type == DataType.DOUBLE ? 3e-15 : 1.5e-6; // √440 u: sums over 4 images of at most 110 places
        INDArray before = stock.params().dup();
        for (int step = 0; step < 3; step++) {
            INDArray features = Closeness.decided(stock, 4, n -> Nd4j.rand(DataType.DOUBLE, n, 2, 11, 10)
                    .subi(0.5)
                    .castTo(type));
            assertThat(Closeness.relative(fast.outputSingle(features), stock.outputSingle(features)))
                    .isLessThan((step + 1) * rounding);
            MultiDataSet data = new MultiDataSet(features, labels);
            fast.fit(data);
            stock.fit(data);
            Closeness.assertSameWay(fast.params(), stock.params(), before, rounding, step + 1);
        }
    }

    private static ComputationGraph graph(
            ConvolutionLayer.BaseConvBuilder<?> first,
            ConvolutionLayer.BaseConvBuilder<?> second,
            Activation activation,
            int stride,
            ConvolutionMode mode,
            boolean bias,
            int dilation,
            DataType type) {
        first.setStride(new int[] {stride, stride});
        first.convolutionMode(mode);
        first.setHasBias(bias);
        first.setDilation(new int[] {dilation, dilation});
        second.setHasBias(bias);
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("c1", first.nOut(3).activation(activation).build(), "in")
                .addLayer("c2", second.nOut(4).activation(activation).build(), "c1")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        "c2")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(11, 10, 2))
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }
}
