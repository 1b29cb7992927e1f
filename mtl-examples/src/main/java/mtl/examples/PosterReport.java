package mtl.examples;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The poster's tables over all runs, as Markdown, JSON and a picture of the learning curves. */
final class PosterReport {
    private final String settings;
    private final List<RunResult> results;
    private final Map<Variant, List<RunResult>> byVariant = new LinkedHashMap<>();

    PosterReport(String settings, List<RunResult> results) {
        this.settings = settings;
        this.results = List.copyOf(results);
        for (RunResult result : results) {
            byVariant
                    .computeIfAbsent(Variant.of(result.variant()), v -> new ArrayList<>())
                    .add(result);
        }
    }

    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        PosterCommand.writeAtomically(directory.resolve("report.md"), text() + picture());
        PosterCommand.writeAtomically(
                directory.resolve("results.json"),
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(results));
        BitmapEncoder.saveBitmap(
                curves(), directory.resolve("learning-curves.png").toString(), BitmapEncoder.BitmapFormat.PNG);
    }

    private static String picture() {
        return "\n## Learning curves\n\n![Validation loss of the landmarks over the epochs](learning-curves.png)\n";
    }

    /** The tables; mean over the runs, plus or minus the standard deviation between them where there are several. */
    String text() {
        StringBuilder text =
                new StringBuilder("# Poster variants\n\n").append(settings).append(".\n");
        int runs = byVariant.values().stream().mapToInt(List::size).max().orElse(0);
        text.append(
                runs > 1
                        ? "Mean ± sample standard deviation over %d runs with different seeds.\n".formatted(runs)
                        : "One run each: differences between rows may be chance.\n");
        table(text, "Mean error, % of the box width", RunResult::meanError);
        table(text, "Failure rate, % of points with an error above 5 % of the box width", RunResult::failureRate);
        if (results.stream().anyMatch(result -> !result.accuracy().isEmpty())) {
            table(text, "Attribute accuracy, %", RunResult::accuracy);
            results.stream().filter(r -> !r.majority().isEmpty()).findFirst().ifPresent(r -> {
                text.append("| *majority class* |");
                r.majority().values().forEach(v -> text.append(String.format(Locale.ROOT, " %.1f |", 100 * v)));
                text.append('\n');
            });
        }
        return text.toString();
    }

    private void table(StringBuilder text, String title, Function<RunResult, Map<String, Double>> values) {
        List<String> columns = results.stream()
                .map(values)
                .filter(map -> !map.isEmpty())
                .findFirst()
                .map(map -> List.copyOf(map.keySet()))
                .orElse(List.of());
        text.append("\n## ")
                .append(title)
                .append("\n\n| variant | ")
                .append(String.join(" | ", columns))
                .append(" |\n|");
        text.append(" --- |".repeat(columns.size() + 1)).append('\n');
        byVariant.forEach((variant, runs) -> {
            if (values.apply(runs.get(0)).isEmpty()) {
                return;
            }
            text.append("| ").append(variant.title()).append(" |");
            for (String column : columns) {
                double[] numbers = runs.stream()
                        .mapToDouble(run -> 100 * values.apply(run).get(column))
                        .toArray();
                text.append(' ').append(meanAndSpread(numbers)).append(" |");
            }
            text.append('\n');
        });
    }

    private static String meanAndSpread(double[] numbers) {
        double mean = java.util.Arrays.stream(numbers).average().orElse(Double.NaN);
        if (numbers.length < 2) {
            return String.format(Locale.ROOT, "%.2f", mean);
        }
        double squares = java.util.Arrays.stream(numbers)
                .map(n -> (n - mean) * (n - mean))
                .sum();
        return String.format(Locale.ROOT, "%.2f ± %.2f", mean, Math.sqrt(squares / (numbers.length - 1)));
    }

    private XYChart curves() {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(560)
                .title("Landmarks: validation loss (mean over runs)")
                .xAxisTitle("epoch")
                .yAxisTitle("mean squared error, box widths²")
                .build();
        chart.getStyler().setMarkerSize(4);
        byVariant.forEach((variant, runs) -> {
            int epochs =
                    runs.stream().mapToInt(run -> run.epochs().size()).min().orElse(0);
            double[] x = new double[epochs];
            double[] y = new double[epochs];
            for (int i = 0; i < epochs; i++) {
                int epoch = i;
                x[i] = i + 1;
                y[i] = runs.stream()
                        .mapToDouble(
                                run -> run.epochs().get(epoch).validationLoss().get("landmarks"))
                        .average()
                        .orElse(Double.NaN);
            }
            chart.addSeries(variant.title(), x, y).setMarker(SeriesMarkers.CIRCLE);
        });
        return chart;
    }
}
