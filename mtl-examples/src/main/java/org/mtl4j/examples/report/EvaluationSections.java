package org.mtl4j.examples.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.PointNormalizer;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.report.Figure;
import org.mtl4j.report.LineChart;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.report.Section;
import org.mtl4j.report.Table;

/** What a model got right and wrong on faces that it was measured on. */
public final class EvaluationSections {
    /** Bins of {@link ErrorHistogram} in one step of a histogram: half a percent. */
    private static final int BINS_PER_STEP = 5;

    /** Of more points only what they have in common is drawn. */
    private static final int MOST_DRAWN = 12;

    private static final double THRESHOLD = 100 * FaceEvaluation.FAILURE_THRESHOLD;

    private EvaluationSections() {}

    /** Tables, cumulative distribution and histograms of the points' errors, and confusions; of what there is. */
    public static List<Section> of(FaceEvaluation evaluation) {
        List<Section> sections = new ArrayList<>();
        evaluation
                .landmarks()
                .ifPresent(errors -> sections.add(
                        landmarks(evaluation, errors).withWarning(String.join(" ", evaluation.remarks()))));
        List<ConfusionMatrix> confusions = ConfusionMatrix.of(evaluation.scores());
        if (!confusions.isEmpty()) {
            sections.add(attributes(evaluation.scores(), confusions));
        }
        return sections;
    }

    private static Section landmarks(FaceEvaluation evaluation, PointErrors errors) {
        List<List<String>> rows = new ArrayList<>();
        List<String> names = evaluation.layout().scheme().names();
        for (int i = 0; i < names.size(); i++) {
            rows.add(row(names.get(i), errors.meanError(i), errors.failureRate(i)));
        }
        rows.add(row("all", errors.meanError(), errors.failureRate()));
        evaluation
                .meanFace()
                .ifPresent(mean -> rows.add(row("the mean face, all", mean.meanError(), mean.failureRate())));
        List<ErrorHistogram> counts = ErrorHistogram.of(names, errors);
        String length = evaluation.normalizer().text();
        List<Figure> pictures = new ArrayList<>();
        pictures.add(distribution(counts, errors, length));
        if (names.size() <= MOST_DRAWN) {
            for (ErrorHistogram point : counts) {
                pictures.add(histogram(point, errors.threshold(), length));
            }
        }
        return Section.of(
                        "Landmarks",
                        String.format(
                                Locale.ROOT,
                                "Distances between predicted and true points over %s, on %d"
                                        + " faces. A point fails if it is more than %.1f %% away; the share of those"
                                        + " is the failure rate. Over faces, as papers report it: mean error (NME)"
                                        + " %.2f %%, failure rate %.1f %%, area under the cumulative distribution up"
                                        + " to the threshold (AUC) %.3f.",
                                evaluation.normalizer() == PointNormalizer.BOX_WIDTH
                                        ? "the width of the face box"
                                        : length,
                                errors.images(),
                                100 * errors.threshold(),
                                100 * errors.normalizedMeanError(),
                                100 * errors.imageFailureRate(),
                                errors.threshold() > 0 ? errors.areaWithin(errors.threshold()) : Double.NaN),
                        pictures)
                .withTables(Table.of("Errors", List.of("point", "mean error, %", "failure rate, %"), rows));
    }

    private static List<String> row(String name, double error, double failures) {
        return List.of(
                name,
                String.format(Locale.ROOT, "%.2f", 100 * error),
                String.format(Locale.ROOT, "%.1f", 100 * failures));
    }

    private static Figure distribution(List<ErrorHistogram> points, PointErrors errors, String length) {
        LineChart chart = cumulative(length, 100 * errors.threshold());
        double[] edges = ErrorHistogram.percent(1);
        ErrorHistogram all = ErrorHistogram.sum("all", points);
        chart.line(
                String.format(Locale.ROOT, "all: %.1f %% fail", 100 * errors.failureRate()),
                0,
                Style.SOLID,
                edges,
                all.cumulative());
        for (int i = 0; i < points.size() && points.size() <= MOST_DRAWN; i++) {
            chart.line(
                    String.format(Locale.ROOT, "%s: %.1f %% fail", points.get(i).point(), 100 * errors.failureRate(i)),
                    i + 1,
                    Style.DASHED,
                    edges,
                    points.get(i).cumulative());
        }
        return chart.picture(
                "error-distribution",
                String.format(
                        Locale.ROOT,
                        "Share of the points whose error is at most so large. The upright line is the threshold of"
                                + " failure, %.1f %%; %.1f %% of all points are beyond it, %.1f %% beyond 10 %%.",
                        100 * errors.threshold(),
                        100 * errors.failureRate(),
                        all.beyond()));
    }

    /** Makes a chart for {@link ErrorHistogram#cumulative}, with the threshold marked. */
    public static LineChart cumulative() {
        return cumulative(PointNormalizer.BOX_WIDTH.text(), THRESHOLD);
    }

    private static LineChart cumulative(String length, double threshold) {
        return LineChart.over("error, % of " + length, "Cumulative error distribution", "share of the points, %")
                .range(0, 10, 0, 100)
                .marked(threshold);
    }

    private static Figure histogram(ErrorHistogram point, double threshold, String length) {
        return LineChart.over("error, % of " + length, point.point() + ": errors", "share of the faces, %")
                .line(
                        point.point(),
                        0,
                        Style.STEPS,
                        ErrorHistogram.percent(BINS_PER_STEP),
                        point.fractions(BINS_PER_STEP))
                .from(0)
                .marked(100 * threshold)
                .picture(
                        "errors-" + point.point().replace(' ', '-'),
                        String.format(
                                Locale.ROOT,
                                "%s: errors in steps of half a percent; %.1f %% of the faces are beyond the right"
                                        + " edge.",
                                point.point(),
                                point.beyond()));
    }

    private static Section attributes(Map<String, TaskScore> scores, List<ConfusionMatrix> confusions) {
        List<List<String>> rows = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        List<Figure> pictures = new ArrayList<>();
        scores.forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                rows.add(List.of(
                        task,
                        String.valueOf(classes.count()),
                        String.format(Locale.ROOT, "%.1f", 100 * classes.accuracy()),
                        String.format(Locale.ROOT, "%.1f", 100 * classes.majorityBaseline()),
                        String.format(Locale.ROOT, "%.1f", 100 * classes.balancedAccuracy())));
            }
        });
        tables.add(Table.of(
                "Accuracies",
                List.of("attribute", "faces", "accuracy, %", "majority class, %", "mean recall, %"),
                rows));
        for (ConfusionMatrix confusion : confusions) {
            tables.add(confusion.table());
            pictures.add(confusion.picture("confusion-" + confusion.task()));
        }
        return Section.of(
                        "Attributes",
                        "The majority class is what always giving the most frequent answer would come to.",
                        pictures)
                .withTables(tables.toArray(Table[]::new));
    }
}
