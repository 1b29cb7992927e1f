package org.mtl4j.sparkml;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.spark.SparkWorkers;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;

/**
 * Measures what docs/scaling.md says of tables: a step of Adult without Spark and with gradients averaged over one to
 * four workers in this process, an empty round, and what {@link Averaging#byCost} chooses. A program, not a test.
 * Arguments: the folder with {@code adult.data} and {@code adult.test}, and numbers of rows in a step.
 */
final class AdultScaling {
    private static final int EPOCHS = 3;
    private static final int QUESTIONS = 40;
    private static final int[] WORKERS = {1, 2, 4};

    private AdultScaling() {}

    public static void main(String[] args) throws IOException {
        System.out.println("| rows of a step | workers | step, ms | its processor time, ms | an empty round, ms |"
                + " chosen by cost |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        for (int i = 1; i < args.length; i++) {
            for (int n : WORKERS) {
                measure(args[0], Integer.parseInt(args[i]), n);
            }
        }
    }

    private static Dl4jModel model(TableEncoding encoding) {
        Dl4jModel model = Dl4jModel.create(AdultTable.network(encoding), TrainingPlan.adam(1e-3));
        model.setEncoding(encoding);
        return model;
    }

    private static void measure(String folder, int batch, int n) throws IOException {
        try (SparkSession spark = SparkSession.builder()
                .master("local[%d]".formatted(n))
                .appName("scaling")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate()) {
            SparkTable table = SparkTable.of(AdultTable.read(spark, folder, "adult.data"), AdultTable.SCHEMA);
            TableEncoding encoding = table.fitEncoding();
            if (n == WORKERS[0]) {
                List<TrainingShard> one = table.shards(encoding, 1, batch, 7).collect();
                Time alone = perStep(options -> model(encoding).fit(TrainingShard.joined(one), options.withWorkers(1)));
                System.out.printf(
                        Locale.ROOT, "| %d | no Spark | %.1f | %.1f | | |%n", batch, alone.wall, alone.processor);
            }
            Dl4jModel model = model(encoding);
            try (SparkWorkers workers = SparkWorkers.of(
                    JavaSparkContext.fromSparkContext(spark.sparkContext()),
                    model,
                    table.shards(encoding, n, batch, 7))) {
                Time step = perStep(options -> model.fit(workers, Averaging.gradients(), options));
                Time then = Time.now();
                for (int i = 0; i < QUESTIONS; i++) {
                    workers.ask((copy, shard) -> 0);
                }
                Time round = Time.now().since(then, QUESTIONS);
                String chosen = model.fit(workers, Averaging.byCost(), FitOptions.epochs(1)).events().stream()
                        .filter(event -> event.kind() == TrainingEvent.Kind.AVERAGING_CHOSEN)
                        .map(event -> event.subject() + ": " + event.text())
                        .findFirst()
                        .orElseThrow();
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %d | %.1f | %.1f | %.1f | %s |%n",
                        batch,
                        n,
                        step.wall,
                        step.processor,
                        round.wall,
                        chosen);
            }
        }
    }

    /** Milliseconds. */
    private record Time(double wall, double processor) {
        static Time now() {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return new Time(System.nanoTime() / 1e6, system.getProcessCpuTime() / 1e6);
        }

        /** What has gone by since then, per turn. */
        Time since(Time then, int turns) {
            return new Time((wall - then.wall) / turns, (processor - then.processor) / turns);
        }
    }

    /** The quietest epoch's time for a step, from the first step to the last; the first epoch is left out. */
    private static Time perStep(Consumer<FitOptions> fit) {
        List<Time> best = new ArrayList<>(List.of(new Time(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY)));
        fit.accept(FitOptions.epochs(EPOCHS).withListener(new ProgressListener() {
            private Time first = Time.now();
            private int steps;

            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                if (step == 0) {
                    first = Time.now(); // counting labels, and the slowest step, are before it
                }
                steps = step;
            }

            @Override
            public void onEpoch(EpochResult result) {
                Time time = Time.now().since(first, Math.max(1, steps));
                if (result.epoch() > 0 && time.wall < best.get(0).wall) {
                    best.set(0, time);
                }
            }
        }));
        return best.get(0);
    }
}
