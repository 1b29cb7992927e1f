package org.mtl4j.dl4j.internal.inference;

import java.io.Serializable;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.CheckedBatches;
import org.mtl4j.dl4j.internal.model.LabelRule;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.MetricValue;
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

    private final ModelState model;
    private final BatchLayout layout;
    private final Inference inference;
    private final List<Task> tasks;

    /** Measures what this inference makes. */
    public Evaluation(ModelState model, Inference inference) {
        this.model = model;
        this.layout = BatchLayout.of(model);
        this.inference = inference;
        this.tasks = model.network().tasks();
    }

    /**
     * What a model came to on data.
     *
     * @param scores of each task
     * @param labelled per task how many examples have its label, or the sum of what they weigh
     */
    public record Scored(TaskScores scores, double[] labelled) implements Serializable {}

    /** {@return the score of each task over all of the data} */
    public Map<String, TaskScore> scores(MultiDataSetIterator data) {
        Scored scored = data instanceof DistantData distant ? distant.scores(model) : score(data);
        reportUnlabelled(scored.labelled(), "score");
        return scored.scores().result();
    }

    /** {@return what the scores are of, to be merged with that of other data} */
    public Scored score(MultiDataSetIterator data) {
        ScoresOfParts scores = new ScoresOfParts(tasks);
        double[] labelled = new double[tasks.size()];
        try (BatchDivision.Session session = inference.session(data, "evaluate");
                BatchesAtOnce several = inference.severalBatches()) {
            CheckedBatches batches = start(data, MEASURED);
            while (batches.hasNext()) {
                CheckedBatches.Unchecked next = batches.unchecked();
                if (inference.isWorthSeveral(next.examples())) {
                    CheckedBatches.Unchecked kept = next.kept(); // when the next batch takes its place
                    several.run(() -> score(kept, session, scores, labelled));
                } else {
                    several.finish(); // what comes first fails first
                    score(next, session, scores, labelled);
                }
            }
            several.finish();
        }
        return new Scored(scores.merged(), labelled);
    }

    /** Scores each part of a batch on the thread that predicts it. */
    private void score(
            CheckedBatches.Unchecked next, BatchDivision.Session session, ScoresOfParts scores, double[] labelled) {
        MultiDataSet batch = next.finite();
        double[] counts = TaskMeans.labelled(batch, tasks);
        synchronized (labelled) {
            add(labelled, counts);
        }
        INDArray[] labels = new INDArray[tasks.size()];
        Arrays.setAll(labels, t -> scored(batch, t));
        LabelUnits units = LabelUnits.of(model);
        INDArray weights = Batch.weightsOf(batch).orElse(null);
        inference.predict(batch, session, (outputs, from, to) -> {
            INDArray[] ofPart = BatchSlices.of(labels, from, to);
            INDArray[] masks = BatchSlices.of(Masks.ofLabels(batch), from, to);
            INDArray[] weightsOfPart = BatchSlices.of(new INDArray[] {weights}, from, to);
            scores.add(part -> {
                for (int t = 0; t < ofPart.length; t++) {
                    Task task = tasks.get(t);
                    part.addPart(
                            task.name(), ofPart[t], units.of(task, outputs[t]), masks[t], weightsOfPart[0], (int) from);
                }
            });
        });
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
        double[] labelled =
                data instanceof DistantData distant ? distant.measure(model, metrics) : addMetrics(data, metrics);
        reportUnlabelled(labelled, "metric");
        return metrics.result();
    }

    /**
     * Adds the metrics of all of the data.
     *
     * @return per task how many examples have its label, or the sum of what they weigh
     */
    public double[] addMetrics(MultiDataSetIterator data, MetricScores metrics) {
        double[] labelled = new double[tasks.size()];
        try (BatchDivision.Session session = inference.session(data, "measure")) {
            CheckedBatches batches = start(data, MEASURED);
            while (batches.hasNext()) {
                MultiDataSet batch = batches.nextFinite();
                add(labelled, TaskMeans.labelled(batch, tasks));
                add(metrics, batch, inference.predict(batch, session), MEASURED);
            }
        }
        return labelled;
    }

    private void add(MetricScores metrics, MultiDataSet batch, Predictions predictions, String data) {
        LabelUnits units = LabelUnits.of(model);
        for (int t = 0; t < tasks.size(); t++) {
            String task = tasks.get(t).name();
            if (metrics.hasMetrics(task)) {
                try {
                    metrics.add(
                            task,
                            scored(batch, t),
                            units.of(tasks.get(t), predictions.of(task)),
                            Masks.ofLabels(batch, t),
                            Batch.weightsOf(batch).orElse(null));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            "metrics on %s, task '%s', %s".formatted(data, task, e.getMessage()), e);
                }
            }
        }
    }

    /**
     * {@return the labels of a task as scores want them, classes and labels told by 1 and 0, numbers in the units that
     * a table has them in}
     */
    private INDArray scored(MultiDataSet batch, int t) {
        INDArray labels = LabelUnits.of(model).of(tasks.get(t), batch.getLabels(t));
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
        List<BatchLosses> batches =
                data instanceof DistantData distant ? distant.losses(model, metrics) : addLosses(data, name, metrics);
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("the data to be measured on is empty: no batch after a reset");
        }
        TaskMeans means = new TaskMeans(tasks);
        batches.forEach(batch -> means.add(batch.means(), batch.labelled()));
        return means.result();
    }

    /**
     * The losses of one batch.
     *
     * @param means per task over its labelled examples; 0 if none has the label
     * @param labelled per task how many these are, or the sum of what they weigh
     */
    public record BatchLosses(double[] means, double[] labelled) implements Serializable {}

    /**
     * Measures losses, and adds metrics on the way.
     *
     * @return the losses of each batch, in their order: their mean over all of the data is rounded in that order
     */
    public List<BatchLosses> addLosses(MultiDataSetIterator data, String name, MetricScores metrics) {
        List<BatchLosses> all = new ArrayList<>();
        try (BatchDivision.Session session = inference.session(data, "losses")) {
            CheckedBatches batches = start(data, name);
            while (batches.hasNext()) {
                MultiDataSet batch = batches.nextFinite();
                Inference.Measured measured = inference.measure(batch, session);
                all.add(new BatchLosses(measured.losses(), TaskMeans.labelled(batch, tasks)));
                add(metrics, batch, measured.predictions(), name);
            }
        }
        return all;
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
