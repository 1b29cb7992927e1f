package org.mtl4j.sparkml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
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
 * Trains on a million rows, those of Adult many times over with other numbers in each, on two executors that are
 * processes of their own, and prints rows a second by the clock, the most memory that driver and executors have had
 * (resident, native memory included; of Linux), and the areas under the ROC curve on Adult's test rows.
 *
 * <p>A program, not a test. Arguments: the folder with {@code adult.data} and {@code adult.test}; a folder for Parquet;
 * the number of rows; of epochs; of rows in a step; and what is averaged: {@code gradients}, {@code cost}, or a number
 * of steps. {@code SPARK_HOME} is a folder with a folder {@code jars} in it.
 */
final class MillionRows {
    private MillionRows() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 6) {
            throw new IllegalArgumentException(
                    "expected six arguments: folder of Adult, folder for Parquet, rows, epochs, rows of a step,"
                            + " gradients|cost|STEPS; got " + args.length);
        }
        int count = Integer.parseInt(args[2]);
        int batchSize = Integer.parseInt(args[4]);
        try (SparkSession spark = session()) {
            Dataset<Row> adult = AdultTable.read(spark, args[0], "adult.data");
            Dataset<Row> rows =
                    timed("written", count, () -> AdultTable.parquet(jittered(adult, count), args[1] + "/million"));
            SparkTable table = SparkTable.of(rows, AdultTable.SCHEMA);
            TableEncoding encoding = timed("encoding fitted", count, table::fitEncoding);
            Dl4jModel model = Dl4jModel.create(AdultTable.network(encoding), TrainingPlan.adam(1e-3));
            model.setEncoding(encoding);
            JavaRDD<TrainingShard> shards = timed("sorted", count, () -> table.shards(encoding, 2, batchSize, 7));
            JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
            try (SparkWorkers workers = timed("dealt", count, () -> workers(context, model, shards))) {
                train(model, workers, count, Integer.parseInt(args[3]), args[5]);
            }
            new MultiTaskEvaluator()
                    .measure(MultiTaskTransformer.of(model).transform(AdultTable.read(spark, args[0], "adult.test")))
                    .forEach((task, auc) ->
                            System.out.printf(Locale.ROOT, "AUC of the test rows, %s: %.4f%n", task, auc.value()));
            printMemory();
        }
    }

    private static SparkSession session() {
        return SparkSession.builder()
                .master("local-cluster[2,1,2048]")
                .appName("million rows")
                .config("spark.executor.memory", "1g")
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .config(
                        "spark.executor.extraJavaOptions",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED"
                                + " -XX:+UseSerialGC -Dorg.bytedeco.javacpp.maxphysicalbytes=3g")
                .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
                .config("spark.executorEnv.OMP_NUM_THREADS", "1")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 4)
                .getOrCreate();
    }

    /** Adult's rows again and again, with a weight and hours that are a little different each time, and any order. */
    private static Dataset<Row> jittered(Dataset<Row> adult, int count) {
        long times = (count + adult.count() - 1) / adult.count();
        return adult.crossJoin(adult.sparkSession().range(times).toDF("copy"))
                .withColumn("fnlwgt", functions.expr("cast(fnlwgt * (1 + 0.1 * randn(1)) as int)"))
                .withColumn("hours_per_week", functions.expr("cast(greatest(1, hours_per_week + 2 * randn(2)) as int)"))
                .drop("copy")
                .limit(count)
                .repartition(8);
    }

    private static SparkWorkers workers(JavaSparkContext context, Dl4jModel model, JavaRDD<TrainingShard> shards) {
        try {
            return SparkWorkers.of(context, model, shards);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void train(Dl4jModel model, SparkWorkers workers, int count, int epochs, String averaging) {
        System.out.println(model.graph().params().length() + " parameters");
        long[] last = {System.nanoTime()};
        FitOptions options = FitOptions.epochs(epochs).withListener(new ProgressListener() {
            @Override
            public void onEpoch(EpochResult result) {
                long now = System.nanoTime();
                print("epoch %d, score %.4f,".formatted(result.epoch() + 1, result.score()), count, now - last[0]);
                last[0] = now;
            }

            @Override
            public void onEvent(TrainingEvent event) {
                System.out.printf("%s %s: %s%n", event.kind(), event.subject(), event.text());
            }
        });
        Averaging chosen = averaging.equals("gradients")
                ? Averaging.gradients()
                : averaging.equals("cost") ? Averaging.byCost() : Averaging.parameters(Integer.parseInt(averaging));
        model.fit(workers, chosen, options);
    }

    private static <T> T timed(String what, int count, Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        print(what, count, System.nanoTime() - start);
        return result;
    }

    private static void print(String what, int count, long nanos) {
        System.out.printf(
                Locale.ROOT,
                "%s %d rows in %.1f s: %.0f rows a second%n",
                what,
                count,
                nanos / 1e9,
                count * 1e9 / nanos);
    }

    private static void printMemory() throws IOException {
        System.out.printf(Locale.ROOT, "driver: at most %d MB%n", peak(ProcessHandle.current()));
        List<ProcessHandle> executors = ProcessHandle.current()
                .descendants()
                .filter(MillionRows::isExecutor)
                .toList();
        if (executors.isEmpty()) {
            System.out.println("executors: the system does not say which processes they are");
        }
        for (ProcessHandle executor : executors) {
            System.out.printf(Locale.ROOT, "executor: at most %d MB%n", peak(executor));
        }
    }

    /** By its command line, of which {@link ProcessHandle.Info} has none where it is a long one. */
    private static boolean isExecutor(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/%d/cmdline".formatted(process.pid())))
                    .contains("ExecutorBackend");
        } catch (IOException e) {
            return false; // it has ended, or this is no Linux
        }
    }

    /** Megabytes; -1 if the system does not say. */
    private static long peak(ProcessHandle process) throws IOException {
        try {
            return Files.readAllLines(Path.of("/proc/%d/status".formatted(process.pid()))).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElse(-1);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }
}
