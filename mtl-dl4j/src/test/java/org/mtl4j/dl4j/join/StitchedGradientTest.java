package org.mtl4j.dl4j.join;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Central differences against backpropagation, in double precision, on every parameter of a joined graph: convolutions,
 * a residual block, dense layers, α per channel and per layer, coefficients of relatedness. Everything is smooth.
 */
@Kernels
class StitchedGradientTest {
    private static final InputType IMAGE = InputType.convolutional(4, 4, 1);
    private static final int BATCH = 3;
    private static DataType floating;

    /** The check of Deeplearning4j refuses to run unless everybody's default is double. */
    @BeforeAll
    static void inDoublePrecision() {
        floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void asBefore() {
        Nd4j.setDefaultDataTypes(floating, floating);
    }

    private static NeuralNetConfiguration.Builder settings(int seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(DataType.DOUBLE)
                .l2(0.01)
                .updater(new NoOp());
    }

    private static ConvolutionLayer convolution() {
        return new ConvolutionLayer.Builder(2, 2)
                .nOut(2)
                .activation(Activation.TANH)
                .build();
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder().nOut(3).activation(Activation.TANH).build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nOut(2)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static ComputationGraph graph() {
        GraphBuilder graph = settings(1)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(IMAGE)
                .addLayer("conv", convolution(), "in")
                .addLayer("fc", dense(), "conv")
                .addLayer("more", dense(), "fc")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "fc", "more")
                .addLayer("out", output(), "sum")
                .setOutputs("out");
        ComputationGraph built = new ComputationGraph(graph.build());
        built.init();
        return built;
    }

    private static MultiLayerNetwork stack() {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(2)
                .list()
                .layer(convolution())
                .layer(dense())
                .layer(output())
                .setInputType(IMAGE)
                .build());
        network.init();
        return network;
    }

    /** With inputs of their own the tied layers of one network are not behind the vertex that relates them. */
    @ParameterizedTest(name = "one shared input: {0}")
    @ValueSource(booleans = {true, false})
    void backpropagation_agrees_with_central_differences(boolean shared) {
        StitchedGraph.Builder builder = StitchedGraph.builder()
                .network("a", graph(), IMAGE)
                .network("b", stack(), IMAGE)
                .stitch(CrossStitchUnit.perChannel(0.8), "conv", "layer0")
                .stitch(CrossStitchUnit.perLayer(new double[][] {{0.7, 0.2}, {-0.1, 1.2}}), "sum", "layer1")
                .relate(
                        Relatedness.l2Linear(),
                        0.1,
                        new WeightTie("a/conv", "b/layer0"),
                        new WeightTie("b/layer1", "a/fc"))
                .updater(new NoOp());
        if (shared) {
            builder.sharedInput("image", IMAGE);
        }
        ComputationGraph joined = builder.build().graph();
        Random random = new Random(5);
        INDArray[] images = {numbers(random, BATCH, 1, 4, 4), numbers(random, BATCH, 1, 4, 4)};
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(joined)
                .epsilon(1e-5) // truncation about 1e-10, rounding of a score of order 10 about 1e-10
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(shared ? new INDArray[] {images[0]} : images)
                .labels(new INDArray[] {numbers(random, BATCH, 2), numbers(random, BATCH, 2)})
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    @Test
    void backpropagation_agrees_with_central_differences_where_channels_come_last() {
        InputType last = InputType.convolutional(3, 3, 1, CNN2DFormat.NHWC);
        StitchedGraph.Builder builder = StitchedGraph.builder().sharedInput("image", last);
        for (int n = 1; n <= 2; n++) {
            ConvolutionLayer convolution = convolution();
            convolution.setCnn2dDataFormat(CNN2DFormat.NHWC);
            ComputationGraph graph = new ComputationGraph(settings(n)
                    .graphBuilder()
                    .addInputs("in")
                    .setInputTypes(last)
                    .addLayer("conv", convolution, "in")
                    .addLayer("out", output(), "conv")
                    .setOutputs("out")
                    .build());
            graph.init();
            builder.network("n" + n, graph);
        }
        ComputationGraph joined = builder.stitch(
                        CrossStitchUnit.perChannel(new double[][][] {{{0.9, 0.5}, {0.1, 0.3}}, {{0.2, 0.4}, {0.7, 1}}}),
                        "conv")
                .updater(new NoOp())
                .build()
                .graph();
        Random random = new Random(6);
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(joined)
                .epsilon(1e-5)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(new INDArray[] {numbers(random, BATCH, 3, 3, 1)})
                .labels(new INDArray[] {numbers(random, BATCH, 2), numbers(random, BATCH, 2)})
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false));
        assertThat(passed).isTrue();
    }

    private static INDArray numbers(Random random, int... shape) {
        int length = 1;
        for (int size : shape) {
            length *= size;
        }
        return Nd4j.createFromArray(random.doubles(length, -1, 1).toArray()).reshape('c', shape);
    }
}
