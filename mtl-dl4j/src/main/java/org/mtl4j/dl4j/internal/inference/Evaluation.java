package org.mtl4j.dl4j.internal.inference;

import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.CheckedBatches;
import org.mtl4j.dl4j.internal.model.LabelRule;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.ScoredBatch;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures a model on data. */
public final class Evaluation {
    private static final Logger log = LoggerFactory.getLogger(Evaluation.class);

    private static final String MEASURED = "the data to be measured on";

    private final BatchLayout layout;
    private final Inference inference;
    private final List<Task> tasks;

    /** Measures what this inference makes. */
    public Evaluation(ModelState model, Inference inference) {
        this.layout = BatchLayout.of(model);
        this.inference = inference;
        this.tasks = model.network().tasks();
    }

    /** {@return the score of each task over all of the data} */
    public Map<String, TaskScore> scores(MultiDataSetIterator data) {
        TaskScores scores = TaskScores.of(tasks);
        double[] labelled = new double[tasks.size()];
        try (BatchDivision.Session session = inference.session(data, "evaluate");
                Beside beside = Beside.start()) {
            CheckedBatches batches = start(data, MEASURED);
            while (batches.hasNext()) {
                MultiDataSet batch = batches.nextFinite();
                add(labelled, TaskMeans.labelled(batch, tasks));
                Predictions predictions = inference.predict(batch, session);
                Map<String, ScoredBatch> read = read(batch, predictions); // before the next batch takes its place
                beside.run(() -> read.forEach(scores::add));
            }
            beside.finish();
        }
        reportUnlabelled(labelled, "score");
        return scores.result();
    }

    private Map<String, ScoredBatch> read(MultiDataSet batch, Predictions predictions) {
        Map<String, ScoredBatch> read = new LinkedHashMap<>();
        for (int t = 0; t < tasks.size(); t++) {
            Task task = tasks.get(t);
            read.put(
                    task.name(),
                    ScoredBatch.of(
                            task,
                            scored(batch, t),
                            predictions.of(task.name()),
                            Masks.ofLabels(batch, t),
                            Batch.weightsOf(batch).orElse(null)));
        }
        return read;
    }

    private void reportUnlabelled(double[] labelled, String figure) {
        for (int t = 0; t < labelled.length; t++) {
            if (labelled[t] == 0) {
                log.warn(
                        "task '{}': no example of {} has its label, so it has no {}",
                        tasks.get(t).name(),
                        MEASURED,
                        figure);
            }
        }
    }

    private static void add(double[] counts, double[] more) {
        for (int t = 0; t < counts.length; t++) {
            counts[t] += more[t];
        }
    }

    /** {@return these metrics over all of the data} */
    public Map<String, Map<String, MetricValue>> measure(MultiDataSetIterator data, MetricScores metrics) {
        double[] labelled = new double[tasks.size()];
        try (BatchDivision.Session session = inference.session(data, "measure")) {
            CheckedBatches batches = start(data, MEASURED);
            while (batches.hasNext()) {
                MultiDataSet batch = batches.nextFinite();
                add(labelled, TaskMeans.labelled(batch, tasks));
                add(metrics, batch, inference.predict(batch, session), MEASURED);
            }
        }
        reportUnlabelled(labelled, "metric");
        return metrics.result();
    }

    private void add(MetricScores metrics, MultiDataSet batch, Predictions predictions, String data) {
        for (int t = 0; t < tasks.size(); t++) {
            String task = tasks.get(t).name();
            if (metrics.hasMetrics(task)) {
                try {
                    metrics.add(
                            task,
                            scored(batch, t),
                            predictions.of(task),
                            Masks.ofLabels(batch, t),
                            Batch.weightsOf(batch).orElse(null));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            "metrics on %s, task '%s', %s".formatted(data, task, e.getMessage()), e);
                }
            }
        }
    }

    /** {@return the labels of a task as scores want them, classes and labels told by 1 and 0} */
    private INDArray scored(MultiDataSet batch, int t) {
        INDArray labels = batch.getLabels(t);
        boolean signs = tasks.get(t).kind() != TaskKind.REGRESSION
                && LabelRule.of(tasks.get(t)).isOfSigns();
        if (!signs) {
            return labels;
        }
        INDArray above = labels.gt(0);
        INDArray numbers = above.castTo(labels.dataType());
        Reference.reachabilityFence(above);
        return numbers;
    }

    /** {@return the mean loss of each task over all of the data; without tasks that have no label there} */
    public Map<String, Double> losses(MultiDataSetIterator data) {
        Map<String, Double> losses = losses(data, MEASURED, MetricScores.of(tasks, List.of()));
        reportUnlabelled(
                tasks.stream()
                        .mapToDouble(task -> losses.containsKey(task.name()) ? 1 : 0)
                        .toArray(),
                "loss");
        return losses;
    }

    /**
     * {@return the mean loss of each task over all of the data; without tasks that have no label there}
     *
     * @param name what the data are, such as "validation data"
     * @param metrics what else is measured on the way: the predictions of tasks that have metrics are added
     */
    public Map<String, Double> losses(MultiDataSetIterator data, String name, MetricScores metrics) {
        TaskMeans means = new TaskMeans(tasks);
        boolean empty = true;
        try (BatchDivision.Session session = inference.session(data, "losses")) {
            CheckedBatches batches = start(data, name);
            while (batches.hasNext()) {
                MultiDataSet batch = batches.nextFinite();
                empty = false;
                Inference.Measured measured = inference.measure(batch, session);
                means.add(measured.losses(), TaskMeans.labelled(batch, tasks));
                add(metrics, batch, measured.predictions(), name);
            }
        }
        if (empty) {
            throw new IllegalArgumentException("the data to be measured on is empty: no batch after a reset");
        }
        return means.result();
    }

    /**
     * Always in the same order, where there is a choice: sums are rounded, and a run that was cut off must come to the
     * same ones.
     */
    private CheckedBatches start(MultiDataSetIterator data, String name) {
        CheckedBatches batches = new CheckedBatches(layout, data, name);
        batches.start(0, CheckedBatches.NO_EPOCH);
        return batches;
    }
}
