package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionSpec;
import org.mtl4j.dl4j.join.StitchedGraph;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.dl4j.vertex.SumVertex;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Convolutions that leave their predictions with channels last, against the same graph of stock layers. */
class MemoryLayoutTest {
    private static final int CHANNELS = 14; // 1540 numbers an image, more than one piece

    private static ConvolutionLayer convolution(
            boolean fast, int kernel, int stride, Activation activation, boolean bias) {
        ConvolutionLayer.BaseConvBuilder<?> builder =
                fast ? new FastConvolutionLayer.Builder(kernel, kernel) : new ConvolutionLayer.Builder(kernel, kernel);
        builder.setStride(new int[] {stride, stride});
        return builder.nOut(CHANNELS)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .hasBias(bias)
                .build();
    }

    private static BatchNormalization normalization(boolean fast) {
        return fast ? new FastBatchNormalizationLayer() : new BatchNormalization.Builder().build();
    }

    /** A stem, and two blocks of which the second has a shortcut with a convolution. */
    private static GraphBuilder blocks(DataType type, boolean fast) {
        return new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(type)
                .updater(new Adam(0.02))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(11, 10, 2))
                .addLayer("stem", convolution(fast, 5, 1, Activation.RELU, true), "in")
                .addLayer("c1", convolution(fast, 3, 1, Activation.IDENTITY, false), "stem")
                .addLayer("n1", normalization(fast), "c1")
                .addLayer("a1", new ActivationLayer(Activation.RELU), "n1")
                .addLayer("c2", convolution(fast, 3, 1, Activation.IDENTITY, true), "a1")
                .addVertex("sum1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "c2", "stem")
                .addLayer("b1", new ActivationLayer(Activation.RELU), "sum1")
                .addLayer("c3", convolution(fast, 3, 2, Activation.IDENTITY, false), "b1")
                .addLayer("n3", normalization(fast), "c3")
                .addLayer("s", convolution(fast, 1, 2, Activation.IDENTITY, false), "b1")
                .addVertex("sum2", new ElementWiseVertex(ElementWiseVertex.Op.Add), "s", "n3")
                .addLayer("b2", new ActivationLayer(Activation.RELU), "sum2");
    }

    private static ComputationGraphConfiguration withOutput(GraphBuilder graph, String input) {
        return graph.addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        input)
                .setOutputs("out")
                .build();
    }

    private static ComputationGraph initialised(ComputationGraphConfiguration configuration) {
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }

    private static ComputationGraph prepared(ComputationGraphConfiguration configuration) {
        MemoryLayout.prepare(configuration);
        return initialised(configuration);
    }

    private static Set<String> withChannelsLast(ComputationGraph graph) {
        return graph.feedForward(Nd4j.rand(DataType.FLOAT, 2, 2, 11, 10), false).entrySet().stream()
                .filter(entry -> !entry.getKey().equals("in") && ChannelsLastLayout.matches(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static INDArray features(int batch) {
        return Nd4j.createFromArray(new Random(2).doubles(batch * 220L, -1, 1).toArray())
                .reshape('c', batch, 2, 11, 10);
    }

    private static MultiDataSet data(DataType type) {
        INDArray labels =
                Nd4j.createFromArray(new Random(3).doubles(24).toArray()).reshape('c', 8, 3);
        return new MultiDataSet(features(8).castTo(type), labels.castTo(type));
    }

    @ParameterizedTest(name = "{0} examples of {1}")
    @CsvSource({"1, FLOAT", "2, FLOAT", "60, FLOAT", "2, DOUBLE"}) // 60 are shared among threads
    void all_activations_are_those_of_stock_layers(int batch, DataType type) {
        ComputationGraph stock = initialised(withOutput(blocks(DataType.DOUBLE, false), "b2"));
        ComputationGraph fast = prepared(withOutput(blocks(type, true), "b2"));
        for (int step = 0; step < 3; step++) { // for moments other than 0 and 1
            stock.fit(data(DataType.DOUBLE));
        }
        fast.setParams(stock.params().castTo(type));

        Map<String, INDArray> expected = stock.feedForward(features(batch), false);
        Map<String, INDArray> given = fast.feedForward(features(batch).castTo(type), false);

        assertThat(given).hasSameSizeAs(expected);
        // sums of at most 100 products, √100 u, in eight layers of which each may carry on twice what comes in
        double rounding = type == DataType.DOUBLE ? 1e-14 : 5e-6;
        expected.keySet().removeAll(Set.of("n1", "sum1", "sum2")); // the stock activation changes what it reads
        expected.forEach((vertex, values) -> assertThat(Closeness.relative(given.get(vertex), values))
                .as(vertex)
                .isLessThan(rounding));
        assertThat(Closeness.relative(fast.outputSingle(features(batch).castTo(type)), expected.get("out")))
                .isLessThan(rounding);
        if (type == DataType.FLOAT && HostBuild.hasFastConvolution()) {
            assertThat(withChannelsLast(fast))
                    .containsExactly("a1", "b1", "b2", "c1", "c2", "c3", "n1", "n3", "s", "stem", "sum1", "sum2");
        }
    }

    @Test
    void normalisation_rectifies_in_passing() {
        FastBatchNormalizationLayer rectified = new FastBatchNormalizationLayer().withRelu();
        GraphBuilder blocks = blocks(DataType.FLOAT, true)
                .addLayer("c4", convolution(true, 3, 1, Activation.IDENTITY, true), "b2")
                .addLayer("n4", rectified, "c4");
        ComputationGraph graph = prepared(withOutput(blocks, "n4"));
        for (int step = 0; step < 3; step++) {
            graph.fit(data(DataType.FLOAT));
        }
        ComputationGraphConfiguration copy = graph.getConfiguration().clone();
        copy.getVertices().values().forEach(vertex -> {
            if (vertex instanceof LayerVertex layer
                    && layer.getLayerConf().getLayer() instanceof FastConvolutionLayer convolution) {
                convolution.setLayouts(new ConvolutionSpec.Layouts(
                        false,
                        convolution.layouts().batchLast(),
                        convolution.layouts().outputOverwritten()));
            }
        });
        ComputationGraph inOrder = new ComputationGraph(copy);
        inOrder.init(graph.params(), false);
        INDArray x = features(3).castTo(DataType.FLOAT);
        INDArray given = graph.feedForward(x, false).get("n4");
        INDArray expected = inOrder.feedForward(x, false).get("n4");
        assertThat(ChannelsLastLayout.matches(expected)).isFalse();
        assertThat(expected.minNumber().doubleValue()).isZero();
        assertThat(Closeness.relative(given, expected)).isLessThan(5e-6); // as above
    }

    @Test
    void training_gives_the_same_to_the_bit() {
        ComputationGraph before = initialised(withOutput(blocks(DataType.FLOAT, true), "b2"));
        ComputationGraph after = prepared(withOutput(blocks(DataType.FLOAT, true), "b2"));
        assertThat(after.params()).isEqualTo(before.params());
        for (int step = 0; step < 4; step++) {
            after.outputSingle(data(DataType.FLOAT).getFeatures(0)); // predictions in between leave nothing behind
            before.fit(data(DataType.FLOAT));
            after.fit(data(DataType.FLOAT));
        }
        assertThat(after.params().toFloatVector()).isEqualTo(before.params().toFloatVector());
    }

    private static Set<String> arranged(ComputationGraphConfiguration configuration) {
        MemoryLayout.prepare(configuration);
        return toldSo(configuration);
    }

    private static final List<String> ALL = List.of("c1", "c2", "c3", "s", "stem");

    @Test
    void what_reads_maps_as_a_whole_takes_either_layout() {
        assertThat(arranged(withOutput(blocks(DataType.FLOAT, true), "b2"))).containsExactlyElementsOf(ALL);
        assertThat(arranged(withOutput(
                        blocks(DataType.FLOAT, true).addLayer("p", new TypedGlobalPoolingLayer(PoolingType.AVG), "b2"),
                        "p")))
                .containsExactlyElementsOf(ALL);
        assertThat(arranged(withOutput(blocks(DataType.FLOAT, true).addLayer("p", new SoftArgmaxLayer(), "b2"), "p")))
                .containsExactlyElementsOf(ALL);
    }

    @Test
    void what_leads_to_other_layers_and_to_outputs_stays_in_order() {
        FastPoolingLayer pooling = new FastPoolingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
        // both sides of the second block end there
        assertThat(arranged(withOutput(blocks(DataType.FLOAT, true).addLayer("p", pooling, "b2"), "p")))
                .containsExactly("c1", "c2", "stem");
        // c2 is added to the stem, which the pooling reads; nobody reads what c3 and s lead to
        assertThat(arranged(withOutput(
                        blocks(DataType.FLOAT, true).allowDisconnected(true).addLayer("p", pooling, "stem"), "p")))
                .containsExactly("c1", "c3", "s");
        ComputationGraphConfiguration read =
                blocks(DataType.FLOAT, true).setOutputs("n1", "b2").build();
        assertThat(arranged(read)).containsExactly("c2", "stem");
        FastConvolutionLayer sigmoid = (FastConvolutionLayer) convolution(true, 3, 1, Activation.SIGMOID, true);
        FastConvolutionLayer dilated = (FastConvolutionLayer) convolution(true, 3, 1, Activation.RELU, true);
        dilated.setDilation(new int[] {2, 2});
        assertThat(arranged(withOutput(
                        blocks(DataType.FLOAT, true)
                                .addLayer("d", dilated, "b2")
                                .addLayer("e", sigmoid, "d"),
                        "e")))
                .containsExactly("c1", "c2", "stem");
    }

    @Test
    void channels_last_in_shape_too_are_left_alone() {
        FastConvolutionLayer other = (FastConvolutionLayer) convolution(true, 3, 1, Activation.RELU, true);
        other.setCnn2dDataFormat(CNN2DFormat.NHWC);
        ComputationGraphConfiguration configuration = withOutput(
                new NeuralNetConfiguration.Builder()
                        .graphBuilder()
                        .addInputs("in")
                        .setInputTypes(InputType.convolutional(11, 10, 2, CNN2DFormat.NHWC))
                        .addLayer("c", other, "in"),
                "c");
        assertThat(arranged(configuration)).isEmpty();
    }

    @Test
    void only_plain_sums_and_rectifiers_are_replaced() {
        ComputationGraphConfiguration configuration = withOutput(
                blocks(DataType.FLOAT, true)
                        .addVertex("product", new ElementWiseVertex(ElementWiseVertex.Op.Product), "b2", "n3")
                        .addLayer("tanh", new ActivationLayer(Activation.TANH), "product")
                        .addLayer(
                                "dropped",
                                new ActivationLayer.Builder()
                                        .activation(Activation.RELU)
                                        .dropOut(0.5)
                                        .build(),
                                "tanh"),
                "dropped");
        MemoryLayout.prepare(configuration);
        Map<String, Class<?>> classes = configuration.getVertices().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue() instanceof LayerVertex vertex
                                ? vertex.getLayerConf().getLayer().getClass()
                                : entry.getValue().getClass()));
        assertThat(classes)
                .containsEntry("sum1", SumVertex.class)
                .containsEntry("b1", FastActivationLayer.class)
                .containsEntry("product", ElementWiseVertex.class)
                .containsEntry("tanh", FastActivationLayer.class)
                .containsEntry("dropped", FastActivationLayer.class);
    }

    @Test
    void a_prepared_graph_is_saved_and_cloned(@TempDir Path directory) throws Exception {
        ComputationGraph graph = prepared(withOutput(blocks(DataType.FLOAT, true), "b2"));
        Path file = directory.resolve("graph.zip");
        ModelSerializer.writeModel(graph, file.toFile(), false);
        assertThat(Files.size(file)).isPositive();
        ComputationGraph read = ModelSerializer.restoreComputationGraph(file.toFile());
        assertThat(read.getConfiguration()).isEqualTo(graph.getConfiguration());
        assertThat(withChannelsLast(read)).isEqualTo(withChannelsLast(graph));
        assertThat(withChannelsLast(graph.clone())).isEqualTo(withChannelsLast(graph));
        INDArray x = features(2).castTo(DataType.FLOAT);
        assertThat(read.outputSingle(x)).isEqualTo(graph.outputSingle(x));
    }

    private static Set<String> toldSo(ComputationGraphConfiguration configuration) {
        return configuration.getVertices().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof LayerVertex vertex
                        && vertex.getLayerConf().getLayer() instanceof FastConvolutionLayer convolution
                        && convolution.layouts().channelsLast())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void a_unit_between_convolutions_is_noticed() {
        ComputationGraph alone = prepared(withOutput(blocks(DataType.FLOAT, true), "b2"));
        InputType type = InputType.convolutional(11, 10, 2);
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", alone, type)
                .network("b", alone, type)
                .stitch(CrossStitchUnit.perChannel(1.0), "c1")
                .build();
        assertThat(toldSo(joined.graph().getConfiguration()))
                .containsExactly("a/c2", "a/c3", "a/s", "a/stem", "b/c2", "b/c3", "b/s", "b/stem");
        assertThat(toldSo(joined.tower("a").getConfiguration())).containsExactlyElementsOf(ALL);
        INDArray x = features(2).castTo(DataType.FLOAT);
        assertThat(Closeness.relative(joined.graph().output(x, x)[1], alone.outputSingle(x)))
                .isLessThan(5e-6); // as above
    }

    @Test
    void a_configuration_from_before_is_prepared_and_predicts_the_same() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(2, 11, 10))
                .tower("t", SplitHead.of(Task.regression("y", 3)))
                .convolution("stem", CHANNELS, 3)
                .residual("block", block -> block.layer(
                                "conv",
                                Convolution.of(CHANNELS, 3)
                                        .withPadding(Padding.SAME)
                                        .withActivation(Activation.IDENTITY))
                        .batchNormalization())
                .build();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(5));
        String now = model.graph().getConfiguration().toJson();
        String before = now.replace(
                        "\"" + SumVertex.class.getName() + "\"",
                        "\"" + ElementWiseVertex.class.getName() + "\", \"op\" : \"Add\"")
                .replace(FastActivationLayer.class.getName(), ActivationLayer.class.getName())
                .replaceAll("\"channelsLast\" : (true|false),", "");
        assertThat(before).contains("ElementWiseVertex").doesNotContain("SumVertex", "channelsLast");
        ComputationGraphConfiguration configuration = ComputationGraphConfiguration.fromJson(before);
        MemoryLayout.prepare(configuration);
        ComputationGraph read = new ComputationGraph(configuration);
        read.init(model.graph().params().dup(), false);
        assertThat(read.getConfiguration()).isEqualTo(model.graph().getConfiguration());
        INDArray x = features(2).castTo(DataType.FLOAT);
        assertThat(read.outputSingle(x)).isEqualTo(model.predict(x).of("y"));
    }
}
