package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.examples.programs.HandWritten;
import org.mtl4j.examples.programs.OwnTasksAndLayers;
import org.mtl4j.examples.programs.QuickStart;
import org.mtl4j.examples.programs.StitchTrained;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine;

/** Networks of the recipes and the examples as ONNX files, and the command that writes them. */
class ExportCommandTest {
    /** The largest difference, of the largest number of a batch. */
    private static final double ROUNDING = 1e-5;

    private static final double HALF_ROUNDING = 1e-2;

    @TempDir
    private Path directory;

    private record Case(String name, MultiTaskNetwork network, DataType type, List<Integer> batches) {
        double rounding() {
            return type == DataType.HALF ? HALF_ROUNDING : ROUNDING;
        }

        @Override
        public String toString() {
            return name + " " + type;
        }
    }

    static Stream<Case> networks() {
        List<Case> cases = new ArrayList<>();
        for (Recipe recipe : Recipe.all()) {
            List<String> options = recipe.options();
            NetworkVariant variant = NetworkVariant.of(options.get(options.indexOf("--variant") + 1));
            TrainingOptions settings = new TrainingOptions();
            CommandLine line = new CommandLine(settings).setUnmatchedArgumentsAllowed(true); // those of the command
            EnumOptions.registerConverters(line);
            line.parseArgs(options.toArray(String[]::new));
            cases.add(new Case(recipe.toString(), settings.network(variant), DataType.FLOAT, List.of(1, 7, 64)));
        }
        for (Backbone backbone : Backbone.values()) {
            for (NetworkVariant variant : NetworkVariant.values()) {
                String name = variant.title() + " of " + backbone;
                MultiTaskNetwork network = variant.network(NetworkSettings.of(backbone));
                cases.add(new Case(name, network, DataType.FLOAT, List.of(7)));
                if (variant == NetworkVariant.CROSS_STITCH) {
                    cases.add(new Case(name, network, DataType.DOUBLE, List.of(1, 7)));
                    // ND4J takes a second for a face in HALF; batches are those of the quick start
                    cases.add(new Case(name, network, DataType.HALF, List.of(1)));
                }
            }
        }
        for (DataType type : List.of(DataType.DOUBLE, DataType.HALF)) {
            cases.add(new Case("quick start", QuickStart.network(), type, List.of(1, 7, 64)));
        }
        return cases.stream();
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("networks")
    void networks_of_recipes_answer_in_onnx_runtime_as_they_do(Case each) throws OrtException {
        Dl4jModel model = Dl4jModel.create(each.network(), TrainingPlan.adam(1e-3));
        draw(model);
        Dl4jModel typed = model.withPlan(model.plan().withDataType(each.type()));
        Shape shape = each.network().inputs().get(0).shape();
        try (OrtSession session = session(OnnxExport.of(typed))) {
            for (int examples : each.batches()) {
                INDArray images = Nd4j.create(numbers(shape, examples), shape.batch(examples), 'c');
                Map<String, INDArray> answers = answers(typed, images);
                assertAlike(session, images, answers, each.rounding());
                if (each.type() == DataType.HALF) {
                    Dl4jModel same = typed.withPlan(typed.plan().withDataType(DataType.FLOAT));
                    assertAlike(session, images, answers(same, images), ROUNDING);
                }
            }
        }
    }

    private static Map<String, INDArray> answers(Dl4jModel model, INDArray images) {
        var predictions = model.predict(images);
        Map<String, INDArray> byTask = new LinkedHashMap<>();
        model.network().tasks().forEach(task -> byTask.put(task.name(), predictions.of(task.name())));
        return byTask;
    }

    private static OrtSession session(OnnxExport export) throws OrtException {
        return OrtEnvironment.getEnvironment().createSession(export.toBytes());
    }

    private static void assertAlike(
            OrtSession session, INDArray features, Map<String, INDArray> expected, double tolerance)
            throws OrtException {
        String input = session.getInputNames().iterator().next();
        FloatBuffer numbers = FloatBuffer.wrap(floats(features));
        try (OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), numbers, features.shape());
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            assertThat(session.getOutputNames()).containsExactlyElementsOf(expected.keySet());
            expected.forEach((task, array) -> {
                FloatBuffer found = ((OnnxTensor) result.get(task).orElseThrow()).getFloatBuffer();
                float[] wanted = floats(array);
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < wanted.length; i++) {
                    largest = Math.max(largest, Math.abs(wanted[i]));
                    double d = Math.abs(wanted[i] - found.get(i));
                    difference = d <= difference ? difference : d; // NaN stays
                }
                assertThat(difference / largest)
                        .as("%s, %s examples", task, features.size(0))
                        .isLessThanOrEqualTo(tolerance);
            });
        }
    }

    private static float[] floats(INDArray array) {
        INDArray own = array.castTo(DataType.FLOAT).dup('c');
        return own.data().asFloat();
    }

    /** Numbers of -1 to 1 that half precision has. */
    private static float[] numbers(Shape shape, int examples) {
        Random random = new Random(examples);
        float[] numbers = new float[Math.toIntExact(shape.elements() * examples)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextInt(128) / 64f - 1;
        }
        return numbers;
    }

    /**
     * Gives output layers, which begin at 0, weights; and points means at the middle of the box, about which they vary
     * by a tenth of it, as those of faces do.
     */
    private static void draw(Dl4jModel model) {
        Random random = new Random(11);
        model.network().tasks().forEach(task -> {
            INDArray weights =
                    model.graph().getVertex(task.name()).paramTable(false).get("W");
            boolean points = task.kind() == TaskKind.REGRESSION;
            double[] drawn = new double[Math.toIntExact(weights.length())];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (points ? 0.1 : 0.5) * random.nextGaussian() / Math.sqrt(weights.size(0));
            }
            weights.assign(Nd4j.create(drawn, weights.shape(), weights.dataType()));
            if (points) {
                model.graph().getVertex(task.name()).paramTable(false).get("b").assign(0.5);
            }
        });
    }

    @Test
    void networks_that_were_trained_apart_and_stitched_answer_as_they_do() throws IOException, OrtException {
        ComputationGraph graph = StitchTrained.run(60, 1, 3).joint().graph();
        Shape shape = Shape.image(1, 24, 24);
        try (OrtSession session = session(OnnxExport.of(graph, Map.of("face", shape)))) {
            for (int examples : List.of(1, 7, 64)) {
                INDArray images = Nd4j.create(numbers(shape, examples), shape.batch(examples), 'c');
                INDArray[] outputs = graph.output(images);
                Map<String, INDArray> expected = new LinkedHashMap<>();
                for (int i = 0; i < outputs.length; i++) {
                    expected.put(graph.getConfiguration().getNetworkOutputs().get(i), outputs[i]);
                }
                assertAlike(session, images, expected, ROUNDING);
            }
        }
    }

    @Test
    void a_vertex_of_ones_own_is_refused_by_name() {
        ComputationGraph graph = HandWritten.graph();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxExport.of(graph, Map.of("input", Shape.image(1, 24, 24))))
                .withMessage("tower 'landmarks', layer 'mix1' (vertex 'landmarks/mix1'): vertex of class"
                        + " org.mtl4j.examples.programs.HandWritten$Mixture (no operations stand for a vertex of this"
                        + " class)");
    }

    @Test
    void a_model_becomes_a_file() throws IOException, OrtException {
        Path model = directory.resolve("signals.zip");
        OwnTasksAndLayers.run(60, 1, model);
        Path file = directory.resolve("new/signals.onnx");
        CommandRun run = CommandRun.of("export", model, "--onnx", file, "--metadata", "from=a test");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains(" bytes", "input  input ", "output speed ", "output faults ", "MULTI_LABEL");
        Dl4jModel loaded = Dl4jModel.load(model);
        Shape shape = loaded.network().inputs().get(0).shape();
        INDArray signals = Nd4j.create(numbers(shape, 7), shape.batch(7), 'c');
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
            assertThat(session.getMetadata().getCustomMetadata()).containsEntry("from", "a test");
            assertAlike(session, signals, answers(loaded, signals), ROUNDING);
        }
    }

    @Test
    void what_cannot_be_exported_is_said_and_nothing_is_written() throws IOException {
        CommandRun run = CommandRun.of("export", directory.resolve("none.zip"), "--onnx", directory.resolve("a.onnx"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("none.zip");
        Path model = directory.resolve("faces.zip");
        assertThat(CommandRun.ofTraining(1, "--out", model).code()).isZero();
        run = CommandRun.of("export", model, "--onnx", directory);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains(directory + " is a directory");
        Path faces = directory.resolve("faces.onnx");
        assertThat(CommandRun.of("export", model, "--onnx", faces).code()).isZero();
        assertThat(Files.size(faces)).isPositive();
        assertThat(OnnxExport.of(Dl4jModel.load(model)).metadata())
                .containsKeys("crop.size", "crop.margin", "crop.pixels", "mtl4j.seed")
                .hasEntrySatisfying("settings", settings -> assertThat(settings).contains("training-sha256"));
    }
}
