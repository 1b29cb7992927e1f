package org.mtl4j.examples.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.relatedness.RelatednessCheck;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Every program does what it says; each bound is one that a network which has learned nothing does not keep. */
class ProgramsTest {
    /** Mean error of predicting the mean of the points of the drawn faces, in face widths. */
    private static final double POINTS_OF_A_MEAN_FACE = 0.09;

    private static QuickStart.Result quickStart;

    @TempDir
    private Path directory;

    @BeforeAll
    static void runs_the_quick_start() throws IOException {
        quickStart = QuickStart.run(500, 10, 7);
    }

    private static double aboveMajority(ClassificationScore score) {
        return score.accuracy() - score.majorityBaseline();
    }

    @Test
    void quick_start() {
        assertThat(quickStart.pointError()).isLessThan(0.8 * POINTS_OF_A_MEAN_FACE);
        assertThat(aboveMajority(quickStart.smile())).isGreaterThan(0.05);
    }

    @Tag("slow")
    @Test
    void own_tasks_and_layers() throws IOException {
        OwnTasksAndLayers.Result result = OwnTasksAndLayers.run(600, 30, directory.resolve("machine.zip"));
        // speeds are spread evenly over 1 to 3: a constant is off by 0.5 in the mean
        assertThat(result.speed().absoluteError()).isLessThan(0.15);
        assertThat(result.faults().label(0).accuracy()).isGreaterThan(0.85);
        assertThat(result.faults().label(1).accuracy()).isGreaterThan(0.85);
    }

    @Tag("slow")
    @Test
    void own_relatedness() {
        RelatednessCheck.of(new OwnRelatedness.Cosine()).assertGradients();
        RelatednessState free = OwnRelatedness.run(0, 10);
        RelatednessState tied = OwnRelatedness.run(0.1, 10);
        assertThat(free.value()).isGreaterThan(0.8); // independent weights are about orthogonal
        assertThat(tied.value()).isLessThan(0.4);
    }

    @Tag("slow")
    @Test
    void own_unit() {
        List<UnitState> learned = OwnUnit.run(10);
        assertThat(learned).extracting(UnitState::to).containsExactly("left", "right");
        assertThat(learned).allSatisfy(state -> assertThat(state.mean()).isGreaterThan(0.05)); // from 0
    }

    @Tag("slow")
    @Test
    void three_tasks() throws IOException {
        ThreeTasks.Result result = ThreeTasks.run(500, 8, 3);
        assertThat(result.alphas()).containsOnlyKeys("pool1", "pool2");
        INDArray first = result.alphas().get("pool1");
        assertThat(first.shape()).containsExactly(3, 3, 8);
        assertThat(result.alphas().get("pool2").shape()).containsExactly(2, 2);
        // it started at 0.8 and 0.1 in all channels, and each channel has gone its own way
        assertThat(first.std(2).minNumber().doubleValue()).isGreaterThan(0.01);
        FaceEvaluation faces = result.evaluation();
        assertThat(faces.landmarks().orElseThrow().meanError()).isLessThan(0.8 * POINTS_OF_A_MEAN_FACE);
        assertThat(aboveMajority((ClassificationScore) faces.scores().get("pose")))
                .isGreaterThan(0.03);
    }

    @Test
    void growing_network() throws IOException {
        GrowingNetwork.Result result = GrowingNetwork.run(500, 8, 3);
        assertThat(result.report())
                .contains("adapted [units/pool1/glasses/alpha, units/pool1/points/alpha]")
                .contains("begun anew [tasks/pose/W,")
                .contains("dropped []");
        assertThat(result.grown()).isEqualTo(result.before()).isGreaterThan(0.7);
        assertThat(result.pose() - result.poseBaseline()).isGreaterThan(0.03);
    }

    @Tag("slow")
    @Test
    void stitch_trained() throws IOException {
        StitchTrained.Result result = StitchTrained.run(500, 8, 3);
        assertThat(result.joined()).as("units at the identity change nothing").isEqualTo(result.apart());
        assertThat(result.together()).isLessThan(result.apart());
        INDArray alpha = result.joint().graph().getVertex("points/pool:stitch").params();
        assertThat(alpha.length()).isEqualTo(24);
        assertThat(alpha.getDouble(12))
                .as("what comes from the other, at first 0")
                .isNotZero();
        ComputationGraph alone = result.joint().tower("points");
        assertThat(alone.getConfiguration().getVertices()).doesNotContainKey("pool:stitch");
    }

    @Tag("slow")
    @Test
    void missing_labels() throws IOException {
        FaceEvaluation faces = MissingLabels.run(400, 10, 5);
        assertThat(faces.landmarks().orElseThrow().meanError()).isLessThan(0.8 * POINTS_OF_A_MEAN_FACE);
        assertThat(aboveMajority((ClassificationScore) faces.scores().get("pose")))
                .isGreaterThan(0.03);
    }

    @Tag("slow")
    @Test
    void houses() {
        Houses.Result result = Houses.run(1000, 10, 20);
        assertThat(result.price().absoluteError()).isLessThan(0.05);
        assertThat(aboveMajority(result.sale())).isGreaterThan(0.1);
    }

    /** Where the corpus is not installed: kinds are stripes of a width of their own. */
    @Tag("slow")
    @Test
    void fashion_mnist_on_drawn_stripes() throws IOException {
        writeStripes("train", 400, 1);
        writeStripes("t10k", 100, 2);
        assertThat(FashionMnist.run(directory, 320, 3, 4, true)).isGreaterThan(0.7);
        assertThat(FashionMnist.network(true).stitches()).hasSize(3);
        assertThat(FashionMnist.network(false).stitches()).isEmpty();
    }

    private void writeStripes(String part, int count, long seed) throws IOException {
        Random random = new Random(seed);
        try (var images = idx(part + "-images-idx3-ubyte.gz", count, 28, 28);
                var labels = idx(part + "-labels-idx1-ubyte.gz", count)) {
            for (int i = 0; i < count; i++) {
                int kind = random.nextInt(10);
                labels.write(kind);
                for (int pixel = 0; pixel < 784; pixel++) {
                    boolean bright = kind < 5 ? pixel % 28 / (kind + 1) % 2 == 0 : pixel / 28 / (kind - 4) % 2 == 0;
                    images.write((bright ? 180 : 20) + random.nextInt(60));
                }
            }
        }
    }

    private DataOutputStream idx(String name, int... sizes) throws IOException {
        var out = new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(directory.resolve(name))));
        out.writeInt(0x800 + sizes.length);
        for (int size : sizes) {
            out.writeInt(size);
        }
        return out;
    }

    /** {@return the folder of the published tables, which are not part of this repository} */
    private static Path tables() {
        String given = System.getProperty("mtl.tabular");
        Path module = Path.of("").toAbsolutePath(); // surefire runs in the module, an IDE perhaps in the repository
        Path repository = Files.isDirectory(module.resolve("mtl-examples")) ? module : module.getParent();
        return given == null ? repository.resolve("../shared/tabular") : Path.of(given);
    }

    /** The published figures of one run each are .9091 to .9103, and of never-married .9635. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void adult(boolean stitched) throws IOException {
        assumeTrue(
                Files.isRegularFile(tables().resolve("adult.data")),
                () -> "no Adult table in " + tables().normalize() + "; set -Dmtl.tabular=FOLDER to test on it");
        var auc = Adult.run(tables(), stitched, 5, 1);
        assertThat(auc.get("income")).isGreaterThan(0.905); // the mean of three seeds is .9097 and .9095
        assertThat(auc.get("single")).isGreaterThan(0.96);
    }

    /** Where the table is not there: rows in its layout, whose labels depend on some columns. */
    @Test
    void adult_on_drawn_rows() throws IOException {
        Files.write(directory.resolve("adult.data"), adultRows(800, "", 1));
        List<String> test = new ArrayList<>(List.of("|1x3 Cross validator"));
        test.addAll(adultRows(400, ".", 2)); // as in the archive's test file
        Files.write(directory.resolve("adult.test"), test);
        var shared = Adult.run(directory, false, 4, 1);
        var stitched = Adult.run(directory, true, 4, 1);
        assertThat(shared.get("income")).isGreaterThan(0.85); // of a constant it is .5
        assertThat(stitched.get("income")).isGreaterThan(0.85);
        assertThat(stitched.get("single")).isGreaterThan(0.85);
    }

    private static List<String> adultRows(int count, String end, long seed) {
        Random random = new Random(seed);
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            int age = 17 + random.nextInt(60);
            int education = random.nextInt(16);
            boolean single = age < 30;
            boolean rich = education + random.nextInt(4) > 11;
            rows.add(String.format(
                    Locale.ROOT,
                    "%d, %s, %d, degree %d, %d, %s, job %d, %s, White, Male, %d, 0, 40, United-States, %s50K%s",
                    age,
                    random.nextInt(9) == 0 ? "?" : "Private",
                    random.nextInt(100_000),
                    education,
                    education,
                    single ? "Never-married" : "Divorced",
                    random.nextInt(5),
                    single ? "Own-child" : "Husband",
                    random.nextInt(3) * 1000,
                    rich ? ">" : "<=",
                    end));
        }
        return rows;
    }

    /** Rows in the layout of the Census table: income depends on weeks worked, single on age. */
    @Test
    void census_income_on_drawn_rows() throws IOException {
        Random random = new Random(3);
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < 1500; row++) {
            String[] fields = new String[42];
            Arrays.setAll(fields, i -> "Not in universe " + random.nextInt(3));
            int age = random.nextInt(90);
            int weeks = random.nextInt(53);
            for (int number : new int[] {5, 16, 17, 18, 24, 30}) {
                fields[number] = Integer.toString(random.nextInt(1000));
            }
            fields[0] = Integer.toString(age);
            fields[7] = age < 25 ? "Never married" : "Divorced";
            fields[25] = "?";
            fields[39] = Integer.toString(weeks);
            fields[41] = weeks > 40 ? "50000+." : "- 50000.";
            rows.add(String.join(", ", fields));
        }
        Path file = Files.write(directory.resolve("census.csv"), rows);
        var auc = CensusIncome.run(file, 40, 1);
        assertThat(auc.get("income")).isGreaterThan(0.8);
        assertThat(auc.get("single")).isGreaterThan(0.8);
    }

    @Tag("slow")
    @Test
    void serve_predictions() throws IOException, InterruptedException {
        Path file = directory.resolve("houses.zip");
        Houses.Result trained = Houses.run(300, 2, 3);
        trained.model().save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        ServePredictions.Latency latency = ServePredictions.run(loaded, 20);
        assertThat(latency.median()).isPositive().isLessThanOrEqualTo(latency.slow());

        HttpServer server = ServePredictions.serve(loaded, 0);
        try {
            int port = server.getAddress().getPort();
            HttpResponse<String> answer = post(port, "1.2 0.4 0.3 0.5 1");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .matches("-?[0-9.]+ [0-9.]+")
                    .isEqualTo(ServePredictions.answer(trained.model(), "1.2 0.4 0.3 0.5 1"));
            assertThat(post(port, "1.2 0.4").statusCode()).isEqualTo(400);
            assertThat(post(port, "1.2 0.4 0.3 0.5 big").body()).contains("big");
        } finally {
            server.stop(0);
        }
    }

    @Tag("slow")
    @Test
    void hand_written() {
        INDArray images = Nd4j.rand(16, 1, 24, 24);
        INDArray points = Nd4j.rand(16, 10);
        INDArray smile = Nd4j.zeros(16, 2);
        for (int row = 0; row < 16; row++) {
            smile.putScalar(row, row % 2, 1);
        }
        MultiDataSet batch = new MultiDataSet(new INDArray[] {images}, new INDArray[] {points, smile});
        Dl4jModel model = Dl4jModel.create(QuickStart.network(), TrainingPlan.adam(2e-3));
        INDArray all = model.graph().params();
        all.addi(Nd4j.randn(all.shape()).mul(0.05)); // α in each channel another, heads not at 0
        ComputationGraph byHand = HandWritten.graph();
        HandWritten.copy(model, byHand);
        // single precision, values of about 1; the fast layers add up in another order
        assertThat(HandWritten.run(images)).isLessThan(1e-5);
        assertThat(byHand.score(batch)).isCloseTo(model.graph().score(batch), withinPercentage(0.001));
        for (int step = 0; step < 3; step++) {
            model.graph().fit(batch);
            byHand.fit(batch);
        }
        assertThat(model.predict(images)
                        .of("landmarks")
                        .sub(byHand.output(images)[0])
                        .amaxNumber()
                        .doubleValue())
                .as("after three steps of Adam at a rate of 0.002")
                .isLessThan(1e-4);
    }

    private static String source(Class<?> program) throws IOException {
        return Files.readString(
                Path.of("src/main/java/org/mtl4j/examples/programs", program.getSimpleName() + ".java"));
    }

    /** Lines that say something: no package, imports, comments, blanks and closing brackets. */
    private static long lines(String source) {
        return source.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.matches("(import |package |//|/\\*|\\*).*|[});]+"))
                .count();
    }

    private static String between(String source, String first, String last) {
        int start = source.indexOf(first);
        return source.substring(start, source.indexOf(last, start));
    }

    /** What docs/comparison.md says of this library and of Deeplearning4j alone. */
    @Test
    void the_comparison_counts_right() throws IOException {
        long library = lines(between(source(QuickStart.class), "public static MultiTaskNetwork network", "/** Trains"));
        long byHand = lines(between(source(HandWritten.class), "String[] TOWERS", "/** Copies the library")
                .replace("private HandWritten() {}", ""));
        assertThat(Path.of("../docs/comparison.md")).content().contains("aside | %d | %d |".formatted(library, byHand));
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                QuickStart.class,
                OwnTasksAndLayers.class,
                OwnRelatedness.class,
                OwnUnit.class,
                ThreeTasks.class,
                GrowingNetwork.class,
                StitchTrained.class,
                MissingLabels.class,
                Houses.class,
                FashionMnist.class,
                Adult.class,
                CensusIncome.class,
                ServePredictions.class,
                OwnPhoto.class
            })
    void a_program_is_a_page(Class<?> program) throws IOException {
        assertThat(lines(source(program))).isBetween(20L, 60L);
    }

    private static HttpResponse<String> post(int port, String body) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/predict"))
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    void own_photo() throws IOException {
        Path file = directory.resolve("faces.zip");
        quickStart.model().save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        double sum = 0;
        for (FaceSample face : SyntheticFaces.corpus(20, 99).samples()) {
            Path photo = directory.resolve("photo.png");
            ImageIO.write(face.image().load().toBufferedImage(), "png", photo.toFile());
            Landmarks truth = face.landmarks().orElseThrow();
            Landmarks found = OwnPhoto.run(loaded, photo, face.box().orElseThrow());
            for (LandmarkName name : LandmarkName.values()) {
                sum += found.get(name).distanceTo(truth.get(name))
                        / face.box().orElseThrow().width();
            }
            Path drawn = directory.resolve("drawn.png");
            OwnPhoto.draw(photo, found, drawn);
            assertThat(ImageIO.read(drawn.toFile())
                            .getRGB((int) Math.round(found.nose().x()), (int)
                                    Math.round(found.nose().y())))
                    .as("green, opaque")
                    .isEqualTo(0xff00ff00);
        }
        // what the evaluation in fractions of the box said, now by way of pixels of a file
        assertThat(sum / (20 * LandmarkName.values().length)).isCloseTo(quickStart.pointError(), within(0.015));
    }
}
