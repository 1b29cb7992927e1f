package org.mtl4j.sparkml;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.SplitHead;
import org.mtl4j.train.TrainingPlan;

/**
 * Measures rows a second of processor time, in turns: predicted here from maps, and predicted by
 * {@link MultiTaskTransformer}, less what Spark takes for the same rows without a model; the latter as it comes, by the
 * serving predictor, and by the model. And the medians of the ratios. Then the memory of one partition of 1 to 1,000
 * batches of 256 rows, which are made as they are asked for: the most that the system has given the process (resident,
 * of Linux) and the most that old objects took.
 *
 * <p>A program, not a test; its argument is the number of rows. With {@code -Xms} and {@code -Xmx} the same and
 * {@code -XX:+AlwaysPreTouch} what grows is native memory alone.
 */
final class PredictionSpeed {
    private static final int ROUNDS = 14;
    /** The just-in-time compiler makes both faster for as long, and not alike. */
    private static final int WARM_UP = 7;

    private static final int BATCH = 256;

    private PredictionSpeed() {}

    public static void main(String[] args) throws IOException {
        int count = args.length == 0 ? 100_000 : Integer.parseInt(args[0]);
        List<Row> some = People.rows(1000, 1);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(some.get(i % some.size()));
        }
        Dataset<Row> frame = People.frame(rows).repartition(2).cache();
        frame.count();
        TableEncoding encoding = SparkTable.of(frame.limit(1000), People.SCHEMA).fitEncoding();
        Dl4jModel model = Dl4jModel.create(
                encoding.network(8)
                        .tower("all", SplitHead.of(encoding.task("income"), encoding.task("wears")))
                        .dense("fc1", 128)
                        .dense("fc2", 128)
                        .build(),
                TrainingPlan.adam(1e-3));
        model.setEncoding(encoding);
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model); // by the serving predictor
        MultiTaskTransformer byModel = MultiTaskTransformer.of(model).setServingPredictor(false);
        List<Map<String, Object>> maps = new ArrayList<>();
        for (Row row : some) {
            Map<String, Object> map = new HashMap<>();
            for (int i = 0; i < row.size(); i++) {
                map.put(People.TYPES.fieldNames()[i], row.get(i));
            }
            maps.add(map);
        }
        List<Double> ratios = new ArrayList<>();
        List<Double> ofModel = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double here = perSecond(count, () -> {
                for (int i = 0; i < count; i += maps.size()) {
                    model.predictRows(maps);
                }
            });
            double reading = seconds(() -> write(frame.mapPartitions(
                    (MapPartitionsFunction<Row, Row>) some2 -> some2, Encoders.row(frame.schema()))));
            double there = seconds(() -> write(transformer.transform(frame)));
            double thereByModel = seconds(() -> write(byModel.transform(frame)));
            if (round >= WARM_UP) {
                ratios.add(count / (there - reading) / here);
                ofModel.add(count / (thereByModel - reading) / here);
            }
            System.out.printf(
                    Locale.ROOT,
                    "predictRows %.0f rows a CPU second, transform %.0f, %.0f with reading taken off: %.2f times;"
                            + " by the model itself %.0f: %.2f times%n",
                    here,
                    count / there,
                    count / (there - reading),
                    count / (there - reading) / here,
                    count / (thereByModel - reading),
                    count / (thereByModel - reading) / here);
        }
        System.out.printf(
                Locale.ROOT,
                "medians of the last %d: transform %.2f (%.2f to %.2f) times predictRows, by the model itself %.2f%n",
                ratios.size(),
                median(ratios),
                Collections.min(ratios),
                Collections.max(ratios),
                median(ofModel));
        for (MultiTaskTransformer asked : List.of(transformer, byModel)) {
            System.out.println(asked == byModel ? "by the model:" : "by the serving predictor:");
            asked.setPredictionBatchSize(BATCH);
            for (int batches : new int[] {1, 10, 100, 1000}) {
                memoryOf(asked, batches);
            }
        }
    }

    /** One partition, whose rows are nowhere before they are read. */
    private static void memoryOf(MultiTaskTransformer transformer, int batches) throws IOException {
        Dataset<Row> rows = People.spark()
                .range(0, (long) batches * BATCH, 1, 1)
                .selectExpr(
                        "cast(20 + id % 50 as int) age",
                        "10.0D * (id % 6) + 0.5D hours",
                        "id % 10000 gain",
                        "element_at(array('shop', 'farm', 'office'), cast(1 + id % 3 as int)) work",
                        "cast(id % 5 as int) `town.code`");
        System.gc();
        Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak is that from now on
        List<MemoryPoolMXBean> old = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool ->
                        pool.getName().contains("Tenured") || pool.getName().contains("Old"))
                .toList();
        old.forEach(MemoryPoolMXBean::resetPeakUsage);
        long before = peakResident();
        long count = transformer.transform(rows).toJavaRDD().count();
        System.out.printf(
                Locale.ROOT,
                "%d batches, %d rows: at most %d MB resident, %d more than before; at most %d MB of old objects%n",
                batches,
                count,
                peakResident(),
                peakResident() - before,
                old.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() >> 20);
    }

    private static double median(List<Double> numbers) {
        return numbers.stream().sorted().toList().get(numbers.size() / 2);
    }

    /** Megabytes. */
    private static long peakResident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    /** Makes all rows as they would be written, and writes them nowhere. */
    private static void write(Dataset<Row> rows) {
        rows.write().format("noop").mode("overwrite").save();
    }

    private static double perSecond(int count, Runnable work) {
        return count / seconds(work);
    }

    private static double seconds(Runnable work) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        work.run();
        return (system.getProcessCpuTime() - before) / 1e9;
    }
}
