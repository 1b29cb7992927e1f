package org.mtl4j.examples.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.mtl4j.examples.report.Warnings;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.report.Figure;
import org.mtl4j.report.LineChart;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.report.Table;
import org.mtl4j.report.TrainingSections;

/** The poster's tables over all runs, as Markdown and JSON, and pictures that compare the variants. */
final class PosterReport {
    private final String settings;
    private final List<RunResult> results;
    private final Map<NetworkVariant, List<RunResult>> byVariant = new LinkedHashMap<>();

    PosterReport(String settings, List<RunResult> results) {
        this.settings = settings;
        this.results = List.copyOf(results);
        for (RunResult result : results) {
            byVariant
                    .computeIfAbsent(NetworkVariant.of(result.variant()), v -> new ArrayList<>())
                    .add(result);
        }
    }

    /**
     * Writes the figures, and then a picture, if it can be drawn.
     *
     * @throws IOException if the figures cannot be written
     */
    void write(Path directory, Warnings warnings) throws IOException {
        AtomicFile.write(
                directory.resolve("results.json"),
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(results));
        AtomicFile.write(directory.resolve("report.md"), text());
        String what = "learning-curves.svg";
        warnings.attempt(what, () -> {
            Figure curves = curves("landmarks", "learning-curves");
            curves.writeTo(directory);
            if (curves.failure().isPresent()) {
                warnings.tell(what, curves.failure().get());
            } else {
                AtomicFile.write(directory.resolve("report.md"), text() + picture());
            }
        });
    }

    private static String picture() {
        return "\n## Learning curves\n\n![Validation loss of the landmarks over the epochs](learning-curves.svg)\n";
    }

    String settings() {
        return settings;
    }

    Map<NetworkVariant, List<RunResult>> byVariant() {
        return byVariant;
    }

    /** {@return what the numbers of the tables are} */
    String spread() {
        int runs = byVariant.values().stream().mapToInt(List::size).max().orElse(0);
        return runs > 1
                ? "Mean ± sample standard deviation over %s runs with different seeds.".formatted(runs)
                : "One run each: differences between rows may be chance.";
    }

    String text() {
        StringBuilder text =
                new StringBuilder("# Poster variants\n\n").append(settings).append(".\n");
        text.append(spread()).append('\n');
        tables().forEach(table -> text.append(table.markdown()));
        return text.toString();
    }

    /**
     * {@return the tables: means over the runs, plus or minus the standard deviation between them where there are
     * several}
     */
    List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        tables.add(table("Mean error, % of the box width", RunResult::meanError));
        tables.add(table("Failure rate, % of points with an error above 5 % of the box width", RunResult::failureRate));
        if (results.stream().anyMatch(result -> !result.accuracy().isEmpty())) {
            Table accuracies = table("Attribute accuracy, %", RunResult::accuracy);
            List<List<String>> rows = new ArrayList<>(accuracies.rows());
            results.stream().filter(r -> !r.majority().isEmpty()).findFirst().ifPresent(r -> {
                List<String> majority = new ArrayList<>();
                majority.add("majority class");
                r.majority().values().forEach(v -> majority.add(String.format(Locale.ROOT, "%.1f", 100 * v)));
                rows.add(majority);
            });
            tables.add(Table.of(accuracies.caption(), accuracies.header(), rows));
        }
        return tables;
    }

    private Table table(String title, Function<RunResult, Map<String, Double>> values) {
        List<String> columns = results.stream()
                .map(values)
                .filter(map -> !map.isEmpty())
                .findFirst()
                .map(map -> List.copyOf(map.keySet()))
                .orElse(List.of());
        List<String> header = new ArrayList<>();
        header.add("variant");
        header.addAll(columns);
        List<List<String>> rows = new ArrayList<>();
        byVariant.forEach((variant, runs) -> {
            if (!values.apply(runs.get(0)).isEmpty()) {
                List<String> row = new ArrayList<>();
                row.add(variant.title());
                for (String column : columns) {
                    row.add(meanAndSpread(runs.stream()
                            .mapToDouble(run -> 100 * values.apply(run).get(column))
                            .toArray()));
                }
                rows.add(row);
            }
        });
        return Table.of(title, header, rows);
    }

    private static String meanAndSpread(double[] numbers) {
        double mean = Arrays.stream(numbers).average().orElse(Double.NaN);
        if (numbers.length < 2) {
            return String.format(Locale.ROOT, "%.2f", mean);
        }
        double squares =
                Arrays.stream(numbers).map(n -> (n - mean) * (n - mean)).sum();
        return String.format(Locale.ROOT, "%.2f ± %.2f", mean, Math.sqrt(squares / (numbers.length - 1)));
    }

    /** Draws the validation loss of a task over the epochs, a line for each variant that has it. */
    Figure curves(String task, String name) {
        LineChart chart = LineChart.overEpochs(task + ": validation loss", "loss, without its weight");
        byVariant.forEach((variant, runs) -> {
            int epochs =
                    runs.stream().mapToInt(run -> run.epochs().size()).min().orElse(0);
            double[] means = new double[epochs];
            for (int i = 0; i < epochs; i++) {
                int epoch = i;
                means[i] = runs.stream()
                        .mapToDouble(
                                run -> run.epochs().get(epoch).validationLoss().getOrDefault(task, Double.NaN))
                        .average()
                        .orElse(Double.NaN);
            }
            double[] numbers = TrainingSections.numbers(runs.get(0).epochs().subList(0, epochs));
            chart.line(variant.title(), variant.ordinal(), Style.SOLID, numbers, means);
        });
        return chart.picture(name, task + ": validation loss after each epoch, mean over the runs of a variant.");
    }
}
