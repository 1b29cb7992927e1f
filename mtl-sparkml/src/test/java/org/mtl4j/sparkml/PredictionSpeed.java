package org.mtl4j.sparkml;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.bytedeco.javacpp.Pointer;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.SplitHead;
import org.mtl4j.train.TrainingPlan;

/**
 * Measures rows a second of processor time, in turns: predicted here from maps, predicted here from rows of Spark by
 * batches, and predicted by {@link MultiTaskTransformer}, less what Spark takes for the same rows without a model; and
 * the latter by the model and by the serving predictor. Then the memory of partitions of more and more batches. A
 * program, not a test; its argument is the number of rows.
 */
final class PredictionSpeed {
    private PredictionSpeed() {}

    public static void main(String[] args) {
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
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model);
        MultiTaskTransformer served = MultiTaskTransformer.of(model).setServingPredictor(true);
        List<Map<String, Object>> maps = new ArrayList<>();
        for (Row row : some) {
            Map<String, Object> map = new HashMap<>();
            for (int i = 0; i < row.size(); i++) {
                map.put(People.TYPES.fieldNames()[i], row.get(i));
            }
            maps.add(map);
        }
        for (int round = 0; round < 4; round++) {
            double here = perSecond(count, () -> {
                for (int i = 0; i < count; i += maps.size()) {
                    model.predictRows(maps);
                }
            });
            double reading = seconds(() -> frame.mapPartitions(
                            (MapPartitionsFunction<Row, Row>) some2 -> some2, Encoders.row(frame.schema()))
                    .toJavaRDD()
                    .count());
            double there =
                    seconds(() -> transformer.transform(frame).toJavaRDD().count());
            double byPredictor =
                    seconds(() -> served.transform(frame).toJavaRDD().count());
            System.out.printf(
                    Locale.ROOT,
                    "predictRows %.0f rows a CPU second, transform %.0f, %.0f with reading taken off: %.2f times;"
                            + " by the serving predictor %.2f times the rows of the model, %.2f with reading taken"
                            + " off%n",
                    here,
                    count / there,
                    count / (there - reading),
                    count / (there - reading) / here,
                    there / byPredictor,
                    (there - reading) / (byPredictor - reading));
        }
        for (int batch : new int[] {count / 2, count / 20, count / 200, Math.max(1, count / 2000)}) {
            for (MultiTaskTransformer asked : List.of(transformer, served)) {
                asked.setPredictionBatchSize(batch).transform(frame).toJavaRDD().count();
                System.out.printf(
                        Locale.ROOT,
                        "batches of %d%s: heap and native memory %d MB%n",
                        batch,
                        asked == served ? " by the serving predictor" : "",
                        Pointer.physicalBytes() / 1_000_000);
            }
        }
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
