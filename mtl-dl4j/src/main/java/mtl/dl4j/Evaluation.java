package mtl.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import mtl.metric.ClassificationScore;
import mtl.metric.MultiLabelScore;
import mtl.metric.RegressionScore;
import mtl.metric.TaskScore;
import mtl.task.Task;
import mtl.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Measures a model on data. */
final class Evaluation {
    private final Dl4jModel model;
    private final List<Task> tasks;

    Evaluation(Dl4jModel model) {
        this.model = model;
        this.tasks = model.network().tasks();
    }

    Map<String, TaskScore> scores(MultiDataSetIterator data) {
        Map<String, Accumulation> running = new LinkedHashMap<>();
        tasks.forEach(task -> running.put(task.name(), Accumulation.of(task)));
        data.reset();
        while (data.hasNext()) {
            MultiDataSet batch = model.checked(data.next());
            Predictions predictions = model.predict(batch.getFeatures(0));
            for (int t = 0; t < tasks.size(); t++) {
                String task = tasks.get(t).name();
                running.get(task).add().accept(batch.getLabels(t), predictions.of(task), mask(batch, t));
            }
        }
        Map<String, TaskScore> scores = new LinkedHashMap<>();
        running.forEach(
                (task, accumulation) -> scores.put(task, accumulation.result().get()));
        return scores;
    }

    Map<String, Double> losses(MultiDataSetIterator data) {
        TaskMeans means = new TaskMeans(tasks);
        boolean empty = true;
        data.reset();
        while (data.hasNext()) {
            MultiDataSet batch = model.checked(data.next());
            empty = false;
            means.add(model.measuredLosses(batch), TaskMeans.labelled(batch));
        }
        if (empty) {
            throw new IllegalArgumentException("the data to be measured on is empty: no batch after a reset");
        }
        return means.result();
    }

    private static INDArray mask(MultiDataSet batch, int t) {
        return batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(t);
    }

    /** Takes labels, predictions and a mask or null. */
    private interface Batches {
        void accept(INDArray labels, INDArray predictions, INDArray mask);
    }

    private record Accumulation(Batches add, Supplier<TaskScore> result) {
        static Accumulation of(Task task) {
            List<String> names =
                    IntStream.range(0, task.outputs()).mapToObj(task::className).toList();
            return switch (task.kind()) {
                case REGRESSION -> {
                    var sums = RegressionScore.accumulator(task.outputs());
                    yield new Accumulation(sums::add, sums::result);
                }
                case MULTI_CLASS -> {
                    var sums = ClassificationScore.accumulator(names);
                    yield new Accumulation(sums::add, sums::result);
                }
                case MULTI_LABEL -> {
                    var sums = MultiLabelScore.accumulator(names);
                    yield new Accumulation(sums::add, sums::result);
                }
            };
        }
    }
}
