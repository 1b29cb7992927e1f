package org.mtl4j.sparkml;

import org.apache.spark.sql.SparkSession;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;

/** Trains on Adult as Parquet with 1, 2 and 4 shards. Arguments: Adult's folder, one for Parquet, number of epochs. */
final class AdultOnSpark {
    private AdultOnSpark() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate();
        String columns = "age INT, workclass STRING, fnlwgt INT, education STRING, education_num INT, marital_status"
                + " STRING, occupation STRING, relationship STRING, race STRING, sex STRING, capital_gain INT,"
                + " capital_loss INT, hours_per_week INT, native_country STRING, income STRING";
        for (String file : new String[] {"adult.data", "adult.test"}) {
            spark.read()
                    .schema(columns)
                    .option("ignoreLeadingWhiteSpace", true)
                    .option("mode", "DROPMALFORMED")
                    .csv(args[0] + "/" + file)
                    .write()
                    .mode("overwrite")
                    .parquet(args[1] + "/" + file);
        }
        TableSchema schema = TableSchema.builder()
                .numbers("fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
                .categories(
                        "age", "workclass", "education", "occupation", "relationship", "race", "sex", "native_country")
                .label(Label.yesWhere("income", "income", ">50K", ">50K."))
                .label(Label.yesWhere("single", "marital_status", "Never-married"))
                .missing("?")
                .build();
        for (int shards : new int[] {1, 2, 4}) {
            MultiTaskTransformer model = new MultiTaskEstimator()
                    .setSchema(schema)
                    .setShards(shards)
                    .setEpochs(Integer.parseInt(args[2]))
                    .setSharedLayers(128, 128)
                    .setTaskLayers(64, 32)
                    .fit(spark.read().parquet(args[1] + "/adult.data"));
            System.out.println(shards + " shards: "
                    + new MultiTaskEvaluator()
                            .measure(model.transform(spark.read().parquet(args[1] + "/adult.test"))));
        }
    }
}
