package org.mtl4j.sparkml;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.spark.SparkWorkers;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Says how far "the same to rounding" reaches: how parameters of a run with several shards differ from those with one,
 * after more and more steps of one epoch of Adult. A program, not a test. Arguments: the folder with {@code adult.data}
 * and {@code adult.test}, and numbers of shards.
 */
final class AdultRounding {
    private static final int BATCH = 256;

    private AdultRounding() {}

    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate();
        SparkTable table = SparkTable.of(AdultTable.read(spark, args[0], "adult.data"), AdultTable.SCHEMA);
        TableEncoding encoding = table.fitEncoding();
        Map<Integer, INDArray> one = trained(spark, table, encoding, 1);
        for (int i = 1; i < args.length; i++) {
            int shards = Integer.parseInt(args[i]);
            trained(spark, table, encoding, shards)
                    .forEach((step, parameters) -> System.out.printf(
                            Locale.ROOT,
                            "%d shards, %3d steps: parameters differ by %.2g, of a norm of %.1f%n",
                            shards,
                            step,
                            parameters.distance2(one.get(step)),
                            parameters.norm2Number().doubleValue()));
        }
        spark.stop();
    }

    /** By the number of steps, at powers of two. */
    private static Map<Integer, INDArray> trained(
            SparkSession spark, SparkTable table, TableEncoding encoding, int shards) throws IOException {
        Dl4jModel model = Dl4jModel.create(AdultTable.network(encoding), TrainingPlan.adam(1e-3));
        model.setEncoding(encoding);
        Map<Integer, INDArray> seen = new LinkedHashMap<>();
        try (SparkWorkers workers = SparkWorkers.of(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                model,
                table.shards(encoding, shards, BATCH, 7))) {
            model.fit(workers, Averaging.gradients(), FitOptions.epochs(1).withListener(new ProgressListener() {
                @Override
                public void onStep(int epoch, int step, int examples, double score) {
                    if (Integer.bitCount(step + 1) == 1) {
                        seen.put(step + 1, model.graph().params().dup());
                    }
                }
            }));
        }
        return seen;
    }
}
