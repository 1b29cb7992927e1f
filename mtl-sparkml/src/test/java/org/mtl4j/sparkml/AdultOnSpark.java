package org.mtl4j.sparkml;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;

/**
 * Trains on the Adult table as Parquet with 1, 2 and 4 shards, and prints the area under the ROC curve on its test
 * rows. Arguments: the folder with {@code adult.data} and {@code adult.test}, a folder for Parquet, and the number of
 * epochs.
 */
final class AdultOnSpark {
    private static final String COLUMNS = "age INT, workclass STRING, fnlwgt INT, education STRING, education_num INT,"
            + " marital_status STRING, occupation STRING, relationship STRING, race STRING,"
            + " sex STRING, capital_gain INT,"
            + " capital_loss INT, hours_per_week INT, native_country STRING, income STRING";

    private static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
            .categories("age", "workclass", "education", "occupation", "relationship", "race", "sex", "native_country")
            .label(Label.classes("income", "income", List.of("<=50K", ">50K")))
            .label(Label.yesWhere("single", "marital_status", "Never-married"))
            .missing("?")
            .build();

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate();
        Dataset<Row> training = parquet(spark, args[0] + "/adult.data", args[1] + "/training");
        Dataset<Row> test = parquet(spark, args[0] + "/adult.test", args[1] + "/test");
        for (int shards : new int[] {1, 2, 4}) {
            long start = System.nanoTime();
            MultiTaskTransformer model = new MultiTaskEstimator()
                    .setSchema(SCHEMA)
                    .setShards(shards)
                    .setEpochs(Integer.parseInt(args[2]))
                    .setSharedLayers(128, 128)
                    .setTaskLayers(64, 32)
                    .fit(training);
            System.out.printf("%d shards, %.0f s:%n", shards, (System.nanoTime() - start) / 1e9);
            new MultiTaskEvaluator()
                    .measure(model.transform(test))
                    .forEach((task, auc) -> System.out.printf("  AUC %s %.4f%n", task, auc.value()));
        }
        spark.stop();
    }

    private static Dataset<Row> parquet(SparkSession spark, String csv, String folder) {
        spark.read()
                .schema(COLUMNS)
                .option("ignoreLeadingWhiteSpace", true)
                .option("mode", "DROPMALFORMED")
                .csv(csv)
                .where("income is not null")
                .withColumn("income", functions.regexp_replace(functions.col("income"), "\\.", ""))
                .write()
                .mode("overwrite")
                .parquet(folder);
        return spark.read().parquet(folder);
    }
}
