package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.mtl4j.examples.report.ConfusionMatrix;
import org.mtl4j.examples.report.ContactSheet;
import org.mtl4j.examples.report.ErrorHistogram;
import org.mtl4j.examples.report.EvaluationSections;
import org.mtl4j.examples.report.Picture;
import org.mtl4j.report.Figure;
import org.mtl4j.report.LineChart;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.report.Report;
import org.mtl4j.report.Section;
import org.mtl4j.report.Table;
import org.mtl4j.report.TrainingSections;

/**
 * The poster's comparison as an HTML page: variants against each other, and then each variant's first run by itself.
 */
final class PosterPage {
    /** Bins of {@link ErrorHistogram} in a step of a histogram: half a percent. */
    private static final int BINS_PER_STEP = 5;

    private final PosterReport poster;
    private final String command;
    private final boolean synthetic;
    private final Optional<Path> sheets;

    /**
     * Makes a page of the runs.
     *
     * @param command the command line
     * @param synthetic whether the faces are drawn
     * @param sheets where contact sheets of the runs are; empty if they are not wanted
     */
    PosterPage(PosterReport poster, String command, boolean synthetic, Optional<Path> sheets) {
        this.poster = poster;
        this.command = command;
        this.synthetic = synthetic;
        this.sheets = sheets;
    }

    Report report() throws IOException {
        List<Section> sections = new ArrayList<>();
        sections.add(Section.of("Results", poster.spread(), List.of())
                .withTables(poster.tables().toArray(Table[]::new)));
        sections.add(Section.of(
                "Learning curves", "Losses on the validation faces, without their weights.", learningCurves()));
        sections.add(Section.of(
                "Errors",
                "All runs of a variant are counted together. A point fails if it is more than 5 % of the box width"
                        + " away.",
                errors()));
        for (List<RunResult> runs : poster.byVariant().values()) {
            sections.addAll(variant(runs.get(0)));
        }
        Map<String, String> configuration = new LinkedHashMap<>();
        configuration.put("command", command);
        configuration.put("settings", poster.settings());
        poster.byVariant()
                .forEach((variant, runs) -> configuration.put(
                        variant.title(),
                        "seeds " + runs.stream().map(RunResult::seed).toList() + ", "
                                + String.format(
                                        Locale.ROOT,
                                        "%.0f s of training",
                                        runs.stream()
                                                .mapToDouble(RunResult::seconds)
                                                .sum())));
        sections.add(Section.of("Configuration", "", List.of()).withTables(Table.of("Settings", configuration)));
        return Report.of("Poster variants", poster.settings() + ".", sections);
    }

    private List<Figure> learningCurves() {
        Set<String> tasks = new LinkedHashSet<>();
        poster.byVariant()
                .values()
                .forEach(runs -> tasks.addAll(TrainingSections.tasks(runs.get(0).epochs())));
        return tasks.stream()
                .map(task -> poster.curves(task, task.equals("landmarks") ? "learning-curves" : "loss-" + task))
                .toList();
    }

    private List<Figure> errors() {
        LineChart cumulative = EvaluationSections.cumulative();
        Map<String, LineChart> points = new LinkedHashMap<>();
        List<String> rates = new ArrayList<>();
        double[] edges = ErrorHistogram.percent(BINS_PER_STEP);
        double[] centres = IntStream.range(0, edges.length - 1)
                .mapToDouble(i -> (edges[i] + edges[i + 1]) / 2)
                .toArray();
        poster.byVariant().forEach((variant, runs) -> {
            List<ErrorHistogram> counts = counts(runs);
            if (counts.isEmpty()) {
                return; // runs of an older version
            }
            double failures = runs.stream()
                    .mapToDouble(run -> 100 * run.failureRate().get(RunResult.ALL))
                    .average()
                    .orElse(Double.NaN);
            rates.add(String.format(Locale.ROOT, "%s %.1f %%", variant.title(), failures));
            cumulative.line(
                    String.format(Locale.ROOT, "%s: %.1f %% fail", variant.title(), failures),
                    variant.ordinal(),
                    Style.SOLID,
                    ErrorHistogram.percent(1),
                    ErrorHistogram.sum(RunResult.ALL, counts).cumulative());
            for (ErrorHistogram point : counts) {
                points.computeIfAbsent(point.point(), name -> LineChart.over(
                                        "error, % of the box width", name + ": errors", "share of the faces, %")
                                .from(0)
                                .marked(5))
                        .line(
                                variant.title(),
                                variant.ordinal(),
                                Style.SOLID,
                                centres,
                                Arrays.copyOf(point.fractions(BINS_PER_STEP), centres.length));
            }
        });
        List<Figure> pictures = new ArrayList<>();
        if (!cumulative.isEmpty()) {
            pictures.add(cumulative.picture(
                    "error-distribution",
                    "Share of the points whose error is at most so large. The upright line is the threshold of"
                            + " failure. Failure rates: "
                            + String.join(", ", rates) + "."));
        }
        points.forEach((name, chart) -> pictures.add(chart.picture(
                "errors-" + name.replace(' ', '-'),
                name + ": how many faces have which error, in steps of half a percent.")));
        return pictures;
    }

    /** {@return the counts of all runs, point by point} */
    private static List<ErrorHistogram> counts(List<RunResult> runs) {
        List<List<ErrorHistogram>> known = runs.stream()
                .map(RunResult::errors)
                .filter(errors -> !errors.isEmpty())
                .toList();
        return known.isEmpty()
                ? List.of()
                : IntStream.range(0, known.get(0).size())
                        .mapToObj(point -> ErrorHistogram.sum(
                                known.get(0).get(point).point(),
                                known.stream().map(errors -> errors.get(point)).toList()))
                        .toList();
    }

    private List<Section> variant(RunResult run) throws IOException {
        String title = "%s, seed %s".formatted(NetworkVariant.of(run.variant()).title(), run.seed());
        String prefix = run.name() + "-";
        List<Figure> pictures = new ArrayList<>(TrainingSections.units(prefix, run.epochs()));
        pictures.addAll(TrainingSections.ties(prefix, run.epochs()));
        List<Table> tables = new ArrayList<>();
        for (ConfusionMatrix confusion : run.confusions()) {
            pictures.add(confusion.picture(prefix + "confusion-" + confusion.task()));
            tables.add(confusion.table());
        }
        List<Section> sections = new ArrayList<>();
        if (!pictures.isEmpty()) {
            sections.add(Section.of(
                            title, NetworkVariant.of(run.variant()).stitched() ? TrainingSections.UNITS : "", pictures)
                    .withTables(tables.toArray(Table[]::new)));
        }
        List<Picture> faces = sheets.isPresent() ? ContactSheet.read(sheets.get(), prefix) : List.of();
        if (!faces.isEmpty()) {
            sections.add(ContactSheet.section(title + ": faces", faces, synthetic));
        }
        return sections;
    }
}
