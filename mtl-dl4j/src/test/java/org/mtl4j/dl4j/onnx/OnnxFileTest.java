package org.mtl4j.dl4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.join.StitchedGraph;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.dl4j.testing.EveryNetwork;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** What is in an ONNX file besides the numbers, graphs of any origin, and files that cannot be written. */
class OnnxFileTest {
    private static final Shape IMAGE = Shape.image(1, 8, 8);

    @TempDir
    private Path directory;

    private static Dl4jModel faces() {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(IMAGE)
                        .tower("points", SplitHead.of(Task.regression("landmarks", 4)))
                        .tower("smile", SplitHead.of(Task.classification("smile", "no", "yes")))
                        .convolution("conv", 3, 3)
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(17));
        model.setProperty("crop.size", "8");
        model.setProperty("crop.pixels", "STANDARDIZED");
        return model;
    }

    @Test
    void a_file_says_what_goes_in_and_what_comes_out() throws Exception {
        Path file = directory.resolve("new/faces.onnx");
        OnnxExport export =
                OnnxExport.of(faces()).withMetadata("trained", "yesterday").withMetadata("crop.size", "9");
        export.write(file);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString())) {
            assertThat(session.getInputNames()).containsExactly("input");
            assertThat(session.getOutputNames()).containsExactly("landmarks", "smile");
            assertThat(shape(session.getInputInfo().get("input"))).containsExactly(-1, 1, 8, 8);
            assertThat(shape(session.getOutputInfo().get("smile"))).containsExactly(-1, 2);
            Map<String, String> metadata = session.getMetadata().getCustomMetadata();
            assertThat(metadata).isEqualTo(export.metadata());
            assertThat(metadata)
                    .containsEntry("trained", "yesterday")
                    .containsEntry("crop.size", "9") // what is given replaces what the model has
                    .containsEntry("crop.pixels", "STANDARDIZED")
                    .containsEntry("mtl4j.seed", "17")
                    .containsKey("mtl4j.version")
                    .doesNotContainValue("unknown")
                    .containsEntry(
                            "mtl4j.tasks",
                            "[{\"name\":\"landmarks\",\"kind\":\"regression\",\"outputs\":4},{\"name\":\"smile\","
                                    + "\"kind\":\"multi-class\",\"outputs\":2,\"classes\":[\"no\",\"yes\"]}]")
                    .containsEntry("mtl4j.inputs", "[{\"name\":\"input\",\"kind\":\"image\",\"shape\":[1,8,8]}]")
                    .doesNotContainKey("mtl4j.encoding");
            assertThat(session.getMetadata().getProducerName()).isEqualTo("MTL4J");
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(export.toBytes());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> export.withMetadata("mtl4j.seed", "18"))
                .withMessage("a key of metadata is not blank and does not begin with 'mtl4j.', which is the library's"
                        + " own; got 'mtl4j.seed'");
    }

    /** Names may be any text, which ONNX Runtime for Java would not read as it is. */
    @Test
    void names_of_classes_and_columns_come_out_as_they_went_in() throws Exception {
        List<String> names = List.of("a \"quoted\" one", "\u00fc\u0416\ud83d\ude00", "end\u0000\n\ud800");
        TableSchema schema = TableSchema.builder()
                .categories("st\u00e4dte, \"gro\u00df\" \ud83d\ude00")
                .label(Label.numbers("rent", "rent \u20ac"))
                .build();
        TableEncoding encoding = TableEncoding.fitter(schema)
                .add(new Object[] {"K\u00f6ln \"Deutz\"", 500.0})
                .add(new Object[] {"Ulm \ud83d\ude00", 700.0})
                .build();
        Task kind = Task.classification("kind", names.toArray(String[]::new));
        Dl4jModel model = Dl4jModel.create(
                encoding.network(3)
                        .tower("both", SplitHead.of(encoding.task("rent"), kind))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(1e-3));
        model.setEncoding(encoding);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(OnnxExport.of(model).toBytes())) {
            Map<String, String> metadata = session.getMetadata().getCustomMetadata();
            List<String> found = new ArrayList<>();
            new ObjectMapper()
                    .readTree(metadata.get("mtl4j.tasks"))
                    .get(1)
                    .get("classes")
                    .forEach(each -> found.add(each.asText()));
            assertThat(found).isEqualTo(names);
            assertThat(TableEncoding.fromJson(metadata.get("mtl4j.encoding"))).isEqualTo(encoding);
        }
    }

    private static long[] shape(NodeInfo info) {
        return ((TensorInfo) info.getInfo()).getShape();
    }

    @Test
    void codes_are_whole_numbers_and_those_that_are_not_there_are_refused() throws OrtException {
        TableSchema schema = TableSchema.builder()
                .categories("town")
                .numbers("rooms")
                .label(Label.numbers("rent", "rent"))
                .build();
        TableEncoding encoding = TableEncoding.fitter(schema)
                .add(new Object[] {"Bonn", 2.0, 500.0})
                .add(new Object[] {"Ulm", 3.0, 700.0})
                .build();
        Dl4jModel model = EveryNetwork.drawn(
                encoding.network(3)
                        .tower("rent", SplitHead.of(encoding.task("rent")))
                        .dense("fc", 4)
                        .build(),
                DataType.FLOAT);
        model.setEncoding(encoding);
        OnnxAnswers.assertAlike(model, model, OnnxAnswers.ROUNDING);
        OnnxExport export = OnnxExport.of(model);
        assertThat(TableEncoding.fromJson(export.metadata().get("mtl4j.encoding")))
                .isEqualTo(encoding);
        assertThat(export.metadata().get("mtl4j.inputs"))
                .contains("{\"name\":\"codes\",\"kind\":\"categories\",\"shape\":[1],\"codes\":[4]}");
        try (OnnxAnswers onnx = new OnnxAnswers(export.toBytes())) {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            for (int code : List.of(-1, 4)) {
                assertThatExceptionOfType(OrtException.class)
                        .isThrownBy(() -> onnx.session()
                                .run(Map.of(
                                        "codes",
                                        OnnxTensor.createTensor(
                                                environment, IntBuffer.wrap(new int[] {code}), new long[] {1, 1}),
                                        "numbers",
                                        OnnxTensor.createTensor(environment, new float[][] {{0}}))))
                        .withMessageContaining("4"); // one more than there are rows, or counted from the end
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exact", "relatedness", "residual", "stitched", "dl4j-layer"})
    void models_of_older_files_answer_as_they_do(String name) throws Exception {
        Dl4jModel model = Dl4jModel.load(Path.of("src/test/resources/format-1", name + ".zip"));
        OnnxAnswers.assertAlike(OnnxExport.of(model), model, OnnxAnswers.ROUNDING, false);
    }

    /** Numbers whose sums are exact, about 50, of which ONNX Runtime would lose the variance. */
    @Test
    void numbers_far_from_zero_are_normalised_as_the_model_does() throws OrtException {
        for (Shape shape : List.of(Shape.vector(4), Shape.sequence(4, 3))) {
            NetworkBuilder network = MultiTaskNetwork.builder(shape)
                    .tower("only", SplitHead.of(Task.regression("numbers", 3)))
                    .layerNormalization();
            Dl4jModel model = EveryNetwork.drawn(
                    (shape instanceof Shape.Sequence ? network.lastStep() : network).build(), DataType.FLOAT);
            INDArray features = EveryNetwork.array(shape, 7, new Random(1)).addi(50);
            try (OnnxAnswers onnx = new OnnxAnswers(OnnxExport.of(model).toBytes())) {
                assertThat(OnnxAnswers.difference(
                                OnnxAnswers.floats(model.predict(features).of("numbers")),
                                onnx.ask(Map.of("input", features)).get("numbers")))
                        .as("%s", shape)
                        .isLessThanOrEqualTo(OnnxAnswers.ROUNDING);
            }
        }
    }

    /** Such as years and incomes, which nobody has standardised, are by the first layer. */
    @Test
    void means_far_from_zero_are_subtracted_as_the_model_does() throws OrtException {
        for (Shape shape : List.of(Shape.vector(3), Shape.image(3, 4, 5))) {
            Dl4jModel model = EveryNetwork.drawn(
                    MultiTaskNetwork.builder(shape)
                            .tower("only", SplitHead.of(Task.regression("numbers", 3)))
                            .layer("norm", BatchNormalization.standard())
                            .dense("fc", 4)
                            .build(),
                    DataType.FLOAT);
            Map<String, INDArray> statistics =
                    model.graph().getVertex("only/norm").paramTable(false);
            statistics.get("mean").assign(20_000);
            statistics.get("log10stdev").assign(Math.log10(5));
            INDArray features =
                    EveryNetwork.array(shape, 7, new Random(1)).muli(64).addi(20_000);
            float[] expected = OnnxAnswers.floats(model.predict(features).of("numbers"));
            try (OnnxAnswers onnx = new OnnxAnswers(OnnxExport.of(model).toBytes());
                    Predictor predictor = model.predictor()) {
                assertThat(OnnxAnswers.difference(
                                expected, onnx.ask(Map.of("input", features)).get("numbers")))
                        .as("by ONNX Runtime, %s", shape)
                        .isLessThanOrEqualTo(OnnxAnswers.ROUNDING);
                assertThat(OnnxAnswers.difference(
                                expected,
                                OnnxAnswers.floats(predictor.predict(features).of("numbers"))))
                        .as("by the predictor, %s", shape)
                        .isLessThanOrEqualTo(OnnxAnswers.ROUNDING);
            }
        }
    }

    @Test
    void what_cannot_be_written_leaves_nothing_behind() throws IOException {
        OnnxExport export = OnnxExport.of(faces());
        Path folder = Files.createDirectory(directory.resolve("folder"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> export.write(folder))
                .withMessage(folder + " is a directory");
        Path old = Files.writeString(directory.resolve("old.onnx"), "before");
        Path below = old.resolve("faces.onnx");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> export.write(below))
                .withMessageContaining(old.toString());
        assertThat(old).hasContent("before");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(folder, old);
        }
    }

    @Test
    void a_full_disk_is_an_error_with_the_path() {
        Path full = Path.of("/dev/full");
        assumeThat(full).as("a device that is always full").exists();
        OnnxExport export = OnnxExport.of(faces());
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> export.writeTo(full, Path.of("faces.onnx")))
                .withMessageContaining("faces.onnx: ")
                .withMessageContaining("space");
    }

    /** Where the user may not write; a superuser may everywhere but in a file system that makes its files itself. */
    @Test
    void a_folder_that_may_not_be_written_is_an_error_with_the_path() throws IOException {
        Path locked = Files.createDirectory(directory.resolve("locked"));
        boolean set = locked.toFile().setWritable(false);
        Path forbidden = set && !Files.isWritable(locked) ? locked : Path.of("/proc");
        assumeThat(forbidden).as("a folder that nobody may write into").isDirectory();
        Path file = forbidden.resolve("faces.onnx");
        OnnxExport export = OnnxExport.of(faces());
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> export.write(file))
                .withMessageStartingWith(file + ": ");
        try (Stream<Path> files = Files.list(locked)) {
            assertThat(files).isEmpty();
        }
    }

    // ------------------------------------------------------------------ graphs of any origin

    @Test
    void a_hand_written_graph_answers_as_it_does() throws OrtException {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Adam(1e-3))
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("image", "more")
                .setInputTypes(InputType.convolutional(8, 8, 1), InputType.feedForward(3))
                .addLayer("a", new FastConvolutionLayer.Builder(3, 3).nOut(4).build(), "image")
                .addLayer("b", new ConvolutionLayer.Builder(3, 3).nOut(4).build(), "image")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Subtract), "a", "b")
                .addVertex("scaled", new ScaleVertex(0.5), "sum")
                .addLayer("fc", new DenseLayer.Builder().nOut(5).build(), "scaled")
                .addVertex("part", new SubsetVertex(1, 3), "fc")
                .addVertex("merged", new MergeVertex(), "part", "more")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "merged")
                .setOutputs("out", "fc")
                .build());
        graph.init();
        EveryNetwork.draw(graph);
        assertAlike(graph, Map.of("image", IMAGE, "more", Shape.vector(3)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxExport.of(graph, Map.of("image", IMAGE)))
                .withMessage("no shape is given for the graph's input 'more'; its inputs are [image, more]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxExport.of(graph, Map.of("image", Shape.image(2, 8, 8), "more", Shape.vector(3))))
                .withMessageContaining("vertex 'a': Convolution (Convolution: 1 expected, got 2)");
    }

    @Test
    void stitched_graphs_of_networks_trained_apart_answer_as_they_do() throws OrtException {
        StitchedGraph joined = StitchedGraph.builder()
                .network("points", apart(LossFunction.MSE, Activation.IDENTITY, 4, ""))
                .network("smile", apart(LossFunction.MCXENT, Activation.SOFTMAX, 2, "_smile"))
                .sharedInput("face", InputType.convolutional(8, 8, 1))
                .stitch(CrossStitchUnit.perChannel(0.8), "pool", "pool_smile")
                .stitch(CrossStitchUnit.perLayer(0.7), "fc", "fc_smile")
                .build();
        EveryNetwork.draw(joined.graph());
        assertAlike(joined.graph(), Map.of("face", IMAGE));
    }

    private static MultiLayerNetwork apart(LossFunction loss, Activation activation, int outputs, String suffix) {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(new Adam(2e-3))
                .activation(Activation.RELU)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3)
                        .nOut(4)
                        .name("conv" + suffix)
                        .build())
                .layer(new SubsamplingLayer.Builder()
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .name("pool" + suffix)
                        .build())
                .layer(new DenseLayer.Builder().nOut(6).name("fc" + suffix).build())
                .layer(new OutputLayer.Builder(loss)
                        .nOut(outputs)
                        .activation(activation)
                        .name("out" + suffix)
                        .build())
                .setInputType(InputType.convolutional(8, 8, 1))
                .build());
        network.init();
        return network;
    }

    private static void assertAlike(ComputationGraph graph, Map<String, Shape> shapes) throws OrtException {
        assertAlike(graph, shapes, OnnxAnswers.ROUNDING);
        assertAlike(graph.convertDataType(DataType.DOUBLE), shapes, OnnxAnswers.ROUNDING);
        assertAlike(graph.convertDataType(DataType.HALF), shapes, OnnxAnswers.HALF_ROUNDING);
    }

    private static void assertAlike(ComputationGraph graph, Map<String, Shape> shapes, double tolerance)
            throws OrtException {
        List<String> inputs = graph.getConfiguration().getNetworkInputs();
        List<String> outputs = graph.getConfiguration().getNetworkOutputs();
        List<Task> tasks = new ArrayList<>();
        for (String output : outputs) { // a slash cannot be in the name of a task
            FeedForwardLayer layer =
                    (FeedForwardLayer) graph.getLayer(output).conf().getLayer();
            tasks.add(Task.regression(output.replace('/', '.'), Math.toIntExact(layer.getNOut())));
        }
        try (OnnxAnswers onnx = new OnnxAnswers(OnnxExport.of(graph, shapes).toBytes());
                Predictor predictor = Predictors.of(graph, shapes, tasks, PredictorOptions.standard())) {
            for (int examples : OnnxAnswers.BATCHES) {
                Random random = new Random(examples);
                INDArray[] features = inputs.stream()
                        .map(input -> EveryNetwork.array(shapes.get(input), examples, random))
                        .toArray(INDArray[]::new);
                Map<String, INDArray> named = new HashMap<>();
                for (int i = 0; i < features.length; i++) {
                    named.put(inputs.get(i), features[i]);
                }
                DataType type = graph.params().dataType();
                INDArray[] expected = graph.output(
                        Stream.of(features).map(array -> array.castTo(type)).toArray(INDArray[]::new));
                Map<String, float[]> found = onnx.ask(named);
                Predictions predicted = predictor.predict(named, Map.of());
                for (int i = 0; i < expected.length; i++) {
                    assertThat(OnnxAnswers.difference(
                                    OnnxAnswers.floats(expected[i]),
                                    OnnxAnswers.floats(predicted.of(tasks.get(i).name()))))
                            .as("%s, %s examples, %s, by the predictor", outputs.get(i), examples, type)
                            .isLessThanOrEqualTo(tolerance);
                    assertThat(OnnxAnswers.difference(OnnxAnswers.floats(expected[i]), found.get(outputs.get(i))))
                            .as("%s, %s examples, %s", outputs.get(i), examples, type)
                            .isLessThanOrEqualTo(tolerance);
                }
            }
        }
    }

    @Test
    void an_unknown_vertex_is_refused_by_name() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(4))
                .addVertex("shaped", new ReshapeVertex(-1, 4), "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .nIn(4)
                                .nOut(2)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "shaped")
                .setOutputs("out")
                .build());
        graph.init();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxExport.of(graph, Map.of("in", Shape.vector(4))))
                .withMessage("vertex 'shaped': vertex of class org.deeplearning4j.nn.conf.graph.ReshapeVertex (no"
                        + " operations stand for a vertex of this class)");
    }
}
