package org.mtl4j.sparkml;

import java.io.Serializable;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.EncodedRow;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.network.Input;
import org.mtl4j.serving.Features;
import org.mtl4j.serving.Outputs;
import org.mtl4j.serving.Predictor;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Asks a model about the rows of a partition, batch by batch, and adds what it says to them. */
final class TablePredictor implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Broadcast<SentModel> sent;
    private final TableColumns columns;
    private final PredictionColumns added;
    private final boolean refuseMissing;
    private final int batchSize;
    private final Answering answering;

    TablePredictor(
            Broadcast<SentModel> sent,
            TableColumns columns,
            PredictionColumns added,
            boolean refuseMissing,
            int batchSize,
            Answering answering) {
        this.sent = sent;
        this.columns = columns;
        this.added = added;
        this.refuseMissing = refuseMissing;
        this.batchSize = batchSize;
        this.answering = answering;
    }

    /** The rows of a partition with columns added, in their order; nothing is read before it is asked for. */
    Iterator<Row> predict(Iterator<Row> rows) {
        return new RowBatches(rows, batchSize) {
            @Override
            List<Row> made(List<Row> batch) {
                return predicted(batch);
            }
        };
    }

    private List<Row> predicted(List<Row> batch) {
        List<double[][]> outputs = outputs(batch);
        List<Row> predicted = new ArrayList<>(batch.size());
        for (int r = 0; r < batch.size(); r++) {
            Row row = batch.get(r);
            @Nullable Object[] values = new @Nullable Object[row.size() + added.size()];
            for (int i = 0; i < row.size(); i++) {
                values[i] = row.get(i);
            }
            added.write(outputs, r, values, row.size());
            predicted.add(RowFactory.create(values));
        }
        return predicted;
    }

    /** For each task {@code [rows][outputs]}. */
    private List<double[][]> outputs(List<Row> batch) {
        SentModel here = sent.value(); // which Spark may let go of where memory is short
        Dl4jModel model = here.get();
        TableEncoding encoding = model.encoding().orElseThrow();
        Map<String, float[]> features = features(batch, model);
        List<double[][]> outputs = new ArrayList<>();
        Predictor predictor = here.predictor(answering);
        if (predictor != null) {
            Outputs answers = predictor.predict(asked(features));
            Reference.reachabilityFence(here); // with which its predictor is closed
            for (Task task : model.network().tasks()) {
                outputs.add(inUnits(encoding, task, rows(answers.of(task.name()), batch.size())));
            }
            return outputs;
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        features.forEach((input, numbers) -> arrays.put(
                input, Nd4j.create(numbers, new long[] {batch.size(), numbers.length / batch.size()}, DataType.FLOAT)));
        Predictions predictions = model.predict(arrays);
        for (Task task : model.network().tasks()) {
            outputs.add(inUnits(encoding, task, Rows.values(predictions.of(task.name()))));
        }
        return outputs;
    }

    /** What was said of rows, in the units of the columns that labels are read from. */
    private static double[][] inUnits(TableEncoding encoding, Task task, double[][] rows) {
        return encoding.isScaled(task.name())
                ? Arrays.stream(rows)
                        .map(row -> encoding.inUnits(task.name(), row))
                        .toArray(double[][]::new)
                : rows;
    }

    private static Features asked(Map<String, float[]> features) {
        @Nullable Features all = null;
        for (Map.Entry<String, float[]> input : features.entrySet()) {
            all = all == null
                    ? Features.of(input.getKey(), input.getValue())
                    : all.and(input.getKey(), input.getValue());
        }
        return Objects.requireNonNull(all, "a network has an input");
    }

    private static double[][] rows(float[] values, int count) {
        int width = values.length / count;
        double[][] rows = new double[count][width];
        for (int i = 0; i < values.length; i++) {
            rows[i / width][i % width] = values[i];
        }
        return rows;
    }

    /** For each input the numbers of all rows, one row after the other. */
    private Map<String, float[]> features(List<Row> batch, Dl4jModel model) {
        TableEncoding encoding = model.encoding().orElseThrow();
        int codes = encoding.categorySizes().size();
        int numbers = encoding.numbers();
        float[] allCodes = new float[batch.size() * codes];
        float[] allNumbers = new float[batch.size() * numbers];
        EncodedRow encoded = new EncodedRow(new int[codes], new float[numbers]);
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int r = 0; r < batch.size(); r++) {
            columns.read(batch.get(r), values);
            if (refuseMissing) {
                MissingValues.refuse(encoding.schema(), values);
            }
            encoding.encode(values, encoded);
            for (int i = 0; i < codes; i++) {
                allCodes[r * codes + i] = encoded.codes()[i];
            }
            System.arraycopy(encoded.numbers(), 0, allNumbers, r * numbers, numbers);
        }
        Map<String, float[]> features = new LinkedHashMap<>();
        for (Input input : model.network().inputs()) { // one alone may have another name
            boolean ofCodes = input.name().equals(TableEncoding.CODES)
                    || !input.name().equals(TableEncoding.NUMBERS) && codes > 0;
            features.put(input.name(), ofCodes ? allCodes : allNumbers);
        }
        return features;
    }
}
