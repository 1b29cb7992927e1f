package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.EncodedRow;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.network.Input;
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

    TablePredictor(
            Broadcast<SentModel> sent,
            TableColumns columns,
            PredictionColumns added,
            boolean refuseMissing,
            int batchSize) {
        this.sent = sent;
        this.columns = columns;
        this.added = added;
        this.refuseMissing = refuseMissing;
        this.batchSize = batchSize;
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

    private List<double[][]> outputs(List<Row> batch) {
        Dl4jModel model = sent.value().get();
        TableEncoding encoding = model.encoding().orElseThrow();
        Predictions predictions = model.predict(features(batch, model, encoding));
        List<double[][]> outputs = new ArrayList<>();
        for (Task task : model.network().tasks()) {
            outputs.add(Rows.values(predictions.of(task.name())));
        }
        return outputs;
    }

    private Map<String, INDArray> features(List<Row> batch, Dl4jModel model, TableEncoding encoding) {
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
        Map<String, INDArray> features = new LinkedHashMap<>();
        for (Input input : model.network().inputs()) { // one alone may have another name
            boolean ofCodes = input.name().equals(TableEncoding.CODES)
                    || !input.name().equals(TableEncoding.NUMBERS) && codes > 0;
            features.put(
                    input.name(),
                    Nd4j.create(
                            ofCodes ? allCodes : allNumbers,
                            new long[] {batch.size(), ofCodes ? codes : numbers},
                            DataType.FLOAT));
        }
        return features;
    }
}
