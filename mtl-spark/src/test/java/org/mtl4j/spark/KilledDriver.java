package org.mtl4j.spark;

import java.io.IOException;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;

/** A driver that in the middle of an epoch says so, and waits to be killed. */
final class KilledDriver {
    private KilledDriver() {}

    public static void main(String[] arguments) throws IOException {
        try (JavaSparkContext context = context()) {
            train(context, arguments[0], 4, new ProgressListener() {
                @Override
                public void onStep(int epoch, int step, int examples, double score) {
                    if (epoch == 2 && step == 1) {
                        System.out.println("in the middle of the third epoch");
                        System.out.flush();
                        try {
                            Thread.sleep(600_000);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }
            });
        }
    }

    static JavaSparkContext context() {
        return new JavaSparkContext(new SparkConf()
                .setMaster("local[1]")
                .setAppName("KilledDriver")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    static Dl4jModel train(JavaSparkContext context, String directory, int epochs, ProgressListener listener)
            throws IOException {
        Dl4jModel model = TableRows.model();
        try (HadoopCheckpoints kept = HadoopCheckpoints.in(NoRename.configuration(), directory);
                SparkWorkers workers = SparkWorkers.of(
                        context,
                        model,
                        DealtRows.deal(context.parallelize(TableRows.drawn(80), 2), TableRows::batch, 2, 32, 7))) {
            model.fit(
                    workers,
                    Averaging.gradients(),
                    kept.addTo(FitOptions.epochs(epochs)).withListener(listener));
        }
        return model;
    }
}
