package org.mtl4j.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.MultiLabelScore;
import org.mtl4j.metric.RankingScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** What a model got right and wrong, task by task, beside what knowing nothing would come to. */
public final class ScoreSections {
    /** Confusions of more classes are a list. */
    private static final int MOST_CLASSES_IN_COLOURS = 30;

    /** Longer tables are shown only when the reader asks for them. */
    private static final int MOST_ROWS = 12;

    private static final int MOST_CONFUSIONS = 20;

    /** So many labels of a task are drawn in one chart. */
    private static final int MOST_CURVES = 6;

    private ScoreSections() {}

    /**
     * Makes sections of scores: a table of all metrics, and for each task its classes and confusions.
     *
     * @param scores of {@link MultiTaskModel#evaluate}
     */
    public static List<Section> of(Map<String, TaskScore> scores) {
        return of(scores, null);
    }

    /**
     * Measures a model, and makes sections of its scores, with curves: how reliable probabilities are, and what each
     * threshold would come to. The data are read twice.
     *
     * @param data is reset first
     */
    public static List<Section> of(MultiTaskModel model, MultiDataSetIterator data) {
        Map<String, TaskScore> scores = model.evaluate(data);
        Observations seen = new Observations();
        if (model.network().tasks().stream().anyMatch(seen::appliesTo)) {
            model.measure(data, seen);
        }
        return of(scores, seen);
    }

    private static List<Section> of(Map<String, TaskScore> scores, @Nullable Observations seen) {
        List<Section> sections = new ArrayList<>();
        sections.add(overview(scores));
        scores.forEach((task, score) -> {
            if (score instanceof ClassificationScore classes && classes.count() > 0) {
                sections.add(classes(task, classes, seen));
            } else if (score instanceof MultiLabelScore labels) {
                sections.add(labels(task, labels, seen));
            } else if (score instanceof RegressionScore numbers && numbers.outputs() > 1) {
                sections.add(numbers(task, numbers));
            }
        });
        return sections;
    }

    private static Section overview(Map<String, TaskScore> scores) {
        List<Table> tables = new ArrayList<>();
        Map<Class<? extends TaskScore>, String> kinds = new LinkedHashMap<>();
        kinds.put(ClassificationScore.class, "One class of several");
        kinds.put(MultiLabelScore.class, "Independent labels");
        kinds.put(RegressionScore.class, "Numbers");
        kinds.forEach((kind, caption) -> {
            Map<String, TaskScore> ofKind = new LinkedHashMap<>();
            scores.forEach((task, score) -> {
                if (kind.isInstance(score)) {
                    ofKind.put(task, score);
                }
            });
            if (!ofKind.isEmpty()) {
                tables.add(overview(caption, ofKind));
            }
        });
        return Section.of(
                        "Scores",
                        "In parentheses: what a prediction comes to that knows nothing but how frequent the answers are"
                                + " (always the most frequent class, the frequencies themselves, the mean, the median,"
                                + " or chance).",
                        List.of())
                .withTables(tables.toArray(Table[]::new));
    }

    private static Table overview(String caption, Map<String, TaskScore> scores) {
        TaskScore any = scores.values().iterator().next();
        List<StandardMetric> metrics = IntStream.range(0, StandardMetric.values().length)
                .mapToObj(i -> StandardMetric.values()[i])
                .filter(metric -> metric.isOf(any))
                .toList();
        List<String> header = new ArrayList<>(List.of("task", "examples"));
        metrics.forEach(metric -> header.add(inWords(metric)));
        List<List<String>> rows = new ArrayList<>();
        scores.forEach((task, score) -> {
            List<String> row = new ArrayList<>(List.of(task, String.valueOf(examples(score))));
            for (StandardMetric metric : metrics) {
                double baseline = metric.baselineOf(score);
                row.add(Words.number(metric.of(score))
                        + (Double.isNaN(baseline) ? "" : " (" + Words.number(baseline) + ")"));
            }
            rows.add(row);
        });
        return Table.of(caption, header, rows);
    }

    private static String inWords(StandardMetric metric) {
        return switch (metric) {
            case ROC_AUC -> "ROC AUC";
            case AVERAGE_PRECISION -> "PR AUC";
            case MACRO_F1 -> "macro F1";
            case MICRO_F1 -> "micro F1";
            case R2 -> "R²";
            default -> Words.of(metric);
        };
    }

    private static long examples(TaskScore score) {
        if (score instanceof ClassificationScore classes) {
            return classes.count();
        }
        if (score instanceof MultiLabelScore labels) {
            return labels.labels().stream()
                    .mapToLong(ClassificationScore::count)
                    .max()
                    .orElse(0);
        }
        return Collections.max(((RegressionScore) score).counts());
    }

    private static Section classes(String task, ClassificationScore score, @Nullable Observations seen) {
        int classes = score.classNames().size();
        List<Figure> figures = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        tables.add(perClass(score));
        if (classes <= MOST_CLASSES_IN_COLOURS) {
            figures.add(confusion(task, score));
            tables.add(counts(score));
        } else {
            tables.add(confusions(score));
        }
        if (seen != null) {
            figures.addAll(curves(task, seen.of(task), classes == 2));
        }
        return Section.of(task, "", figures).withTables(tables.toArray(Table[]::new));
    }

    private static Table perClass(ClassificationScore score) {
        List<List<String>> rows = new ArrayList<>();
        for (int c = 0; c < score.classNames().size(); c++) {
            RankingScore ranking = score.rankings().get(c);
            rows.add(List.of(
                    score.classNames().get(c),
                    String.valueOf(score.count(c)),
                    Words.number(score.precision(c)),
                    Words.number(score.recall(c)),
                    Words.number(score.f1(c)),
                    Words.number(ranking.rocAuc()),
                    "%s (%s)"
                            .formatted(
                                    Words.number(ranking.averagePrecision()),
                                    Words.number(ranking.averagePrecisionBaseline()))));
        }
        return longOrShort(
                "By class", List.of("class", "examples", "precision", "recall", "F1", "ROC AUC", "PR AUC"), rows);
    }

    private static Table longOrShort(String caption, List<String> header, List<List<String>> rows) {
        return new Table(caption, header, rows, rows.size() > MOST_ROWS);
    }

    private static Figure confusion(String task, ClassificationScore score) {
        int classes = score.classNames().size();
        double[][] percentages = new double[classes][classes];
        for (int actual = 0; actual < classes; actual++) {
            for (int predicted = 0; predicted < classes; predicted++) {
                percentages[actual][predicted] = 100.0 * score.count(actual, predicted) / score.count(actual);
            }
        }
        return new HeatMap(
                        task + ": confusion, %",
                        "predicted",
                        "labelled",
                        score.classNames(),
                        score.classNames(),
                        percentages,
                        0,
                        100,
                        0)
                .picture(
                        "confusion-" + Words.fileName(task),
                        "%s: of the examples of each class, how many %% were taken for which.".formatted(task));
    }

    private static Table counts(ClassificationScore score) {
        List<String> header = new ArrayList<>(List.of("labelled as"));
        score.classNames().forEach(name -> header.add("said " + name));
        header.add("no answer");
        List<List<String>> rows = new ArrayList<>();
        for (int actual = 0; actual < score.classNames().size(); actual++) {
            List<String> row = new ArrayList<>(List.of(score.classNames().get(actual)));
            long decided = 0;
            for (int predicted = 0; predicted < score.classNames().size(); predicted++) {
                row.add(String.valueOf(score.count(actual, predicted)));
                decided += score.count(actual, predicted);
            }
            row.add(String.valueOf(score.count(actual) - decided));
            rows.add(row);
        }
        return Table.of("Numbers of examples", header, rows).collapsed();
    }

    /** One kind of mistake. */
    private record Confusion(int actual, int predicted, long count) {}

    private static Table confusions(ClassificationScore score) {
        List<Confusion> all = new ArrayList<>();
        int classes = score.classNames().size();
        for (int actual = 0; actual < classes; actual++) {
            for (int predicted = 0; predicted < classes; predicted++) {
                if (actual != predicted && score.count(actual, predicted) > 0) {
                    all.add(new Confusion(actual, predicted, score.count(actual, predicted)));
                }
            }
        }
        all.sort(Comparator.comparingLong(Confusion::count).reversed());
        List<List<String>> rows = all.stream()
                .limit(MOST_CONFUSIONS)
                .map(confusion -> List.of(
                        score.classNames().get(confusion.actual()),
                        score.classNames().get(confusion.predicted()),
                        String.valueOf(confusion.count()),
                        String.format(
                                Locale.ROOT, "%.1f", 100.0 * confusion.count() / score.count(confusion.actual()))))
                .toList();
        return Table.of(
                "Most frequent mistakes", List.of("labelled as", "taken for", "examples", "of the class, %"), rows);
    }

    private static Section labels(String task, MultiLabelScore score, @Nullable Observations seen) {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < score.labelNames().size(); i++) {
            ClassificationScore label = score.labels().get(i);
            rows.add(List.of(
                    score.labelNames().get(i),
                    String.valueOf(label.count()),
                    String.valueOf(label.count(1)),
                    withBaseline(label.accuracy(), label.majorityBaseline()),
                    Words.number(label.precision(1)),
                    Words.number(label.recall(1)),
                    Words.number(label.f1(1)),
                    Words.number(label.rocAuc()),
                    withBaseline(label.averagePrecision(), label.averagePrecisionBaseline()),
                    withBaseline(label.logLoss(), label.logLossBaseline())));
        }
        return Section.of(task, "", seen == null ? List.of() : curves(task, seen.of(task), true))
                .withTables(longOrShort(
                        "By label",
                        List.of(
                                "label",
                                "examples",
                                "yes",
                                "accuracy",
                                "precision",
                                "recall",
                                "F1",
                                "ROC AUC",
                                "PR AUC",
                                "log loss"),
                        rows));
    }

    private static String withBaseline(double value, double baseline) {
        return Words.number(value) + " (" + Words.number(baseline) + ")";
    }

    private static Section numbers(String task, RegressionScore score) {
        List<List<String>> rows = new ArrayList<>();
        for (int output = 0; output < score.outputs(); output++) {
            rows.add(List.of(
                    String.valueOf(output + 1),
                    String.valueOf(score.count(output)),
                    withBaseline(
                            Math.sqrt(score.squaredError(output)),
                            Math.sqrt(score.squaredErrorBaselines().get(output))),
                    withBaseline(
                            score.absoluteError(output),
                            score.absoluteErrorBaselines().get(output)),
                    Words.number(score.r2(output)),
                    Words.number(score.explainedVariance(output))));
        }
        return Section.of(task, "", List.of())
                .withTables(longOrShort(
                        "By output",
                        List.of(
                                "output",
                                "examples",
                                "root squared error",
                                "absolute error",
                                "R²",
                                "explained variance"),
                        rows));
    }

    /** Draws reliability, and for two answers also what thresholds come to. */
    private static List<Figure> curves(String task, List<Sureness> answers, boolean thresholds) {
        List<Sureness> shown =
                answers.stream().filter(Sureness::hasBoth).limit(MOST_CURVES).toList();
        if (shown.isEmpty()) {
            return List.of();
        }
        String file = Words.fileName(task);
        double[] diagonal = {0, 1};
        String more = shown.size() < answers.size()
                ? " Of %s labels %s are drawn, the first that have both answers."
                        .formatted(answers.size(), shown.size())
                : "";
        List<Figure> figures = new ArrayList<>();
        figures.add(chart(shown, "mean probability", task + ": reliability", "share that is so", Sureness::reliability)
                .line("as it should be", 6, Style.FAINT, diagonal, diagonal)
                .picture(
                        "reliability-" + file,
                        ("%s: where predictions say 70 %%, how often is it so? On the dotted line they are right. In %s"
                                        + " bins.%s")
                                .formatted(task, Sureness.BINS, more)));
        if (thresholds) {
            figures.add(chart(
                            shown,
                            "false alarms, share of those without",
                            task + ": ROC",
                            "found, share of those with",
                            Sureness::roc)
                    .line("chance", 6, Style.FAINT, diagonal, diagonal)
                    .picture(
                            "roc-" + file,
                            "%s: what each threshold finds, and at the price of which false alarms.%s"
                                    .formatted(task, more)));
            figures.add(
                    chart(shown, "recall", task + ": precision and recall", "precision", Sureness::precisionOverRecall)
                            .picture(
                                    "precision-recall-" + file,
                                    "%s: of what each threshold finds, how much is right.%s".formatted(task, more)));
        }
        return figures;
    }

    private static LineChart chart(
            List<Sureness> answers, String xTitle, String title, String yTitle, Function<Sureness, Sureness.Curve> of) {
        LineChart chart = LineChart.over(xTitle, title, yTitle).range(0, 1, 0, 1);
        for (int i = 0; i < answers.size(); i++) {
            Sureness.Curve curve = of.apply(answers.get(i));
            String name = answers.get(i).answer();
            chart.line(name.isEmpty() ? "the surest class" : name, i, Style.SOLID, curve.x(), curve.y());
        }
        return chart;
    }
}
