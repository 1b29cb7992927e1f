package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/** Tables as clusters have them, which nobody has thought of when the model was made. */
@Tag("slow")
class UnusualTablesTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("x")
            .categories("c")
            .label(Label.classes("y", "y"))
            .build();

    @TempDir
    static Path folder;

    private static Dataset<Row> rows;
    private static MultiTaskTransformer trained;

    @BeforeAll
    static void train() {
        rows = People.spark()
                .range(0, 24, 1, 2)
                .selectExpr("id", "double(id) x", "if(id % 2 = 0, 'a', 'b') y", "string(id % 3) c")
                .cache();
        trained = estimator().fit(rows);
    }

    private static MultiTaskEstimator estimator() {
        return new MultiTaskEstimator()
                .setSchema(SCHEMA)
                .setSharedLayers(4)
                .setTaskLayers()
                .setEpochs(1)
                .setBatchSize(12)
                .setShards(2);
    }

    private static List<Object> probabilities(Dataset<Row> of) {
        return trained.transform(of).select("y_probability").collectAsList().stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static void refuses(ThrowingCallable call, String... parts) {
        assertThatIllegalArgumentException().isThrownBy(call).satisfies(e -> assertThat(e.getMessage())
                .contains(parts));
    }

    @Test
    void columns_that_are_not_used_may_be_called_like_others() {
        Dataset<Row> twice =
                rows.selectExpr("*", "id AS `a.b`", "id AS `a.b`", "-x AS X", "'z' AS Y", "id % 4 = 0 AS h");
        Dataset<Row> predicted = trained.transform(twice);
        assertThat(predicted.columns())
                .containsExactly("id", "x", "y", "c", "a.b", "a.b", "X", "Y", "h", "y_prediction", "y_probability");
        assertThat(predicted.schema()).isEqualTo(trained.transformSchema(twice.schema()));
        assertThat(probabilities(twice)).isEqualTo(probabilities(rows));
        assertThat(trained.evaluate(twice)).isEqualTo(trained.evaluate(rows));
        assertThat(new MultiTaskEvaluator().evaluate(predicted))
                .isEqualTo(new MultiTaskEvaluator().evaluate(trained.transform(rows)));
        assertThat(estimator().fit(twice).model().graph().params())
                .isEqualTo(trained.model().graph().params());
        Dataset<Row> marked = twice.selectExpr("*", "true AS H");
        assertThat(estimator()
                        .setValidationIndicatorCol("h")
                        .fit(marked)
                        .model()
                        .history()
                        .last()
                        .iterations())
                .isEqualTo(2); // of 24 rows 18, 12 in a step
        refuses(
                () -> estimator().setValidationIndicatorCol("h").fit(twice.selectExpr("*", "true AS h")),
                "the DataFrame has more than one column 'h'");
        refuses(
                () -> new MultiTaskEvaluator()
                        .evaluate(predicted.crossJoin(
                                trained.transform(rows.limit(1)).select("y_probability"))),
                "the DataFrame has more than one column 'y_probability'");
        TableSchema tasks = TableSchema.builder()
                .numbers("x")
                .label(Label.classes("t", "y"))
                .label(Label.classes("T", "c"))
                .build();
        refuses(
                () -> estimator().setSchema(tasks).transformSchema(rows.schema()),
                "two columns would be called 'T_prediction' but for case");
    }

    @Test
    void columns_of_all_types_stay_as_they_are() {
        Dataset<Row> all = rows.selectExpr(
                "*",
                "interval 1 day AS days",
                "interval 1 year AS years",
                "make_interval(1) AS calendar",
                "named_struct('b', array(map('k', 1.5d))) AS nested",
                "null AS nothing",
                "timestamp_ntz'1500-01-01 00:00:00' AS local",
                "decimal(1.5) AS dec");
        Dataset<Row> predicted = trained.transform(all);
        assertThat(Arrays.stream(predicted.schema().fields())
                        .map(StructField::dataType)
                        .toList())
                .isEqualTo(Arrays.stream(trained.transformSchema(all.schema()).fields())
                        .map(StructField::dataType)
                        .toList());
        assertThat(predicted.drop("y_prediction", "y_probability").collectAsList())
                .isEqualTo(all.collectAsList());
    }

    @Test
    void instants_are_the_same_category_in_every_time_zone() {
        SparkSession spark = People.spark();
        TableSchema schema = TableSchema.builder().categories("at", "local").build();
        String expressions = "timestamp_micros(1577836800000000 + id * 500000) AS at;"
                + "timestamp_ntz'2020-01-01 00:00:00' + make_dt_interval(int(id)) AS local";
        TimeZone zone = TimeZone.getDefault();
        List<TableEncoding> encodings = new ArrayList<>();
        try {
            for (String of : List.of("UTC", "Asia/Tokyo", "America/New_York")) {
                TimeZone.setDefault(TimeZone.getTimeZone(of));
                spark.conf().set("spark.sql.session.timeZone", of);
                spark.conf().set("spark.sql.datetime.java8API.enabled", of.equals("America/New_York"));
                encodings.add(SparkTable.of(spark.range(0, 3, 1, 1).selectExpr(expressions.split(";")), schema)
                        .fitEncoding());
            }
        } finally {
            TimeZone.setDefault(zone);
            spark.conf().unset("spark.sql.session.timeZone");
            spark.conf().unset("spark.sql.datetime.java8API.enabled");
        }
        assertThat(encodings).containsOnly(encodings.get(0));
        TableEncoding encoding = encodings.get(0);
        assertThat(encoding.values("at"))
                .containsExactlyInAnyOrder("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.500Z", "2020-01-01T00:00:01Z");
        assertThat(encoding.values("local")).contains("2020-01-01T00:00", "2020-01-03T00:00");
        // as a program that serves the model gives it
        assertThat(encoding.code(0, Instant.parse("2020-01-01T00:00:00.5Z"))).isGreaterThan(TableEncoding.MISSING);
        assertThat(encoding.code(1, LocalDateTime.of(2020, 1, 3, 0, 0))).isGreaterThan(TableEncoding.MISSING);
    }

    /** What functions that give another value each time have in common. */
    private static final AtomicInteger CALLS = new AtomicInteger();

    @Test
    void rows_that_are_others_each_time_are_noticed_before_anything_is_trained() {
        UserDefinedFunction number = functions
                .udf((UDF1<Long, Double>) id -> (double) CALLS.getAndIncrement(), DataTypes.DoubleType)
                .asNondeterministic();
        UserDefinedFunction name = functions
                .udf((UDF1<Long, String>) id -> "n" + CALLS.getAndIncrement(), DataTypes.StringType)
                .asNondeterministic();
        UserDefinedFunction few = functions
                .udf((UDF1<Long, Boolean>) id -> CALLS.getAndIncrement() < 24, DataTypes.BooleanType)
                .asNondeterministic();
        var id = functions.col("id");
        assertThatIllegalStateException()
                .isThrownBy(() -> estimator().fit(rows.withColumn("x", number.apply(id))))
                .withMessageStartingWith("the DataFrame had 24 rows when they were read first, and has 24 now,"
                        + " with other values. It has to have the same rows each time that they are read");
        CALLS.set(0);
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        estimator().setShards(1).fit(rows.where(few.apply(id).or(functions.expr("id < 5")))))
                .withMessageStartingWith("the DataFrame had 24 rows when they were read first, and has 5 now. It has");
        CALLS.set(0);
        refuses(
                () -> estimator().fit(rows.withColumn("y", name.apply(id))),
                "column 'y', task 'y': 'n",
                "is none of the classes [n0, ",
                "its values were others when they were read before");
        CALLS.set(0);
        assertThatIllegalStateException()
                .isThrownBy(() -> estimator()
                        .setValidationIndicatorCol("h")
                        .fit(rows.withColumn("h", few.apply(id).and(functions.expr("id % 4 < 2")))))
                .withMessageStartingWith("the part of the DataFrame where column 'h' is not true had ");
    }

    @Test
    void streams_are_refused_where_rows_have_to_end() {
        Dataset<Row> stream = People.spark()
                .readStream()
                .format("rate")
                .load()
                .selectExpr("value AS id", "double(value) AS x", "'a' AS y", "'1' AS c");
        String message = "the DataFrame is a stream, which has no end";
        refuses(() -> estimator().fit(stream), message);
        refuses(() -> SparkTable.of(stream, SCHEMA), message);
        refuses(() -> trained.evaluate(stream), message);
        refuses(() -> new MultiTaskEvaluator().evaluate(trained.transform(stream)), message);
    }

    @Test
    void parameters_say_what_they_take() {
        refuses(() -> estimator().setEpochs(0), "epochs given invalid value 0", "a whole number of at least 1");
        refuses(() -> estimator().setHandleInvalid("skip"), "'skip'; expected one of [keep, error]");
        refuses(() -> new MultiTaskEvaluator().setMetric("accuracy"), "metric", "'accuracy'", "ROC_AUC");
        refuses(() -> estimator().setStoppingMetric("AUC"), "stoppingMetric", "ROC_AUC", "or nothing");
        refuses(() -> estimator().setTaskWeights(1, Double.NaN), "[1.0, NaN]; expected finite numbers above 0");
        refuses(() -> estimator().setCheckpointDirectory(" "), "checkpointDirectory", "a folder, or the empty text");
        refuses(() -> estimator().setNetwork(encoding -> null).fit(rows), "network gave null");
        refuses(
                () -> estimator()
                        .setValidationIndicatorCol("h")
                        .setPatience(1)
                        .setStoppingMetric("R2")
                        .transformSchema(rows.selectExpr("*", "true AS h").schema()),
                "stoppingMetric R2 applies to none of the tasks [y]");
        MultiTaskEstimator estimator = estimator();
        for (Param<?> param : estimator.params()) {
            if (!param.name().equals("seed") && !param.name().equals("servingPredictor")) { // which Java makes plain
                refuses(() -> put(estimator, param, null), param.name(), "null; expected ");
                refuses(() -> put(estimator, param, List.of()), param.name(), "[]'; expected ");
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static void put(MultiTaskEstimator estimator, Param<?> param, Object value) {
        estimator.copy(new ParamMap().put((Param<Object>) param, value));
    }

    private static Dataset<Row> with(String column, String expression) {
        return rows.selectExpr("*", expression + " AS " + column);
    }

    @Test
    void numbers_that_training_cannot_hold_are_named() {
        TableSchema weighted = TableSchema.builder()
                .numbers("x")
                .weight("k")
                .label(Label.classes("y", "y"))
                .build();
        refuses(() -> estimator().setSchema(weighted).fit(with("k", "0d")), "column 'k'", "weights of all 24 rows");
        refuses(() -> estimator().setSchema(weighted).fit(with("k", "1e-50")), "column 'k'", "weights of all 24 rows");
        refuses(
                () -> estimator().setSchema(weighted).fit(with("k", "1e39")),
                "column 'k': 1.0E39 is too large: single precision ends at 3.4028235E38");
        refuses(
                () -> estimator()
                        .setSchema(weighted)
                        .setValidationIndicatorCol("h")
                        .setPatience(1)
                        .fit(with("k", "if(id < 4, 0d, 1d)").selectExpr("*", "id < 4 AS h")),
                "column 'k'",
                "weights of all 4 rows of the validation");
        refuses(
                () -> estimator()
                        .setValidationIndicatorCol("h")
                        .setPatience(1)
                        .fit(rows.selectExpr("x", "c", "if(id < 4, null, y) AS y", "id < 4 AS h")),
                "column 'y', task 'y': none of the 4 rows of the validation has a label");
        TableSchema scaled = TableSchema.builder()
                .number("k", Scaling.STANDARD)
                .label(Label.classes("y", "y"))
                .build();
        refuses(
                () -> estimator().setSchema(scaled).fit(with("k", "if(id = 3, 1.7e308, -1.7e308)")),
                "column 'k'",
                "1.7E308",
                "STANDARD");
        TableSchema plain = TableSchema.builder()
                .number("k", Scaling.NONE)
                .label(Label.classes("y", "y"))
                .build();
        refuses(
                () -> estimator().setSchema(plain).fit(with("k", "if(id = 3, 1e39, x)")),
                "column 'k': 1.0E39 is too large: single precision ends at " + Float.MAX_VALUE);
        TableSchema label = TableSchema.builder()
                .numbers("x")
                .label(Label.numbers("t", "k"))
                .build();
        refuses(
                () -> estimator().setSchema(label).fit(with("k", "if(id = 3, 1e39, x)")),
                "column 'k': 1.0E39 is too large");
        assertThatThrownBy(() -> probabilities(rows.selectExpr("1e300 AS x", "c")))
                .hasStackTraceContaining("column 'x': 1.0E300 is too large");
    }

    @Test
    void checkpoints_of_another_run_and_folders_that_take_none_are_refused() throws IOException {
        String kept = folder.resolve("kept").toUri().toString();
        estimator().setCheckpointDirectory(kept).fit(rows);
        for (MultiTaskEstimator other : List.of(
                estimator().setBatchSize(6),
                estimator().setShards(3),
                estimator().setAveragingSteps(2),
                estimator().setSeed(5))) {
            refuses(
                    () -> other.setEpochs(2).setCheckpointDirectory(kept).fit(rows),
                    "kept/checkpoint-000001.zip is of another ",
                    "the run in its directory is another");
        }
        String file = Files.writeString(folder.resolve("file"), "x").toString();
        for (String directory : List.of(file, "nowhere://a/b", ":no path")) {
            assertThatThrownBy(
                            () -> estimator().setCheckpointDirectory(directory).fit(rows.where("id > 100")))
                    .hasMessageStartingWith("checkpoints in " + directory + ": ");
        }
    }

    @Test
    void transformers_are_sent_as_objects_and_read_of_their_own_folders_alone() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(trained);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            MultiTaskTransformer read = (MultiTaskTransformer) in.readObject();
            assertThat(read.model().graph().params())
                    .isEqualTo(trained.model().graph().params());
            assertThat(read.transform(rows).collectAsList())
                    .isEqualTo(trained.transform(rows).collectAsList());
        }
        String path = folder.resolve("estimator").toUri().toString();
        estimator().save(path);
        assertThatThrownBy(() -> MultiTaskEvaluator.load(path))
                .hasMessageContaining("Expected class name " + MultiTaskEvaluator.class.getName());
    }
}
