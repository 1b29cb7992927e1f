package org.mtl4j.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.network.Input;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Asks a model of rows of raw values, some at a time. */
final class RowPredictor {
    /** So many rows are encoded at a time, so that a long list takes no more memory than its answers. */
    private static final int AT_A_TIME = 4096;

    private final MultiTaskModel model;
    private final TableEncoding encoding;

    RowPredictor(MultiTaskModel model) {
        this.model = model;
        this.encoding = model.encoding()
                .orElseThrow(() -> new IllegalStateException(
                        "the model has no encoding of a table, by which rows of raw values become what it reads; it"
                                + " keeps that of a table's batches that it is trained on, or is given one by"
                                + " setEncoding"));
    }

    List<RowPrediction> predict(List<?> rows) {
        List<RowPrediction> answers = new ArrayList<>(rows.size());
        for (int from = 0; from < rows.size(); from += AT_A_TIME) {
            answers.addAll(answers(rows, from, Math.min(rows.size(), from + AT_A_TIME)));
        }
        return answers;
    }

    private List<RowPrediction> answers(List<?> all, int from, int to) {
        Map<String, INDArray> features = encoding.features(all.subList(from, to), from);
        Map<String, INDArray> asked = new LinkedHashMap<>();
        for (Input input : model.network().inputs()) {
            INDArray array = features.get(input.name());
            asked.put(input.name(), array == null ? features.values().iterator().next() : array);
        }
        Predictions predictions = model.predict(asked);
        List<Task> tasks = model.network().tasks();
        List<double[][]> outputs = new ArrayList<>();
        for (Task task : tasks) {
            outputs.add(Rows.values(predictions.of(task.name())));
        }
        List<RowPrediction> answers = new ArrayList<>(to - from);
        for (int row = 0; row < to - from; row++) {
            int of = row;
            answers.add(encoding.prediction(
                    tasks, outputs.stream().map(values -> values[of]).toList()));
        }
        return answers;
    }
}
