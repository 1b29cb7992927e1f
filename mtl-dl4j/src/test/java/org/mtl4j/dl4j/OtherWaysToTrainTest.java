package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.layer.FastBatchNormalizationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * What Deeplearning4j can do with a graph beside plain training: with the library's layers and units in it as with
 * stock ones.
 */
class OtherWaysToTrainTest {
    private static final int SIDE = 12;

    /** As noise, but always the same, and the same in any order of numbers. */
    public static final class Raise implements IDropout {
        private static final long serialVersionUID = 1L;

        @Override
        public INDArray applyDropout(
                INDArray input, INDArray output, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
            return output == input ? output.addi(0.5) : output.assign(input).addi(0.5);
        }

        @Override
        public INDArray backprop(INDArray gradientAtOutput, INDArray gradientAtInput, int iteration, int epoch) {
            return gradientAtOutput;
        }

        @Override
        public void clear() {
            // nothing is kept
        }

        @Override
        public Raise clone() {
            return this;
        }
    }

    @ParameterizedTest(name = "{0} examples")
    @ValueSource(ints = {5, 16})
    void convolutions_are_frozen_and_let_gradients_through(int examples) {
        trainsAsStockLayers(
                examples,
                fast -> chain(
                        convolution(fast, 3), new FrozenLayerWithBackprop(convolution(fast, 4)), convolution(fast, 5)));
    }

    /** The stock layer can do it without workspaces only. */
    @Test
    void normalisation_is_frozen_and_lets_gradients_through() {
        trainsAsStockLayers(16, fast -> {
            Layer normalization = fast ? new FastBatchNormalizationLayer() : new BatchNormalization();
            ComputationGraph graph =
                    chain(convolution(fast, 3), new FrozenLayerWithBackprop(normalization), convolution(fast, 5));
            if (!fast) {
                graph.getConfiguration().setTrainingWorkspaceMode(WorkspaceMode.NONE);
            }
            return graph;
        });
    }

    @ParameterizedTest(name = "{0} examples")
    @ValueSource(ints = {5, 16})
    void what_reads_a_convolution_overwrites_its_output(int examples) {
        trainsAsStockLayers(examples, fast -> {
            ConvolutionLayer noisy = convolution(fast, 4);
            noisy.setIDropout(new Raise());
            return chain(convolution(fast, 3), noisy);
        });
    }

    /**
     * By itself nothing tells the convolution who reads it; dropout and the vertex hand on the array that they read.
     */
    @ParameterizedTest
    @ValueSource(strings = {"not arranged", "behind dropout", "behind a vertex"})
    void what_reads_a_convolution_overwrites_its_output_and_nothing_says_so(String how) {
        trainsAsStockLayers(5, fast -> {
            GraphBuilder graph = start(DataType.FLOAT).addLayer("conv", convolution(fast, 3), "in");
            DenseLayer noisy = new DenseLayer.Builder().nOut(4).build();
            noisy.setIDropout(new Raise());
            if (how.equals("behind dropout")) {
                graph.addLayer("between", new DropoutLayer(0.9999999), "conv").addLayer("noisy", noisy, "between");
            } else if (how.equals("behind a vertex")) {
                noisy.setNIn(3 * (SIDE - 2) * (SIDE - 2));
                graph.addVertex(
                                "between",
                                new PreprocessorVertex(new CnnToFeedForwardPreProcessor(SIDE - 2, SIDE - 2, 3)),
                                "conv")
                        .addLayer("noisy", noisy, "between");
            } else {
                graph.addLayer("noisy", noisy, "conv");
            }
            return finish(graph.addLayer("out", output(), "noisy").setOutputs("out"), !how.equals("not arranged"));
        });
    }

    @Test
    void a_mask_of_images_is_pooled_with_them() {
        INDArray mask = Nd4j.ones(DataType.FLOAT, 5, 1, SIDE, 1);
        for (int row = 4; row < SIDE; row++) {
            mask.putScalar(new int[] {1, 0, row, 0}, 0);
        }
        INDArray[] outputs = new INDArray[2];
        for (boolean fast : new boolean[] {true, false}) {
            GraphBuilder graph = start(DataType.FLOAT);
            String end = "conv";
            if (fast) {
                graph.addLayer(
                        "conv",
                        new FastConvolutionLayer.Builder(3, 3)
                                .pooling(2, 2)
                                .nOut(4)
                                .convolutionMode(ConvolutionMode.Same)
                                .build(),
                        "in");
            } else {
                graph.addLayer(
                                "conv",
                                new ConvolutionLayer.Builder(3, 3)
                                        .nOut(4)
                                        .convolutionMode(ConvolutionMode.Same)
                                        .build(),
                                "in")
                        .addLayer("pool", pooling(), "conv");
                end = "pool";
            }
            ComputationGraph built = finish(
                    graph.addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), end)
                            .addLayer("out", output(), "mean")
                            .setOutputs("out"),
                    true);
            built.setParams(numbers(built.numParams()).reshape(1, -1));
            outputs[fast ? 0 : 1] =
                    built.output(false, new INDArray[] {numbers(5, 1, SIDE, SIDE)}, new INDArray[] {mask}, null)[0];
        }
        // sums of 9 products, of 36 numbers and of 4 products, in float: (9 + 36 + 4) u
        assertThat(Closeness.relative(outputs[0], outputs[1])).isLessThan(3e-6);
    }

    /** A sum has made predictions only, and is asked for gradients. */
    @Test
    void errors_come_from_outside_to_what_has_predicted() {
        Gradient[] gradients = new Gradient[2];
        for (boolean fast : new boolean[] {true, false}) {
            GraphBuilder graph = start(DataType.FLOAT)
                    .addLayer("a", new DenseLayer.Builder().nOut(3).build(), "in")
                    .addLayer("b", new DenseLayer.Builder().nOut(3).build(), "in")
                    .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a", "b")
                    .setOutputs("sum")
                    .setInputTypes(InputType.feedForward(5));
            ComputationGraphConfiguration built = graph.build();
            if (fast) {
                MemoryLayout.prepare(built);
            }
            ComputationGraph result = new ComputationGraph(built);
            result.init();
            result.feedForward(new INDArray[] {numbers(8, 5)}, false, false);
            gradients[fast ? 0 : 1] = result.backpropGradient(numbers(8, 3));
        }
        gradients[1].gradientForVariable().forEach((name, gradient) -> assertThat(
                        Closeness.relative(gradients[0].getGradientFor(name), gradient))
                .as(name)
                .isLessThan(1e-6)); // sums of 8 products in float: 8 u
    }

    /** The trunk before the vertex lies in another workspace than what follows. */
    @Test
    void weights_are_related_behind_a_trunk_and_frozen_ones_stay() {
        GraphBuilder graph = start(DataType.FLOAT)
                .addLayer("trunk", new DenseLayer.Builder().nOut(6).build(), "in")
                .addVertex(
                        "related",
                        new WeightRelatednessVertex(
                                List.of(new WeightTie("a", "b")), Relatedness.l2(), 1, new Sgd(0.1), 1),
                        "trunk")
                .addLayer(
                        "a",
                        new FrozenLayerWithBackprop(
                                new DenseLayer.Builder().nOut(4).build()),
                        "related")
                .addLayer("b", new DenseLayer.Builder().nOut(4).build(), "related")
                .addLayer("a-out", output(), "a")
                .addLayer("b-out", output(), "b")
                .setOutputs("a-out", "b-out")
                .setInputTypes(InputType.feedForward(5));
        ComputationGraph built = new ComputationGraph(graph.build());
        built.init();
        INDArray frozen = built.getLayer("a").params().dup();
        INDArray other = built.getLayer("b").params().dup();
        INDArray x = numbers(8, 5);
        for (int step = 0; step < 3; step++) {
            built.fit(new MultiDataSet(new INDArray[] {x}, new INDArray[] {numbers(8, 2), numbers(8, 2)}));
        }
        assertThat(built.getLayer("a").params()).isEqualTo(frozen);
        assertThat(built.getLayer("b").params()).isNotEqualTo(other);
        assertThat(built.output(false, x)[1])
                .isEqualTo(built.feedForward(new INDArray[] {x}, false).get("b-out"));
    }

    /** Also when the configuration has been a file. */
    @ParameterizedTest(name = "pooling {0}")
    @ValueSource(booleans = {false, true})
    void first_convolutions_take_flat_images(boolean pooling) {
        INDArray flat = numbers(16, SIDE * SIDE);
        INDArray images = flat.reshape(16, 1, SIDE, SIDE);
        INDArray targets = numbers(16, 2);
        ComputationGraph expected = ofData(InputType.convolutional(SIDE, SIDE, 1), pooling);
        ComputationGraph graph = ofData(InputType.convolutionalFlat(SIDE, SIDE, 1), pooling);
        ComputationGraph read = new ComputationGraph(
                ComputationGraphConfiguration.fromJson(graph.getConfiguration().toJson()));
        read.init();
        for (int step = 0; step < 3; step++) {
            expected.fit(new MultiDataSet(images, targets));
            graph.fit(new MultiDataSet(flat, targets));
            read.fit(new MultiDataSet(flat, targets));
        }
        assertThat(graph.params()).isEqualTo(expected.params());
        assertThat(read.params()).isEqualTo(expected.params());
    }

    private static ComputationGraph ofData(InputType type, boolean pooling) {
        FastConvolutionLayer.Builder first = new FastConvolutionLayer.Builder(3, 3).inputGradient(false);
        if (pooling) {
            first.pooling(2, 2);
        }
        ComputationGraph graph = new ComputationGraph(start(DataType.FLOAT)
                .addLayer("conv", first.nOut(4).activation(Activation.RELU).build(), "in")
                .addLayer("out", output(), "conv")
                .setOutputs("out")
                .setInputTypes(type)
                .build());
        graph.init();
        return graph;
    }

    /** Layers turn the data into the network's type; a unit right behind the inputs is the first to see them. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void a_unit_right_behind_the_inputs_takes_data_of_another_type(DataType type) {
        GraphBuilder graph = start(type).addInputs("other");
        CrossStitchVertex.join(graph, "u", CrossStitchUnit.perChannel(0.7), new Sgd(0.1), "in", "other");
        ComputationGraph built = new ComputationGraph(graph.addLayer("a", output(), "u-0")
                .addLayer("b", output(), "u-1")
                .setOutputs("a", "b")
                .setInputTypes(InputType.feedForward(5), InputType.feedForward(5))
                .build());
        built.init();
        INDArray x = numbers(8, 5);
        INDArray y = x.mul(-2).addi(1);
        DataType other = type == DataType.FLOAT ? DataType.DOUBLE : DataType.FLOAT;
        INDArray mixed = built.feedForward(new INDArray[] {x.castTo(other), y.castTo(other)}, false)
                .get("u-0");
        assertThat(mixed.dataType()).isEqualTo(type);
        // numbers, coefficients, products and the sum are rounded; what cancels out counts, 0.7 x against 0.3 · 2 x
        double unit = type == DataType.HALF ? 0x1p-11 : 0x1p-24;
        assertThat(Closeness.difference(mixed, x.mul(0.7).addi(y.mul(0.3))))
                .isLessThan(4 * unit * (0.7 * Closeness.size(x) + 0.3 * Closeness.size(y)));
        INDArray before = built.params().dup();
        built.fit(new MultiDataSet(
                new INDArray[] {x.castTo(other), y.castTo(other)}, new INDArray[] {numbers(8, 2), numbers(8, 2)}));
        assertThat(built.params()).isNotEqualTo(before);
        assertThat(built.params().isNaN().any()).isFalse();
    }

    @Test
    void a_unit_predicts_as_in_training() {
        ComputationGraph graph = stitched(DataType.FLOAT, true, false);
        INDArray x = numbers(16, 1, SIDE, SIDE);
        INDArray[] noisy = graph.output(true, x);
        INDArray[] plain = graph.output(false, x);
        for (int i = 0; i < plain.length; i++) {
            // sums of at most 75 products, in two kinds of layers: 2 · 75 u
            assertThat(Closeness.relative(noisy[i], plain[i])).isLessThan(9e-6);
        }
    }

    @Test
    void units_are_frozen_with_all_before_them() {
        ComputationGraph graph = stitched(DataType.FLOAT, true, false);
        ComputationGraph tuned = new TransferLearning.GraphBuilder(graph)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Sgd(0.1))
                        .build())
                .setFeatureExtractor("u-0", "u-1")
                .build();
        INDArray alpha = tuned.getVertex("u-0").params().dup();
        INDArray last = tuned.getLayer("a-out").params().dup();
        MultiDataSet data = new MultiDataSet(
                new INDArray[] {numbers(16, 1, SIDE, SIDE)}, new INDArray[] {numbers(16, 2), numbers(16, 2)});
        for (int step = 0; step < 2; step++) {
            tuned.fit(data);
        }
        assertThat(tuned.getVertex("u-0").params()).isEqualTo(alpha);
        assertThat(tuned.getLayer("a-out").params()).isNotEqualTo(last);
    }

    /** One output of the unit is an output of the network, too, and is read by a layer all the same. */
    @Test
    void errors_come_from_outside() {
        ComputationGraph stock = stitched(DataType.DOUBLE, false, true);
        stock.setParams(parametersOf(stock));
        Random random = new Random(11);
        INDArray images =
                Closeness.decided(stock, 16, n -> Nd4j.createFromArray(DoubleStream.generate(random::nextGaussian)
                                .limit((long) n * SIDE * SIDE)
                                .toArray())
                        .reshape(n, 1, SIDE, SIDE));
        Gradient exact = ofErrorsFromOutside(stock, images);
        Gradient fast = ofErrorsFromOutside(stitched(DataType.FLOAT, true, true), images);
        assertThat(fast.gradientForVariable().keySet())
                .isEqualTo(exact.gradientForVariable().keySet());
        exact.gradientForVariable().forEach((name, gradient) -> assertThat(
                        Closeness.relative(fast.getGradientFor(name), gradient))
                .as(name)
                .isLessThan(7e-6)); // √1600 u is 2.4e-6: sums over 16 images of 100 places, through three layers
    }

    private static INDArray parametersOf(ComputationGraph graph) {
        return numbers(graph.numParams())
                .castTo(graph.params().dataType())
                .muli(0.3)
                .reshape(1, -1);
    }

    private static Gradient ofErrorsFromOutside(ComputationGraph graph, INDArray images) {
        DataType type = graph.params().dataType();
        graph.setParams(parametersOf(graph));
        INDArray x = images.castTo(type);
        Map<String, INDArray> activations = graph.feedForward(new INDArray[] {x}, true, false);
        return graph.backpropGradient(graph.getConfiguration().getNetworkOutputs().stream()
                .map(output -> numbers(activations.get(output).shape()).castTo(type))
                .toArray(INDArray[]::new));
    }

    private static void trainsAsStockLayers(int examples, Function<Boolean, ComputationGraph> graph) {
        ComputationGraph stock = graph.apply(false);
        ComputationGraph fast = graph.apply(true);
        fast.setParams(stock.params().dup());
        INDArray before = stock.params().dup();
        Random random = new Random(7);
        for (int step = 0; step < 3; step++) {
            INDArray features = Closeness.decided(
                    stock, examples, n -> Nd4j.createFromArray(DoubleStream.generate(random::nextGaussian)
                                    .limit((long) n * SIDE * SIDE)
                                    .toArray())
                            .reshape(n, 1, SIDE, SIDE)
                            .castTo(DataType.FLOAT));
            MultiDataSet data = new MultiDataSet(new INDArray[] {features}, new INDArray[] {numbers(examples, 2)});
            stock.fit(data);
            fast.fit(data);
            // √1600 u is 2.4e-6: sums over 16 images of 100 places, through three layers
            Closeness.assertSameWay(fast.params(), stock.params(), before, 7e-6, step + 1);
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(1e-3);
    }

    private static ComputationGraph chain(Layer... layers) {
        GraphBuilder graph = start(DataType.FLOAT);
        String end = "in";
        for (int i = 0; i < layers.length; i++) {
            graph.addLayer("c" + i, layers[i], end);
            end = "c" + i;
        }
        return finish(graph.addLayer("out", output(), end).setOutputs("out"), true);
    }

    /** Two first convolutions and a unit, with a head each. */
    private static ComputationGraph stitched(DataType type, boolean fast, boolean errorsFromOutside) {
        GraphBuilder graph = start(type).addLayer("a", first(fast), "in").addLayer("b", first(fast), "in");
        if (!fast) {
            graph.addLayer("ap", pooling(), "a").addLayer("bp", pooling(), "b");
        }
        String[] ends = fast ? new String[] {"a", "b"} : new String[] {"ap", "bp"};
        CrossStitchVertex.join(graph, "u", CrossStitchUnit.perChannel(0.7), new Sgd(0.1), ends);
        graph.addLayer("a-conv", convolution(fast, 3), "u-0").addLayer("b-conv", convolution(fast, 3), "u-1");
        if (errorsFromOutside) {
            return finish(graph.setOutputs("u-0", "a-conv", "b-conv"), fast);
        }
        graph.addLayer("a-out", output(), "a-conv").addLayer("b-out", output(), "b-conv");
        return finish(graph.setOutputs("a-out", "b-out"), fast);
    }

    private static Layer first(boolean fast) {
        return fast
                ? new FastConvolutionLayer.Builder(3, 3)
                        .pooling(2, 2)
                        .inputGradient(false)
                        .nOut(4)
                        .activation(Activation.RELU)
                        .build()
                : convolution(false, 4);
    }

    private static Layer pooling() {
        return new SubsamplingLayer.Builder().kernelSize(2, 2).stride(2, 2).build();
    }

    private static ConvolutionLayer convolution(boolean fast, int out) {
        ConvolutionLayer.BaseConvBuilder<?> builder =
                fast ? new FastConvolutionLayer.Builder(3, 3) : new ConvolutionLayer.Builder(3, 3);
        return builder.nOut(out).activation(Activation.RELU).build();
    }

    private static Layer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .activation(Activation.IDENTITY)
                .nOut(2)
                .build();
    }

    private static GraphBuilder start(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .updater(new Sgd(0.05))
                .graphBuilder()
                .addInputs("in");
    }

    private static ComputationGraph finish(GraphBuilder graph, boolean prepared) {
        ComputationGraphConfiguration built =
                graph.setInputTypes(InputType.convolutional(SIDE, SIDE, 1)).build();
        if (prepared) {
            MemoryLayout.prepare(built);
        }
        ComputationGraph result = new ComputationGraph(built);
        result.init();
        return result;
    }

    private static INDArray numbers(long... shape) {
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] numbers = DoubleStream.generate(new Random(length)::nextGaussian)
                .limit(length)
                .toArray();
        return Nd4j.createFromArray(numbers).reshape(shape).castTo(DataType.FLOAT);
    }
}
