package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Scores a model on the rows of a DataFrame, each partition where it is. */
final class TableEvaluation implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Broadcast<SentModel> sent;
    private final TableColumns columns;
    private final boolean refuseMissing;
    private final int batchSize;

    private TableEvaluation(Broadcast<SentModel> sent, TableColumns columns, boolean refuseMissing, int batchSize) {
        this.sent = sent;
        this.columns = columns;
        this.refuseMissing = refuseMissing;
        this.batchSize = batchSize;
    }

    static Map<String, TaskScore> of(
            Broadcast<SentModel> sent, Dl4jModel model, Dataset<Row> rows, boolean refuseMissing, int batchSize) {
        TableColumns.requireBatch(rows, "evaluate");
        TableSchema schema = model.encoding().orElseThrow().schema();
        Set<String> labelled = schema.labels().stream().map(Label::task).collect(Collectors.toSet());
        List<Task> tasks = model.network().tasks();
        for (Task task : tasks) {
            if (!labelled.contains(task.name())) {
                throw new IllegalArgumentException(
                        "the model's encoding does not say how labels of task '%s' are read; it has labels of %s"
                                .formatted(task.name(), labelled));
            }
        }
        List<String> used = schema.usedColumns();
        TableColumns.of(rows.schema(), schema, used);
        Dataset<Row> selected = TableColumns.select(rows, used);
        TableEvaluation evaluation =
                new TableEvaluation(sent, TableColumns.of(selected.schema(), schema, used), refuseMissing, batchSize);
        List<byte[]> parts = selected.javaRDD()
                .mapPartitions(
                        some -> List.of(Answer.of(() -> evaluation.score(some))).iterator())
                .collect();
        TaskScores all = TaskScores.of(tasks);
        boolean empty = true;
        for (byte[] part : parts) {
            Scored scored = (Scored) Answer.valueOf(part);
            all.merge(scored.scores);
            empty &= scored.rows == 0;
        }
        if (empty) {
            throw new IllegalArgumentException("the DataFrame has no rows; at least one is needed");
        }
        return all.result();
    }

    private record Scored(TaskScores scores, long rows) implements Serializable {}

    private Scored score(Iterator<Row> rows) {
        Dl4jModel model = sent.value().get();
        TableEncoding encoding = model.encoding().orElseThrow();
        List<Task> tasks = model.network().tasks();
        TaskScores scores = TaskScores.of(tasks);
        PackedRows packed = new PackedRows(encoding);
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        long count = 0;
        while (rows.hasNext()) {
            List<float[]> batch = new ArrayList<>();
            while (batch.size() < batchSize && rows.hasNext()) {
                columns.read(rows.next(), values);
                if (refuseMissing) {
                    MissingValues.refuse(encoding.schema(), values);
                }
                float[] row = new float[packed.width()];
                packed.pack(values, row);
                batch.add(row);
            }
            count += batch.size();
            add(scores, packed.batch(batch, List.of()), model);
        }
        return new Scored(scores, count);
    }

    private static void add(TaskScores scores, MultiDataSet batch, Dl4jModel model) {
        Predictions predictions = model.predict(batch);
        TableEncoding encoding = model.encoding().orElseThrow();
        List<String> labelled = Batch.tasksOf(batch);
        for (Task task : model.network().tasks()) {
            int place = labelled.indexOf(task.name());
            scores.add(
                    task.name(),
                    encoding.inUnits(task.name(), batch.getLabels(place)),
                    encoding.inUnits(task.name(), predictions.of(task.name())),
                    Masks.ofLabels(batch, place),
                    Batch.weightsOf(batch).orElse(null));
        }
    }
}
