package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterAverage;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Files of format 1, which the last version with that format has written together with what it made of them; see the
 * README in {@code src/test/resources/format-1}. What is in a file comes back bit for bit; what is computed of it is
 * compared within {@value #CLOSE} of the largest number of an array, which other kernels stay within by a factor of 30.
 */
class FormatOneTest {
    private static final double CLOSE = 1e-5;

    /** How far training goes elsewhere if other numbers are dropped behind one layer, in two epochs. */
    private static final double OTHER_DRAWS = 0.05;

    @TempDir
    private Path directory;

    private static Path fixture(String name) throws IOException {
        return Path.of("src/test/resources/format-1").resolve(name).toRealPath();
    }

    private static JsonNode expected(String name) throws IOException {
        return new ObjectMapper().readTree(fixture(name + ".expected.json").toFile());
    }

    private static INDArray array(JsonNode node, DataType type) {
        long[] shape = longs(node.get("shape"));
        double[] values = new double[node.get("values").size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = node.get("values").get(i).asDouble();
        }
        return Nd4j.createFromArray(values).castTo(type).reshape(shape);
    }

    private static long[] longs(JsonNode node) {
        long[] numbers = new long[node.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = node.get(i).asLong();
        }
        return numbers;
    }

    /** The numbers that were written as their bytes. */
    private static INDArray raw(JsonNode node, DataType type) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(node.get("littleEndianBase64").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        if (type == DataType.DOUBLE) {
            double[] numbers = new double[bytes.remaining() / Double.BYTES];
            bytes.asDoubleBuffer().get(numbers);
            return Nd4j.createFromArray(numbers);
        }
        float[] numbers = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(numbers);
        return Nd4j.createFromArray(numbers);
    }

    private static DataType type(JsonNode expected) {
        return DataType.valueOf(expected.get("dataType").asText());
    }

    private static ArrayBatches data(JsonNode expected) {
        JsonNode data = expected.get("data");
        List<INDArray> labels = new ArrayList<>();
        data.get("labels").forEach(label -> labels.add(array(label, type(expected))));
        ArrayBatches batches = ArrayBatches.of(
                        array(data.get("features"), type(expected)), labels.toArray(INDArray[]::new))
                .withBatchSize(data.get("batchSize").asInt());
        return data.get("shuffledBy").isNull()
                ? batches
                : batches.withShuffling(data.get("shuffledBy").asLong());
    }

    private static INDArray features(JsonNode expected) {
        return array(expected.get("data").get("features"), type(expected));
    }

    private static INDArray flat(INDArray row) {
        return row.dup('c').reshape(row.length());
    }

    private static INDArray state(Dl4jModel model) {
        return flat(model.graph().getUpdater(true).getStateViewArray());
    }

    private static void assertClose(INDArray found, INDArray expected, String what) {
        assertThat(found.shape()).as(what).isEqualTo(expected.shape());
        assertThat(found.castTo(DataType.DOUBLE)
                        .sub(expected.castTo(DataType.DOUBLE))
                        .amaxNumber()
                        .doubleValue())
                .as(what)
                .isLessThanOrEqualTo(CLOSE * expected.amaxNumber().doubleValue());
    }

    private static void assertClose(double found, double expected, String what) {
        if (Double.isNaN(expected)) {
            assertThat(found).as(what).isNaN();
        } else {
            assertThat(Math.abs(found - expected)).as(what).isLessThanOrEqualTo(CLOSE * Math.abs(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stitched", "relatedness", "residual", "dl4j-layer", "exact"})
    void what_is_in_a_file_comes_back_bit_for_bit(String name) throws IOException {
        JsonNode expected = expected(name);
        Dl4jModel model = Dl4jModel.load(fixture(name + ".zip"));
        assertIsAsWritten(name, model, expected);
        // a second time, by way of the form of today
        Path today = directory.resolve("today.zip");
        model.save(today);
        Dl4jModel again = Dl4jModel.load(today);
        assertIsAsWritten(name, again, expected);
        assertThat(again.network()).isEqualTo(model.network());
        assertThat(again.plan()).isEqualTo(model.plan());
        assertThat(again.history()).isEqualTo(model.history());
        for (Task task : model.network().tasks()) {
            assertThat(again.predict(features(expected)).of(task.name()))
                    .isEqualTo(model.predict(features(expected)).of(task.name()));
        }
    }

    /** Cell by cell; behind what the table showed then, it shows losses, starts and missing biases today. */
    private static void assertShows(String table, String then) {
        List<String> rows = table.lines().toList();
        List<String> rowsThen = then.lines().toList();
        assertThat(rows).hasSameSizeAs(rowsThen);
        for (int row = 0; row < rows.size(); row++) {
            List<String> cells = List.of(rows.get(row).strip().split(" {2,}"));
            List<String> cellsThen = List.of(rowsThen.get(row).strip().split(" {2,}"));
            assertThat(cells).hasSameSizeAs(cellsThen);
            for (int cell = 0; cell < cells.size(); cell++) {
                assertThat(cells.get(cell).replace(", no bias", "")).startsWith(cellsThen.get(cell));
            }
        }
    }

    /** {@return the parameters, vertex by vertex in the order that these have in the file's graph} */
    private static INDArray inOrderOfFile(String name, Dl4jModel model) throws IOException {
        List<INDArray> rows = new ArrayList<>();
        try (ZipFile zip = new ZipFile(fixture(name + ".zip").toFile());
                InputStream in = zip.getInputStream(zip.getEntry("configuration.json"))) {
            for (JsonNode vertex : new ObjectMapper().readTree(in).get("topologicalOrderStr")) {
                GraphVertex present = model.graph().getVertex(vertex.asText());
                if (present != null && present.numParams() > 0) {
                    rows.add(flat(present.params()));
                }
            }
        }
        return Nd4j.concat(0, rows.toArray(INDArray[]::new));
    }

    /** {@return the same numbers, the smallest first: whether each is at its place is seen by training on} */
    private static INDArray sorted(INDArray numbers) {
        return Nd4j.sort(numbers.dup(), true);
    }

    private static void assertIsAsWritten(String name, Dl4jModel model, JsonNode expected) throws IOException {
        JsonNode entries = expected.get("entries");
        DataType type = type(expected);
        assertThat(inOrderOfFile(name, model)).isEqualTo(raw(entries.get("parameters"), type));
        assertThat(sorted(state(model))).isEqualTo(sorted(raw(entries.get("updaterState"), type)));

        JsonNode network = expected.get("network");
        assertShows(model.network().toString(), network.get("table").asText());
        assertThat(model.network().parameters())
                .isEqualTo(network.get("parameters").asLong());
        assertThat(model.network().initializer())
                .hasToString(network.get("initializer").asText());
        assertThat(model.network().equalStart())
                .isEqualTo(network.get("equalStart").asBoolean());
        for (JsonNode task : network.get("tasks")) {
            Task read = model.network().task(task.get("name").asText());
            assertThat(read.kind()).hasToString(task.get("kind").asText());
            assertThat(read.weight()).isEqualTo(task.get("weight").asDouble());
            assertThat(read.start()).hasToString(task.get("start").asText());
            assertThat(read.loss()).hasToString(task.get("lossText").asText());
            assertThat(read.classNames()).isEqualTo(texts(task.get("classNames")));
        }
        assertPlan(model, expected.get("plan"));
        assertState(model, expected.get("state"));

        // a graph of the description with the numbers of the file predicts the same, bit for bit
        Dl4jModel built = Dl4jModel.create(model.network(), model.plan());
        built.graph().params().assign(model.graph().params());
        INDArray features = features(expected);
        for (Task task : model.network().tasks()) {
            assertThat(model.predict(features).of(task.name()))
                    .isEqualTo(built.predict(features).of(task.name()));
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static void assertPlan(Dl4jModel model, JsonNode plan) {
        assertThat(model.plan().seed()).isEqualTo(plan.get("seed").asLong());
        assertThat(model.plan().l2()).isEqualTo(plan.get("l2").asDouble());
        assertThat(model.plan().dataType()).hasToString(plan.get("dataType").asText());
        assertUpdater(model.plan().updater(), plan.get("updater"));
        Map<String, IUpdater> own = new TreeMap<>();
        model.plan().ownUpdaters().forEach((group, updater) -> own.put(group.name(), updater));
        assertThat(own).hasSize(plan.get("ownUpdaters").size());
        plan.get("ownUpdaters")
                .fields()
                .forEachRemaining(field -> assertUpdater(own.get(field.getKey()), field.getValue()));
    }

    private static void assertUpdater(IUpdater updater, JsonNode expected) {
        assertThat(updater.getClass().getSimpleName())
                .isEqualTo(expected.get("class").asText());
        for (JsonNode rate : expected.get("learningRates")) {
            assertThat(updater.getLearningRate(
                            rate.get("iteration").asInt(), rate.get("epoch").asInt()))
                    .isEqualTo(rate.get("rate").asDouble());
        }
    }

    private static void assertState(Dl4jModel model, JsonNode state) {
        assertThat(model.graph().getIterationCount())
                .isEqualTo(state.get("iterations").asInt());
        assertThat(model.graph().getEpochCount()).isEqualTo(state.get("epochs").asInt());
        assertThat(model.history().stoppedTasks())
                .containsExactlyInAnyOrderElementsOf(texts(state.get("stoppedTasks")));
        Map<String, String> properties = new TreeMap<>();
        state.get("properties")
                .fields()
                .forEachRemaining(
                        field -> properties.put(field.getKey(), field.getValue().asText()));
        assertThat(model.properties()).isEqualTo(properties);
        assertHistory(model.history(), state);
        model.alphas()
                .forEach((place, alpha) -> assertClose(
                        alpha, array(state.get("alphas").get(place), alpha.dataType()), "alpha at " + place));
        assertThat(model.alphas()).hasSize(state.get("alphas").size());
    }

    private static void assertHistory(TrainingHistory history, JsonNode state) {
        JsonNode epochs = state.get("history");
        assertThat(history.epochs()).hasSize(epochs.size());
        for (int i = 0; i < epochs.size(); i++) {
            EpochResult found = history.epochs().get(i);
            JsonNode epoch = epochs.get(i);
            assertThat(found.epoch()).isEqualTo(epoch.get("epoch").asInt());
            assertThat(found.iterations()).isEqualTo(epoch.get("iterations").asLong());
            assertClose(found.learningRate(), epoch.get("learningRate").asDouble(), "rate");
            assertClose(found.score(), epoch.get("score").asDouble(), "score");
            assertLosses(found.trainingLoss(), epoch.get("trainingLoss"));
            assertLosses(found.validationLoss(), epoch.get("validationLoss"));
            assertLosses(found.lossWeights(), epoch.get("lossWeights"));
            assertThat(found.alphas()).hasSize(epoch.get("alphas").size());
            for (int a = 0; a < found.alphas().size(); a++) {
                JsonNode alpha = epoch.get("alphas").get(a);
                assertThat(found.alphas().get(a).place())
                        .isEqualTo(alpha.get("place").asText());
                assertThat(found.alphas().get(a).to()).isEqualTo(alpha.get("to").asText());
                assertThat(found.alphas().get(a).from())
                        .isEqualTo(alpha.get("from").asText());
                assertClose(found.alphas().get(a).mean(), alpha.get("mean").asDouble(), "mean alpha");
            }
            assertThat(found.ties()).hasSize(epoch.get("ties").size());
            for (int t = 0; t < found.ties().size(); t++) {
                JsonNode tie = epoch.get("ties").get(t);
                assertThat(found.ties().get(t).layer())
                        .isEqualTo(tie.get("layer").asText());
                assertThat(found.ties().get(t).pair().first())
                        .isEqualTo(tie.get("first").asText());
                assertThat(found.ties().get(t).pair().second())
                        .isEqualTo(tie.get("second").asText());
                assertClose(found.ties().get(t).value(), tie.get("value").asDouble(), "tie");
            }
        }
        JsonNode events = state.get("events");
        assertThat(history.events()).hasSize(events.size());
        for (int i = 0; i < events.size(); i++) {
            TrainingEvent found = history.events().get(i);
            assertThat(found.kind()).hasToString(events.get(i).get("kind").asText());
            assertThat(found.epoch()).isEqualTo(events.get(i).get("epoch").asInt());
            assertThat(found.subject()).isEqualTo(events.get(i).get("subject").asText());
            if (found.kind() != TrainingEvent.Kind.RUN_STARTED) { // names the versions of what runs here
                assertThat(found.text()).isEqualTo(events.get(i).get("text").asText());
            }
        }
    }

    private static void assertLosses(Map<String, Double> found, JsonNode losses) {
        assertThat(found).hasSize(losses.size());
        found.forEach((task, loss) -> assertClose(loss, losses.get(task).asDouble(), task));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stitched", "relatedness", "residual", "dl4j-layer", "exact"})
    void predictions_are_those_of_the_version_that_wrote_it(String name) throws IOException {
        JsonNode expected = expected(name);
        assertPredicts(Dl4jModel.load(fixture(name + ".zip")), expected, expected.get("state"), name.equals("exact"));
    }

    private static void assertPredicts(Dl4jModel model, JsonNode expected, JsonNode state, boolean exactly) {
        for (Task task : model.network().tasks()) {
            INDArray found = model.predict(features(expected)).of(task.name());
            JsonNode recorded = state.get("predictions").get(task.name());
            if (exactly) {
                assertThat(flat(found)).isEqualTo(raw(recorded, found.dataType()));
            } else {
                assertClose(found, array(recorded, found.dataType()), task.name());
            }
        }
        assertLosses(model.losses(data(expected)), state.get("losses"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stitched", "relatedness", "residual", "dl4j-layer", "exact"})
    void training_goes_on_as_it_did_there(String name) throws IOException {
        JsonNode expected = expected(name);
        List<INDArray> goneOn = new ArrayList<>();
        for (boolean today : new boolean[] {false, true}) {
            Path file = fixture(name + ".zip");
            Dl4jModel model = Dl4jModel.load(file);
            Path runs = directory.resolve("run-" + today);
            if (name.equals("residual")) {
                Files.createDirectories(runs);
                Path checkpoint = runs.resolve("checkpoint-000002.zip");
                if (today) { // the checkpoint as this version writes it
                    ModelState state = ModelFile.read(file, SavedTypes.none());
                    ModelFile.write(state, checkpoint, SavedTypes.none(), state.average());
                } else {
                    Files.copy(file, checkpoint);
                }
                model = Dl4jModel.create(model.network(), model.plan());
                model.setProperty("corpus", "made up");
                model.fit(
                        data(expected),
                        FitOptions.epochs(4)
                                .withWorkers(1)
                                .withParameterAveraging(0.6)
                                .withCheckpoints(Checkpoints.in(runs)));
            } else {
                if (today) {
                    model.save(directory.resolve("today.zip"));
                    model = Dl4jModel.load(directory.resolve("today.zip"));
                }
                model.fit(
                        data(expected),
                        FitOptions.epochs(name.equals("exact") ? 1 : 2).withWorkers(1));
            }
            JsonNode state = expected.get("goesOn").get("state");
            INDArray parameters = raw(state.get("parameters").get("raw"), type(expected));
            goneOn.add(flat(model.graph().params()).dup());
            if (name.equals("residual")) {
                assertWentOnWithOtherDraws(name, model, state, parameters);
                continue;
            }
            assertState(model, state);
            assertPredicts(model, expected, state, false);
            INDArray updaterState = raw(state.get("updaterState").get("raw"), type(expected));
            if (name.equals("exact")) {
                assertThat(inOrderOfFile(name, model)).isEqualTo(parameters);
                assertThat(sorted(state(model))).isEqualTo(sorted(updaterState));
            } else {
                assertClose(inOrderOfFile(name, model), parameters, "parameters");
                assertClose(sorted(state(model)), sorted(updaterState), "updater state");
            }
        }
        assertThat(goneOn.get(1)).isEqualTo(goneOn.get(0));
    }

    /** Dropout has another generator since: it drops as many numbers, and other ones. */
    private static void assertWentOnWithOtherDraws(String name, Dl4jModel model, JsonNode state, INDArray parameters)
            throws IOException {
        assertThat(model.graph().getIterationCount())
                .isEqualTo(state.get("iterations").asInt());
        assertThat(model.graph().getEpochCount()).isEqualTo(state.get("epochs").asInt());
        JsonNode epochs = state.get("history");
        assertThat(model.history().epochs()).hasSize(epochs.size());
        for (int i = 0; i < epochs.size(); i++) {
            double score = epochs.get(i).get("score").asDouble();
            assertThat(model.history().epochs().get(i).score()).isCloseTo(score, within(OTHER_DRAWS * score));
        }
        assertThat(inOrderOfFile(name, model).sub(parameters).amaxNumber().doubleValue())
                .isLessThan(OTHER_DRAWS * parameters.amaxNumber().doubleValue());
    }

    @Test
    void the_average_of_a_checkpoint_is_read_bit_for_bit() throws IOException {
        JsonNode entries = expected("residual").get("entries");
        ParameterAverage average = ModelFile.read(fixture("residual.zip"), SavedTypes.none())
                .average()
                .orElseThrow();
        assertThat(flat(average.values())).isEqualTo(raw(entries.get("average"), DataType.FLOAT));
        assertThat(average.steps()).isEqualTo(entries.get("averagedSteps").asLong());
    }

    @Test
    void it_is_read_from_a_stream_too() throws IOException {
        try (InputStream in = Files.newInputStream(fixture("exact.zip"))) {
            assertIsAsWritten("exact", Dl4jModel.load(in, SavedTypes.none()), expected("exact"));
        }
    }
}
