package org.mtl4j.sparkml.bundle;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;
import org.mtl4j.sparkml.MultiTaskEstimator;
import org.mtl4j.sparkml.MultiTaskTransformer;

/** A user's program: trains on a small DataFrame, predicts its rows, and says which Guava it meets. */
public final class BundleJob {
    static final int ROWS = 80;

    private BundleJob() {}

    public static void main(String[] arguments) throws Exception {
        SparkSession spark = SparkSession.builder().getOrCreate();
        System.out.println("Guava: "
                + Class.forName("com.google.common.collect.ImmutableList")
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation());
        Dataset<Row> rows = spark.createDataFrame(rows(), StructType.fromDDL("age INT, work STRING, income STRING"));
        TableSchema schema = TableSchema.builder()
                .numbers("age")
                .categories("work")
                .label(Label.classes("income", "income", List.of("<=50K", ">50K")))
                .build();
        MultiTaskTransformer trained = new MultiTaskEstimator()
                .setSchema(schema)
                .setSharedLayers(8)
                .setTaskLayers(4)
                .setEpochs(12)
                .setBatchSize(20)
                .setLearningRate(0.02)
                .setShards(2)
                .fit(rows);
        trained.save(arguments[0]);
        long right = MultiTaskTransformer.load(arguments[0])
                .transform(rows)
                .where("income_prediction = income")
                .count();
        System.out.println("right: " + right);
        spark.stop();
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            int age = 20 + i % 40;
            rows.add(RowFactory.create(age, i % 3 == 0 ? "shop" : "farm", age < 40 ? "<=50K" : ">50K"));
        }
        return rows;
    }
}
