package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.mtl4j.benchmarks.BalanceStudy.Measure;
import org.mtl4j.benchmarks.BalanceStudy.Outcome;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingDivergedException;
import org.mtl4j.train.history.EpochResult;

/**
 * All ways to balance tasks on one set of data, beside equal weights and the best of some fixed ones:
 *
 * <pre>
 * adult FOLDER FILE [SEEDS [EPOCHS [EXAMPLES]]]
 * faces FOLDER FILE [SEEDS [EPOCHS [EXAMPLES]]]
 * adult|faces FOLDER conflicts [SEEDS [EPOCHS [EXAMPLES]]]
 * </pre>
 *
 * where the folder has the table Adult or the corpus MTFL. Each run that comes to its end adds a line to the file, and
 * is not made again: what was cut off goes on where it was. Seed 1 of all methods comes first. At the end, and with 0
 * seeds at once, prints a table in Markdown of the lines in the file with these numbers of epochs and examples.
 *
 * <p>All methods start from λ = 1 for each task. The fixed weights of the table are those that were best, in the mean
 * over tasks and seeds, on examples that are neither trained on nor reported. One thread. With {@code conflicts} in the
 * place of a file trains with equal weights alone, and prints epoch by epoch whether the tasks' gradients conflict.
 */
public final class BalanceMethods {
    private static final double PERCENT = 100;
    private static final int WATCHED_EVERY = 5;

    private final BalanceStudy study;
    private final Path file;
    private final int epochs;

    private BalanceMethods(BalanceStudy study, Path file, int epochs) {
        this.study = study;
        this.file = file;
        this.epochs = epochs;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3) {
            System.out.println("adult|faces FOLDER FILE [SEEDS [EPOCHS [EXAMPLES]]]");
            return;
        }
        boolean faces = arguments[0].equals("faces");
        int seeds = number(arguments, 3, 3);
        int epochs = number(arguments, 4, faces ? 25 : 5);
        int examples = number(arguments, 5, 0);
        Path folder = Path.of(arguments[1]);
        BalanceStudy study = faces ? FaceBalance.read(folder, examples) : AdultBalance.read(folder, examples);
        if (arguments[2].equals("conflicts")) {
            for (long seed = 1; seed <= seeds; seed++) {
                conflicts(study, epochs, seed);
            }
            return;
        }
        BalanceMethods methods = new BalanceMethods(study, Path.of(arguments[2]), epochs);
        methods.run(seeds);
        methods.print();
    }

    private static int number(String[] arguments, int place, int otherwise) {
        return arguments.length > place ? Integer.parseInt(arguments[place]) : otherwise;
    }

    private static void conflicts(BalanceStudy study, int epochs, long seed) throws IOException {
        ProgressListener printing = new ProgressListener() {
            @Override
            public void onEpoch(EpochResult result) {
                result.gradients().ifPresent(seen -> {
                    seen.norms()
                            .forEach(norm -> System.out.printf(
                                    Locale.ROOT,
                                    "seed %d, epoch %d: length %s %.4g%n",
                                    seed,
                                    result.epoch() + 1,
                                    norm.task(),
                                    norm.mean()));
                    seen.cosines()
                            .forEach(pair -> System.out.printf(
                                    Locale.ROOT,
                                    "seed %d, epoch %d: %s, %s cosine %.3f "
                                            + "(%.3f to %.3f), %.0f %% of the steps in conflict%n",
                                    seed,
                                    result.epoch() + 1,
                                    pair.first(),
                                    pair.second(),
                                    pair.mean(),
                                    pair.least(),
                                    pair.largest(),
                                    PERCENT * pair.conflicts()));
                });
            }
        };
        study.run(
                Map.of(),
                FitOptions.epochs(epochs)
                        .withWorkers(1)
                        .withGradientWatch(WATCHED_EVERY)
                        .withListener(printing),
                seed);
    }

    /** A line of the file. */
    private record Run(String method, long seed, Outcome outcome) {}

    private void run(int seeds) throws IOException {
        List<Run> done = read();
        for (long seed = 1; seed <= seeds; seed++) {
            for (BalanceChoice choice : BalanceChoice.all()) {
                runOnce(done, choice.name(), Map.of(), choice.options().apply(options()), seed);
            }
            for (Map.Entry<String, Map<String, Double>> fixed :
                    study.fixedWeights().entrySet()) {
                runOnce(done, fixed.getKey(), fixed.getValue(), options(), seed);
            }
        }
    }

    private FitOptions options() {
        return FitOptions.epochs(epochs).withWorkers(1);
    }

    private void runOnce(List<Run> done, String method, Map<String, Double> weights, FitOptions options, long seed)
            throws IOException {
        if (done.stream().anyMatch(run -> run.method.equals(method) && run.seed == seed)) {
            return;
        }
        long start = System.nanoTime();
        Outcome outcome;
        try {
            outcome = study.run(weights, options, seed);
        } catch (TrainingDivergedException e) {
            System.out.printf("%s, seed %s: %s%n", method, seed, e.getMessage());
            double[] nothing = new double[study.measures().size()];
            Arrays.fill(nothing, Double.NaN);
            outcome = new Outcome(nothing, nothing);
        }
        append(new Run(method, seed, outcome), (System.nanoTime() - start) / 1e9);
    }

    private List<String> header() {
        List<String> header = new ArrayList<>(List.of("method", "seed", "epochs", "examples", "seconds"));
        study.measures().forEach(measure -> header.add(quoted(measure.name() + ", held back")));
        study.measures().forEach(measure -> header.add(quoted(measure.name())));
        return header;
    }

    private static String quoted(String text) {
        return text.contains(",") ? '"' + text + '"' : text;
    }

    private void append(Run run, double seconds) throws IOException {
        List<String> cells = new ArrayList<>(List.of(
                run.method,
                String.valueOf(run.seed),
                String.valueOf(epochs),
                String.valueOf(study.examples()),
                String.format(Locale.ROOT, "%.1f", seconds)));
        Stream.of(run.outcome.chosenOn(), run.outcome.measured()).forEach(figures -> {
            for (double figure : figures) {
                cells.add(String.format(Locale.ROOT, "%.6f", figure));
            }
        });
        if (Files.notExists(file)) {
            Files.writeString(file, String.join(",", header()) + "\n");
        }
        Files.writeString(file, String.join(",", cells) + "\n", StandardOpenOption.APPEND);
        System.out.println(String.join(",", cells));
    }

    /** Reads what was run with these numbers of epochs and examples; a line that was cut off does not count. */
    private List<Run> read() throws IOException {
        List<Run> runs = new ArrayList<>();
        if (Files.notExists(file)) {
            return runs;
        }
        String text = Files.readString(file);
        if (!text.endsWith("\n")) {
            text = text.substring(0, text.lastIndexOf('\n') + 1);
            Files.writeString(file, text);
        }
        int measures = study.measures().size();
        int figures = 5;
        for (String line : text.lines().skip(1).toList()) {
            String[] cells = line.split(",");
            if (cells[2].equals(String.valueOf(epochs)) && cells[3].equals(String.valueOf(study.examples()))) {
                double[] chosenOn = new double[measures];
                double[] measured = new double[measures];
                for (int i = 0; i < measures; i++) {
                    chosenOn[i] = Double.parseDouble(cells[figures + i]);
                    measured[i] = Double.parseDouble(cells[figures + measures + i]);
                }
                runs.add(new Run(cells[0], Long.parseLong(cells[1]), new Outcome(chosenOn, measured)));
            }
        }
        return runs;
    }

    /** By how much runs are better than others, in percent, the mean over the measures. */
    private double gain(double[] means, double[] others) {
        double sum = 0;
        for (int i = 0; i < means.length; i++) {
            double more = (means[i] - others[i]) / others[i];
            sum += study.measures().get(i).higherIsBetter() ? more : -more;
        }
        return PERCENT * sum / means.length;
    }

    private double[] means(List<Run> runs, boolean chosenOn) {
        double[] means = new double[study.measures().size()];
        for (int i = 0; i < means.length; i++) {
            int measure = i;
            means[i] = runs.stream()
                    .mapToDouble(run -> (chosenOn ? run.outcome.chosenOn() : run.outcome.measured())[measure])
                    .average()
                    .orElse(Double.NaN);
        }
        return means;
    }

    private void print() throws IOException {
        Map<String, List<Run>> byMethod = new LinkedHashMap<>();
        for (Run run : read()) {
            byMethod.computeIfAbsent(run.method, m -> new ArrayList<>()).add(run);
        }
        List<Run> equal = byMethod.get(BalanceChoice.EQUAL.name());
        if (equal == null) {
            System.out.println("nothing has been run yet");
            return;
        }
        String best = BalanceChoice.EQUAL.name();
        for (String fixed : study.fixedWeights().keySet()) {
            if (byMethod.containsKey(fixed)
                    && gain(means(byMethod.get(fixed), true), means(equal, true))
                            > gain(means(byMethod.get(best), true), means(equal, true))) {
                best = fixed;
            }
        }
        System.out.printf("%n%,d examples, %s epochs%n%n|  | seeds |", study.examples(), epochs);
        study.measures().forEach(measure -> System.out.printf(" %s |", measure.name()));
        System.out.printf(
                " better than equal weights by, %% |%n| --- | --- |%s --- |%n",
                " --- |".repeat(means(equal, false).length));
        print(BalanceChoice.EQUAL.name(), equal, equal);
        print("the best fixed weights, " + best, byMethod.get(best), equal);
        byMethod.forEach((method, runs) -> {
            if (!method.equals(BalanceChoice.EQUAL.name())
                    && !study.fixedWeights().containsKey(method)) {
                print(method, runs, equal);
            }
        });
    }

    private void print(String method, List<Run> runs, List<Run> equal) {
        StringBuilder line = new StringBuilder("| %s | %s |".formatted(method, runs.size()));
        for (int i = 0; i < study.measures().size(); i++) {
            int place = i;
            Measure measure = study.measures().get(i);
            double[] figures = runs.stream()
                    .mapToDouble(run -> run.outcome.measured()[place])
                    .toArray();
            line.append(' ').append(Spread.of(figures).text(measure.decimals())).append(" |");
        }
        System.out.printf(Locale.ROOT, "%s %+.2f |%n", line, gain(means(runs, false), means(equal, false)));
    }
}
