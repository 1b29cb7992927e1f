package org.mtl4j.dl4j.internal.distributed;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.inference.DistantData;
import org.mtl4j.dl4j.internal.inference.Evaluation;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.batches.AbstractBatches;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The shards of workers as data to be measured on: the batches of epoch 0 of all shards, one shard after the other.
 * What comes out is what one process would measure on these batches, to the bit.
 */
public final class WorkersData extends AbstractBatches implements DistantData {
    private static final long serialVersionUID = 1L;

    private static final String MEASURED = "data of a worker";

    private final transient Workers workers;

    /** @throws IllegalArgumentException if there is no shard */
    public WorkersData(Workers workers) {
        if (workers.count() < 1) {
            throw new IllegalArgumentException(
                    "there must be at least one shard of the data to be measured on, got " + workers.count());
        }
        this.workers = workers;
    }

    private static SharedState stateOf(ModelState model) {
        try (ModelAccess.Use reading = model.access().read()) {
            return new SharedState(
                    ArrayValues.of(model.graph().params()),
                    null,
                    new double[0],
                    model.graph().getIterationCount(),
                    model.graph().getEpochCount());
        }
    }

    @Override
    public Evaluation.Scored scores(ModelState model) {
        List<Task> tasks = model.network().tasks();
        TaskScores all = TaskScores.of(tasks);
        double[] labelled = new double[tasks.size()];
        each(new Score(stateOf(model)), answer -> {
            all.merge(answer.scores());
            add(labelled, answer.labelled());
        });
        return new Evaluation.Scored(all, labelled);
    }

    @Override
    public double[] measure(ModelState model, MetricScores metrics) {
        double[] labelled = new double[model.network().tasks().size()];
        each(new Measure(stateOf(model), metricsOf(model, metrics)), answer -> {
            metrics.merge(answer.metrics());
            add(labelled, answer.labelled());
        });
        return labelled;
    }

    @Override
    public List<Evaluation.BatchLosses> losses(ModelState model, MetricScores metrics) {
        List<Evaluation.BatchLosses> batches = new ArrayList<>();
        each(new MeasureLosses(stateOf(model), metricsOf(model, metrics)), answer -> {
            metrics.merge(answer.metrics());
            batches.addAll(answer.batches());
        });
        return batches;
    }

    /** Takes in the answers in the order of the shards; each is let go then, as measures may hold all predictions. */
    private <A extends Serializable> void each(Workers.Question<A> question, Consumer<A> taken) {
        Deque<A> answers = new ArrayDeque<>(WorkerQuestions.ask(workers, question));
        while (!answers.isEmpty()) {
            taken.accept(answers.remove());
        }
    }

    private static LinkedHashMap<String, ArrayList<Metric>> metricsOf(ModelState model, MetricScores metrics) {
        LinkedHashMap<String, ArrayList<Metric>> byTask = new LinkedHashMap<>();
        for (Task task : model.network().tasks()) {
            byTask.put(task.name(), new ArrayList<>(metrics.metrics(task.name())));
        }
        return byTask;
    }

    private static void add(double[] counts, double[] more) {
        for (int t = 0; t < counts.length; t++) {
            counts[t] += more[t];
        }
    }

    /** Asks for the scores on a shard. */
    private record Score(SharedState state) implements Workers.Question<Evaluation.Scored> {
        @Override
        public Evaluation.Scored answer(MultiTaskModel copy, TrainingShard shard) {
            return evaluation(copy, state).score(new ShardBatches(shard));
        }
    }

    /** What metrics came to on a shard. */
    private record Measured(MetricScores metrics, double[] labelled) implements Serializable {}

    /** Asks for metrics on a shard. */
    private record Measure(SharedState state, LinkedHashMap<String, ArrayList<Metric>> metrics)
            implements Workers.Question<Measured> {
        @Override
        public Measured answer(MultiTaskModel copy, TrainingShard shard) {
            MetricScores scores = empty(copy, metrics);
            return new Measured(scores, evaluation(copy, state).addMetrics(new ShardBatches(shard), scores));
        }
    }

    /** What losses and metrics came to on a shard. */
    private record Losses(MetricScores metrics, ArrayList<Evaluation.BatchLosses> batches) implements Serializable {}

    /** Asks for losses and metrics on a shard. */
    private record MeasureLosses(SharedState state, LinkedHashMap<String, ArrayList<Metric>> metrics)
            implements Workers.Question<Losses> {
        @Override
        public Losses answer(MultiTaskModel copy, TrainingShard shard) {
            MetricScores scores = empty(copy, metrics);
            List<Evaluation.BatchLosses> batches =
                    evaluation(copy, state).addLosses(new ShardBatches(shard), MEASURED, scores);
            return new Losses(scores, new ArrayList<>(batches));
        }
    }

    private static MetricScores empty(MultiTaskModel copy, Map<String, ? extends List<Metric>> metrics) {
        return MetricScores.of(copy.network().tasks(), task -> ofTask(metrics, task));
    }

    private static List<Metric> ofTask(Map<String, ? extends List<Metric>> metrics, Task task) {
        List<Metric> found = metrics.get(task.name());
        return found == null ? ImmutableList.of() : found;
    }

    private static Evaluation evaluation(MultiTaskModel copy, SharedState state) {
        GraphModel model = GraphModel.of(copy);
        state.moveInto(model.graph());
        return model.evaluation();
    }

    /** The batches of epoch 0 of one shard. */
    private static final class ShardBatches extends AbstractBatches {
        private static final long serialVersionUID = 1L;

        private final transient TrainingShard shard;
        private int step;
        private transient @Nullable MultiDataSet next;

        ShardBatches(TrainingShard shard) {
            this.shard = shard;
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                try {
                    next = shard.batch(0, step).orElse(null);
                    while (next == null && step + 1 < shard.steps(0).orElse(0)) { // others have examples in this step
                        next = shard.batch(0, ++step).orElse(null);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e.getMessage(), e);
                }
            }
            return next != null;
        }

        @Override
        protected MultiDataSet read() {
            MultiDataSet batch = next;
            next = null;
            step++;
            return batch;
        }

        @Override
        public void reset() {
            step = 0;
            next = null;
        }
    }

    @Override
    public boolean hasNext() {
        throw noBatches();
    }

    @Override
    protected MultiDataSet read() {
        throw noBatches();
    }

    /** Does nothing: workers begin at the start each time. */
    @Override
    public void reset() {}

    private static UnsupportedOperationException noBatches() {
        return new UnsupportedOperationException("the batches are those of other processes");
    }
}
