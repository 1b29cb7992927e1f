package org.mtl4j.dl4j.internal.inference;

import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Measures a model on data. */
public final class Evaluation {
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
        start(data);
        try (BatchDivision.Session session = inference.session()) {
            while (data.hasNext()) {
                MultiDataSet batch = layout.checked(data.next());
                Predictions predictions = inference.predict(batch, session);
                for (int t = 0; t < tasks.size(); t++) {
                    String task = tasks.get(t).name();
                    scores.add(task, batch.getLabels(t), predictions.of(task), Masks.ofLabels(batch, t));
                }
            }
        }
        return scores.result();
    }

    /** {@return the mean loss of each task over all of the data; without tasks that have no label there} */
    public Map<String, Double> losses(MultiDataSetIterator data) {
        TaskMeans means = new TaskMeans(tasks);
        boolean empty = true;
        start(data);
        try (BatchDivision.Session session = inference.session()) {
            while (data.hasNext()) {
                MultiDataSet batch = layout.checked(data.next());
                empty = false;
                means.add(inference.losses(batch, session), TaskMeans.labelled(batch));
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
    private static void start(MultiDataSetIterator data) {
        EpochSeekable.startAt(data, 0);
    }
}
