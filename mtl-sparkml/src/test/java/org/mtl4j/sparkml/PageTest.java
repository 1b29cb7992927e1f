package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;

/** The Java of docs/spark-tables.md compiles, and its program runs on executors that are processes of their own. */
@Tag("slow")
class PageTest {
    private static final Path PAGE = Path.of("../docs/spark-tables.md");

    private static final StructType ADULT = StructType.fromDDL("age INT, workclass STRING, education STRING,"
            + " education_num INT, marital_status STRING, occupation STRING, relationship STRING, capital_gain INT,"
            + " hours_per_week INT, income STRING");

    @TempDir
    Path folder;

    private static List<String> blocks() throws IOException {
        return Pattern.compile("^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    private void compile(String name, String source) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".java"), source);
        StringWriter errors = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            errors,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    folder.toString(),
                                    "-proc:none",
                                    "-nowarn",
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(errors.toString()).isTrue();
        }
    }

    @Test
    void what_the_page_shows_compiles_and_its_program_runs_on_a_cluster() throws Exception {
        List<String> blocks = blocks();
        assertThat(blocks).hasSize(2);
        assertThat(blocks.get(0).lines()).hasSizeLessThanOrEqualTo(30);
        compile("Incomes", blocks.get(0));
        compile(
                "Part",
                "import org.apache.spark.ml.tuning.*; import org.apache.spark.sql.*; import org.mtl4j.data.*;"
                        + " import org.mtl4j.sparkml.*; class Part { "
                        + "void run(TableSchema schema, Dataset<Row> people) {\n"
                        + blocks.get(1) + "}}");

        String table = folder.resolve("adult").toUri().toString();
        String predicted = folder.resolve("predicted").toUri().toString();
        People.spark().createDataFrame(rows(400), ADULT).write().parquet(table);
        People.spark().stop(); // the program makes its own session
        Map<String, String> settings = cluster();
        settings.forEach(System::setProperty);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            loader.loadClass("Incomes").getMethod("main", String[].class).invoke(null, (Object) new String[] {
                table, predicted, folder.resolve("saved").toUri().toString()
            });
        } finally {
            settings.keySet().forEach(System::clearProperty);
        }

        Dl4jModel model = Dl4jModel.load(folder.resolve("saved").resolve("model.zip"));
        assertThat(model.history().epochs()).hasSize(10);
        assertThat(model.history().last().trainingLoss().get("income"))
                .isLessThan(
                        0.95 * model.history().epochs().get(0).trainingLoss().get("income"));
        SparkSession spark = People.spark();
        assertThat(spark.read().parquet(predicted).columns())
                .endsWith(
                        "income", "income_prediction", "income_probability", "single_prediction", "single_probability");
        // in processes of their own predictions are those of this one
        List<Row> there = spark.read().parquet(predicted).collectAsList();
        List<Row> here = MultiTaskTransformer.of(model)
                .transform(spark.read().parquet(predicted).select(ADULT.fieldNames()[0], rest()))
                .collectAsList();
        assertThat(there).hasSizeBetween(40, 120);
        assertThat(here).isEqualTo(there);
    }

    private static String[] rest() {
        List<String> names = new ArrayList<>(List.of(ADULT.fieldNames()));
        return names.subList(1, names.size()).toArray(String[]::new);
    }

    private static Map<String, String> cluster() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.master", "local-cluster[2,1,1024]");
        settings.put("spark.app.name", "incomes");
        settings.put("spark.executor.memory", "512m");
        settings.put("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        settings.put(
                "spark.executor.extraJavaOptions",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED -XX:+UseSerialGC"
                        + " -Dorg.bytedeco.javacpp.maxphysicalbytes=2g");
        settings.put("spark.executorEnv.SPARK_SCALA_VERSION", "2.12");
        settings.put("spark.executorEnv.OMP_NUM_THREADS", "1");
        settings.put("spark.serializer", "org.apache.spark.serializer.KryoSerializer"); // Java is in the other tests
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.sql.shuffle.partitions", "2");
        settings.put("spark.sql.warehouse.dir", "target/warehouse");
        return settings;
    }

    private static List<Row> rows(int count) {
        Random random = new Random(5);
        List<Row> rows = new ArrayList<>();
        String[] works = {"Private", "State-gov", "Self-emp"};
        for (int i = 0; i < count; i++) {
            int age = 17 + random.nextInt(60);
            int years = 4 + random.nextInt(12);
            boolean married = age > 25 + random.nextInt(20);
            rows.add(RowFactory.create(
                    age,
                    random.nextInt(15) == 0 ? null : works[random.nextInt(3)],
                    "level " + years,
                    years,
                    married ? "Married-civ-spouse" : "Never-married",
                    "job " + random.nextInt(6),
                    married ? "Husband" : "Own-child",
                    random.nextInt(10) == 0 ? random.nextInt(20_000) : 0,
                    20 + random.nextInt(40),
                    years + (married ? 4 : 0) + random.nextGaussian() > 13 ? ">50K" : "<=50K"));
        }
        return rows;
    }
}
