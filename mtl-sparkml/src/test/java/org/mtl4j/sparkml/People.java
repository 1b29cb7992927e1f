package org.mtl4j.sparkml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableSchema;

/** A small table with columns of all kinds, from a seed, and Spark with two threads in this process. */
final class People {
    static final StructType TYPES =
            StructType.fromDDL("age INT, hours DOUBLE, gain BIGINT, work STRING, `town.code` INT,"
                    + " weight DOUBLE, income STRING, price DECIMAL(8,2), hat INT, scarf INT, held BOOLEAN");

    static final TableSchema SCHEMA = TableSchema.builder()
            .add(new Column.Number("age", Scaling.STANDARD, true))
            .number("hours", Scaling.MIN_MAX)
            .number("gain", Scaling.LOG_STANDARD)
            .categories("work", "town.code")
            .weight("weight")
            .label(Label.classes("income", "income"))
            .label(Label.numbers("price", "price"))
            .label(Label.flags("wears", "hat", "scarf"))
            .missing("?")
            .build();

    private static final String[] WORK = {"shop", "farm", "office", " port "};

    private People() {}

    static SparkSession spark() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("mtl-sparkml")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.warehouse.dir", "target/warehouse")
                .getOrCreate();
    }

    /** Rows of which some cells are null, and labels that follow from the features. */
    static List<Row> rows(int count, long seed) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int age = 20 + random.nextInt(50);
            double hours = 10 * random.nextInt(6) + 0.5;
            long gain = random.nextInt(3) == 0 ? random.nextInt(10_000) : 0;
            int work = random.nextInt(WORK.length);
            int town = random.nextInt(5);
            boolean rich = age + 10 * work + random.nextGaussian() * 8 > 60;
            rows.add(RowFactory.create(
                    random.nextInt(12) == 0 ? null : age,
                    hours,
                    gain,
                    random.nextInt(9) == 0 ? "?" : WORK[work],
                    town,
                    0.5 + random.nextInt(3),
                    random.nextInt(7) == 0 ? null : rich ? ">50K" : "<=50K",
                    new java.math.BigDecimal(age * 3 + town).setScale(2),
                    work == 1 ? 1 : 0,
                    random.nextInt(5) == 0 ? null : town > 2 ? 1 : 0,
                    i % 4 == 3));
        }
        return rows;
    }

    static Dataset<Row> frame(List<Row> rows) {
        return spark().createDataFrame(rows, TYPES);
    }

    static Dataset<Row> frame(int count, long seed) {
        return frame(rows(count, seed));
    }

    /** The same rows in another order and in other partitions. */
    static Dataset<Row> shuffled(List<Row> rows, long seed, int partitions) {
        List<Row> all = new ArrayList<>(rows);
        Collections.shuffle(all, new Random(seed));
        return frame(all).repartition(partitions);
    }

    /** The same rows as a file of comma-separated values. */
    static Path csv(List<Row> rows, Path folder) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(String.join(",", TYPES.fieldNames()));
        for (Row row : rows) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                @Nullable Object value = row.get(i);
                cells.add(value == null ? "" : value.toString());
            }
            lines.add(String.join(",", cells));
        }
        return Files.write(folder.resolve("people.csv"), lines);
    }
}
