package org.mtl4j.examples.cli;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.mtl4j.dl4j.tune.Parameter;
import org.mtl4j.dl4j.tune.SearchSpace;
import org.mtl4j.dl4j.tune.TrialResult;
import org.mtl4j.examples.report.Picture;
import org.mtl4j.examples.report.Theme;
import org.mtl4j.examples.report.Warnings;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.report.Section;
import org.mtl4j.report.Table;

/**
 * A search as a table and a picture: for each parameter the errors over its values, and one series per number of
 * epochs.
 */
final class TuneReport {
    private static final int PANELS_PER_ROW = 3;

    private final String settings;
    private final SearchSpace space;
    private final List<TrialResult> results;

    TuneReport(String settings, SearchSpace space, List<TrialResult> results) {
        this.settings = settings;
        this.space = space;
        this.results = List.copyOf(results);
    }

    /**
     * Writes the table, and then a picture, if it can be drawn.
     *
     * @throws IOException if the table cannot be written
     */
    void write(Path directory, Warnings warnings) throws IOException {
        AtomicFile.write(directory.resolve("report.md"), text());
        warnings.attempt("trials.png", () -> {
            AtomicFile.write(directory.resolve("trials.png"), png());
            AtomicFile.write(
                    directory.resolve("report.md"),
                    text() + "\n![Mean error of the trials over each parameter](trials.png)\n");
        });
    }

    private byte[] png() throws IOException {
        List<XYChart> panels = new ArrayList<>();
        for (Parameter parameter : space.parameters()) {
            panels.add(panel(parameter, Theme.LIGHT));
        }
        int columns = Math.min(PANELS_PER_ROW, panels.size());
        int rows = (panels.size() + columns - 1) / columns;
        while (panels.size() < rows * columns) { // the encoder wants a full grid
            XYChart blank = new XYChartBuilder().width(480).height(360).build();
            blank.getStyler().setPlotBorderVisible(false).setChartBackgroundColor(Color.WHITE);
            blank.getStyler().setAxisTicksVisible(false).setPlotGridLinesVisible(false);
            panels.add(blank);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        BitmapEncoder.saveBitmap(panels, rows, columns, png, BitmapEncoder.BitmapFormat.PNG);
        return png.toByteArray();
    }

    /** {@return the table, a picture for each parameter, and whose model the rest of the page is about} */
    List<Section> sections() {
        List<Picture> pictures = new ArrayList<>();
        for (Parameter parameter : space.parameters()) {
            pictures.add(Picture.of(
                    "trials-" + parameter.name(),
                    "Mean error of the trials over %s.".formatted(parameter.name()),
                    theme -> panel(parameter, theme)));
        }
        TrialResult best = results.get(0);
        String about = best.score()
                .map(score -> String.format(
                        Locale.ROOT,
                        " The rest of this page is about the model of trial %d, the best: %.2f %% after %d epochs.",
                        best.trial(),
                        100 * score,
                        best.epochs()))
                .orElse("");
        return List.of(Section.of("Trials", what() + about, pictures).withTables(table()));
    }

    String text() {
        return "# Search\n\n%s.\n%s\n%s".formatted(settings, what(), table().markdown());
    }

    private String what() {
        return String.format(
                Locale.ROOT,
                "%d configurations, %d of them given up for a failure. Mean error in %% of the box width on the"
                        + " validation faces, which"
                        + " the search has chosen by: the best is better there than it will be on others.",
                results.size(),
                results.stream().filter(TrialResult::failed).count());
    }

    private Table table() {
        List<String> header = new ArrayList<>(List.of("trial", "epochs", "mean error"));
        space.parameters().forEach(parameter -> header.add(parameter.name()));
        List<List<String>> rows = new ArrayList<>();
        for (TrialResult result : results) {
            List<String> row = new ArrayList<>();
            row.add(String.valueOf(result.trial()));
            row.add(String.valueOf(result.epochs()));
            row.add(
                    result.failed()
                            ? "failed: " + result.failure()
                            : String.format(
                                    Locale.ROOT, "%.2f", 100 * result.score().orElse(Double.NaN)));
            for (Parameter parameter : space.parameters()) {
                String value = result.hyperparameters().text(parameter.name());
                row.add(
                        parameter instanceof Parameter.Choice
                                ? value
                                : String.format(Locale.ROOT, "%.3g", Double.parseDouble(value)));
            }
            rows.add(row);
        }
        return Table.of("Trials, best first", header, rows);
    }

    private XYChart panel(Parameter parameter, Theme theme) {
        XYChart chart = new XYChartBuilder()
                .width(480)
                .height(360)
                .title(parameter.name())
                .yAxisTitle("mean error, %")
                .build();
        theme.style(chart.getStyler());
        chart.getStyler()
                .setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter)
                .setMarkerSize(8)
                .setPlotContentSize(0.9);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal);
        if (parameter instanceof Parameter.Choice choice) {
            chart.getStyler().setXAxisMin(0.0).setXAxisMax(choice.choices().size() + 1.0);
            chart.getStyler().setXAxisTickMarkSpacingHint(40).setPlotGridVerticalLinesVisible(false);
            chart.setCustomXAxisTickLabelsFormatter(place -> label(choice, place));
        } else if (parameter instanceof Parameter.LogUniform) {
            chart.setCustomXAxisTickLabelsFormatter(power -> new BigDecimal(Math.pow(10, power))
                    .round(new MathContext(2))
                    .toPlainString());
        }
        Map<Integer, List<double[]>> byEpochs = new TreeMap<>();
        for (TrialResult result : results) {
            result.scores().forEach((epochs, score) -> byEpochs.computeIfAbsent(epochs, e -> new ArrayList<>())
                    .add(new double[] {place(parameter, result.hyperparameters().text(parameter.name())), 100 * score
                    }));
        }
        byEpochs.forEach((epochs, points) -> chart.addSeries(
                        "after %s epochs".formatted(epochs),
                        points.stream().mapToDouble(point -> point[0]).toArray(),
                        points.stream().mapToDouble(point -> point[1]).toArray())
                .setMarker(SeriesMarkers.CIRCLE));
        return chart;
    }

    private static String label(Parameter.Choice parameter, double place) {
        int index = (int) Math.round(place) - 1;
        boolean exact = Math.abs(place - index - 1) < 1e-6
                && index >= 0
                && index < parameter.choices().size();
        // labels that repeat make the chart look for coarser ticks, so blanks differ in length
        return exact ? parameter.choices().get(index) : " ".repeat(10 + (int) Math.round(4 * Math.max(0, place + 1)));
    }

    private static double place(Parameter parameter, String value) {
        return parameter.match(
                range -> Double.parseDouble(value),
                range -> Math.log10(Double.parseDouble(value)),
                choice -> choice.choices().indexOf(value) + 1.0);
    }
}
