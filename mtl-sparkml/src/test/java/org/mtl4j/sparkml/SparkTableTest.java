package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** A DataFrame becomes what the same rows in a file become. */
class SparkTableTest {
    private static final int ROWS = 150;

    @TempDir
    Path folder;

    /** Each row of a batch as text: features, labels, masks and weight. */
    private static List<String> texts(MultiDataSet batch) {
        List<INDArray> arrays = new ArrayList<>(Arrays.asList(batch.getFeatures()));
        for (int t = 0; t < batch.numLabelsArrays(); t++) {
            INDArray labels = batch.getLabels(t);
            INDArray mask = batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(t);
            arrays.add(labels);
            // a batch without missing labels has no mask
            arrays.add(
                    mask == null
                            ? Nd4j.ones(
                                    labels.size(0), Batch.tasksOf(batch).get(t).equals("wears") ? 2 : 1)
                            : mask);
        }
        arrays.add(Batch.weightsOf(batch).orElseThrow());
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < batch.getFeatures(0).size(0); row++) {
            StringBuilder text = new StringBuilder();
            for (INDArray array : arrays) {
                text.append(Arrays.toString(array.getRow(row).toFloatVector()));
            }
            rows.add(text.toString());
        }
        return rows;
    }

    private static List<String> all(JavaRDD<TrainingShard> shards, int epoch) throws IOException {
        List<String> rows = new ArrayList<>();
        for (TrainingShard shard : shards.collect()) {
            for (int step = 0; step < shard.steps(epoch).orElseThrow(); step++) {
                shard.batch(epoch, step).ifPresent(batch -> rows.addAll(texts(batch)));
            }
        }
        Reference.reachabilityFence(shards); // with which Spark would throw away the encoding that they share
        return rows;
    }

    @Test
    void encoding_and_arrays_are_those_of_the_same_rows_in_a_file() throws IOException {
        List<Row> rows = People.rows(ROWS, 1);
        Table local = TableReader.csv().read(People.csv(rows, folder), People.SCHEMA);
        SparkTable table = SparkTable.of(People.shuffled(rows, 3, 4), People.SCHEMA);
        TableEncoding encoding = table.fitEncoding();
        assertThat(encoding).isEqualTo(local.fitEncoding());
        assertThat(encoding.toJson()).isEqualTo(local.fitEncoding().toJson());
        assertThat(table.rows()).isEqualTo(ROWS);
        assertThat(encoding.values("work")).contains("port"); // blanks do not count

        List<String> here = new ArrayList<>();
        MultiDataSetIterator batches = local.batches(encoding);
        while (batches.hasNext()) {
            here.addAll(texts(batches.next()));
        }
        List<String> there = all(table.shards(encoding, 3, 40, 5), 1);
        Collections.sort(here);
        Collections.sort(there);
        assertThat(there).isEqualTo(here);
    }

    @Test
    void shards_do_not_depend_on_partitions_and_order() throws IOException {
        List<Row> rows = People.rows(ROWS, 2);
        Dataset<Row> whole = People.frame(rows);
        TableEncoding encoding = SparkTable.of(whole, People.SCHEMA).fitEncoding();
        JavaRDD<TrainingShard> shards = SparkTable.of(whole, People.SCHEMA).shards(encoding, 3, 40, 5);
        JavaRDD<TrainingShard> others =
                SparkTable.of(People.shuffled(rows, 8, 5), People.SCHEMA).shards(encoding, 3, 40, 5);
        assertThat(all(others, 2)).isEqualTo(all(shards, 2)).hasSize(ROWS);
        assertThat(all(shards, 3)).isNotEqualTo(all(shards, 2)); // another order in each epoch
        assertThat(all(SparkTable.of(whole, People.SCHEMA).shards(encoding, 3, 40, 6), 2))
                .isNotEqualTo(all(shards, 2)); // and with another seed

        for (TrainingShard shard : shards.collect()) {
            assertThat(shard.steps(1)).hasValue(4); // 150 rows, 40 in a step of all
        }
    }

    @Test
    void rows_are_kept_in_few_bytes() throws IOException {
        Table local = TableReader.csv().read(People.csv(People.rows(ROWS, 4), folder), People.SCHEMA);
        PackedRows packed = new PackedRows(local.fitEncoding());
        for (int i = 0; i < ROWS; i++) {
            float[] row = new float[packed.width()];
            packed.pack(local.row(i), row);
            // two codes, four numbers, one of two classes, a number and two flags with what is there, a weight
            assertThat(packed.toBytes(row)).hasSize(2 + 4 * 4 + 1 + 3 * 5 + 4);
            assertThat(packed.ofBytes(packed.toBytes(row))).isEqualTo(row);
        }
    }

    @Test
    void what_does_not_fit_is_said_by_column() {
        Dataset<Row> rows = People.frame(20, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(rows.drop("age"), People.SCHEMA))
                .withMessageStartingWith("the DataFrame has no column 'age'; it has [hours, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(rows.withColumn("hours", rows.col("work")), People.SCHEMA))
                .withMessage("column 'hours': expected numbers (tinyint, smallint, int, bigint, "
                        + "float, double or decimal), as"
                        + " the schema has it, got string; cast it, or make it a category of the schema");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(
                        rows.selectExpr("*", "array(work) AS w").drop("work").withColumnRenamed("w", "work"),
                        People.SCHEMA))
                .withMessageEndingWith("got array<string>");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(rows.selectExpr("*", "age"), People.SCHEMA))
                .withMessageStartingWith("the DataFrame has more than one column 'age'");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        SparkTable.of(rows.where("age > 1000"), People.SCHEMA).fitEncoding())
                .withMessage("the DataFrame has no rows; at least one is needed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(
                                rows.selectExpr("*", "if(age > 30, double('Infinity'), hours) AS h")
                                        .drop("hours")
                                        .withColumnRenamed("h", "hours"),
                                People.SCHEMA)
                        .fitEncoding())
                .withMessageStartingWith(
                        "column 'hours': expected a finite number, such as -1.5 or 2e3, got 'Infinity'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(
                                rows.selectExpr("*", "-weight AS w")
                                        .drop("weight")
                                        .withColumnRenamed("w", "weight"),
                                People.SCHEMA)
                        .fitEncoding())
                .withMessageStartingWith("column 'weight': expected a weight of at least 0, got -");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(
                                rows.selectExpr("*", "hat + 3 AS h").drop("hat").withColumnRenamed("h", "hat"),
                                People.SCHEMA)
                        .fitEncoding())
                .withMessage("column 'hat', task 'wears': expected one of [1] for yes or [0] for no, got '3'");
        SparkTable table = SparkTable.of(rows, People.SCHEMA);
        TableEncoding encoding = table.fitEncoding();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.shards(encoding, 21, 8, 1))
                .withMessage("20 rows are too few for 21 shards; take at most as many shards as there are rows");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTable.of(
                                rows.selectExpr("*", "if(income = '>50K', 'much', income) AS i")
                                        .drop("income")
                                        .withColumnRenamed("i", "income"),
                                People.SCHEMA)
                        .shards(encoding, 2, 8, 1))
                .withMessage("column 'income', task 'income': 'much' is none of the classes [<=50K, >50K]");
    }
}
