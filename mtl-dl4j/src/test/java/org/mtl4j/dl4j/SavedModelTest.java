package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import own.HalfDistance;

/** Model files: what is in them, and that it comes back. */
class SavedModelTest {
    @TempDir
    private Path directory;

    private static Map<String, byte[]> entries(byte[] file) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }

    private static byte[] bytes(Dl4jModel model) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        model.save(out, SavedTypes.none());
        return out.toByteArray();
    }

    private static Dl4jModel read(byte[] file) throws IOException {
        return Dl4jModel.load(new ByteArrayInputStream(file), SavedTypes.none());
    }

    private static Dl4jModel small(IUpdater updater) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(Task.regression("x", 2)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .dense("fc", 4)
                        .stitch(CrossStitchUnit.perChannel())
                        .regularize(WeightRelatednessRegularizer.over("fc").withRelatedness(Relatedness.l2Linear()))
                        .build(),
                TrainingPlan.of(updater).withUpdater(ParameterGroup.ALPHA, new Sgd(0.25)));
    }

    private static ArrayBatches data() {
        INDArray features = Nd4j.linspace(DataType.FLOAT, -1, 0.1, 24).reshape(8, 3);
        return ArrayBatches.of(
                        features, features.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2)), features.sum(true, 1))
                .withBatchSize(4);
    }

    /** Everything that a description can name of this library and of ND4J's, in as few networks as it takes. */
    static Stream<Dl4jModel> models() {
        Convolution same = Convolution.of(4, 3).withPadding(Padding.SAME);
        MultiTaskNetwork images = MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .tower("a", SplitHead.of(Task.regression("points", 4).withLoss(new WingLoss(0.25, 0.5))))
                .tower(
                        "b",
                        SplitHead.of(Task.classification("kind", 3)
                                        .withLoss(new LossMCXENT(Nd4j.createFromArray(1f, 2f, 3f))))
                                .with(Task.multiLabel("flags", 2), new NamedLayer("hidden", Dense.of(3))))
                .layer("conv", same)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .batchNormalization()
                .layer("relu", new Activate(Activation.RELU))
                .residual("block", block -> block.layer("conv", same.withActivation(Activation.ELU)))
                .stitch(CrossStitchUnit.perLayer(new double[][] {{1, 0}, {0.5, 0.5}}))
                .in("a", tower -> tower.softArgmax().dropout(0.5))
                .in("b", tower -> tower.averagePool(2).globalAveragePool())
                .dense("fc", 6)
                .stitch("last", CrossStitchUnit.identity(Granularity.PER_LAYER))
                .regularize(WeightRelatednessRegularizer.over("conv").withRelatedness(Relatedness.exponentialLinear()))
                .build();
        MultiTaskNetwork vectors = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(Task.regression("x", 1).withLoss(new SmoothL1Loss(0.5))))
                .tower("b", SplitHead.of(Task.regression("y", 1)))
                .dense("fc", 2)
                .stitch(CrossStitchUnit.perLayer(0.75, 0.25))
                .dense("fc2", 2)
                .stitch(CrossStitchUnit.perChannel(new double[][][] {{{1, 1}, {0, 0}}, {{0, 0}, {1, 1}}}))
                .regularize(
                        WeightRelatednessRegularizer.over("fc").withRelatedness(Relatedness.averaged(Relatedness.l2())))
                .build();
        return Stream.concat(
                Stream.of(Dl4jModel.create(
                        images,
                        TrainingPlan.adam(1e-3)
                                .withCosineDecay(5)
                                .withWarmUp(3)
                                .withL2(1e-3)
                                .withUpdater(ParameterGroup.COEFFICIENTS, new Nesterovs(0.1)))),
                UPDATERS.stream().map(updater -> Dl4jModel.create(vectors, TrainingPlan.of(updater))));
    }

    /** But for AdaBelief, with which Deeplearning4j 1.0.0-M2.1 cannot make an updater (its instantiate fails). */
    private static final List<IUpdater> UPDATERS = List.of(
            new Adam(0.01),
            new Nadam(0.01),
            new AMSGrad(0.01),
            new AdaMax(0.01),
            new AdaDelta(),
            new AdaGrad(0.01),
            new RmsProp(0.01),
            new Nesterovs(0.01, 0.75),
            new Sgd(0.01),
            new NoOp());

    @ParameterizedTest
    @MethodSource("models")
    void a_file_names_no_class(Dl4jModel model) throws IOException {
        for (Map.Entry<String, byte[]> entry : entries(bytes(model)).entrySet()) {
            assertThat(entry.getKey() + new String(entry.getValue(), StandardCharsets.ISO_8859_1))
                    .as(entry.getKey())
                    .doesNotContain("org.deeplearning4j", "org.nd4j", "org.mtl4j", "@class")
                    .doesNotContainPattern("\\bmtl\\.[a-z]+\\.");
        }
        Dl4jModel again = read(bytes(model));
        assertThat(again.network()).isEqualTo(model.network());
        assertThat(again.plan()).isEqualTo(model.plan());
        assertThat(again.graph().params()).isEqualTo(model.graph().params());
        assertThat(again.graph().getConfiguration()).isEqualTo(model.graph().getConfiguration());
        assertThat(bytes(again)).isEqualTo(bytes(model));
    }

    @Test
    void only_the_configuration_of_a_layer_of_deeplearning4j_names_its_classes() throws IOException {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.sequence(4, 6))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .layer("lstm", Dl4jLayer.of(new LSTM.Builder().nOut(3).build()))
                        .globalAveragePool()
                        .build(),
                TrainingPlan.adam(1e-3));
        Map<String, byte[]> entries = entries(bytes(model));
        String network = new String(entries.remove("network.json"), StandardCharsets.UTF_8);
        String version;
        try (InputStream in =
                LSTM.class.getResourceAsStream("/META-INF/maven/org.deeplearning4j/deeplearning4j-nn/pom.properties")) {
            java.util.Properties properties = new java.util.Properties();
            properties.load(in);
            version = properties.getProperty("version");
        }
        assertThat(network.replaceAll("\\s", ""))
                .contains("{\"type\":\"deeplearning4j-layer\",\"deeplearning4j\":\"" + version
                        + "\",\"configuration\":\"{");
        assertThat(network.replaceAll("\"configuration\" : \"(\\\\.|[^\"\\\\])*\"", ""))
                .doesNotContain("org.", "@class");
        entries.forEach((name, bytes) -> assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                .as(name)
                .doesNotContain("org."));
        assertThat(read(bytes(model)).network()).isEqualTo(model.network());
    }

    @Test
    void arrays_have_the_names_and_shapes_of_what_they_belong_to() throws IOException {
        Dl4jModel model = small(new Adam(0.01));
        model.fit(data(), 2);
        Map<String, byte[]> entries = entries(bytes(model));
        List<String> parameters = List.of(
                "relatedness/coefficients (1, 2)",
                "tasks/x/W (4, 2)",
                "tasks/x/b (2,)",
                "tasks/y/W (4, 1)",
                "tasks/y/b (1,)",
                "towers/a/fc/W (3, 4)",
                "towers/a/fc/b (4,)",
                "towers/b/fc/W (3, 4)",
                "towers/b/fc/b (4,)",
                "units/fc/a/alpha (1, 8)",
                "units/fc/b/alpha (1, 8)");
        List<String> expected = new ArrayList<>(List.of("model.json", "network.json", "plan.json", "history.json"));
        parameters.forEach(name -> expected.add("parameters/" + name.replaceFirst(" ", ".npy ")));
        for (String name : parameters) {
            if (!name.contains("alpha")) { // has plain gradient descent
                expected.add("updater/" + name.replaceFirst(" ", "/first-moment.npy "));
                expected.add("updater/" + name.replaceFirst(" ", "/second-moment.npy "));
            }
        }
        List<String> found = new ArrayList<>();
        entries.forEach((name, bytes) -> found.add(name.endsWith(".npy") ? name + " " + shape(bytes) : name));
        assertThat(found).isEqualTo(expected);

        // in C's order, whatever Deeplearning4j's is
        INDArray weights = model.graph().getVertex("a/fc").paramTable(false).get("W");
        assertThat(weights.ordering()).isEqualTo('f');
        ByteBuffer bytes =
                ByteBuffer.wrap(entries.get("parameters/towers/a/fc/W.npy")).order(ByteOrder.LITTLE_ENDIAN);
        int start = 10 + bytes.getShort(8);
        assertThat(start % 64).isZero();
        assertThat(bytes.getFloat(start + Float.BYTES)).isEqualTo(weights.getFloat(0, 1));
        assertThat(bytes.getFloat(start + 4 * Float.BYTES)).isEqualTo(weights.getFloat(1, 0));
    }

    private static String shape(byte[] numPy) {
        String text = new String(numPy, StandardCharsets.ISO_8859_1);
        assertThat(text).startsWith("\u0093NUMPY\1\0").contains("{'descr': '<f4', 'fortran_order': False, 'shape': (");
        return text.substring(text.indexOf('('), text.indexOf(')') + 1);
    }

    static Stream<Arguments> states() {
        Map<String, String> moments =
                Map.of("M", "first-moment", "V", "second-moment", "V_HAT", "largest-second-moment");
        return UPDATERS.stream()
                .filter(updater -> !(updater instanceof NoOp))
                .map(updater -> Arguments.of(
                        updater,
                        switch (updater.getClass().getSimpleName()) {
                            case "AdaMax" -> Map.of("M", "first-moment", "V", "infinity-norm");
                            case "Nesterovs" -> Map.of("V", "velocity");
                            case "AdaGrad" -> Map.of("grad", "squared-gradients");
                            case "RmsProp" -> Map.of("G", "squared-gradients");
                            case "AdaDelta" -> Map.of("msg", "squared-gradients", "msdx", "squared-updates");
                            default -> moments;
                        }));
    }

    /** What Deeplearning4j calls each state says where it lies; and training goes on bit for bit. */
    @ParameterizedTest
    @MethodSource("states")
    void the_state_of_every_updater_is_saved_by_its_name(IUpdater updater, Map<String, String> names)
            throws IOException {
        Dl4jModel model = small(updater);
        model.fit(data(), 2);
        byte[] file = bytes(model);
        Map<String, byte[]> entries = entries(file);
        int states = 0;
        for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) model.graph().getUpdater()).getUpdaterBlocks()) {
            if (block.getUpdaterView() == null) {
                continue;
            }
            Map<String, INDArray> state = block.getGradientUpdater().getState();
            for (UpdaterBlock.ParamState parameter : block.getLayersAndVariablesInBlock()) {
                String vertex = parameter.getLayer().getConfig().getLayerName();
                if (!vertex.endsWith("/fc") || !parameter.getParamName().equals("b")) {
                    continue;
                }
                for (Map.Entry<String, INDArray> one : state.entrySet()) {
                    INDArray row = one.getValue().reshape(one.getValue().length());
                    int from = parameter.getParamOffsetStart() - block.getParamOffsetStart();
                    String name = "updater/towers/%s/b/%s.npy".formatted(vertex, names.get(one.getKey()));
                    ByteBuffer bytes = ByteBuffer.wrap(entries.get(name)).order(ByteOrder.LITTLE_ENDIAN);
                    for (int i = 0; i < 4; i++) {
                        assertThat(bytes.getFloat(128 + i * Float.BYTES))
                                .as(name)
                                .isEqualTo(row.getFloat(from + i));
                    }
                    states++;
                }
            }
        }
        assertThat(states).isEqualTo(2 * (int) (updater.stateSize(1)));
        Dl4jModel again = read(file);
        model.fit(data(), 2);
        again.fit(data(), 2);
        assertThat(again.graph().params()).isEqualTo(model.graph().params());
        assertThat(again.graph().getUpdater().getStateViewArray())
                .isEqualTo(model.graph().getUpdater().getStateViewArray());
        assertThat(again.history()).isEqualTo(model.history());
    }

    @Test
    void the_same_model_is_the_same_bytes_in_every_time_zone() throws IOException {
        Dl4jModel model = small(new Adam(0.01));
        byte[] first = bytes(model);
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            assertThat(bytes(model)).isEqualTo(first);
        } finally {
            TimeZone.setDefault(before);
        }
        Path file = directory.resolve("model.zip");
        model.save(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(first);
    }

    @Test
    void any_file_system_and_any_stream_will_do() throws IOException {
        Dl4jModel model = small(new Adam(0.01));
        try (FileSystem other = FileSystems.newFileSystem(directory.resolve("other.zip"), Map.of("create", "true"))) {
            Path file = other.getPath("folder", "model.zip");
            model.save(file);
            assertThat(Dl4jModel.load(file).graph().params())
                    .isEqualTo(model.graph().params());
            Files.write(file, new byte[] {1, 2, 3});
            assertThatThrownBy(() -> Dl4jModel.load(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("model.zip");
        }
        assertThat(read(bytes(model)).graph().params()).isEqualTo(model.graph().params());
        assertThatThrownBy(() -> read(new byte[] {1, 2, 3}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the stream");
    }

    private static Dl4jModel withOwnFunction() {
        return Dl4jModel.create(
                small(new Adam(0.01)).network().toBuilder()
                        .regularize(WeightRelatednessRegularizer.over("fc").withRelatedness(new HalfDistance()))
                        .build(),
                TrainingPlan.adam(0.01));
    }

    @Test
    void types_of_a_user_s_own_have_the_names_that_the_user_gives() throws Exception {
        Dl4jModel model = withOwnFunction();
        SavedTypes types = SavedTypes.none().with("half-distance", HalfDistance.class);
        Path file = directory.resolve("named.zip");
        model.save(file, types);
        assertThat(new String(entries(Files.readAllBytes(file)).get("network.json"), StandardCharsets.UTF_8))
                .contains("\"half-distance\"")
                .doesNotContain("own.HalfDistance");
        assertThat(Dl4jModel.load(file, types).network()).isEqualTo(model.network());
        assertThatThrownBy(() -> Dl4jModel.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there is no relatedness function 'half-distance'");

        ModelCopies copies = ModelCopies.of(model, types);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
            objects.writeObject(copies);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            assertThat(((ModelCopies) in.readObject()).<Object>use(copy -> copy.network()))
                    .isEqualTo(model.network());
        }
    }

    @Test
    void a_run_trusts_the_types_of_the_model_at_hand() {
        Checkpoints checkpoints = Checkpoints.in(directory.resolve("run"));
        withOwnFunction().fit(data(), FitOptions.epochs(1).withCheckpoints(checkpoints));
        Dl4jModel model = withOwnFunction();
        model.fit(data(), FitOptions.epochs(2).withCheckpoints(checkpoints));
        assertThat(model.history().epochs()).hasSize(2);
        assertThatThrownBy(() -> Dl4jModel.load(directory.resolve("run").resolve("checkpoint-000002.zip")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'own.HalfDistance', which is not trusted");
    }
}
