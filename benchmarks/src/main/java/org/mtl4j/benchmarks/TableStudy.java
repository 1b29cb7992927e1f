package org.mtl4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.table.Table;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;

/**
 * Trains ways to share on the rows of a table, seed by seed, and measures areas under ROC curves. What is measured are
 * averages of the parameters over the last steps, of all ways alike.
 */
final class TableStudy {
    private static final int BATCH = 256;
    private static final int LARGE_BATCH = 2048;
    /** Of the parameters over steps: a hundred of them, of some five hundred. */
    private static final double AVERAGING = 0.99;

    private final Table training;
    private final Table test;
    private final TableEncoding encoding;
    private final List<Task> tasks;
    private final int dimension;
    private final TwoTaskSharing.Sizes sizes;

    /** @param dimension of the embedding of a column */
    TableStudy(Table training, Table test, List<String> tasks, int dimension, TwoTaskSharing.Sizes sizes)
            throws IOException {
        this.training = training;
        this.test = test;
        this.encoding = training.fitEncoding();
        this.tasks = tasks.stream().map(encoding::task).toList();
        this.dimension = dimension;
        this.sizes = sizes;
    }

    /**
     * What one way came to.
     *
     * @param auc by task, seed by seed
     * @param parameters of all its networks
     * @param secondsPerEpoch of all its networks
     */
    record Result(Map<String, List<Double>> auc, long parameters, double secondsPerEpoch) {}

    Result run(TwoTaskSharing sharing, int epochs, double rate, double decay, int seeds) throws IOException {
        List<MultiTaskNetwork> networks = sharing.networks(() -> encoding.network(dimension), tasks, sizes);
        Map<String, List<Double>> auc = new LinkedHashMap<>();
        tasks.forEach(task -> auc.put(task.name(), new ArrayList<>()));
        double seconds = 0;
        for (int seed = 1; seed <= seeds; seed++) {
            for (MultiTaskNetwork network : networks) {
                Dl4jModel model = Dl4jModel.create(
                        network,
                        TrainingPlan.adam(rate).withExponentialDecay(decay).withSeed(seed));
                long start = System.nanoTime();
                model.fit(
                        training.batches(encoding).withBatchSize(BATCH).withShuffling(seed),
                        FitOptions.epochs(epochs).withParameterAveraging(AVERAGING));
                seconds += (System.nanoTime() - start) / 1e9;
                model.evaluate(test.batches(encoding).withBatchSize(LARGE_BATCH))
                        .forEach((task, score) -> auc.get(task).add(((ClassificationScore) score).rocAuc()));
            }
        }
        return new Result(auc, TwoTaskSharing.parameters(networks), seconds / seeds / epochs);
    }
}
