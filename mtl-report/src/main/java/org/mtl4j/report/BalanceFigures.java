package org.mtl4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TaskGradients;
import org.mtl4j.train.history.TaskGradients.Cosine;
import org.mtl4j.train.history.TaskGradients.Norm;

/** Shows how tasks stood to each other while they were trained: what they weighed, and where their gradients went. */
final class BalanceFigures {
    /** Of more pairs those are drawn over the epochs that conflict most. */
    private static final int MOST_PAIRS = 6;

    /** With more pairs the smallest and the largest are left out. */
    private static final int MOST_RANGES = 3;

    private static final double PERCENT = 100;

    private static final String WEIGHTS =
            "What each task's loss was multiplied by, λ included, in the mean over the" + " steps of an epoch.";

    private static final String GRADIENTS = "The cosine between the gradients of two tasks with respect to what they"
            + " share says whether both pull it into one direction (towards 1), into directions that have nothing to do"
            + " with each other (0), or into opposite ones (towards -1). Below 0 the tasks conflict: a step for one"
            + " raises the other's loss. Where lengths differ by far the longest gradient alone decides, unless"
            + " weights or a balance make up for it.";

    private BalanceFigures() {}

    /** {@return the section; empty where all weights stayed as they were and no gradient was looked at} */
    static Optional<Section> section(List<EpochResult> epochs) {
        List<Figure> pictures = new ArrayList<>();
        List<String> text = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        if (weightsChange(epochs)) {
            text.add(WEIGHTS);
            pictures.add(weights(epochs));
        }
        latest(epochs).ifPresent(seen -> {
            text.add(GRADIENTS);
            List<Cosine> pairs = worst(seen);
            if (!pairs.isEmpty()) {
                pictures.add(cosines(pairs, seen, epochs));
                pictures.add(conflicts(pairs, seen, epochs));
            }
            if (seen.cosines().size() > 1) {
                pictures.add(matrix(seen, epochs));
            }
            pictures.add(norms(seen, epochs));
            if (!pairs.isEmpty()) {
                tables.add(table(seen, epochs));
            }
        });
        if (pictures.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Section("Balance", text, "", tables, pictures, ""));
    }

    private static boolean weightsChange(List<EpochResult> epochs) {
        return epochs.stream().map(EpochResult::lossWeights).distinct().count() > 1;
    }

    private static Optional<EpochResult> latestEpoch(List<EpochResult> epochs) {
        for (int i = epochs.size() - 1; i >= 0; i--) {
            if (epochs.get(i).gradients().isPresent()) {
                return Optional.of(epochs.get(i));
            }
        }
        return Optional.empty();
    }

    private static Optional<TaskGradients> latest(List<EpochResult> epochs) {
        return latestEpoch(epochs).flatMap(EpochResult::gradients);
    }

    private static int latestNumber(List<EpochResult> epochs) {
        return latestEpoch(epochs).orElseThrow().epoch() + 1;
    }

    private static Figure weights(List<EpochResult> epochs) {
        Set<String> tasks = new LinkedHashSet<>();
        epochs.forEach(result -> tasks.addAll(result.lossWeights().keySet()));
        LineChart chart = LineChart.overEpochs("Weights of the tasks", "weight of the loss");
        int colour = 0;
        StringBuilder last = new StringBuilder();
        for (String task : tasks) {
            double[] values = TrainingSections.values(
                    epochs, result -> result.lossWeights().getOrDefault(task, Double.NaN));
            chart.line(task, colour++, Style.SOLID, TrainingSections.numbers(epochs), values);
            last.append(last.length() == 0 ? "" : ", ")
                    .append(task)
                    .append(' ')
                    .append(Words.number(values[values.length - 1]));
        }
        return chart.spread().picture("task-weights", "The weights over the epochs. In the last: " + last + ".");
    }

    /** {@return the pairs that are drawn over the epochs, those that conflict most first} */
    private static List<Cosine> worst(TaskGradients seen) {
        return seen.cosines().stream()
                .sorted(Comparator.comparingDouble(Cosine::mean))
                .limit(MOST_PAIRS)
                .toList();
    }

    private static String name(Cosine pair) {
        return pair.first() + ", " + pair.second();
    }

    private static double[] values(List<EpochResult> epochs, Cosine pair, ToDoubleFunction<Cosine> value) {
        return TrainingSections.values(epochs, result -> result.gradients()
                .flatMap(gradients -> gradients.cosine(pair.first(), pair.second()))
                .map(value::applyAsDouble)
                .orElse(Double.NaN));
    }

    private static Figure cosines(List<Cosine> pairs, TaskGradients seen, List<EpochResult> epochs) {
        LineChart chart = LineChart.overEpochs("Cosines between gradients", "cosine, mean over steps");
        double[] x = TrainingSections.numbers(epochs);
        for (int i = 0; i < pairs.size(); i++) {
            Cosine pair = pairs.get(i);
            chart.line(name(pair), i, Style.SOLID, x, values(epochs, pair, Cosine::mean));
            if (pairs.size() <= MOST_RANGES) {
                chart.line(name(pair), i, Style.FAINT, x, values(epochs, pair, Cosine::least));
                chart.line(name(pair), i, Style.FAINT, x, values(epochs, pair, Cosine::largest));
            }
        }
        Cosine worst = pairs.get(0);
        String which = seen.cosines().size() > pairs.size()
                ? ", of the %s pairs that conflict most".formatted(pairs.size())
                : "";
        String ranges = pairs.size() <= MOST_RANGES ? ", dotted the smallest and the largest" : "";
        return chart.level(0)
                .picture(
                        "gradient-cosines",
                        String.format(
                                Locale.ROOT,
                                "Mean cosines over the epochs%s%s. In epoch %d least between %s and %s: %.3f in the"
                                        + " mean, from %.3f to %.3f.",
                                which,
                                ranges,
                                latestNumber(epochs),
                                worst.first(),
                                worst.second(),
                                worst.mean(),
                                worst.least(),
                                worst.largest()));
    }

    private static Figure conflicts(List<Cosine> pairs, TaskGradients seen, List<EpochResult> epochs) {
        LineChart chart = LineChart.overEpochs("Steps in conflict", "% of the steps");
        for (int i = 0; i < pairs.size(); i++) {
            Cosine pair = pairs.get(i);
            chart.line(
                    name(pair),
                    i,
                    Style.SOLID,
                    TrainingSections.numbers(epochs),
                    values(epochs, pair, cosine -> PERCENT * cosine.conflicts()));
        }
        Cosine most = seen.cosines().stream()
                .max(Comparator.comparingDouble(Cosine::conflicts))
                .orElseThrow();
        return chart.yRange(0, PERCENT)
                .picture(
                        "gradient-conflicts",
                        String.format(
                                Locale.ROOT,
                                "How many of the steps that were looked at have a cosine below 0. In epoch %d at most"
                                        + " %.0f %%, between %s and %s.",
                                latestNumber(epochs),
                                PERCENT * most.conflicts(),
                                most.first(),
                                most.second()));
    }

    private static Figure matrix(TaskGradients seen, List<EpochResult> epochs) {
        List<String> tasks = seen.norms().stream().map(Norm::task).toList();
        double[][] values = new double[tasks.size()][tasks.size()];
        for (double[] row : values) {
            Arrays.fill(row, Double.NaN);
        }
        for (Cosine cosine : seen.cosines()) {
            int one = tasks.indexOf(cosine.first());
            int other = tasks.indexOf(cosine.second());
            values[one][other] = cosine.mean();
            values[other][one] = cosine.mean();
        }
        return new HeatMap("Mean cosines, pair by pair", "", "", tasks, tasks, values, -1, 1, 2)
                .picture(
                        "gradient-cosine-matrix",
                        "Mean cosines between the gradients of each two tasks in epoch %s."
                                .formatted(latestNumber(epochs)));
    }

    private static Figure norms(TaskGradients seen, List<EpochResult> epochs) {
        LineChart chart = LineChart.overEpochs("Lengths of gradients", "‖gradient‖, mean over steps");
        double[] x = TrainingSections.numbers(epochs);
        StringBuilder last = new StringBuilder();
        for (int i = 0; i < seen.norms().size(); i++) {
            Norm norm = seen.norms().get(i);
            chart.line(norm.task(), i, Style.SOLID, x, TrainingSections.values(epochs, result -> result.gradients()
                    .flatMap(gradients -> gradients.norm(norm.task()))
                    .map(Norm::mean)
                    .orElse(Double.NaN)));
            last.append(last.length() == 0 ? "" : ", ")
                    .append(norm.task())
                    .append(' ')
                    .append(Words.number(norm.mean()));
        }
        return chart.spread()
                .picture(
                        "gradient-lengths",
                        "Lengths of the gradients of λ times each loss, with respect to what tasks share. In epoch"
                                + " %s: %s.".formatted(latestNumber(epochs), last));
    }

    private static Table table(TaskGradients seen, List<EpochResult> epochs) {
        List<List<String>> rows = new ArrayList<>();
        for (Cosine pair : seen.cosines()) {
            rows.add(List.of(
                    name(pair),
                    String.valueOf(pair.steps()),
                    cosine(pair.mean()),
                    cosine(pair.least()),
                    cosine(pair.largest()),
                    String.format(Locale.ROOT, "%.0f %%", PERCENT * pair.conflicts())));
        }
        return Table.of(
                "Cosines between gradients in epoch " + latestNumber(epochs),
                List.of("tasks", "steps", "mean", "least", "largest", "in conflict"),
                rows);
    }

    private static String cosine(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
