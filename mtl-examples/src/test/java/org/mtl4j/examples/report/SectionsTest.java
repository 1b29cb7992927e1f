package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Doubles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.report.Figure;
import org.mtl4j.report.LiveReport;
import org.mtl4j.report.ModelSections;
import org.mtl4j.report.Report;
import org.mtl4j.report.Section;
import org.mtl4j.report.Table;
import org.mtl4j.report.TrainingSections;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** What goes into a report, of a small model and of numbers that can be followed. */
class SectionsTest {
    private static final int SIZE = 16;

    @TempDir
    private Path directory;

    private static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                        .tower("a", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(10)))
                        .tower("b", SplitHead.of(FaceTask.SMILE.task()))
                        .convolution("conv1", 3, 5)
                        .maxPool(4)
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc", 6)
                        .stitch(CrossStitchUnit.perLayer(0.8))
                        .regularize(WeightRelatednessRegularizer.over("conv1", "fc")
                                .withRelatedness(Relatedness.l2Linear())
                                .withStrength(1e-3))
                        .build(),
                TrainingPlan.adam(1e-2));
    }

    private static FaceCrops faces() throws IOException {
        return SyntheticFaces.corpus(40, 5).crops(FaceCrop.of(SIZE));
    }

    private static Section section(List<Section> sections, String title) {
        return sections.stream()
                .filter(section -> section.title().equals(title))
                .findFirst()
                .orElseThrow();
    }

    private static String caption(Section section, String picture) {
        return section.figures().stream()
                .filter(candidate -> candidate.name().equals(picture))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + picture + " in "
                        + section.figures().stream().map(Figure::name).toList()))
                .caption();
    }

    @Test
    void a_run_that_was_cut_off_has_all_of_its_epochs_in_the_report() throws IOException {
        FaceCrops faces = faces();
        List<FaceTask> tasks = List.of(FaceTask.LANDMARKS, FaceTask.SMILE);
        FitOptions options = FitOptions.epochs(2)
                .withValidation(faces.batches().tasks(tasks).build())
                .withCheckpoints(Checkpoints.in(directory));
        model().fit(faces.batches().tasks(tasks).shuffleSeed(1).build(), options);
        Dl4jModel resumed = model();
        resumed.fit(faces.batches().tasks(tasks).shuffleSeed(1).build(), options.withEpochs(3));

        List<Section> sections = TrainingSections.of(resumed);
        Table epochs = section(sections, "Learning curves").tables().get(0);
        assertThat(epochs.header())
                .startsWith("epoch", "steps", "rate", "score", "landmarks, training", "landmarks, validation");
        assertThat(epochs.rows()).hasSize(3);
        EpochResult second = resumed.history().epochs().get(1);
        assertThat(epochs.rows().get(1))
                .startsWith("2", String.valueOf(second.iterations()), "0.01000")
                .contains(
                        String.format(Locale.ROOT, "%.4g", second.trainingLoss().get("smile")),
                        String.format(
                                Locale.ROOT, "%.4g", second.validationLoss().get("landmarks")));
        assertThat(TrainingSections.numbers(resumed.history().epochs())).containsExactly(1, 2, 3);

        Section units = section(sections, "Cross-stitch units");
        assertThat(units.figures())
                .extracting(Figure::name)
                .containsExactly("alpha-means", "alpha-pool1", "alpha-fc", "alpha-pool1-channels");
        INDArray pool1 = resumed.alphas().get("pool1");
        INDArray fc = resumed.alphas().get("fc");
        double own = 0;
        for (int channel = 0; channel < 3; channel++) {
            own += (pool1.getDouble(0, 0, channel) + pool1.getDouble(1, 1, channel)) / 3;
        }
        own += fc.getDouble(0, 0) + fc.getDouble(1, 1);
        assertThat(caption(units, "alpha-means"))
                .contains("after epoch 3", String.format(Locale.ROOT, "own shares %.3f", own / 4));
        assertThat(caption(units, "alpha-pool1-channels"))
                .contains(String.format(
                        Locale.ROOT,
                        "from %.2f to %.2f",
                        pool1.minNumber().doubleValue(),
                        pool1.maxNumber().doubleValue()));

        Section ties = section(sections, "Relatedness");
        assertThat(caption(ties, "relatedness"))
                .contains(String.format(
                        Locale.ROOT, "fc %.4g", resumed.relatedness().get(1).value()));
        assertThat(caption(ties, "coefficient-b"))
                .contains(String.format(
                        Locale.ROOT,
                        "conv1 %.4g",
                        resumed.relatedness().get(0).coefficients().get("b")));
        assertThat(section(sections, "What happened").tables().get(0).rows().get(0))
                .startsWith("before the first epoch", "run started");

        Section configuration = ModelSections.configuration(resumed, "train --fast");
        assertThat(configuration.tables().get(0).rows()).contains(List.of("command", "train --fast"));
        assertThat(configuration.tables().get(1).rows().get(0)).startsWith("landmarks", "regression", "10", "10.0");
        assertThat(configuration.listing()).contains("cross-stitch per layer, 0.8 own");
    }

    @Test
    void a_live_report_follows_the_run_and_stops_with_it() throws IOException {
        FaceCrops faces = faces();
        Dl4jModel model = model();
        List<String> pages = new ArrayList<>();
        try (LiveReport live =
                LiveReport.of(model, directory, "Run").withSummary("of a test").withEpochs(2)) {
            model.fit(
                    faces.batches().tasks(FaceTask.LANDMARKS, FaceTask.SMILE).build(),
                    FitOptions.epochs(2).withListener(live).withListener(new ProgressListener() {
                        @Override
                        public void onEpoch(EpochResult result) {
                            pages.add(page());
                        }
                    }));
        }
        assertThat(pages).hasSize(2);
        assertThat(pages.get(0))
                .contains("http-equiv=\"refresh\" content=\"10\"", "epoch 1 of 2 is over", "alpha-pool1", "loss-smile")
                .doesNotContain("<th scope=\"row\">2</th>");
        assertThat(pages.get(1)).contains("http-equiv=\"refresh\"", "epoch 2 of 2", "<th scope=\"row\">2</th>");
        assertThat(page()).contains("<th scope=\"row\">2</th>").doesNotContain("refresh\"", "is over");
    }

    @Test
    void a_live_report_that_cannot_be_written_is_a_warning() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        StringWriter warnings = new StringWriter();
        Dl4jModel model = model();
        Warnings told = new Warnings(new PrintWriter(warnings));
        try (LiveReport live =
                LiveReport.of(model, file, "Run").onFailure(e -> told.tell("the report in " + file, e))) {
            model.fit(
                    faces().batches().tasks(FaceTask.LANDMARKS, FaceTask.SMILE).build(),
                    FitOptions.epochs(1).withListener(live));
        }
        assertThat(model.history().epochs()).hasSize(1);
        assertThat(warnings.toString()).contains("the report in " + file);
    }

    private String page() {
        try {
            return Files.readString(directory.resolve(Report.FILE));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void an_evaluation_is_its_numbers() {
        // two faces; the second one's nose is 10 % off, all else 2 %
        double[] errors = {0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.10, 0.02, 0.02};
        org.mtl4j.metric.PointErrors points =
                new org.mtl4j.metric.PointErrors(5, FaceEvaluation.FAILURE_THRESHOLD, Doubles.asList(errors));
        ClassificationScore smile = ClassificationScore.accumulator(List.of("smiling", "not smiling"))
                .add(0, 0)
                .add(0, 0)
                .add(0, 1)
                .add(1, 1)
                .result();
        List<Section> sections = EvaluationSections.of(new FaceEvaluation(Optional.of(points), Map.of("smile", smile)));
        Section landmarks = section(sections, "Landmarks");
        assertThat(landmarks.text().get(0)).contains("on 2 faces");
        // (0.02 + 0.10) / 2 and 1 of 2; (9 * 0.02 + 0.10) / 10 and 1 of 10
        assertThat(landmarks.tables().get(0).rows())
                .contains(
                        List.of("left eye", "2.00", "0.0"),
                        List.of("nose", "6.00", "50.0"),
                        List.of("all", "2.80", "10.0"));
        assertThat(caption(landmarks, "error-distribution"))
                .contains("10.0 % of all points are beyond it", "0.0 % beyond 10 %");
        Section attributes = section(sections, "Attributes");
        assertThat(attributes.tables().get(0).rows())
                .containsExactly(List.of("smile", "4", "75.0", "75.0", "83.3")); // recalls 2/3 and 1
        assertThat(attributes.tables().get(1).rows())
                .containsExactly(
                        List.of("smiling", "2", "1", "0", "66.7 %"), List.of("not smiling", "0", "1", "0", "100.0 %"));
    }

    @Test
    void the_contact_sheet_shows_who_is_best_and_worst() throws IOException {
        FaceCrops faces = faces();
        Map<String, double[]> predictions = new HashMap<>();
        MultiDataSet all = faces.batches()
                .tasks(FaceTask.LANDMARKS)
                .batchSize(faces.size())
                .build()
                .next();
        for (int face = 0; face < faces.size(); face++) {
            double[] points = all.getLabels(0).getRow(face).toDoubleVector();
            for (int x = 0; x < points.length; x += 2) {
                points[x] += face / 100.0; // so many percent of the box width to the right
            }
            predictions.put(key(all.getFeatures(0), face), points);
        }
        Function<INDArray, Predictions> model = features -> {
            double[][] rows = new double[(int) features.size(0)][];
            for (int row = 0; row < rows.length; row++) {
                rows[row] = predictions.get(key(features, row));
            }
            return new Predictions(Map.of("landmarks", Nd4j.createFromArray(rows)));
        };
        FaceEvaluation evaluation = FaceEvaluation.of(List.of(FaceTask.LANDMARKS.task()), model, faces);
        List<Picture> sheets = ContactSheet.pictures("run-", model, faces, evaluation);
        assertThat(sheets).extracting(Picture::name).containsExactly("run-faces-best", "run-faces-worst");
        assertThat(sheets.get(0).caption()).contains("from 0.00 % to 11.00 %");
        assertThat(sheets.get(1).caption()).contains("from 39.00 % to 28.00 %");
        BufferedImage best = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(sheets.get(0).lightBase64())));
        assertThat(best.getWidth()).isEqualTo(4 * 186 - 6);
        assertThat(best.getHeight()).isEqualTo(3 * 186 - 6);
        int green = 0;
        int orange = 0;
        for (int x = 0; x < best.getWidth(); x++) {
            for (int y = 0; y < best.getHeight(); y++) {
                green += (best.getRGB(x, y) & 0xffffff) == 0x35e07a ? 1 : 0;
                orange += (best.getRGB(x, y) & 0xffffff) == 0xff9a3d ? 1 : 0;
            }
        }
        assertThat(green).as("pixels of true points").isGreaterThan(500);
        assertThat(orange).as("pixels of predicted points").isGreaterThan(500);

        sheets.get(1).writeTo(directory);
        List<Picture> read = ContactSheet.read(directory, "run-");
        assertThat(read).hasSize(1);
        assertThat(read.get(0).name()).isEqualTo("run-faces-worst");
        assertThat(ContactSheet.section("Faces", sheets, false).warning()).contains("do not publish");
        assertThat(ContactSheet.section("Faces", sheets, true).warning()).isEmpty();
    }

    private static String key(INDArray features, int row) {
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < SIZE; i++) {
            key.append(features.getDouble(row, 0, i, i)).append(" ");
        }
        return key.toString();
    }
}
