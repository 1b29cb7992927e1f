package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.examples.programs.Houses;
import org.mtl4j.examples.programs.OwnUnit;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine;

class DoctorCommandTest {
    @Tag("slow")
    @Test
    void half_precision_is_measured_too() {
        assertThat(Main.run("doctor", "--seconds", "0.2", "--data-type", "half"))
                .isZero();
    }

    /** In a process of its own: elsewhere ND4J has been started by some other test. */
    @Test
    void it_can_be_the_first_thing_that_a_process_does() throws IOException, InterruptedException {
        Process doctor = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "doctor",
                        "--seconds",
                        "0")
                .redirectErrorStream(true)
                .start();
        String out = new String(doctor.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(doctor.waitFor()).as(out).isZero();
        assertThat(out).contains("CpuBackend", "oneDNN");
    }

    /** Nor anywhere that natives could be unpacked into. */
    @Test
    void a_backend_that_does_not_start_is_told_by_its_cause() throws IOException, InterruptedException {
        Process doctor = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Duser.home=/proc/no",
                        "-Djava.io.tmpdir=/proc/no",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "doctor")
                .redirectErrorStream(true)
                .start();
        String out = new String(doctor.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(doctor.waitFor()).as(out).isOne();
        assertThat(out)
                .contains("java            " + System.getProperty("java.version"))
                .contains("error: The ND4J backend does not start: there is no folder", "javacpp.cachedir=FOLDER")
                .doesNotContain("\tat ");
    }

    @Test
    void stock_layers_are_named() {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new FastConvolutionLayer.Builder(3, 3)
                        .name("ours")
                        .nOut(2)
                        .build())
                .layer(new ConvolutionLayer.Builder(3, 3).name("stock").nOut(2).build())
                .layer(new LossLayer.Builder().activation(Activation.IDENTITY).build())
                .setInputType(InputType.convolutional(8, 8, 1))
                .build());
        network.init();
        assertThat(DoctorCommand.slowLayers(network.getLayers()))
                .singleElement()
                .asString()
                .contains(": stock;")
                .doesNotContain("ours,");
        assertThat(DoctorCommand.slowLayers(new Layer[0])).isEmpty();
    }

    @Test
    void the_command_says_what_this_machine_is_and_measures() {
        StringWriter text = new StringWriter();
        int code = Main.line().setOut(new PrintWriter(text)).execute("doctor", "--seconds", "2");
        assertThat(code).isZero();
        assertThat(text.toString())
                .contains("backend", "native library", "BLAS", "oneDNN", "both together up to 6.0 GiB")
                .containsPattern("training +[1-9][0-9]* images/s")
                .containsPattern("one convolution [0-9.]+ ms .* [0-9.]+ ms .* [0-9.]+ ms .*[0-9.]+ times")
                .containsPattern("products +kernels for \\w+: [0-9.]+ billion multiplications .* \\(in use\\)");
    }

    /** The tests have the module of ONNX Runtime on their class path; the program has not. */
    @Test
    void engines_of_predictors_are_said_with_their_versions(@TempDir Path directory) throws IOException {
        StringWriter text = new StringWriter();
        Path file = directory.resolve("small.zip");
        Dl4jModel model = Dl4jModel.create(Houses.network(), TrainingPlan.adam(1e-3));
        model.save(file);
        CommandLine line = Main.line().setOut(new PrintWriter(text));
        assertThat(line.execute("doctor", "--seconds", "0")).isZero();
        assertThat(line.execute("doctor", "--seconds", "0", "--model", file.toString()))
                .isZero();
        assertThat(text.toString().lines().filter(said -> said.contains("model.predictor()")))
                .hasSize(2)
                .allMatch(said -> said.matches("predictions {5}model\\.predictor\\(\\): the library's engine"
                        + " \\d\\S*,"
                        + " prepared plan, products by .*"));
        assertThat(text.toString().lines().filter(said -> said.contains("OnnxRuntimePredictors")))
                .hasSize(2)
                .allMatch(said ->
                        said.startsWith(" ".repeat(16) + "OnnxRuntimePredictors.of(model): ONNX Runtime 1.23.2, "));
        assertThat(PredictionEngines.onnxRuntime(model, "org.mtl4j.NotThere"))
                .isEqualTo("OnnxRuntimePredictors.of(model): not on the class path; the module mtl-onnxruntime brings"
                        + " it and ONNX Runtime");
        Dl4jModel own = Dl4jModel.create(OwnUnit.network(), TrainingPlan.adam(1e-3));
        assertThat(PredictionEngines.of(own))
                .allSatisfy(engine -> assertThat(engine).contains("does not have this network", "OwnUnit$Common"));
    }

    @Test
    void kernels_that_are_faster_are_named_with_what_to_set() {
        ProductSpeed used = new ProductSpeed("Zen", 40, 79);
        ProductSpeed faster = new ProductSpeed("SkylakeX", 90, 160);
        assertThat(DoctorCommand.productAdvice(List.of(used, new ProductSpeed("Haswell", 41, 80), faster), 2))
                .singleElement()
                .asString()
                .contains("those for SkylakeX are 2.25 times as fast", "set OPENBLAS_CORETYPE=SkylakeX");
        assertThat(DoctorCommand.productAdvice(List.of(used, new ProductSpeed("Haswell", 41, 80)), 2))
                .singleElement()
                .asString()
                .contains("none is faster");
        assertThat(DoctorCommand.productAdvice(List.of(new ProductSpeed("Zen", 40, 38)), 2))
                .singleElement()
                .asString()
                .contains("2 threads are 0.95 times as fast as one", "OMP_NUM_THREADS");
        assertThat(DoctorCommand.productAdvice(List.of(new ProductSpeed("Zen", 40, 38), faster), 2))
                .first()
                .asString()
                .contains("2.25 times as fast", "if they still are when nobody else is on the cores");
        assertThat(DoctorCommand.productAdvice(List.of(), 2)).isEmpty();
        assertThat(ProductSpeed.parse("kernels Zen 40.000 79.000")).contains(new ProductSpeed("Zen", 40, 79));
        assertThat(ProductSpeed.parse("SLF4J: no binding")).isEmpty();
    }

    @Test
    void convolutions_that_onednn_is_faster_at_are_told() {
        assertThat(DoctorCommand.oneDnnAdvice(new SpeedCheck(100, 10, 3, 2, 9), DataType.FLOAT))
                .hasValueSatisfying(text -> assertThat(text).contains("oneDNN is 1.5 times as fast"));
        assertThat(DoctorCommand.oneDnnAdvice(new SpeedCheck(100, 10, 2, 3, 9), DataType.FLOAT))
                .isEmpty();
        assertThat(DoctorCommand.oneDnnAdvice(new SpeedCheck(100, 10, 3, 2, 9), DataType.DOUBLE))
                .isEmpty();
    }

    @Test
    void times_and_types_that_make_no_sense_are_refused() {
        StringWriter text = new StringWriter();
        CommandLine line = Main.line().setErr(new PrintWriter(text));
        assertThat(line.execute("doctor", "--seconds", "-1")).isEqualTo(2);
        assertThat(line.execute("doctor", "--seconds", "NaN")).isEqualTo(2);
        assertThat(line.execute("doctor", "--data-type", "quad")).isEqualTo(2);
        assertThat(text.toString()).contains("-1.0", "NaN", "'quad' is none of");
    }
}
