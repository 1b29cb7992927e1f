package org.mtl4j.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.UnitState;

/** Draws over the epochs what units other than cross-stitch units have learned. */
final class UnitFigures {
    /** With more lines in one chart those between a tower and itself are drawn alone. */
    private static final int MOST_LINES = 9;

    private UnitFigures() {}

    /** {@return a picture for each place and quantity; none if the history has no such units} */
    static List<Figure> of(String prefix, List<EpochResult> epochs) {
        if (epochs.isEmpty()) {
            return List.of();
        }
        Map<String, List<UnitState>> charts = new LinkedHashMap<>();
        for (UnitState state : TrainingSections.last(epochs).units()) {
            charts.computeIfAbsent(key(state), k -> new ArrayList<>()).add(state);
        }
        return charts.values().stream()
                .map(lines -> chart(prefix, lines, epochs))
                .toList();
    }

    private static String key(UnitState state) {
        return state.place() + " " + state.quantity();
    }

    private static Figure chart(String prefix, List<UnitState> lines, List<EpochResult> epochs) {
        UnitState first = lines.get(0);
        String what = "%s after %s".formatted(first.quantity(), first.place());
        LineChart chart = LineChart.overEpochs(what, first.quantity());
        double[] x = TrainingSections.numbers(epochs);
        StringBuilder last = new StringBuilder();
        int colour = 0;
        for (UnitState line : lines) {
            boolean own = line.to().equals(line.from());
            if (lines.size() > MOST_LINES
                    && !own
                    && lines.stream().anyMatch(each -> each.to().equals(each.from()))) {
                continue;
            }
            String name = line.between().isEmpty() ? line.quantity() : line.between();
            Style style = own || line.from().isEmpty() ? Style.SOLID : Style.DASHED;
            chart.line(name, colour, style, x, values(epochs, line, UnitState::mean));
            if (line.least() < line.largest()) {
                chart.line(name, colour, Style.FAINT, x, values(epochs, line, UnitState::least));
                chart.line(name, colour, Style.FAINT, x, values(epochs, line, UnitState::largest));
            }
            last.append(last.length() == 0 ? "" : ", ")
                    .append(String.format(Locale.ROOT, "%s %.3f", name, line.mean()));
            colour++;
        }
        return chart.picture(
                "%sunit-%s-%s".formatted(prefix, Words.fileName(first.place()), Words.fileName(first.quantity())),
                "%s over the epochs: mean, dotted the smallest and the largest. In the last epoch: %s."
                        .formatted(what, last));
    }

    private static double[] values(List<EpochResult> epochs, UnitState line, ToDoubleFunction<UnitState> value) {
        return TrainingSections.values(epochs, result -> result.units().stream()
                .filter(state -> key(state).equals(key(line)) && state.between().equals(line.between()))
                .mapToDouble(value)
                .findFirst()
                .orElse(Double.NaN));
    }
}
