package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Against the stock layer in double precision: outputs in both modes, steps of SGD, running estimates. */
@Kernels
class FastBatchNormalizationTest {
    private static final int BATCH = 40; // enough numbers for the loops to be shared among threads

    /** Outputs are sums of 1140 rectified numbers, whose squares sum up to 570: above 0.005 a step is too large. */
    private static final double RATE = 0.002;

    private static ComputationGraph graph(DataType type, boolean images, boolean logStd, boolean fast) {
        BatchNormalization first = fast ? new FastBatchNormalizationLayer(0.8, 1e-3) : stock(0.8, 1e-3);
        BatchNormalization second = fast ? new FastBatchNormalizationLayer() : stock(0.9, 1e-5);
        first.setUseLogStd(logStd);
        second.setUseLogStd(logStd);
        var graph = new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .updater(new Sgd(0.2))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(images ? InputType.convolutional(21, 20, 2) : InputType.feedForward(7));
        if (images) {
            graph.addLayer(
                    "hidden",
                    new ConvolutionLayer.Builder(2, 2)
                            .nOut(3)
                            .activation(Activation.IDENTITY)
                            .build(),
                    "in");
        } else {
            graph.addLayer(
                    "hidden",
                    new DenseLayer.Builder()
                            .nOut(6)
                            .activation(Activation.IDENTITY)
                            .build(),
                    "in");
        }
        ComputationGraph built = new ComputationGraph(graph.addLayer("n1", first, "hidden")
                .addLayer(
                        "d",
                        new DenseLayer.Builder()
                                .nOut(5)
                                .activation(Activation.TANH)
                                .build(),
                        "n1")
                .addLayer("n2", second, "d")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        "n2")
                .setOutputs("out")
                .build());
        built.init();
        return built;
    }

    private static BatchNormalization stock(double decay, double epsilon) {
        return new BatchNormalization.Builder().decay(decay).eps(epsilon).build();
    }

    @ParameterizedTest(name = "images {0}, log of the deviation {1}")
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void computes_what_the_stock_layer_computes(boolean images, boolean logStd) {
        ComputationGraph stock = graph(DataType.DOUBLE, images, logStd, false);
        ComputationGraph fast = graph(DataType.FLOAT, images, logStd, true);
        fast.setParams(stock.params().castTo(DataType.FLOAT));
        Random random = new Random(8);
        long[] shape = images ? new long[] {BATCH, 2, 21, 20} : new long[] {BATCH, 7};
        int length = images ? BATCH * 840 : BATCH * 7;
        // far from zero, where squares without a shift would lose their digits
        INDArray features =
                Nd4j.createFromArray(random.doubles(length, 9, 11).toArray()).reshape(shape);
        INDArray labels =
                Nd4j.createFromArray(random.doubles(BATCH * 3).toArray()).reshape(BATCH, 3);
        INDArray before = stock.params().dup();
        for (int step = 0; step < 6; step++) {
            stock.fit(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}));
            fast.fit(new MultiDataSet(
                    new INDArray[] {features.castTo(DataType.FLOAT)}, new INDArray[] {labels.castTo(DataType.FLOAT)}));
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(0.1);
        // A sum over 15200 numbers has √15200 u = 7e-6. Gradients of weights are such sums of products with inputs
        // around 10, of
        // which a deviation of 0.58 is left: 17 times that, in each of six steps, or 7e-4 of the way of the weights,
        // which is
        // 0.1; so weights are up to 7e-5 off, as are means, which are around 7.
        assertThat(Closeness.relative(fast.params(), stock.params())).isLessThan(1e-4);
        for (String layer : new String[] {"n1", "n2"}) {
            stock.getLayer(layer).paramTable().forEach((name, values) -> assertThat(
                            Closeness.relative(fast.getLayer(layer).getParam(name), values))
                    .as("%s of %s", name, layer)
                    .isLessThan(3e-4));
        }
        // what is left of means around 10 is divided by a deviation below 1
        assertThat(Closeness.relative(fast.outputSingle(features.castTo(DataType.FLOAT)), stock.outputSingle(features)))
                .isLessThan(1e-3);
    }

    @ParameterizedTest(name = "images {0}, log of the deviation {1}")
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void in_double_precision_it_is_the_stock_layer_to_twelve_digits(boolean images, boolean logStd) {
        ComputationGraph stock = graph(DataType.DOUBLE, images, logStd, false);
        ComputationGraph fast = graph(DataType.DOUBLE, images, logStd, true);
        fast.setParams(stock.params().dup());
        Random random = new Random(9);
        long[] shape = images ? new long[] {6, 2, 21, 20} : new long[] {6, 7};
        INDArray features = Nd4j.createFromArray(
                        random.doubles(images ? 6 * 840 : 6 * 7, -1, 2).toArray())
                .reshape(shape);
        INDArray labels = Nd4j.createFromArray(random.doubles(6 * 3).toArray()).reshape(6, 3);
        INDArray before = stock.params().dup();
        for (int step = 0; step < 3; step++) {
            for (ComputationGraph graph : new ComputationGraph[] {stock, fast}) {
                graph.fit(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}));
            }
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(0.05);
        assertThat(Closeness.relative(fast.params(), stock.params())).isLessThan(1e-12);
        assertThat(Closeness.relative(fast.outputSingle(features), stock.outputSingle(features)))
                .isLessThan(1e-12);
    }

    /** Layers that are given what lies in memory in another order, and half precision, which has 11 bits. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"FLOAT, 1e-5", "DOUBLE, 1e-12", "HALF, 4e-3"})
    void any_type_and_layout_of_memory(DataType type, double rounding) {
        Random random = new Random(10);
        INDArray wide = Nd4j.createFromArray(
                        random.doubles(5 * 4 * 3 * 6, -1, 3).toArray())
                .reshape(5, 4, 3, 6);
        INDArray eps = Nd4j.createFromArray(random.doubles(5 * 4 * 3 * 6, -1, 1).toArray())
                .reshape(5, 4, 3, 6);
        double[][] expected = normalized(DataType.DOUBLE, wide, eps);
        INDArray turned = wide.permute(3, 1, 2, 0).dup('c').permute(3, 1, 2, 0); // the same numbers
        INDArray turnedEps = eps.permute(3, 1, 2, 0).dup('c').permute(3, 1, 2, 0);
        double[][] got = normalized(type, turned, turnedEps);
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                assertThat(got[i][j]).isCloseTo(expected[i][j], offset(rounding * 8)); // numbers are below 8
            }
        }
    }

    /** Output, gradient of the input, all gradients of parameters, output of a prediction. */
    private static double[][] normalized(DataType type, INDArray x, INDArray eps) {
        FastBatchNormalizationLayer layer = new FastBatchNormalizationLayer(0.8, 1e-3).withRelu();
        layer.setNIn(4);
        layer.setNOut(4);
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(layer);
        INDArray parameters = Nd4j.zeros(type, 1, 16);
        var made = layer.instantiate(conf, null, 0, parameters, true, type);
        made.setParam(
                "beta", Nd4j.createFromArray(0.1, -0.3, 0.5, 0).reshape(1, 4).castTo(type));
        made.setBackpropGradientsViewArray(Nd4j.zeros(type, 1, 16));
        INDArray typed = x.dataType() == type ? x : x.castTo(type);
        INDArray out = made.activate(typed, true, LayerWorkspaceMgr.noWorkspaces());
        var back = made.backpropGradient(
                eps.dataType() == type ? eps : eps.castTo(type), LayerWorkspaceMgr.noWorkspaces());
        INDArray predicted = made.activate(typed, false, LayerWorkspaceMgr.noWorkspaces());
        return new double[][] {
            Rows.numbers(out),
            Rows.numbers(back.getSecond()),
            Rows.numbers(made.getGradientsViewArray()),
            Rows.numbers(predicted)
        };
    }

    /** The running mean starts at 0, and squares of what lies far from it have no digits left for the deviation. */
    @ParameterizedTest(name = "images {0}")
    @ValueSource(booleans = {true, false})
    void data_may_lie_far_from_zero(boolean images) {
        INDArray x = Nd4j.createFromArray(new Random(5)
                        .doubles(BATCH * 12L)
                        .map(number -> 1.6e9 + 1e5 * number)
                        .toArray())
                .reshape(images ? new long[] {BATCH, 3, 2, 2} : new long[] {BATCH, 12})
                .castTo(DataType.FLOAT);
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(images ? InputType.convolutional(2, 2, 3) : InputType.feedForward(12))
                .addLayer("n", new FastBatchNormalizationLayer(), "in")
                .setOutputs("n")
                .build());
        graph.init();
        int[] all = images ? new int[] {0, 2, 3} : new int[] {0};
        INDArray exact = x.castTo(DataType.DOUBLE);
        INDArray centred = exact.sub(exact.mean(true, all));
        INDArray expected = centred.div(Transforms.sqrt(centred.mul(centred).mean(true, all)));
        // single precision counts in steps of 128 there, and the deviation is 29,000: half a step is 2.2e-3 of it, for
        // the
        // mean as for the number
        assertThat(Closeness.difference(graph.output(true, x)[0], expected)).isLessThan(1e-2);
    }

    /** One step, with nothing that grows in between. */
    @Test
    void one_step_agrees_to_single_precision() {
        ComputationGraph stock = graph(DataType.DOUBLE, true, true, false);
        ComputationGraph fast = graph(DataType.FLOAT, true, true, true);
        fast.setParams(stock.params().castTo(DataType.FLOAT));
        INDArray before = stock.params().dup();
        INDArray features = Nd4j.createFromArray(
                        new Random(3).doubles(BATCH * 840L, -1, 1).toArray())
                .reshape(BATCH, 2, 21, 20);
        INDArray labels = Nd4j.createFromArray(new Random(4).doubles(BATCH * 3L).toArray())
                .reshape(BATCH, 3);
        stock.fit(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}));
        fast.fit(new MultiDataSet(
                new INDArray[] {features.castTo(DataType.FLOAT)}, new INDArray[] {labels.castTo(DataType.FLOAT)}));
        Closeness.assertSameWay(fast.params(), stock.params(), before, 7e-6, 1); // √15200 u: sums over a channel
    }

    /** With ReLU done in passing, against the stock layers one after the other. */
    @ParameterizedTest(name = "{0}, pooled {1}")
    @CsvSource({"FLOAT,false", "DOUBLE,false", "FLOAT,true", "DOUBLE,true"})
    void relu_may_be_done_in_passing(DataType type, boolean pooled) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(2, 21, 20))
                .tower("only", SplitHead.of(Task.regression("out", 3).withStart(OutputStart.RANDOM)))
                .layer("hidden", Convolution.of(3, 2).withActivation(Activation.IDENTITY))
                .layer("n1", org.mtl4j.layer.BatchNormalization.standard())
                .layer("relu", new Activate(Activation.RELU));
        if (pooled) {
            network.maxPool(2);
        }
        ComputationGraph fast = Dl4jModel.create(
                        network.build(), TrainingPlan.of(new Sgd(RATE)).withDataType(type))
                .graph();
        var normalization =
                (FastBatchNormalizationLayer) fast.getLayer("only/n1").conf().getLayer();
        assertThat(normalization.isRectified()).isEqualTo(!pooled);

        var config = new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(RATE))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(21, 20, 2))
                .addLayer(
                        "hidden",
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "in")
                .addLayer("n1", stock(normalization.getDecay(), normalization.getEps()), "hidden")
                .addLayer("relu", new ActivationLayer(Activation.RELU), "n1");
        if (pooled) {
            config.addLayer(
                    "pool",
                    new SubsamplingLayer.Builder(PoolingType.MAX)
                            .kernelSize(2, 2)
                            .stride(2, 2)
                            .build(),
                    "relu");
        }
        ComputationGraph stock = new ComputationGraph(config.addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        pooled ? "pool" : "relu")
                .setOutputs("out")
                .build());
        stock.init();
        stock.setParams(fast.params().castTo(DataType.DOUBLE));
        Random random = new Random(3);
        INDArray labels = Nd4j.createFromArray(new Random(4).doubles(BATCH * 3L).toArray())
                .reshape(BATCH, 3);
        // means over a channel of all images, 15200 numbers: √15200 u is 7e-6 in float and 1.4e-14 in double
        double rounding = type == DataType.DOUBLE ? 1.4e-14 : 7e-6;
        INDArray before = stock.params().dup();
        for (int step = 0; step < 2; step++) {
            INDArray features = Closeness.decided(stock, BATCH, n -> Nd4j.createFromArray(
                            random.doubles(n * 840L, -1, 1).toArray())
                    .reshape(n, 2, 21, 20));
            stock.fit(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}));
            fast.fit(new MultiDataSet(new INDArray[] {features.castTo(type)}, new INDArray[] {labels.castTo(type)}));
            assertThat(Closeness.size(stock.params()))
                    .as("parameters that do not diverge")
                    .isLessThan(2);
            Closeness.assertSameWay(fast.params(), stock.params(), before, rounding, step + 1);
            assertThat(Closeness.relative(fast.outputSingle(features.castTo(type)), stock.outputSingle(features)))
                    .isLessThan((step + 1) * rounding);
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(0.01);
    }

    @Test
    void a_configuration_comes_back_from_its_text() {
        ComputationGraph graph = graph(DataType.FLOAT, true, true, true);
        assertThat(NeuralNetConfiguration.fromJson(graph.getLayer("n1").conf().toJson())
                        .getLayer())
                .isEqualTo(graph.getLayer("n1").conf().getLayer());
        assertThat(graph.clone().params()).isEqualTo(graph.params());
    }
}
