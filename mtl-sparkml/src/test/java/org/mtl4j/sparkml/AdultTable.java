package org.mtl4j.sparkml;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.network.MultiTaskNetwork;

/** The Adult table of the UCI repository as DataFrames, with two tasks, for programs that measure. */
final class AdultTable {
    private static final String COLUMNS = "age INT, workclass STRING, fnlwgt INT, education STRING, education_num INT,"
            + " marital_status STRING, occupation STRING, relationship STRING, race STRING,"
            + " sex STRING, capital_gain INT,"
            + " capital_loss INT, hours_per_week INT, native_country STRING, income STRING";

    static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
            .categories("age", "workclass", "education", "occupation", "relationship", "race", "sex", "native_country")
            .label(Label.classes("income", "income", List.of("<=50K", ">50K")))
            .label(Label.yesWhere("single", "marital_status", "Never-married"))
            .missing("?")
            .build();

    private AdultTable() {}

    /** {@return the network of docs/scaling.md} */
    static MultiTaskNetwork network(TableEncoding encoding) {
        return HardSharing.of(encoding, encoding.tasks(), 8, new int[] {128, 128}, new int[] {64, 32});
    }

    /**
     * {@return the rows of {@code adult.data} or {@code adult.test}}
     *
     * @throws IllegalArgumentException if the file is not there
     */
    static Dataset<Row> read(SparkSession spark, String folder, String name) {
        Path file = Path.of(folder, name);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "%s is not there: the first argument is a folder with adult.data and adult.test, which the UCI"
                                    .formatted(file.toAbsolutePath())
                            + " repository of machine learning has (data set 2, Adult)");
        }
        return spark.read()
                .schema(COLUMNS)
                .option("ignoreLeadingWhiteSpace", true)
                .option("mode", "DROPMALFORMED")
                .csv(file.toString())
                .where("income is not null")
                .withColumn("income", functions.regexp_replace(functions.col("income"), "\\.", ""));
    }

    /** {@return these rows, written to Parquet and read from there} */
    static Dataset<Row> parquet(Dataset<Row> rows, String folder) {
        rows.write().mode("overwrite").parquet(folder);
        return rows.sparkSession().read().parquet(folder);
    }
}
