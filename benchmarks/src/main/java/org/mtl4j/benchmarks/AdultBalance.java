package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableSplit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;

/**
 * Income and never married of the table Adult with hard sharing, by the protocol of {@link AdultMethods}, but for a
 * tenth of the training rows, which are held back to choose weights on. Two cross-entropies of one size.
 */
final class AdultBalance implements BalanceStudy {
    private static final int BATCH = 256;
    private static final int LARGE_BATCH = 2048;
    private static final int DIMENSION = 16;
    private static final double RATE = 1e-3;
    private static final double AVERAGING = 0.99;

    private final Table training;
    private final Table held;
    private final Table test;
    private final TableEncoding encoding;

    private AdultBalance(Table training, Table held, Table test) throws IOException {
        this.training = training;
        this.held = held;
        this.test = test;
        this.encoding = training.fitEncoding();
    }

    /**
     * Reads the tables.
     *
     * @param folder that has {@code adult.data} and {@code adult.test}
     * @param examples rows to train on at most; 0 for all but those that are held back
     */
    static AdultBalance read(Path folder, int examples) throws IOException {
        List<Table> parts = TableSplit.seeded(1).split(AdultFiles.read(folder.resolve("adult.data")), 0.9, 0.1);
        Table training = parts.get(0);
        if (examples > 0 && examples < training.rows()) {
            training = training.select(IntStream.range(0, examples).toArray());
        }
        return new AdultBalance(training, parts.get(1), AdultFiles.read(folder.resolve("adult.test")));
    }

    @Override
    public List<Measure> measures() {
        return List.of(new Measure("income AUC", true, 4), new Measure("never married AUC", true, 4));
    }

    @Override
    public int examples() {
        return training.rows();
    }

    @Override
    public Map<String, Map<String, Double>> fixedWeights() {
        Map<String, Map<String, Double>> weights = new LinkedHashMap<>();
        for (double income : new double[] {0.25, 0.5, 1.5, 1.75}) {
            weights.put(
                    "%s : %s".formatted(income, 2 - income),
                    Map.of(AdultFiles.INCOME, income, AdultFiles.SINGLE, 2 - income));
        }
        return weights;
    }

    @Override
    public Outcome run(Map<String, Double> weights, FitOptions options, long seed) throws IOException {
        List<Task> tasks = List.of(AdultFiles.INCOME, AdultFiles.SINGLE).stream()
                .map(name -> encoding.task(name).withWeight(weights.getOrDefault(name, 1.0)))
                .toList();
        MultiTaskNetwork network = TwoTaskSharing.HARD
                .networks(() -> encoding.network(DIMENSION), tasks, AdultMethods.SIZES)
                .get(0);
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(RATE).withSeed(seed));
        model.fit(
                training.batches(encoding).withBatchSize(BATCH).withShuffling(seed),
                options.withParameterAveraging(AVERAGING));
        return new Outcome(measure(model, held), measure(model, test));
    }

    private double[] measure(Dl4jModel model, Table table) throws IOException {
        Map<String, Double> areas =
                model.evaluate(table.batches(encoding).withBatchSize(LARGE_BATCH)).entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> area(entry.getValue())));
        return new double[] {areas.get(AdultFiles.INCOME), areas.get(AdultFiles.SINGLE)};
    }

    private static double area(TaskScore score) {
        return ((ClassificationScore) score).rocAuc();
    }
}
