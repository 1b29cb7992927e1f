package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/** The columns that predictions add to a DataFrame: their names, types and values. */
final class PredictionColumns implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Behind the name of a task. */
    static final String PREDICTION = "_prediction";

    /** Behind the name of a task of classes or of labels of yes and no. */
    static final String PROBABILITY = "_probability";

    /** From which probability on a label is yes, as it is when it is measured. */
    private static final double YES = 0.5;

    private final List<OfTask> tasks;

    private PredictionColumns(List<OfTask> tasks) {
        this.tasks = tasks;
    }

    /** One task: its outputs are called so. */
    private record OfTask(String name, TaskKind kind, String[] outputs) implements Serializable {
        boolean hasProbability() {
            return kind != TaskKind.REGRESSION;
        }

        DataType typeOfPrediction() {
            if (kind == TaskKind.MULTI_CLASS) {
                return DataTypes.StringType;
            }
            if (kind == TaskKind.MULTI_LABEL) {
                return DataTypes.createArrayType(DataTypes.StringType, false);
            }
            return outputs.length == 1 ? DataTypes.DoubleType : DataTypes.createArrayType(DataTypes.DoubleType, false);
        }

        Object prediction(double[] values) {
            if (kind == TaskKind.MULTI_CLASS) {
                int best = 0;
                for (int i = 1; i < values.length; i++) {
                    best = values[i] > values[best] ? i : best; // the first of equal ones
                }
                return outputs[best];
            }
            if (kind == TaskKind.MULTI_LABEL) {
                List<String> yes = new ArrayList<>();
                for (int i = 0; i < values.length; i++) {
                    if (values[i] >= YES) {
                        yes.add(outputs[i]);
                    }
                }
                return yes.toArray(String[]::new);
            }
            return values.length == 1 ? (Object) values[0] : values;
        }
    }

    static PredictionColumns of(List<Task> tasks, TableEncoding encoding) {
        List<OfTask> all = new ArrayList<>();
        for (Task task : tasks) {
            String[] outputs = encoding.prediction(List.of(task), List.of(new double[task.outputs()]))
                    .outputs(task.name())
                    .keySet()
                    .toArray(String[]::new);
            all.add(new OfTask(task.name(), task.kind(), outputs));
        }
        return new PredictionColumns(new ArrayList<>(all));
    }

    /** The names of the columns. */
    List<String> names() {
        return Arrays.stream(fields(null)).map(StructField::name).toList();
    }

    /**
     * {@return the columns}
     *
     * @param encoding whose labels an evaluator finds with them; null for none
     */
    StructField[] fields(@Nullable TableEncoding encoding) {
        List<StructField> fields = new ArrayList<>();
        for (OfTask task : tasks) {
            Metadata metadata = encoding == null ? Metadata.empty() : metadata(task.name, encoding);
            fields.add(new StructField(task.name + PREDICTION, task.typeOfPrediction(), false, metadata));
            if (task.hasProbability()) {
                fields.add(
                        new StructField(task.name + PROBABILITY, SQLDataTypes.VectorType(), false, Metadata.empty()));
            }
        }
        return fields.toArray(StructField[]::new);
    }

    private static Metadata metadata(String task, TableEncoding encoding) {
        for (Label label : encoding.schema().labels()) {
            if (label.task().equals(task)) {
                return new MetadataBuilder()
                        .putString(LabelColumns.KEY, LabelColumns.json(label, encoding))
                        .build();
            }
        }
        return Metadata.empty();
    }

    /** A DataFrame's columns and behind them these. */
    StructType appendedTo(StructType given, TableEncoding encoding) {
        StructType all = given;
        for (StructField field : fields(encoding)) {
            all = all.add(field);
        }
        return all;
    }

    /** How many columns there are. */
    int size() {
        return tasks.stream().mapToInt(task -> task.hasProbability() ? 2 : 1).sum();
    }

    /**
     * Writes the values of a row.
     *
     * @param outputs of each task {@code [rows][outputs]}
     * @param row of them
     * @param into gets the values, from this place on
     */
    void write(List<double[][]> outputs, int row, Object[] into, int from) {
        int place = from;
        for (int t = 0; t < tasks.size(); t++) {
            double[] values = outputs.get(t)[row];
            into[place++] = tasks.get(t).prediction(values);
            if (tasks.get(t).hasProbability()) {
                into[place++] = Vectors.dense(values);
            }
        }
    }
}
