package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.report.LiveReport;
import org.mtl4j.report.ModelReport;
import org.mtl4j.report.ProgressLines;
import org.mtl4j.report.Report;
import org.mtl4j.report.ScoreSections;
import org.mtl4j.report.Section;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** The report of a library's user, who has no faces and no command line. */
class ReportOnAnyTasksTest {
    @TempDir
    private Path directory;

    private static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower(
                                "customers",
                                SplitHead.of(
                                        Task.classification("income", "low", "high")
                                                .withClassWeights(1, 2.5),
                                        Task.multiLabel("owns", "car", "house")))
                        .tower("goods", SplitHead.of(Task.regression("prices", 2), Task.classification("kind", 3)))
                        .dense("fc", 8)
                        .stitch(CrossStitchUnit.perLayer(0.9))
                        .build(),
                TrainingPlan.adam(0.02));
    }

    private static MultiDataSetIterator data(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        for (int batch = 0; batch < 4; batch++) {
            INDArray x = Nd4j.create(32, 4);
            INDArray[] labels = {Nd4j.create(32, 2), Nd4j.create(32, 2), Nd4j.create(32, 2), Nd4j.create(32, 3)};
            for (int i = 0; i < 32; i++) {
                for (int j = 0; j < 4; j++) {
                    x.putScalar(i, j, random.nextDouble() - 0.5);
                    labels[1].putScalar(i, j % 2, x.getDouble(i, j) > 0.1 ? 1 : 0);
                    labels[2].putScalar(i, j % 2, 3 * x.getDouble(i, j));
                }
                labels[0].putScalar(i, x.getDouble(i, 0) + x.getDouble(i, 1) > 0.2 ? 1 : 0, 1);
                labels[3].putScalar(i, (int) (3 * (x.getDouble(i, 3) + 0.5)), 1);
            }
            batches.add(new MultiDataSet(new INDArray[] {x}, labels));
        }
        return ListBatches.of(batches);
    }

    @Test
    void a_page_follows_a_run_of_any_tasks_and_says_everything_when_it_is_over() throws IOException {
        Dl4jModel model = model();
        StringBuilder lines = new StringBuilder();
        try (LiveReport live = LiveReport.of(model, directory, "Customers <1>")
                .withEpochs(3)
                .withSections(m -> List.of(Section.of("Of my own", "a text", List.of())))) {
            model.fit(
                    data(1),
                    FitOptions.epochs(3)
                            .withValidation(data(2))
                            .withMetrics(StandardMetric.ROC_AUC, StandardMetric.R2)
                            .withListener(live)
                            .withListener(ProgressLines.to(lines).withEpochs(3)));
        }
        String page = Files.readString(directory.resolve(Report.FILE));
        assertThat(page)
                .contains(
                        "Customers &lt;1&gt;",
                        "id=\"loss-income\"",
                        "id=\"metric-income-roc-auc\"",
                        "id=\"metric-prices-r2\"",
                        "id=\"alpha-fc\"",
                        "Of my own",
                        "low 1.000, high 2.500")
                .doesNotContain("http-equiv=\"refresh\"", "<img");
        assertThat(lines.toString().lines()).hasSize(3).allSatisfy(line -> assertThat(line)
                .startsWith("epoch ")
                .contains(
                        " of 3: score ",
                        "income loss ",
                        "(validation ",
                        ", ROC_AUC 0.",
                        "; prices loss ",
                        "examples a second"));

        Report report = ModelReport.of(model, "All").measuredOn(data(3)).report();
        assertThat(report.sections())
                .extracting(Section::title)
                .containsExactly(
                        "Scores",
                        "income",
                        "owns",
                        "prices",
                        "kind",
                        "Learning curves",
                        "Metrics",
                        "Cross-stitch units",
                        "What happened",
                        "Configuration");
        assertThat(report.html())
                .contains(
                        "id=\"reliability-income\"",
                        "id=\"roc-income\"",
                        "id=\"precision-recall-owns\"",
                        "id=\"confusion-kind\"",
                        "id=\"reliability-kind\"")
                .doesNotContain("id=\"roc-kind\"", "NaN");
    }

    @Test
    void scores_stand_beside_their_baselines() {
        Dl4jModel model = model();
        Map<String, TaskScore> scores = model.evaluate(data(3));
        ClassificationScore income = (ClassificationScore) scores.get("income");
        List<Section> sections = ScoreSections.of(scores);
        List<String> row = sections.get(0).tables().get(0).rows().get(0);
        assertThat(sections.get(0).tables().get(0).header()).startsWith("task", "examples", "accuracy");
        assertThat(row.subList(0, 2)).containsExactly("income", "128");
        assertThat(row.get(2))
                .isEqualTo(String.format(Locale.ROOT, "%.4g (%.4g)", income.accuracy(), income.majorityBaseline()));
    }
}
