package org.mtl4j.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Features;
import org.mtl4j.serving.Outputs;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ONNX Runtime behind a predictor answers as the model does, to any number of threads, or says why not. */
class OnnxRuntimePredictorsTest {
    private static final Shape IMAGE = Shape.image(1, 10, 10);
    private static final Task NUMBERS = Task.regression("numbers", 3).withStart(OutputStart.RANDOM);
    private static final Task KIND = Task.classification("kind", "a", "b").withStart(OutputStart.RANDOM);

    private static Dl4jModel model(MultiTaskNetwork network) {
        return Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(2));
    }

    private static Dl4jModel images() {
        return model(MultiTaskNetwork.builder(IMAGE)
                .tower("left", SplitHead.of(NUMBERS))
                .tower("right", SplitHead.of(KIND))
                .convolution("conv", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .build());
    }

    private static float[] drawn(int length, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Within 1e-5 of the largest number, single precision in another order of sums. */
    private static void assertAlike(INDArray expected, float... found) {
        float[] wanted = expected.dup('c').data().asFloat();
        assertThat(found).hasSameSizeAs(wanted);
        float largest = 0;
        float difference = 0;
        for (int i = 0; i < wanted.length; i++) {
            largest = Math.max(largest, Math.abs(wanted[i]));
            float d = Math.abs(wanted[i] - found[i]);
            difference = d <= difference ? difference : d;
        }
        assertThat(difference / largest).isLessThanOrEqualTo(1e-5f);
    }

    @Test
    void answers_are_those_of_the_model_whatever_it_learns_later() {
        Dl4jModel model = images();
        try (Predictor predictor =
                OnnxRuntimePredictors.of(model, PredictorOptions.standard().withThreads(1))) {
            assertThat(predictor.toString())
                    .startsWith("Predictor of [numbers, kind] for [input]: ONNX Runtime 1.23.2, 1 thread, ");
            for (int examples : List.of(1, 7, 64, 1)) {
                float[] numbers = drawn(examples * 100, examples);
                Predictions expected = model.predict(Nd4j.create(numbers, IMAGE.batch(examples), 'c'));
                Outputs outputs = predictor.predict(numbers);
                assertAlike(expected.of("numbers"), outputs.of("numbers"));
                assertAlike(expected.of("kind"), outputs.of("kind"));
            }
            float[] numbers = drawn(100, 9);
            float[] before = predictor.predict(numbers).of("numbers");
            model.graph().params().addi(0.5);
            assertThat(predictor.predict(numbers).of("numbers")).isEqualTo(before);
        }
    }

    @Test
    void many_threads_get_their_own_answers() throws Exception {
        Dl4jModel model = images();
        List<float[]> asked = new ArrayList<>();
        List<float[]> alone = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (Predictor predictor = OnnxRuntimePredictors.of(model)) {
            for (int i = 0; i < 50; i++) {
                asked.add(drawn((1 + i % 3) * 100, i));
                alone.add(predictor.predict(asked.get(i)).of("numbers"));
            }
            List<Future<?>> calls = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int first = thread;
                calls.add(threads.submit(() -> {
                    for (int k = 0; k < 200; k++) {
                        int i = (first * 7 + k) % asked.size();
                        assertThat(predictor.predict(asked.get(i)).of("numbers"))
                                .isEqualTo(alone.get(i));
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void buffers_are_read_and_written_where_they_are_and_stay_as_they_are() {
        Dl4jModel model = images();
        try (Predictor predictor = OnnxRuntimePredictors.of(model)) {
            float[] numbers = drawn(200, 1);
            FloatBuffer features =
                    FloatBuffer.allocate(210).put(5, numbers).position(5).limit(205);
            FloatBuffer[] outputs = {FloatBuffer.allocate(8).position(2), FloatBuffer.allocate(4)};
            predictor.predict(new FloatBuffer[] {features}, outputs);
            assertThat(features.position()).isEqualTo(5);
            assertThat(outputs[0].position()).isEqualTo(2);
            float[] found = new float[6];
            outputs[0].get(2, found);
            assertAlike(model.predict(Nd4j.create(numbers, IMAGE.batch(2), 'c')).of("numbers"), found);
        }
    }

    @Test
    void codes_and_masks_are_understood() {
        Dl4jModel model = model(MultiTaskNetwork.builder(Shape.tokens(6, 4))
                .tower("only", SplitHead.of(NUMBERS))
                .embedding("words", 3)
                .lstm("lstm", 4)
                .lastStep()
                .build());
        float[] codes = {1, 2, 5, 0, 3, 4, 0, 0};
        float[] steps = {1, 1, 1, 1, 1, 0, 1, 0};
        Map<String, INDArray> features = Map.of("input", Nd4j.create(codes, new long[] {2, 4}, 'c'));
        Map<String, INDArray> masks = Map.of("input", Nd4j.create(steps, new long[] {2, 4}, 'c'));
        try (Predictor predictor = OnnxRuntimePredictors.of(model)) {
            assertAlike(
                    model.predict(features, masks).of("numbers"),
                    predictor
                            .predict(Features.of("input", codes).withMask("input", steps))
                            .of("numbers"));
            assertAlike(
                    model.predict(features, Map.of()).of("numbers"),
                    predictor.predict(codes).of("numbers"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(new float[] {1, 2, 5, 0, 3, -1, 0, 0}))
                    .withMessage(
                            "input 'input', row 1 of the batch, counted from 0, step 1: got -1; codes of the vocabulary"
                                    + " are whole numbers from 0, which stands for what was not seen, to 5");
        }
    }

    /** The mask of a sequence is called as no other input and no task. */
    @Test
    void inputs_and_tasks_that_are_called_as_masks_are_none() {
        Dl4jModel model = model(MultiTaskNetwork.builder()
                .input("x", Shape.sequence(2, 4), own -> own.gru("gru", 3).lastStep())
                .input("x_mask", Shape.sequence(1, 4), own -> own.gru("gru2", 3).lastStep())
                .tower("only", SplitHead.of(Task.regression("x_mask_", 2).withStart(OutputStart.RANDOM)))
                .dense("fc", 4)
                .build());
        float[] x = drawn(16, 1);
        float[] other = drawn(8, 2);
        Features whole = Features.of("x", x).and("x_mask", other);
        Features masked = whole.withMask("x", 1, 1, 1, 0, 1, 0, 0, 0).withMask("x_mask", 1, 0, 0, 0, 1, 1, 1, 1);
        Map<String, INDArray> features = Map.of(
                "x",
                Nd4j.create(x, new long[] {2, 2, 4}, 'c'),
                "x_mask",
                Nd4j.create(other, new long[] {2, 1, 4}, 'c'));
        Map<String, INDArray> masks = Map.of(
                "x",
                Nd4j.create(new float[] {1, 1, 1, 0, 1, 0, 0, 0}, new long[] {2, 4}, 'c'),
                "x_mask",
                Nd4j.create(new float[] {1, 0, 0, 0, 1, 1, 1, 1}, new long[] {2, 4}, 'c'));
        try (Predictor predictor = OnnxRuntimePredictors.of(model);
                Predictor own = model.predictor()) {
            for (Predictor asked : List.of(predictor, own)) {
                assertAlike(
                        model.predict(features, Map.of()).of("x_mask_"),
                        asked.predict(whole).of("x_mask_"));
                assertAlike(
                        model.predict(features, masks).of("x_mask_"),
                        asked.predict(masked).of("x_mask_"));
            }
        }
    }

    @Test
    void layers_of_which_masks_are_not_known_answer_without_them() {
        Dl4jModel model = model(MultiTaskNetwork.builder(Shape.sequence(2, 5))
                .tower("only", SplitHead.of(NUMBERS))
                .layer(
                        "stock",
                        Dl4jLayer.of(new Convolution1DLayer.Builder(2).nOut(3).build()))
                .gru("gru", 3)
                .lastStep()
                .build());
        float[] numbers = drawn(20, 3);
        try (Predictor predictor = OnnxRuntimePredictors.of(model)) {
            assertAlike(
                    model.predict(Nd4j.create(numbers, new long[] {2, 2, 5}, 'c'))
                            .of("numbers"),
                    predictor.predict(numbers).of("numbers"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(
                            Features.of("input", numbers).withMask("input", 1, 1, 1, 1, 0, 1, 1, 1, 1, 1)))
                    .withMessageContaining("input 'input' has a mask");
        }
    }

    /** Makes a predictor, as the program of a process of its own, or says why not. */
    public static void main(String[] arguments) {
        try (Predictor predictor = OnnxRuntimePredictors.of(images())) {
            System.out.println(predictor);
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }

    @Test
    void a_folder_for_natives_that_cannot_be_written_is_named() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Djava.io.tmpdir=/proc/no", // those of ND4J are unpacked elsewhere
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        OnnxRuntimePredictorsTest.class.getName())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said)
                .contains(
                        "ONNX Runtime cannot be loaded here: ",
                        "/proc/no/",
                        "; its natives are unpacked into the folder of -Djava.io.tmpdir");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void what_is_not_finite_is_refused_where_the_options_say_so() {
        float[] faces = drawn(300, 1);
        faces[107] = Float.NEGATIVE_INFINITY;
        Dl4jModel model = images();
        try (Predictor any = OnnxRuntimePredictors.of(model);
                Predictor strict = OnnxRuntimePredictors.of(
                        model, PredictorOptions.standard().refusingNotFinite())) {
            assertThat(any.predict(faces).of("numbers", 0))
                    .isEqualTo(strict.predict(drawn(300, 1)).of("numbers", 0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> strict.predict(faces))
                    .withMessageStartingWith("features, row 1 of the batch, number 7, both counted from 0: got -Inf");
        }
    }

    @Test
    void wrong_shapes_and_closed_predictors_are_refused() {
        Predictor predictor = OnnxRuntimePredictors.of(images());
        assertThatIllegalArgumentException().isThrownBy(() -> predictor.predict(new float[99]));
        predictor.close();
        predictor.close();
        assertThatIllegalStateException().isThrownBy(() -> predictor.predict(new float[100]));
    }
}
