package org.mtl4j.dl4j.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.program.LoweringException;
import org.mtl4j.dl4j.vertex.MeanBlend;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Features;
import org.mtl4j.serving.Outputs;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** What holds for a predictor whatever the network: threads, training meanwhile, files, bad input. */
class PredictorTest {
    private static final int SIZE = 12 * 12;

    private static float[] noise(int examples, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[examples * SIZE];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static INDArray array(float[] numbers) {
        return Nd4j.create(numbers, new long[] {numbers.length / SIZE, 1, 12, 12}, 'c');
    }

    private static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                        .tower("a", SplitHead.of(Task.regression("points", 4)))
                        .tower("b", SplitHead.of(Task.classification("kind", "cat", "dog")))
                        .convolution("conv", 4, 3)
                        .maxPool(2)
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc", 8)
                        .build(),
                TrainingPlan.of(new Sgd(0.05)).withSeed(3));
    }

    private static ArrayBatches data() {
        INDArray kinds = Nd4j.zeros(DataType.FLOAT, 48, 2);
        for (int row = 0; row < 48; row++) {
            kinds.putScalar(row, row % 2, 1);
        }
        INDArray points = Nd4j.create(java.util.Arrays.copyOf(noise(2, 9), 48 * 4), new long[] {48, 4}, 'c');
        return ArrayBatches.of(array(noise(48, 7)), points, kinds).withBatchSize(24);
    }

    private static Dl4jModel trained() {
        Dl4jModel model = model();
        model.fit(data(), 1);
        return model;
    }

    @Test
    void training_on_changes_the_model_and_not_its_predictor() {
        Dl4jModel model = trained();
        float[] faces = noise(3, 1);
        try (Predictor predictor = model.predictor()) {
            float[] before = predictor.predict(faces).of("points");
            model.fit(data(), 2);
            assertThat(predictor.predict(faces).of("points")).isEqualTo(before);
            assertThat(model.predict(array(faces)).of("points").data().asFloat())
                    .isNotEqualTo(before);
        }
    }

    @Test
    void a_file_gives_the_predictor_that_its_model_gives(@TempDir Path directory) throws Exception {
        Dl4jModel model = trained();
        model.setProperty("crop.size", "12");
        Path file = directory.resolve("model.zip");
        model.save(file);
        float[] faces = noise(5, 1);
        try (Predictor own = model.predictor();
                Predictor loaded = Predictors.load(file)) {
            assertThat(loaded.predict(faces).of("kind"))
                    .isEqualTo(own.predict(faces).of("kind"));
            assertThat(loaded.properties()).containsEntry("crop.size", "12");
            assertThat(loaded.signature()).isEqualTo(own.signature());
            assertThat(loaded.toString()).contains("[points, kind]", "prepared plan", "threads=");
        }
    }

    @Test
    void a_graph_of_any_origin_has_a_predictor() {
        Dl4jModel model = trained();
        float[] faces = noise(2, 1);
        try (Predictor predictor = Predictors.of(
                model.graph(),
                Map.of("input", Shape.image(1, 12, 12)),
                model.network().tasks(),
                PredictorOptions.standard())) {
            assertThat(predictor.predict(array(faces)).of("points").data().asFloat())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(
                            model.predict(array(faces)).of("points").data().asFloat());
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Predictors.of(model.graph(), Map.of(), model.network().tasks(), PredictorOptions.standard()))
                .withMessage("no shape is given for the graph's input 'input'; there are those of []");
        Map<String, Shape> inputs = Map.of("input", Shape.image(1, 12, 12));
        List<Task> swapped = List.of(Task.classification("kind", 2), Task.regression("points", 4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Predictors.of(model.graph(), inputs, swapped, PredictorOptions.standard()))
                .withMessageStartingWith(
                        "the graph has the outputs [points, kind], and tasks are given for [kind, points]; give one");
        List<Task> narrow = List.of(Task.regression("points", 3), Task.classification("kind", 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Predictors.of(model.graph(), inputs, narrow, PredictorOptions.standard()))
                .withMessage("task 'points' has 3 outputs, and the graph's output 'points' 4 numbers");
    }

    @ParameterizedTest(name = "{0} threads a call")
    @ValueSource(ints = {1, 2})
    void many_threads_get_the_answers_of_one(int threads) throws Exception {
        Dl4jModel model = trained();
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(threads))) {
            askedByMany(predictor, predictor, 8);
        }
    }

    @Test
    void gathered_calls_get_the_answers_of_single_ones() throws Exception {
        Dl4jModel model = trained();
        try (Predictor alone = model.predictor();
                Predictor gathering =
                        model.predictor(PredictorOptions.standard().gathering(Duration.ofMillis(2), 16))) {
            askedByMany(alone, gathering, 8);
        }
    }

    /** Each thread asks about examples of its own, one by one and in batches, and knows the answers. */
    private static void askedByMany(Predictor alone, Predictor asked, int count) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(count);
            for (int t = 0; t < count; t++) {
                int examples = 1 + t % 4 * 5;
                float[] faces = noise(examples, 100 + t);
                float[] expected = alone.predict(faces).of("points");
                all.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    int wrong = 0;
                    for (int i = 0; i < 300; i++) {
                        float[] found = asked.predict(faces).of("points");
                        for (int k = 0; k < expected.length; k++) {
                            wrong += Math.abs(found[k] - expected[k]) <= 1e-6 ? 0 : 1;
                        }
                    }
                    return wrong;
                }));
            }
            for (Future<Integer> wrong : all) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** What a model answers to threads that ask it at once, which is not what a predictor is for, is right, too. */
    @Test
    void a_model_asked_by_many_threads_gives_none_the_answer_of_another() throws Exception {
        Dl4jModel model = trained();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                INDArray faces = array(noise(1 + t, 100 + t));
                INDArray expected = model.predict(faces).of("points");
                all.add(threads.submit(() -> {
                    int wrong = 0;
                    for (int i = 0; i < 40; i++) {
                        Predictions found = model.predict(faces);
                        wrong += found.of("points").equals(expected) ? 0 : 1;
                    }
                    return wrong;
                }));
            }
            for (Future<Integer> wrong : all) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void answers_go_into_memory_of_the_caller() {
        try (Predictor predictor = trained().predictor()) {
            float[] faces = noise(2, 1);
            FloatBuffer features = FloatBuffer.allocate(2 * SIZE + 3).position(3);
            features.put(3, faces);
            FloatBuffer points = FloatBuffer.allocate(9).position(1);
            FloatBuffer kinds = FloatBuffer.allocate(4);
            predictor.predict(new FloatBuffer[] {features}, new FloatBuffer[] {points, kinds});
            Outputs expected = predictor.predict(faces);
            assertThat(java.util.Arrays.copyOfRange(points.array(), 1, 9)).isEqualTo(expected.of("points"));
            assertThat(kinds.array()).isEqualTo(expected.of("kind"));
            assertThat(features.position()).isEqualTo(3);
            assertThat(expected.classNameOf("kind", 1)).isIn("cat", "dog");
            assertThat(expected.of("points", 1)).isEqualTo(java.util.Arrays.copyOfRange(expected.of("points"), 4, 8));
        }
    }

    /** The least that this thread has allocated in so many calls; compiled code counts, which comes at some time. */
    private static long allocatedBytes(Predictor predictor, int examples, int calls) {
        com.sun.management.ThreadMXBean memory =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        FloatBuffer[] features = predictor.signature().inputs().stream()
                .map(input -> FloatBuffer.allocate(examples * input.elements()))
                .toArray(FloatBuffer[]::new);
        FloatBuffer[] outputs = predictor.signature().tasks().stream()
                .map(task -> FloatBuffer.allocate(examples * task.outputs()))
                .toArray(FloatBuffer[]::new);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = memory.getThreadAllocatedBytes(thread);
            for (int i = 0; i < calls; i++) {
                predictor.predict(features, outputs);
            }
            least = Math.min(least, memory.getThreadAllocatedBytes(thread) - before);
        }
        return least;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void nothing_is_allocated_once_it_is_warm(int examples) {
        PredictorOptions one = PredictorOptions.standard().withThreads(1);
        try (Predictor plain = trained().predictor(one);
                Predictor strict = trained().predictor(one.refusingNotFinite());
                Predictor codes = codes().predictor(one)) {
            for (Predictor each : List.of(plain, strict, codes)) {
                assertThat(allocatedBytes(each, examples, 500))
                        .as("bytes of 500 calls, %s", each)
                        .isLessThanOrEqualTo(200);
            }
        }
    }

    /** One picture, of which all threads compute each step. */
    @Test
    void nothing_is_allocated_by_threads_that_share_a_picture() {
        try (Predictor predictor = large().predictor(PredictorOptions.standard().withThreads(2))) {
            assertThat(allocatedBytes(predictor, 1, 100))
                    .as("bytes of 100 calls")
                    .isLessThanOrEqualTo(200);
        }
    }

    @Test
    void less_than_two_hundred_bytes_are_allocated_by_calls_that_are_divided_or_gathered() {
        PredictorOptions options = PredictorOptions.standard();
        try (Predictor divided = large().predictor(options.withThreads(2));
                Predictor gathered = trained().predictor(options.gathering(Duration.ofNanos(1), 8))) {
            assertThat(allocatedBytes(divided, 16, 20) / 20)
                    .as("bytes of a call")
                    .isLessThan(200);
            assertThat(allocatedBytes(gathered, 1, 500) / 500)
                    .as("bytes of a call")
                    .isLessThan(200);
        }
    }

    @Test
    void what_is_no_face_is_refused() {
        try (Predictor predictor = trained().predictor()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(new float[100]))
                    .withMessage("features must be [batch, 1, 12, 12], 144 numbers for each example, got 100 numbers");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(Nd4j.zeros(2, 1, 12, 11)))
                    .withMessage("features must be [batch, 1, 12, 12], got [2, 1, 12, 11]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(Features.of("picture", noise(1, 1))))
                    .withMessage("features of [picture], and the network has the inputs [input]; each has one array");
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            predictor.predict(Features.of("input", noise(1, 1)).withMask("input", 1)))
                    .withMessage("the features have a mask, and the input [1, 12, 12] is no sequence, which alone has"
                            + " steps that can be left out");
            FloatBuffer[] features = {FloatBuffer.wrap(noise(2, 1))};
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(
                            features, new FloatBuffer[] {FloatBuffer.allocate(8), FloatBuffer.allocate(3)}))
                    .withMessage("task 'kind': the outputs of 2 examples are [2, 2], and there is room for 3 numbers");
        }
    }

    @Test
    void a_number_that_is_none_spoils_its_own_answer_or_is_refused() {
        Dl4jModel model = trained();
        float[] faces = noise(3, 1);
        faces[SIZE + 7] = Float.NaN;
        try (Predictor any = model.predictor();
                Predictor strict = model.predictor(PredictorOptions.standard().refusingNotFinite())) {
            Outputs outputs = any.predict(faces);
            assertThat(outputs.of("points", 0))
                    .isEqualTo(any.predict(noise(1, 1)).of("points"));
            assertThat(outputs.of("points", 1)).contains(Float.NaN);
            assertThat(outputs.classOf("kind", 1)).isEqualTo(-1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> strict.predict(faces))
                    .withMessage("features, row 1 of the batch, number 7, both counted from 0: got NaN, and the"
                            + " predictor's options refuse what is not finite");
            assertThat(strict.predict(noise(1, 1)).examples()).isOne();
        }
    }

    @Test
    void a_closed_predictor_says_so() {
        Predictor predictor = trained().predictor();
        predictor.close();
        predictor.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> predictor.predict(noise(1, 1)))
                .withMessage("the predictor is closed; make another one of the model");
        assertThatIllegalStateException().isThrownBy(predictor::warmUp);
    }

    /** Parts of a call must not outlive it, so an interrupt does not end it, and is there for the caller afterwards. */
    @Test
    void who_is_interrupted_gets_the_answer_and_stays_interrupted() {
        float[] faces = java.util.Arrays.copyOf(noise(140, 5), 20 * 33 * 29);
        try (Predictor predictor = large().predictor(PredictorOptions.standard().withThreads(2))) {
            for (int examples : new int[] {1, 20}) {
                float[] some = java.util.Arrays.copyOf(faces, examples * 33 * 29);
                float[] expected = predictor.predict(some).of("points");
                Thread.currentThread().interrupt();
                float[] found = predictor.predict(some).of("points");
                assertThat(Thread.interrupted()).isTrue();
                assertThat(found).isEqualTo(expected);
            }
        }
    }

    @Test
    void closing_lets_calls_end_that_are_under_way() throws Exception {
        Dl4jModel model = trained();
        float[] many = noise(600, 1);
        float[] expected;
        try (Predictor alone = model.predictor()) {
            expected = alone.predict(many).of("points");
        }
        Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(2));
        CountDownLatch asking = new CountDownLatch(3);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<String>> all = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                all.add(threads.submit(() -> {
                    while (true) {
                        float[] found;
                        try {
                            found = predictor.predict(many).of("points");
                        } catch (IllegalStateException e) {
                            return e.getMessage();
                        }
                        asking.countDown();
                        assertThat(found).usingComparatorWithPrecision(1e-6f).containsExactly(expected);
                    }
                }));
            }
            asking.await();
            predictor.close();
            for (Future<String> end : all) {
                assertThat(end.get()).startsWith("the predictor is closed");
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void more_calls_than_allowed_are_refused() throws Exception {
        Dl4jModel model = trained();
        AtomicBoolean refused = new AtomicBoolean();
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withMostCalls(1))) {
            float[] many = noise(2000, 1);
            Thread[] threads = new Thread[4];
            for (int t = 0; t < threads.length; t++) {
                threads[t] = new Thread(() -> {
                    for (int i = 0; i < 10 && !refused.get(); i++) {
                        try {
                            predictor.predict(many);
                        } catch (java.util.concurrent.RejectedExecutionException e) {
                            refused.set(
                                    e.getMessage().startsWith("1 calls of the predictor are under way, as many as"));
                        }
                    }
                });
                threads[t].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(refused).isTrue();
            assertThat(predictor.predict(noise(1, 1)).examples()).isOne();
        }
    }

    private static Dl4jModel large() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 33, 29))
                        .tower("a", SplitHead.of(Task.regression("points", 4)))
                        .convolution("conv1", 24, 3)
                        .convolution("conv2", 40, 3)
                        .maxPool(2)
                        .convolution("conv3", 32, 3)
                        .dense("fc", 8)
                        .build(),
                TrainingPlan.of(new Sgd(0.05)).withSeed(3));
    }

    /** One picture, which all threads of a call compute together, and batches, of which each has a part. */
    @Test
    void a_large_network_has_the_same_answers_by_one_thread_and_by_several() {
        Dl4jModel model = large();
        try (Predictor one = model.predictor(PredictorOptions.standard().withThreads(1));
                Predictor three = model.predictor(PredictorOptions.standard().withThreads(3))) {
            for (int examples : new int[] {1, 2, 3, 20}) {
                float[] faces = java.util.Arrays.copyOf(noise(140, 5), examples * 33 * 29);
                float[] expected = one.predict(faces).of("points");
                for (int i = 0; i < 20; i++) {
                    assertThat(three.predict(faces).of("points"))
                            .usingComparatorWithPrecision(1e-5f)
                            .containsExactly(expected);
                }
            }
        }
    }

    @Test
    void sequences_of_layers_without_masks_are_predicted_whole_and_masks_refused() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(1)
                .graphBuilder()
                .addInputs("words")
                .setInputTypes(InputType.recurrent(3, 5))
                .addLayer(
                        "last",
                        new LastTimeStep(new LSTM.Builder()
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build()),
                        "words")
                .addLayer(
                        "n",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(2)
                                .build(),
                        "last")
                .setOutputs("n")
                .build());
        graph.init();
        float[] words = java.util.Arrays.copyOf(noise(1, 1), 2 * 3 * 5);
        try (Predictor predictor = Predictors.of(
                graph,
                Map.of("words", Shape.sequence(3, 5)),
                List.of(Task.regression("n", 2)),
                PredictorOptions.standard())) {
            INDArray expected = graph.outputSingle(Nd4j.create(words, new long[] {2, 3, 5}, 'c'));
            assertThat(predictor.predict(words).of("n"))
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(expected.data().asFloat());
            Features masked = Features.of("words", words).withMask("words", 1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(masked))
                    .withMessageStartingWith(
                            "masks are given, and the predictor cannot leave out steps of this network:"
                                    + " vertex 'last': layer of class")
                    .withMessageEndingWith("give sequences of which all steps are there, or ask Dl4jModel.predict");
        }
    }

    private static Dl4jModel codes() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.categories(5, 3))
                        .tower("t", SplitHead.of(Task.regression("n", 1)))
                        .embedding("codes", 2)
                        .build(),
                TrainingPlan.adam(1e-3));
    }

    @Test
    void codes_that_there_are_not_are_named() {
        try (Predictor predictor = codes().predictor()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(new float[] {0, 2, 4, 3}))
                    .withMessage("input 'input', row 1 of the batch, counted from 0, column 1: got 3; codes of this"
                            + " column are whole numbers from 0, which stands for what was not seen, to 2");
        }
    }

    @Test
    void a_unit_of_somebody_elses_is_refused_by_name_and_place() {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .dense("fc", 4)
                        .stitch(new MeanBlend(0.5))
                        .build(),
                TrainingPlan.adam(1e-3));
        assertThatThrownBy(model::predictor)
                .isInstanceOf(LoweringException.class)
                .hasMessageContaining("MeanBlend")
                .hasMessageContaining("fc");
    }
}
