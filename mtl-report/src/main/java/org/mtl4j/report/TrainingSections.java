package org.mtl4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.network.Stitch;
import org.mtl4j.report.LineChart.Style;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How a model became what it is, from its history, which is saved with it: a run that was cut off and went on has all
 * of its epochs, and a model file from elsewhere can be reported on as well.
 */
public final class TrainingSections {
    /** With more towers the shares between each two are too many lines for one chart. */
    private static final int MOST_TOWERS_BY_PAIR = 2;

    /** With more pairs of towers there is a picture for each place. */
    private static final int MOST_PAIRS = 49;

    /** More rows of weights are shown on demand. */
    private static final int MOST_WEIGHTS = 5;

    /** So many epochs are in the table. */
    private static final int MOST_ROWS = 500;

    private TrainingSections() {}

    /** Makes sections of learning curves, units, relatedness and events; of what there is. */
    public static List<Section> of(MultiTaskModel model) {
        TrainingHistory history = model.history();
        List<Section> sections = new ArrayList<>();
        if (!history.epochs().isEmpty()) {
            sections.add(learningCurves(history.epochs()));
            metrics(history.epochs()).ifPresent(sections::add);
            BalanceFigures.section(history.epochs()).ifPresent(sections::add);
        }
        if (!model.alphas().isEmpty()) {
            List<Figure> pictures = new ArrayList<>(units("", history.epochs()));
            pictures.addAll(channels(model));
            sections.add(Section.of("Cross-stitch units", UNITS, pictures));
        }
        List<Figure> others = UnitFigures.of("", history.epochs());
        if (!others.isEmpty()) {
            sections.add(Section.of("Other units", OTHER_UNITS, others));
        }
        List<Figure> ties = ties("", history.epochs());
        if (!ties.isEmpty()) {
            sections.add(Section.of("Relatedness", TIES, ties));
        }
        sections.add(events(history.events()));
        return sections;
    }

    /** What {@link #units} shows. */
    public static final String UNITS =
            "α weighs the activations that go from one tower into another: “a ← b” is what tower a takes from tower"
                    + " b, and “a ← a” its own share.";

    /** What units of other kinds show. */
    public static final String OTHER_UNITS =
            "What each unit says of its parameters, place by place: “a ← b” is about what tower a takes from b.";

    /** What {@link #ties} shows. */
    public static final String TIES =
            "r is how far the weights of two towers are from each other, layer by layer, without its strength λ; a"
                    + " and b are the learned coefficients of the functions that have them.";

    /** The latest of at least one epoch. */
    static EpochResult last(List<EpochResult> epochs) {
        return epochs.get(epochs.size() - 1);
    }

    private static Section learningCurves(List<EpochResult> epochs) {
        List<Figure> pictures = new ArrayList<>();
        for (String task : tasks(epochs)) {
            LineChart chart = LineChart.overEpochs(task + ": loss", "loss, without its weight");
            double[] validation = values(epochs, loss(EpochResult::validationLoss, task));
            chart.line(
                    "training",
                    1,
                    Style.DASHED,
                    numbers(epochs),
                    values(epochs, loss(EpochResult::trainingLoss, task)));
            chart.line("validation", 0, Style.SOLID, numbers(epochs), validation);
            if (!chart.isEmpty()) {
                pictures.add(chart.picture("loss-" + Words.fileName(task), caption(task, epochs, validation)));
            }
        }
        pictures.add(LineChart.overEpochs("Objective", "score")
                .line(
                        "all losses by their weights",
                        1,
                        Style.SOLID,
                        numbers(epochs),
                        values(epochs, EpochResult::score))
                .picture(
                        "objective",
                        "What is minimised: the weighted losses, relatedness and penalties on the training"
                                + " data, mean over the steps of an epoch."));
        return Section.of(
                        "Learning curves",
                        "The training loss is that before each step, while the weights still change, the validation"
                                + " loss that after the epoch.",
                        pictures)
                .withTables(exampleWeights(epochs)
                        .map(weights -> new Table[] {weights, table(epochs)})
                        .orElseGet(() -> new Table[] {table(epochs)}));
    }

    /** Tells what examples weighed, epochs in which it was the same together; empty if each weighed 1 in all. */
    private static Optional<Table> exampleWeights(List<EpochResult> epochs) {
        if (epochs.stream().allMatch(result -> result.exampleWeights().isEmpty())) {
            return Optional.empty();
        }
        List<List<String>> rows = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= epochs.size(); i++) {
            if (i == epochs.size()
                    || !epochs.get(i).exampleWeights().equals(epochs.get(from).exampleWeights())) {
                int first = epochs.get(from).epoch() + 1;
                int last = epochs.get(i - 1).epoch() + 1;
                rows.add(weightsRow(first == last ? "" + first : first + " to " + last, epochs.get(from)));
                from = i;
            }
        }
        Table all = Table.of(
                "Weights of the training examples",
                List.of("epochs", "examples", "sum", "least", "largest", "effective number"),
                rows);
        return Optional.of(rows.size() > MOST_WEIGHTS ? all.collapsed() : all);
    }

    private static List<String> weightsRow(String which, EpochResult epoch) {
        return epoch.exampleWeights()
                .map(weights -> List.of(
                        which,
                        String.valueOf(weights.examples()),
                        Words.number(weights.sum()),
                        Words.number(weights.least()),
                        Words.number(weights.largest()),
                        String.format(
                                Locale.ROOT,
                                "%.1f (%.0f %%)",
                                weights.effective(),
                                100 * weights.effective() / weights.examples())))
                .orElseGet(() -> List.of(which, "–", "–", "1", "1", "–"));
    }

    /** Draws each metric of each task over the epochs, beside its baseline; empty if none was measured. */
    private static Optional<Section> metrics(List<EpochResult> epochs) {
        Map<String, Set<String>> names = new LinkedHashMap<>();
        for (EpochResult result : epochs) {
            result.validationMetrics().forEach((task, values) -> names.computeIfAbsent(task, t -> new LinkedHashSet<>())
                    .addAll(values.keySet()));
        }
        List<Figure> pictures = new ArrayList<>();
        names.forEach((task, metrics) -> metrics.forEach(name -> {
            double[] values = values(epochs, metric(task, name, MetricValue::value));
            LineChart chart = LineChart.overEpochs(task + ": " + name, name)
                    .line("validation", 0, Style.SOLID, numbers(epochs), values)
                    .line(
                            "without knowing the example",
                            6,
                            Style.DASHED,
                            numbers(epochs),
                            values(epochs, metric(task, name, MetricValue::baseline)));
            if (!chart.isEmpty()) {
                pictures.add(chart.picture(
                        "metric-" + Words.fileName(task) + "-" + Words.fileName(name),
                        caption(task, name, epochs, values)));
            }
        }));
        return pictures.isEmpty()
                ? Optional.empty()
                : Optional.of(Section.of(
                        "Metrics",
                        "Measured on the validation data after each epoch. The dashed line is what a prediction comes"
                                + " to that knows nothing but how frequent the answers are.",
                        pictures));
    }

    private static ToDoubleFunction<EpochResult> metric(String task, String name, ToDoubleFunction<MetricValue> part) {
        return result -> {
            MetricValue value =
                    result.validationMetrics().getOrDefault(task, Map.of()).get(name);
            return value == null ? Double.NaN : part.applyAsDouble(value);
        };
    }

    private static String caption(String task, String name, List<EpochResult> epochs, double[] values) {
        double[] known =
                Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
        if (known.length == 0) {
            return task + ": " + name + " has no value on the validation data.";
        }
        double least = Arrays.stream(known).min().orElseThrow();
        double most = Arrays.stream(known).max().orElseThrow();
        return "%s: %s from %s (after epoch %s) to %s (after epoch %s), %s after the last."
                .formatted(
                        task,
                        name,
                        Words.number(least),
                        epochOf(epochs, values, least),
                        Words.number(most),
                        epochOf(epochs, values, most),
                        Words.number(values[values.length - 1]));
    }

    private static int epochOf(List<EpochResult> epochs, double[] values, double value) {
        int place = 0;
        while (values[place] != value) {
            place++;
        }
        return epochs.get(place).epoch() + 1;
    }

    private static String caption(String task, List<EpochResult> epochs, double[] validation) {
        int best = -1;
        for (int i = 0; i < validation.length; i++) {
            if (!Double.isNaN(validation[i]) && (best < 0 || validation[i] < validation[best])) {
                best = i;
            }
        }
        if (best < 0) {
            return task + ": loss over the epochs.";
        }
        String lowest = String.format(
                Locale.ROOT,
                "%s: lowest validation loss %.4g after epoch %d",
                task,
                validation[best],
                epochs.get(best).epoch() + 1);
        int last = validation.length - 1;
        return lowest
                + (best == last
                        ? ", the last."
                        : String.format(Locale.ROOT, ", %.4g after the last.", validation[last]));
    }

    private static Table table(List<EpochResult> epochs) {
        List<String> header = new ArrayList<>(List.of("epoch", "steps", "rate", "score"));
        tasks(epochs).forEach(task -> {
            header.add(task + ", training");
            header.add(task + ", validation");
        });
        List<List<String>> rows = new ArrayList<>();
        for (EpochResult result : epochs.subList(Math.max(0, epochs.size() - MOST_ROWS), epochs.size())) {
            List<String> row = new ArrayList<>();
            row.add(String.valueOf(result.epoch() + 1));
            row.add(String.valueOf(result.iterations()));
            row.add(Words.number(result.learningRate()));
            row.add(Words.number(result.score()));
            for (String task : tasks(epochs)) {
                row.add(Words.number(result.trainingLoss().getOrDefault(task, Double.NaN)));
                row.add(Words.number(result.validationLoss().getOrDefault(task, Double.NaN)));
            }
            rows.add(row);
        }
        String caption = rows.size() == epochs.size()
                ? "All epochs"
                : "The latest %s of %s epochs".formatted(rows.size(), epochs.size());
        return new Table(caption, header, rows, true);
    }

    /** {@return the tasks that have a loss in some epoch} */
    public static Set<String> tasks(Collection<EpochResult> epochs) {
        Set<String> tasks = new LinkedHashSet<>();
        epochs.forEach(result -> {
            tasks.addAll(result.trainingLoss().keySet());
            tasks.addAll(result.validationLoss().keySet());
        });
        return tasks;
    }

    /** {@return the numbers of epochs, from 1} */
    public static double[] numbers(List<EpochResult> epochs) {
        return values(epochs, result -> result.epoch() + 1);
    }

    /** {@return a number of each epoch} */
    public static double[] values(List<EpochResult> epochs, ToDoubleFunction<EpochResult> value) {
        return epochs.stream().mapToDouble(value).toArray();
    }

    private static ToDoubleFunction<EpochResult> loss(Function<EpochResult, Map<String, Double>> losses, String task) {
        return result -> losses.apply(result).getOrDefault(task, Double.NaN);
    }

    /**
     * Draws α of all units after the last of these epochs, and of each over the epochs; empty if the history has none.
     */
    public static List<Figure> units(String prefix, List<EpochResult> epochs) {
        List<AlphaState> last = epochs.isEmpty() ? List.of() : last(epochs).alphas();
        if (last.isEmpty()) {
            return List.of(); // trained by an older version
        }
        List<Figure> pictures = new ArrayList<>();
        int epoch = last(epochs).epoch() + 1;
        boolean byTower = distinct(last, TrainingSections::pair).size() > MOST_PAIRS;
        if (!byTower) {
            pictures.add(means(prefix, last, epoch));
        }
        for (String place : distinct(last, AlphaState::place)) {
            if (byTower) {
                pictures.add(between(prefix, place, at(place, last(epochs)), epoch));
            }
            pictures.add(overEpochs(prefix, place, epochs));
        }
        return pictures;
    }

    /** Of many towers: what each takes from each at one place. */
    private static Figure between(String prefix, String place, List<AlphaState> states, int epoch) {
        List<String> towers = distinct(states, AlphaState::to);
        double[][] values = new double[towers.size()][towers.size()];
        for (double[] row : values) {
            Arrays.fill(row, Double.NaN);
        }
        for (AlphaState state : states) {
            values[towers.indexOf(state.to())][towers.indexOf(state.from())] = state.mean();
        }
        double largest = largest(states.stream().mapToDouble(AlphaState::mean));
        return new HeatMap(
                        "α after " + place + ", mean over channels",
                        "from",
                        "into",
                        towers,
                        towers,
                        values,
                        -largest,
                        largest,
                        2)
                .picture(
                        prefix + "alpha-" + Words.fileName(place) + "-means",
                        "α after %s after epoch %s: what each tower takes from each.".formatted(place, epoch));
    }

    private static Figure means(String prefix, List<AlphaState> states, int epoch) {
        List<String> places = distinct(states, AlphaState::place);
        List<String> pairs = distinct(states, TrainingSections::pair);
        double[][] values = new double[pairs.size()][places.size()];
        for (double[] row : values) {
            Arrays.fill(row, Double.NaN);
        }
        for (AlphaState state : states) {
            values[pairs.indexOf(pair(state))][places.indexOf(state.place())] = state.mean();
        }
        double largest = largest(states.stream().mapToDouble(AlphaState::mean));
        return new HeatMap("α, mean over channels", "after layer", "", places, pairs, values, -largest, largest, 2)
                .picture(
                        prefix + "alpha-means",
                        String.format(
                                Locale.ROOT,
                                "α after epoch %d: own shares %.3f on average, others %.3f.",
                                epoch,
                                mean(states, true),
                                mean(states, false)));
    }

    private static double mean(List<AlphaState> states, boolean own) {
        return states.stream()
                .filter(state -> state.to().equals(state.from()) == own)
                .mapToDouble(AlphaState::mean)
                .average()
                .orElse(Double.NaN);
    }

    /**
     * {@return a round number that all of these lie within, at least 1, so that pictures of usual units have the same
     * colours}
     */
    private static double largest(DoubleStream values) {
        return Math.max(
                1,
                Math.ceil(10
                                * values.map(Math::abs)
                                        .filter(Double::isFinite)
                                        .max()
                                        .orElse(1))
                        / 10);
    }

    private static Figure overEpochs(String prefix, String place, List<EpochResult> epochs) {
        List<AlphaState> last = at(place, last(epochs));
        boolean byPair = distinct(last, AlphaState::to).size() <= MOST_TOWERS_BY_PAIR;
        LineChart chart = LineChart.overEpochs("α after " + place, "α");
        int colour = 0;
        for (AlphaState line : last) {
            if (byPair || line.to().equals(line.from())) {
                double[] x = numbers(epochs);
                String name = pair(line);
                Style style = line.to().equals(line.from()) ? Style.SOLID : Style.DASHED;
                chart.line(name, colour, style, x, states(epochs, line, AlphaState::mean));
                if (line.least() < line.largest()) {
                    chart.line(name, colour, Style.FAINT, x, states(epochs, line, AlphaState::least));
                    chart.line(name, colour, Style.FAINT, x, states(epochs, line, AlphaState::largest));
                }
                colour++;
            }
        }
        return chart.picture(
                prefix + "alpha-" + Words.fileName(place),
                "α after %s over the epochs%s: mean over the channels, dotted the smallest and the largest."
                        .formatted(place, byPair ? "" : ", own shares alone"));
    }

    private static double[] states(List<EpochResult> epochs, AlphaState line, ToDoubleFunction<AlphaState> value) {
        return values(epochs, result -> at(line.place(), result).stream()
                .filter(state -> pair(state).equals(pair(line)))
                .mapToDouble(value)
                .findFirst()
                .orElse(Double.NaN));
    }

    private static List<AlphaState> at(String place, EpochResult result) {
        return result.alphas().stream()
                .filter(state -> state.place().equals(place))
                .toList();
    }

    private static String pair(AlphaState state) {
        return state.to() + " ← " + state.from();
    }

    /** Draws the model's α, channel by channel. */
    private static List<Figure> channels(MultiTaskModel model) {
        Map<String, INDArray> alphas = model.alphas();
        double largest = largest(
                alphas.values().stream().mapToDouble(alpha -> alpha.amaxNumber().doubleValue()));
        List<Figure> pictures = new ArrayList<>();
        for (Stitch stitch : model.network().stitches()) {
            if (stitch.unit() instanceof CrossStitchUnit unit
                    && unit.granularity() == Granularity.PER_CHANNEL
                    && stitch.towers().size() * stitch.towers().size() <= MOST_PAIRS) {
                INDArray alpha = Objects.requireNonNull(alphas.get(stitch.place()), stitch.place());
                int towers = stitch.towers().size();
                int channels = Math.toIntExact(alpha.size(2));
                List<String> pairs = new ArrayList<>();
                double[][] values = new double[towers * towers][channels];
                for (int row = 0; row < values.length; row++) {
                    pairs.add(stitch.towers().get(row / towers) + " ← "
                            + stitch.towers().get(row % towers));
                    for (int channel = 0; channel < channels; channel++) {
                        values[row][channel] = alpha.getDouble(row / towers, row % towers, channel);
                    }
                }
                pictures.add(new HeatMap(
                                "α after " + stitch.place() + " by channel",
                                "channel",
                                "",
                                HeatMap.numbers(channels),
                                pairs,
                                values,
                                -largest,
                                largest,
                                2)
                        .picture(
                                "alpha-" + Words.fileName(stitch.place()) + "-channels",
                                String.format(
                                        Locale.ROOT,
                                        "α of the model after %s, channel by channel: from %.2f to %.2f.",
                                        stitch.place(),
                                        alpha.minNumber().doubleValue(),
                                        alpha.maxNumber().doubleValue())));
            }
        }
        return pictures;
    }

    /** Draws relatedness and its coefficients layer by layer over the epochs; empty if the history has none. */
    public static List<Figure> ties(String prefix, List<EpochResult> epochs) {
        List<RelatednessState> last =
                epochs.isEmpty() ? List.of() : last(epochs).ties();
        if (last.isEmpty()) {
            return List.of();
        }
        List<Figure> pictures = new ArrayList<>();
        pictures.add(tieChart("Relatedness", "r", epochs, last, RelatednessState::value)
                .picture(
                        prefix + "relatedness",
                        "r over the epochs, by layer. After the last: " + texts(last, RelatednessState::value) + "."));
        Set<String> coefficients = new LinkedHashSet<>();
        last.forEach(state -> coefficients.addAll(state.coefficients().keySet()));
        for (String name : coefficients) {
            ToDoubleFunction<RelatednessState> value =
                    state -> state.coefficients().getOrDefault(name, Double.NaN);
            pictures.add(tieChart("Coefficient " + name, name, epochs, last, value)
                    .picture(
                            prefix + "coefficient-" + Words.fileName(name),
                            "%s over the epochs, by layer. After the last: %s.".formatted(name, texts(last, value))));
        }
        return pictures;
    }

    private static LineChart tieChart(
            String title,
            String yTitle,
            List<EpochResult> epochs,
            List<RelatednessState> lines,
            ToDoubleFunction<RelatednessState> value) {
        LineChart chart = LineChart.overEpochs(title, yTitle);
        for (int i = 0; i < lines.size(); i++) {
            String name = name(lines, lines.get(i));
            chart.line(name, i, Style.SOLID, numbers(epochs), values(epochs, result -> result.ties().stream()
                    .filter(state -> name(lines, state).equals(name))
                    .mapToDouble(value)
                    .findFirst()
                    .orElse(Double.NaN)));
        }
        return chart;
    }

    /** {@return the layer, with the towers if there are several pairs} */
    private static String name(List<RelatednessState> all, RelatednessState state) {
        return distinct(all, RelatednessState::towers).size() == 1
                ? state.layer()
                : state.layer() + ", " + state.between();
    }

    private static String texts(List<RelatednessState> states, ToDoubleFunction<RelatednessState> value) {
        return String.join(
                ", ",
                states.stream()
                        .map(state ->
                                String.format(Locale.ROOT, "%s %.4g", name(states, state), value.applyAsDouble(state)))
                        .toList());
    }

    private static Section events(List<TrainingEvent> events) {
        List<List<String>> cells = new ArrayList<>();
        for (TrainingEvent event : events) {
            cells.add(List.of(EventText.when(event), Words.of(event.kind()), event.subject(), event.text()));
        }
        return Section.of("What happened", "", List.of())
                .withTables(Table.of("Events", List.of("when", "what", "of", "details"), cells));
    }

    private static <S, T> List<T> distinct(Collection<S> states, Function<S, T> part) {
        return states.stream().map(part).distinct().toList();
    }
}
