package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.layer.Shape;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.learning.config.Sgd;

/** Spark with two threads in this process; a cluster of several processes is what cluster-check.sh is for. */
@Tag("slow")
class SparkTest {
    private static final int SIZE = 24;
    private static final int FACES = 61; // shards of unequal length
    private static final List<FaceTask> TASKS = List.of(FaceTask.LANDMARKS, FaceTask.GENDER, FaceTask.ATTRIBUTES);
    private static final FaceCrop CROP = FaceCrop.of(SIZE);

    @TempDir
    static Path directory;

    private static JavaSparkContext context;

    @BeforeAll
    static void start() throws IOException {
        MtflCorpus.of(SyntheticFaces.corpus(FACES, 3)).write(directory.resolve("corpus"), ImageFormat.PNG);
        context = new JavaSparkContext(new SparkConf()
                .setMaster("local[2]")
                .setAppName("SparkTest")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static Dl4jModel model() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                .tower("a", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(10)))
                .tower("b", SplitHead.of(FaceTask.GENDER.task(), FaceTask.ATTRIBUTES.task()))
                .convolution("conv", 4, 5)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 12)
                .regularize(WeightRelatednessRegularizer.over("conv", "fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-3))
                .build();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.of(new Sgd(0.02)));
        CROP.toMap().forEach(model::setProperty);
        return model;
    }

    private static HadoopCorpus corpus() {
        return HadoopCorpus.in(
                context.hadoopConfiguration(),
                directory.resolve("corpus").toUri().toString());
    }

    private static List<FaceShard> shards(int count) {
        return FaceShard.divide(corpus(), count, CROP, TASKS, 8, 7);
    }

    @Test
    void gradients_of_executors_train_as_one_process_does() throws IOException {
        Dl4jModel alone = model();
        alone.fit(TrainingShard.joined(shards(3)), FitOptions.epochs(2).withWorkers(1));
        Dl4jModel together = model();
        try (SparkWorkers workers = SparkWorkers.of(context, together, shards(3))) {
            together.fit(workers, Averaging.gradients(), FitOptions.epochs(2));
        }
        // 61 faces in three shards, 8 of each in a step: three steps, the last smaller
        assertThat(together.graph().getIterationCount()).isEqualTo(6);
        // single precision (6e-8) in sums of some ten thousand products, six steps; parameters have a norm of about 7
        assertThat(together.graph().params().distance2(alone.graph().params())).isLessThan(1e-4);
        assertThat(together.graph().params().distance2(model().graph().params()))
                .isGreaterThan(0.1);
        for (String task : List.of("landmarks", "gender", "attributes")) {
            double expected = alone.history().last().trainingLoss().get(task);
            assertThat(together.history().last().trainingLoss().get(task)).isCloseTo(expected, within(1e-5 * expected));
        }
    }

    @Test
    void gradients_of_tasks_are_combined_where_those_of_executors_meet() throws IOException {
        FitOptions options = FitOptions.epochs(1).withGradientBalance(GradientBalance.dbMtl());
        Dl4jModel alone = model();
        alone.fit(TrainingShard.joined(shards(3)), options.withWorkers(1));
        Dl4jModel together = model();
        try (SparkWorkers workers = SparkWorkers.of(context, together, shards(3))) {
            together.fit(workers, Averaging.gradients(), options);
        }
        // as above; the gradients are scaled to the longest, so that rounding is larger than in a sum
        assertThat(together.graph().params().distance2(alone.graph().params())).isLessThan(1e-3);
        assertThat(together.graph().params().distance2(model().graph().params()))
                .isGreaterThan(0.1);
        assertThat(together.history().last().lossWeights().get("gender"))
                .isCloseTo(alone.history().last().lossWeights().get("gender"), within(1e-2));
    }

    @Test
    void parameters_are_averaged_over_executors() throws IOException {
        Dl4jModel model = model();
        try (SparkWorkers workers = SparkWorkers.of(context, model, shards(2))) {
            model.fit(workers, Averaging.parameters(2), FitOptions.epochs(10));
        }
        assertThat(model.graph().getIterationCount()).isEqualTo(10 * 4); // 31 faces, 8 in a step
        double first = model.history().epochs().get(0).score();
        assertThat(model.history().last().score()).isLessThan(0.99 * first);
    }

    @Test
    void evaluations_of_parts_are_merged_exactly() throws IOException {
        Dl4jModel model = model();
        FaceEvaluation merged = SparkEvaluation.of(context, model, shards(3));
        FaceEvaluation.Accumulator oneProcess =
                FaceEvaluation.accumulator(model.network().tasks());
        for (FaceShard shard : shards(3)) {
            oneProcess.add(model::predict, shard.faces());
        }
        assertThat(merged).isEqualTo(oneProcess.result());
        assertThat(merged.landmarks().orElseThrow().images()).isEqualTo(FACES);

        // and undivided: all counts are the same; sums of the same errors, whose last bits depend on the size of a
        // batch
        FaceCorpus all = MtflCorpus.load(directory.resolve("corpus")).training();
        FaceEvaluation whole = FaceEvaluation.of(model, all.crops(CROP));
        assertThat(merged.scores().get("gender")).isEqualTo(whole.scores().get("gender"));
        assertThat(merged.scores().get("attributes")).isEqualTo(whole.scores().get("attributes"));
        double error = whole.landmarks().orElseThrow().meanError();
        assertThat(merged.landmarks().orElseThrow().meanError()).isCloseTo(error, within(1e-6 * error));
        assertThat(merged.landmarks().orElseThrow().failureRate())
                .isEqualTo(whole.landmarks().orElseThrow().failureRate());
    }

    @Test
    void images_of_a_folder_are_predicted_and_broken_ones_reported() throws IOException {
        Dl4jModel model = model();
        Path folder = directory.resolve("corpus-with-a-broken-image");
        copy(directory.resolve("corpus"), folder);
        FaceCorpus faces = MtflCorpus.load(folder).training();
        Files.writeString(folder.resolve(faces.get(5).id()), "no image");
        HadoopCorpus corpus =
                HadoopCorpus.in(context.hadoopConfiguration(), folder.toUri().toString());

        List<FacePrediction> listed =
                SparkPrediction.of(context, model, corpus, true, 2).collect();
        assertThat(listed)
                .extracting(FacePrediction::image)
                .doesNotHaveDuplicates()
                .hasSize(FACES);
        FacePrediction broken = named(listed, faces.get(5).id());
        assertThat(broken.problem())
                .contains("not a JPEG or PNG image", faces.get(5).id());
        assertThat(broken.outputs()).isEmpty();
        FacePrediction expected = FacePrediction.of(
                faces.get(4).id(),
                model,
                CROP,
                faces.get(4).image().load(),
                faces.get(4).box().orElseThrow());
        assertThat(named(listed, faces.get(4).id())).isEqualTo(expected);
        assertThat(expected.outputs()).containsKeys("landmarks.x1", "landmarks.y5", "gender", "gender.p");
        assertThat(expected.toCsv()).startsWith(faces.get(4).id() + ",,landmarks.x1,");

        List<FacePrediction> whole =
                SparkPrediction.of(context, model, corpus, false, 3).collect();
        assertThat(whole).hasSize(FACES);
        var image = ImageDecoder.standard().decode(folder.resolve(faces.get(4).id()));
        assertThat(named(whole, faces.get(4).id()))
                .isEqualTo(FacePrediction.of(
                        faces.get(4).id(),
                        model,
                        CROP,
                        image,
                        new org.mtl4j.faces.Box(0, 0, image.width() - 1, image.height() - 1)));
    }

    private static FacePrediction named(List<FacePrediction> predictions, String image) {
        return predictions.stream()
                .filter(prediction -> prediction.image().equals(image))
                .findFirst()
                .orElseThrow();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void a_corpus_through_hadoop_is_the_local_one() throws IOException {
        FaceCorpus local = MtflCorpus.load(directory.resolve("corpus")).training();
        assertThat(corpus().read().fingerprint()).isEqualTo(local.fingerprint());
        assertThat(corpus().read().get(2).image().listedAt().orElseThrow())
                .contains("corpus/training.txt line 3", "corpus/trainImageList.txt line 3");
        assertThat(corpus().images().size()).isEqualTo(FACES);
    }

    @Test
    void faces_of_one_photo_are_read_through_hadoop_and_stay_in_one_shard() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("pairs"));
        StringBuilder list = new StringBuilder();
        for (int photo = 0; photo < 4; photo++) {
            Files.copy(
                    directory.resolve("corpus/synthetic/00000%d.png".formatted(photo)), folder.resolve(photo + ".png"));
            for (int x : new int[] {0, 40}) {
                list.append("%d.png %d %d 5 30 %d 15 %d 15 %d 20 %d 26 %d 26%n"
                        .formatted(photo, x + 5, x + 30, x + 12, x + 24, x + 18, x + 13, x + 23));
            }
        }
        Files.writeString(folder.resolve("trainImageList.txt"), list);
        HadoopCorpus corpus = HadoopCorpus.in(context.hadoopConfiguration(), folder.toString());
        assertThat(corpus.read().fingerprint())
                .isEqualTo(MtflCorpus.load(folder).training().fingerprint());
        List<FaceShard> shards = FaceShard.divide(corpus, 3, CROP, List.of(FaceTask.LANDMARKS), 2, 1);
        assertThat(shards.get(0).faces().corpus().samples())
                .extracting(FaceSample::id)
                .containsExactly("0.png#1", "0.png#2", "3.png#1", "3.png#2");
        assertThat(shards.get(2).faces().corpus().samples())
                .extracting(FaceSample::id)
                .containsExactly("2.png#1", "2.png#2");
        assertThatThrownBy(() -> FaceShard.divide(corpus, 5, CROP, List.of(FaceTask.LANDMARKS), 2, 1)
                        .get(4)
                        .faces())
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("4 photos with 8 faces are too few for 5 shards");
    }

    @Test
    void errors_name_the_list_where_it_lies() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("broken"));
        HadoopCorpus corpus =
                HadoopCorpus.in(context.hadoopConfiguration(), folder.toUri().toString());
        assertThatThrownBy(corpus::read).isInstanceOf(IOException.class).hasMessageContaining("no corpus here");
        Files.writeString(
                folder.resolve("training.txt"),
                "a.png 1 2 3 4 5 1 2 3 4 5 1 1 1 3\n" + "b.png 1 2 3 4 5 1 2 3 4 5 1 1 1 9\n");
        assertThatThrownBy(corpus::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken/training.txt line 2")
                .hasMessageNotContaining("mtl-lists")
                .hasMessageContaining("pose (field 15) must be 1 to 5, got '9'");
        assertThatThrownBy(() -> FaceShard.divide(corpus(), FACES + 1, CROP, TASKS, 8, 1)
                        .get(FACES)
                        .faces())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("61 faces are too few for 62 shards");
    }

    @Test
    void lists_do_not_lead_out_of_the_corpus() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("led-out"));
        Path secret = directory.resolve("secret.png");
        Files.copy(directory.resolve("corpus").resolve(corpus().read().get(0).id()), secret);
        Files.createSymbolicLink(folder.resolve("link.png"), secret);
        String points = " 1 2 3 4 5 1 2 3 4 5 1 1 1 3\n";
        Files.writeString(
                folder.resolve("training.txt"), secret.toUri() + points + "link.png" + points + "img:1.png" + points);
        Files.copy(secret, folder.resolve("img:1.png"));
        FaceCorpus faces = HadoopCorpus.in(
                        context.hadoopConfiguration(), folder.toUri().toString())
                .read();
        assertThatThrownBy(() -> faces.get(0).image().load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("led-out/file:");
        assertThatThrownBy(() -> faces.get(1).image().load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a link leads out of the corpus");
        assertThat(faces.get(2).image().load().width()).isPositive();

        Path list = directory.resolve("secret.txt");
        Files.move(folder.resolve("training.txt"), list);
        Files.createSymbolicLink(folder.resolve("training.txt"), list);
        assertThatThrownBy(() -> HadoopCorpus.in(
                                context.hadoopConfiguration(), folder.toUri().toString())
                        .read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("training.txt: a link leads out of the corpus");
    }

    @Test
    void what_an_executor_says_is_said_in_an_unchecked_exception() throws IOException {
        Dl4jModel model = model();
        try (SparkWorkers workers = SparkWorkers.of(context, model, shards(FACES + 1))) {
            assertThatThrownBy(() -> model.fit(workers, Averaging.gradients(), FitOptions.epochs(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("61 faces are too few for 62 shards");
        }
    }

    @Test
    void nonsense_is_refused() {
        assertThatThrownBy(() -> FaceShard.divide(corpus(), 0, CROP, TASKS, 8, 1))
                .hasMessageContaining("at least 1 shard, and 1 face of it in a step, got 0 and 8");
        assertThatThrownBy(() -> SparkPrediction.of(context, model(), corpus(), true, 0))
                .hasMessageContaining("at least 1 part, got 0");
        assertThatThrownBy(() -> SparkEvaluation.of(context, model(), List.of()))
                .hasMessageContaining("no shard of faces");
        Dl4jModel houses = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                        .tower("a", SplitHead.of(org.mtl4j.task.Task.regression("price", 1)))
                        .dense("fc", 3)
                        .build(),
                TrainingPlan.adam(1e-3));
        assertThatThrownBy(() -> SparkEvaluation.of(context, houses, shards(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no face labels for a task 'price'");
    }
}
