package org.mtl4j.sparkml;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Trains on the Adult table as Parquet with 1, 2 and 4 shards, and prints the area under the ROC curve on its test
 * rows. Arguments: the folder with {@code adult.data} and {@code adult.test}, a folder for Parquet, and the number of
 * epochs.
 */
final class AdultOnSpark {
    private AdultOnSpark() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate();
        Dataset<Row> training =
                AdultTable.parquet(AdultTable.read(spark, args[0], "adult.data"), args[1] + "/training");
        Dataset<Row> test = AdultTable.parquet(AdultTable.read(spark, args[0], "adult.test"), args[1] + "/test");
        for (int shards : new int[] {1, 2, 4}) {
            long start = System.nanoTime();
            MultiTaskTransformer model = new MultiTaskEstimator()
                    .setSchema(AdultTable.SCHEMA)
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
}
