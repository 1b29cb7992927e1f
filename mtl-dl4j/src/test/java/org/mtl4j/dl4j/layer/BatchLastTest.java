package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.cpu.KernelsInUse;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Training with the batch last, against the same graph of stock layers. */
@Kernels
class BatchLastTest {
    private static final int CHANNELS = 2;
    private static final int HEIGHT = 21;
    private static final int WIDTH = 18;

    /** √28350 u: sums over 75 images of 21 by 18 places. */
    private static final double ROUNDING = 1e-5;

    /**
     * @param kernel of the convolutions behind the first
     * @param padding for the mode {@code Truncate}
     * @param window of the pooling behind the second convolution
     * @param poolsItself whether the first convolution does the pooling behind it
     */
    private record Setting(
            int[] kernel,
            ConvolutionMode mode,
            int[] padding,
            int[] window,
            boolean poolsItself,
            boolean rectified,
            boolean bias,
            boolean stitched) {
        @Override
        public String toString() {
            return "kernel %s, %s, padding %s, windows %s, first %s, %s pooling, %s, %s"
                    .formatted(
                            Arrays.toString(kernel),
                            mode,
                            Arrays.toString(padding),
                            Arrays.toString(window),
                            poolsItself ? "pools itself" : "does not",
                            rectified ? "rectified" : "plain",
                            bias ? "biases" : "no biases",
                            stitched ? "stitched" : "one tower");
        }
    }

    static Stream<Arguments> settings() {
        List<Setting> all = new ArrayList<>();
        int[] none = {0, 0};
        for (boolean first : new boolean[] {true, false}) {
            for (ConvolutionMode mode : new ConvolutionMode[] {ConvolutionMode.Truncate, ConvolutionMode.Same}) {
                all.add(new Setting(new int[] {3, 3}, mode, none, new int[] {2, 2}, first, true, true, true));
                all.add(new Setting(new int[] {2, 3}, mode, none, new int[] {3, 2}, first, false, false, true));
                all.add(new Setting(new int[] {1, 1}, mode, none, new int[] {2, 3}, first, true, true, false));
            }
            ConvolutionMode mode = ConvolutionMode.Truncate;
            // padding as large as the kernel: places that nothing reaches
            all.add(new Setting(new int[] {2, 2}, mode, new int[] {2, 2}, new int[] {2, 2}, first, true, true, true));
            all.add(new Setting(new int[] {2, 2}, mode, new int[] {2, 3}, new int[] {2, 2}, first, false, false, true));
        }
        return KernelsInUse.settings(all).map(Arguments::of);
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void trains_as_stock_layers_do(Setting s) {
        ComputationGraph stock = graph(s, false);
        ComputationGraph fast = graph(s, true);
        fast.setParams(stock.params().dup());
        Random random = new Random(8);
        for (int examples : new int[] {16, 75, 3}) { // the largest is divided among threads, the smallest is too small
            INDArray[] labels = new INDArray[s.stitched ? 2 : 1];
            Arrays.setAll(labels, i -> numbers(random, examples, 3));
            fast.setParams(stock.params().dup());
            INDArray before = stock.params().dup();
            for (int step = 0; step < 3; step++) {
                INDArray features =
                        Closeness.decided(stock, examples, n -> numbers(random, n, CHANNELS, HEIGHT, WIDTH));
                MultiDataSet data = new MultiDataSet(new INDArray[] {features}, labels);
                fast.fit(data);
                stock.fit(data);
                assertThat(fast.score())
                        .isCloseTo(stock.score(), org.assertj.core.data.Percentage.withPercentage(1e-3));
                Closeness.assertSameWay(fast.params(), stock.params(), before, ROUNDING, step + 1);
            }
            assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(1e-3);
        }
    }

    @Test
    void trains_the_same_without_workspaces_and_without_arrays_being_freed_too_early() {
        Setting s = (Setting) settings().findFirst().orElseThrow().get()[0];
        ComputationGraph with = graph(s, true);
        ComputationGraph without = graph(s, true);
        without.getConfiguration().setTrainingWorkspaceMode(WorkspaceMode.NONE);
        without.setParams(with.params().dup());
        Random random = new Random(8);
        INDArray features = numbers(random, 64, CHANNELS, HEIGHT, WIDTH);
        MultiDataSet data = new MultiDataSet(
                new INDArray[] {features}, new INDArray[] {numbers(random, 64, 3), numbers(random, 64, 3)});
        for (int step = 0; step < 20; step++) {
            with.fit(data);
            without.fit(data);
        }
        assertThat(without.params()).isEqualTo(with.params());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void activations_of_training_and_of_predictions_lie_so(Setting s) {
        ComputationGraph graph = graph(s, true);
        Set<String> expected = new TreeSet<>();
        for (String tower : s.stitched ? List.of("a", "b") : List.of("a")) {
            expected.addAll(List.of(tower + "1", tower + "2", tower + "p2", tower + "3"));
            if (!s.poolsItself) {
                expected.add(tower + "p1");
            }
            if (s.stitched) {
                expected.addAll(tower.equals("a") ? List.of("e-0", "u-0") : List.of("e-1", "u-1"));
            }
        }
        // products by kernels for processors without AVX would be slower than oneDNN's convolutions
        boolean old = BlasKernels.advice().isPresent();
        assertThat(Gemm.available()).isNotEqualTo(old);
        assertThat(lyingSo(graph, 16, true)).isEqualTo(old ? Set.of() : expected);
        assertThat(lyingSo(graph, 15, true)).isEmpty();
        assertThat(lyingSo(graph, 16, false)).isEqualTo(old ? Set.of() : expected);
        assertThat(lyingSo(graph, 15, false)).isEmpty();
    }

    private static Set<String> lyingSo(ComputationGraph graph, int examples, boolean training) {
        Map<String, INDArray> activations =
                graph.feedForward(numbers(new Random(1), examples, CHANNELS, HEIGHT, WIDTH), training);
        return activations.entrySet().stream()
                .filter(entry -> BatchLastLayout.matches(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** They are fused but for windows that are wider than a tile; those of 4 by 5 leave out rows and columns. */
    @Tag("slow")
    @ParameterizedTest(name = "windows {0} by {1}, {2}")
    @MethodSource("windows")
    void convolutions_of_many_channels_with_pooling_train_as_stock_layers_do(
            int height, int width, ConvolutionMode mode) {
        int[] window = {height, width};
        ComputationGraph stock = ofManyChannels(window, mode, false);
        ComputationGraph fast = ofManyChannels(window, mode, true);
        fast.setParams(stock.params().dup());
        Random random = new Random(8);
        for (int examples : new int[] {17, 75, 3}) {
            INDArray labels = numbers(random, examples, 3);
            fast.setParams(stock.params().dup());
            INDArray before = stock.params().dup();
            for (int step = 0; step < 3; step++) {
                INDArray features =
                        Closeness.decided(stock, examples, n -> numbers(random, n, CHANNELS, HEIGHT, WIDTH));
                assertThat(Closeness.relative(fast.outputSingle(features), stock.outputSingle(features)))
                        .isLessThan((step + 1) * ROUNDING);
                fast.fit(new MultiDataSet(features, labels));
                stock.fit(new MultiDataSet(features, labels));
                Closeness.assertSameWay(fast.params(), stock.params(), before, ROUNDING, step + 1);
            }
            assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(1e-3);
        }
    }

    static Stream<Arguments> windows() {
        return KernelsInUse.settings(List.of(
                Arguments.of(2, 2, ConvolutionMode.Truncate),
                Arguments.of(2, 2, ConvolutionMode.Same),
                Arguments.of(3, 2, ConvolutionMode.Truncate),
                Arguments.of(4, 5, ConvolutionMode.Truncate),
                Arguments.of(2, 3, ConvolutionMode.Same),
                Arguments.of(2, 7, ConvolutionMode.Truncate)));
    }

    private static ComputationGraph ofManyChannels(int[] window, ConvolutionMode mode, boolean fast) {
        Setting s = new Setting(new int[] {1, 1}, mode, new int[] {0, 0}, window, false, false, true, false);
        int[] kernel = {3, 3};
        GraphBuilder graph = start().addLayer("a1", convolution(s, fast, 24, kernel, Activation.RELU, false), "in");
        if (!fast) {
            graph.addLayer("a2", convolution(s, false, 40, kernel, Activation.RELU), "a1")
                    .addLayer("ap2", pooling(false, false, window), "a2");
            return finish(graph, s, false, List.of("a"), List.of("ap2"));
        }
        ConvolutionLayer.BaseConvBuilder<?> builder =
                new FastConvolutionLayer.Builder(kernel).pooling(window[0], window[1]);
        graph.addLayer(
                "a2",
                builder.nOut(40)
                        .convolutionMode(mode)
                        .activation(Activation.RELU)
                        .build(),
                "a1");
        return finish(graph, s, true, List.of("a"), List.of("a2"));
    }

    /** One output of the unit is read by what mixes it with the other again, so not all gradients are known at once. */
    @Test
    void units_of_three_towers_and_units_in_a_row_train_as_stock_layers_do() {
        ComputationGraph stock = threeTowers(false);
        ComputationGraph fast = threeTowers(true);
        fast.setParams(stock.params().dup());
        Random random = new Random(9);
        INDArray[] labels = new INDArray[5];
        Arrays.setAll(labels, i -> numbers(random, 20, 3));
        INDArray before = stock.params().dup();
        for (int step = 0; step < 3; step++) {
            INDArray features = Closeness.decided(stock, 20, n -> numbers(random, n, CHANNELS, HEIGHT, WIDTH));
            fast.fit(new MultiDataSet(new INDArray[] {features}, labels));
            stock.fit(new MultiDataSet(new INDArray[] {features}, labels));
            Closeness.assertSameWay(fast.params(), stock.params(), before, ROUNDING, step + 1);
        }
        assertThat(Closeness.difference(stock.params(), before)).isGreaterThan(1e-3);
    }

    private static ComputationGraph threeTowers(boolean fast) {
        Setting s = new Setting(
                new int[] {3, 3}, ConvolutionMode.Truncate, new int[] {0, 0}, new int[] {2, 2}, true, true, true, true);
        GraphBuilder graph = start();
        CrossStitchUnit unit = CrossStitchUnit.perChannel(0.6);
        List<String> mixed = stitched(s, fast, graph, List.of("a", "b", "c"), "u", unit);
        // the next unit reads outputs of the one before, and one of its inputs directly; a head reads a first layer
        List<String> again = CrossStitchVertex.join(graph, "v", unit, new Sgd(0.05), mixed.get(0), mixed.get(1), "ap2");
        List<String> heads = List.of(again.get(0), again.get(1), again.get(2), mixed.get(2), fast ? "b1" : "bp1");
        return finish(graph, s, fast, List.of("w", "x", "y", "z", "q"), heads);
    }

    @Test
    void nothing_is_put_so_for_a_reader_that_would_have_to_put_it_back() {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "c1",
                        new FastConvolutionLayer.Builder(3, 3)
                                .activation(Activation.RELU)
                                .nOut(4)
                                .build(),
                        "in")
                .addLayer(
                        "c2",
                        new FastConvolutionLayer.Builder(3, 3)
                                .activation(Activation.RELU)
                                .nOut(4)
                                .stride(2, 2)
                                .build(),
                        "c1")
                .addLayer(
                        "c3",
                        new FastConvolutionLayer.Builder(3, 3)
                                .activation(Activation.RELU)
                                .nOut(4)
                                .build(),
                        "c2")
                .addLayer("mean", new FastPoolingLayer.Builder(PoolingType.AVG).build(), "c3")
                .addLayer(
                        "c4",
                        new FastConvolutionLayer.Builder(2, 2)
                                .activation(Activation.RELU)
                                .nOut(4)
                                .build(),
                        "mean")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(3)
                                .build(),
                        "c4")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(HEIGHT, WIDTH, CHANNELS))
                .build();
        MemoryLayout.prepare(configuration);
        Set<String> told = configuration.getVertices().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof LayerVertex vertex
                        && vertex.getLayerConf().getLayer() instanceof FastConvolutionLayer convolution
                        && convolution.layouts().batchLast())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        assertThat(told).containsExactly("c4");
    }

    @Test
    void images_are_copied_from_one_order_to_the_other() {
        INDArray images = numbers(new Random(2), 37, 3, 5, 4);
        INDArray copy = Nd4j.createUninitialized(DataType.FLOAT, images.shape(), 'f');
        assertThat(BatchLastLayout.matches(copy)).isTrue();
        assertThat(BatchLastLayout.matches(images)).isFalse();
        BatchLastLayout.copy(images, copy);
        assertThat(copy).isEqualTo(images);
    }

    private static INDArray numbers(Random random, long... shape) {
        return Nd4j.createFromArray(random.doubles(Arrays.stream(shape).reduce(1, (a, b) -> a * b), -1, 1)
                        .toArray())
                .reshape(shape)
                .castTo(DataType.FLOAT);
    }

    private static ComputationGraph graph(Setting s, boolean fast) {
        GraphBuilder graph = start();
        if (!s.stitched) {
            String end = second(s, fast, graph, "a", first(s, fast, graph, "a"));
            return finish(graph, s, fast, List.of("a"), List.of(end));
        }
        List<String> towers = List.of("a", "b");
        List<String> ends = stitched(s, fast, graph, towers, "u", CrossStitchUnit.perChannel(0.7));
        return finish(graph, s, fast, towers, ends);
    }

    private static GraphBuilder start() {
        return new NeuralNetConfiguration.Builder()
                .seed(4)
                .updater(new Sgd(0.05))
                .graphBuilder()
                .addInputs("in");
    }

    /** Behind each end a last convolution and an output, called by the name at its place. */
    private static ComputationGraph finish(
            GraphBuilder graph, Setting s, boolean fast, List<String> names, List<String> ends) {
        for (int t = 0; t < names.size(); t++) {
            ConvolutionLayer last = convolution(s, fast, 5, s.kernel, Activation.RELU);
            graph.addLayer(names.get(t) + "3", last, ends.get(t))
                    .addLayer(
                            names.get(t) + "-out",
                            new OutputLayer.Builder(LossFunction.MSE)
                                    .activation(Activation.IDENTITY)
                                    .nOut(3)
                                    .build(),
                            names.get(t) + "3");
        }
        ComputationGraphConfiguration built = graph.setOutputs(
                        names.stream().map(name -> name + "-out").toArray(String[]::new))
                .setInputTypes(InputType.convolutional(HEIGHT, WIDTH, CHANNELS))
                .build();
        if (fast) {
            MemoryLayout.prepare(built);
        }
        ComputationGraph result = new ComputationGraph(built);
        result.init();
        return result;
    }

    /** Two layers for each tower, with a unit behind each, the later of which is named. */
    private static List<String> stitched(
            Setting s, boolean fast, GraphBuilder graph, List<String> towers, String name, CrossStitchUnit unit) {
        List<String> ends = new ArrayList<>();
        towers.forEach(tower -> ends.add(first(s, fast, graph, tower)));
        List<String> mixed = CrossStitchVertex.join(graph, "e", unit, new Sgd(0.05), ends.toArray(String[]::new));
        ends.clear();
        for (int t = 0; t < towers.size(); t++) {
            ends.add(second(s, fast, graph, towers.get(t), mixed.get(t)));
        }
        return CrossStitchVertex.join(graph, name, unit, new Sgd(0.05), ends.toArray(String[]::new));
    }

    private static String first(Setting s, boolean fast, GraphBuilder graph, String tower) {
        String end = tower + "1";
        if (fast && s.poolsItself) {
            graph.addLayer(
                    end,
                    new FastConvolutionLayer.Builder(4, 3)
                            .pooling(2, 2)
                            .inputGradient(false)
                            .convolutionMode(s.mode)
                            .hasBias(s.bias)
                            .nOut(7)
                            .activation(Activation.RELU)
                            .build(),
                    "in");
        } else {
            ConvolutionLayer first = convolution(s, fast, 7, new int[] {4, 3}, Activation.RELU, false);
            first.setPadding(new int[] {0, 0});
            graph.addLayer(end, first, "in").addLayer(tower + "p1", pooling(fast, false, new int[] {2, 2}), end);
            end = tower + "p1";
        }
        return end;
    }

    private static String second(Setting s, boolean fast, GraphBuilder graph, String tower, String from) {
        boolean later = fast && s.rectified;
        graph.addLayer(
                        tower + "2",
                        convolution(
                                s, fast, 11, s.kernel, later || !s.rectified ? Activation.IDENTITY : Activation.RELU),
                        from)
                .addLayer(tower + "p2", pooling(fast, later, s.window), tower + "2");
        return tower + "p2";
    }

    private static ConvolutionLayer convolution(Setting s, boolean fast, int out, int[] kernel, Activation activation) {
        return convolution(s, fast, out, kernel, activation, true);
    }

    private static ConvolutionLayer convolution(
            Setting s, boolean fast, int out, int[] kernel, Activation activation, boolean inputGradient) {
        ConvolutionLayer.BaseConvBuilder<?> builder = fast
                ? new FastConvolutionLayer.Builder(kernel).inputGradient(inputGradient)
                : new ConvolutionLayer.Builder(kernel);
        if (s.mode == ConvolutionMode.Truncate) {
            builder.setPadding(s.padding);
        }
        return builder.nOut(out)
                .convolutionMode(s.mode)
                .activation(activation)
                .hasBias(s.bias)
                .build();
    }

    private static SubsamplingLayer pooling(boolean fast, boolean rectified, int[] window) {
        return fast
                ? new FastPoolingLayer.Builder(PoolingType.MAX)
                        .rectified(rectified)
                        .kernelSize(window)
                        .stride(window)
                        .build()
                : new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(window)
                        .stride(window)
                        .build();
    }
}
