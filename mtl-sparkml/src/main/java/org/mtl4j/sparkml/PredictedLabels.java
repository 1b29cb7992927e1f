package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.factory.Nd4j;

/** The predictions of one task and the labels beside them in a DataFrame. */
final class PredictedLabels implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int BATCH_SIZE = 1024;

    private final String json;
    private final TableColumns columns;
    private final int prediction;
    private final String predictionColumn;
    private final StandardMetric metric;

    private PredictedLabels(
            String json, TableColumns columns, int prediction, String predictionColumn, StandardMetric metric) {
        this.json = json;
        this.columns = columns;
        this.prediction = prediction;
        this.predictionColumn = predictionColumn;
        this.metric = metric;
    }

    /** Measures one task, or all that the metric applies to if the name is empty. */
    static Map<String, MetricValue> measure(Dataset<Row> rows, StandardMetric metric, String name) {
        TableColumns.requireBatch(rows, "an evaluator");
        Map<String, TableEncoding> all = encodings(rows);
        if (all.isEmpty() || !name.isEmpty() && !all.containsKey(name)) {
            throw new IllegalArgumentException(
                    "the DataFrame has predictions, as MultiTaskTransformer adds them, of the tasks %s; expected %s"
                            .formatted(all.keySet(), name.isEmpty() ? "at least one" : "'" + name + "'"));
        }
        Map<String, MetricValue> values = new LinkedHashMap<>();
        all.forEach((task, encoding) -> {
            boolean wanted = name.isEmpty() ? metric.appliesTo(encoding.task(task)) : task.equals(name);
            if (wanted) {
                values.put(task, of(rows, encoding, metric));
            }
        });
        if (values.isEmpty()) {
            throw new IllegalArgumentException(
                    "metric %s applies to none of the tasks %s".formatted(metric, all.keySet()));
        }
        return values;
    }

    private static Map<String, TableEncoding> encodings(Dataset<Row> rows) {
        Map<String, TableEncoding> all = new LinkedHashMap<>();
        for (StructField field : rows.schema().fields()) {
            if (field.metadata().contains(LabelColumns.KEY)) {
                TableEncoding encoding = TableEncoding.fromJson(field.metadata().getString(LabelColumns.KEY));
                all.put(encoding.schema().labels().get(0).task(), encoding);
            }
        }
        return all;
    }

    private static MetricValue of(Dataset<Row> rows, TableEncoding encoding, StandardMetric metric) {
        TableSchema schema = encoding.schema();
        Task task = encoding.tasks().get(0);
        Set<String> read = new LinkedHashSet<>(schema.labels().get(0).columns());
        schema.weight().ifPresent(read::add);
        TableColumns.of(rows.schema(), schema, List.copyOf(read));
        String column = task.name()
                + (task.kind() == TaskKind.REGRESSION ? PredictionColumns.PREDICTION : PredictionColumns.PROBABILITY);
        List<String> selected = new ArrayList<>(read);
        selected.add(column);
        Dataset<Row> needed = TableColumns.select(rows, selected);
        PredictedLabels labels = new PredictedLabels(
                encoding.toJson(),
                TableColumns.of(needed.schema(), schema, List.copyOf(read)),
                read.size(),
                column,
                metric);
        List<byte[]> parts = needed.javaRDD()
                .mapPartitions(
                        some -> List.of(Answer.of(() -> labels.score(some))).iterator())
                .collect();
        MetricScores all = MetricScores.of(List.of(task), List.<Metric>of(metric));
        for (byte[] part : parts) {
            all.merge((MetricScores) Answer.valueOf(part));
        }
        Map<String, MetricValue> ofTask = Objects.requireNonNull(all.result().get(task.name()));
        return Objects.requireNonNull(ofTask.get(metric.name()));
    }

    private MetricScores score(Iterator<Row> rows) {
        TableEncoding encoding = TableEncoding.fromJson(json);
        Task task = encoding.tasks().get(0);
        MetricScores scores = MetricScores.of(List.of(task), List.<Metric>of(metric));
        while (rows.hasNext()) {
            add(scores, RowBatches.next(rows, BATCH_SIZE), encoding, task);
        }
        return scores;
    }

    private void add(MetricScores scores, List<Row> batch, TableEncoding encoding, Task task) {
        Label label = encoding.schema().labels().get(0);
        int masks = task.kind() == TaskKind.MULTI_CLASS ? 1 : task.outputs();
        float[][] labels = new float[batch.size()][task.outputs()];
        float[][] present = new float[batch.size()][masks];
        float[][] weights = new float[batch.size()][1];
        double[][] predicted = new double[batch.size()][];
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int r = 0; r < batch.size(); r++) {
            Row row = batch.get(r);
            columns.read(row, values);
            encoding.encodeLabel(label, values, labels[r], present[r]);
            weights[r][0] = (float) encoding.weight(values);
            predicted[r] = numbers(row.get(prediction));
        }
        boolean weighted = encoding.schema().weight().isPresent();
        scores.add(
                task.name(),
                Nd4j.createFromArray(labels),
                Nd4j.createFromArray(predicted),
                Nd4j.createFromArray(present),
                weighted ? Nd4j.createFromArray(weights) : null);
    }

    private double[] numbers(@Nullable Object value) {
        if (value instanceof Vector vector) {
            return vector.toArray();
        }
        if (value instanceof Number number) {
            return new double[] {number.doubleValue()};
        }
        if (value instanceof scala.collection.Seq<?> several) {
            double[] numbers = new double[several.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = ((Number) several.apply(i)).doubleValue();
            }
            return numbers;
        }
        throw new IllegalArgumentException("column '%s': expected what MultiTaskTransformer adds to each row, got %s"
                .formatted(predictionColumn, value));
    }
}
