package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.assertj.core.data.Offset;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;

/** A model that was trained here adds to rows there what it says of them here. */
class MultiTaskTransformerTest {
    private static final int ROWS = 65;

    /** Single precision; BLAS sums batches of another size in another order. */
    private static final Offset<Double> ROUNDING = within(1e-6);

    @TempDir
    static Path folder;

    private static List<Row> rows;
    private static Table table;
    private static Dl4jModel model;

    @BeforeAll
    static void train() throws IOException {
        rows = People.rows(ROWS, 11);
        table = TableReader.csv().read(People.csv(rows, folder), People.SCHEMA);
        var encoding = table.fitEncoding();
        MultiTaskNetwork network = encoding.network(3)
                .tower("a", SplitHead.of(encoding.task("income"), encoding.task("wears")))
                .tower("b", SplitHead.of(encoding.task("price")))
                .dense("fc", 6)
                .build();
        model = Dl4jModel.create(network, TrainingPlan.adam(0.01).withSeed(2));
        model.fit(table.batches(encoding).withBatchSize(16).withShuffling(3), FitOptions.epochs(4));
    }

    private static List<RowPrediction> here() {
        List<Map<String, Object>> maps = new ArrayList<>();
        for (Row row : rows) {
            Map<String, Object> map = new HashMap<>();
            for (String name : People.TYPES.fieldNames()) {
                map.put(name, row.get(People.TYPES.fieldIndex(name)));
            }
            maps.add(map);
        }
        return model.predictRows(maps);
    }

    private static Dataset<Row> partitioned(int partitions) {
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(People.spark().sparkContext());
        JavaRDD<Row> parts = context.parallelize(rows, partitions);
        return People.spark().createDataFrame(parts, People.TYPES);
    }

    @Test
    void adds_what_the_model_says_here_in_the_order_of_the_rows() {
        // 65 rows in batches of 32: the last has one
        Dataset<Row> predicted =
                MultiTaskTransformer.of(model).setPredictionBatchSize(32).transform(partitioned(1));
        assertThat(predicted.schema().simpleString())
                .endsWith("held:boolean,income_prediction:string,income_probability:vector,"
                        + "wears_prediction:array<string>,wears_probability:vector,price_prediction:double>");
        List<Row> there = predicted.collectAsList();
        List<RowPrediction> here = here();
        assertThat(there).hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
            Row row = there.get(i);
            for (int c = 0; c < rows.get(i).size(); c++) {
                assertThat(row.get(c)).isEqualTo(rows.get(i).get(c));
            }
            RowPrediction expected = here.get(i);
            assertThat(row.<String>getAs("income_prediction")).isEqualTo(expected.classOf("income"));
            Vector income = row.getAs("income_probability");
            assertThat(income.apply(1)).isCloseTo(expected.probability("income", ">50K"), ROUNDING);
            Vector wears = row.getAs("wears_probability");
            assertThat(wears.apply(1)).isCloseTo(expected.probability("wears", "scarf"), ROUNDING);
            assertThat(row.getList(row.fieldIndex("wears_prediction")).contains("scarf"))
                    .isEqualTo(wears.apply(1) >= 0.5);
            assertThat(row.<Double>getAs("price_prediction"))
                    .isCloseTo(expected.number("price"), org.assertj.core.data.Percentage.withPercentage(1e-4));
        }
    }

    @Test
    void the_serving_predictor_says_the_same() {
        MultiTaskTransformer asksModel =
                MultiTaskTransformer.of(model).setPredictionBatchSize(32).setServingPredictor(false);
        List<Row> expected = asksModel.transform(partitioned(2)).collectAsList();
        List<Row> served = asksModel
                .copy(org.apache.spark.ml.param.ParamMap.empty())
                .setServingPredictor(true)
                .transform(partitioned(2))
                .collectAsList();
        assertThat(served).hasSize(ROWS);
        double largest = expected.stream()
                .mapToDouble(row -> Math.abs(row.<Double>getAs("price_prediction")))
                .max()
                .orElseThrow();
        for (int i = 0; i < ROWS; i++) {
            Row here = expected.get(i);
            Row there = served.get(i);
            assertThat(there.<String>getAs("income_prediction")).isEqualTo(here.getAs("income_prediction"));
            for (String column : List.of("income_probability", "wears_probability")) {
                assertThat(there.<Vector>getAs(column).toArray())
                        .containsExactly(here.<Vector>getAs(column).toArray(), within(1e-5));
            }
            assertThat(there.<Double>getAs("price_prediction"))
                    .isCloseTo(here.<Double>getAs("price_prediction"), within(1e-5 * largest));
        }
    }

    @Test
    void a_model_that_the_serving_predictor_does_not_know_is_refused_before_a_job() {
        var encoding = model.encoding().orElseThrow();
        Dl4jModel own = Dl4jModel.create(
                encoding.network(3)
                        .tower("a", SplitHead.of(encoding.task("income")))
                        .layer(
                                "vae",
                                Dl4jLayer.of(new VariationalAutoencoder.Builder()
                                        .encoderLayerSizes(4)
                                        .decoderLayerSizes(4)
                                        .nOut(3)
                                        .build()))
                        .build(),
                TrainingPlan.adam(0.01));
        own.setEncoding(encoding);
        MultiTaskTransformer transformer = MultiTaskTransformer.of(own);
        assertThat(transformer.transform(partitioned(1)).count()).isEqualTo(ROWS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.setServingPredictor(true).transform(partitioned(1)))
                .withMessageContaining("VariationalAutoencoder")
                .withMessageContaining("vae");
    }

    @Test
    void the_predictor_is_asked_where_it_gives_nothing_up() throws IOException {
        SentModel single = SentModel.of(model);
        assertThat(single.predictor(Answering.MODEL)).isNull();
        assertThat(single.predictor(Answering.PREDICTOR_IF_KNOWN))
                .isNotNull()
                .isSameAs(single.predictor(Answering.PREDICTOR));

        var encoding = model.encoding().orElseThrow();
        Dl4jModel twice = Dl4jModel.create(
                encoding.network(3)
                        .tower("a", SplitHead.of(encoding.task("income")))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(0.01).withDataType(DataType.DOUBLE));
        twice.setEncoding(encoding);
        SentModel asPrecise = SentModel.of(twice);
        assertThat(asPrecise.predictor(Answering.PREDICTOR_IF_KNOWN)).isNull();
        assertThat(asPrecise.predictor(Answering.PREDICTOR)).isNotNull();
    }

    @Test
    void a_predictor_answers_if_nothing_is_said() {
        List<Row> unsaid =
                MultiTaskTransformer.of(model).transform(partitioned(2)).collectAsList();
        List<Row> served = MultiTaskTransformer.of(model)
                .setServingPredictor(true)
                .transform(partitioned(2))
                .collectAsList();
        assertThat(unsaid).isEqualTo(served);
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model);
        assertThat(transformer.isDefined(transformer.servingPredictor())).isFalse();
    }

    @Test
    void takes_empty_partitions_and_none_at_all() {
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model);
        assertThat(transformer
                        .transform(partitioned(80))
                        .select("income_prediction")
                        .collectAsList())
                .isEqualTo(transformer
                        .transform(partitioned(2))
                        .select("income_prediction")
                        .collectAsList());
        assertThat(transformer.transform(partitioned(3).where("age > 1000")).collectAsList())
                .isEmpty();
    }

    @Test
    void transforms_streams() throws StreamingQueryException, TimeoutException {
        SparkSession spark = People.spark();
        String source = folder.resolve("stream").toUri().toString();
        partitioned(3).write().parquet(source);
        Dataset<Row> stream = MultiTaskTransformer.of(model)
                .transform(spark.readStream().schema(People.TYPES).parquet(source));
        stream.select("income_prediction")
                .writeStream()
                .format("memory")
                .queryName("predicted")
                .trigger(Trigger.AvailableNow())
                .option("checkpointLocation", folder.resolve("state").toUri().toString())
                .start()
                .awaitTermination();
        assertThat(spark.table("predicted").count()).isEqualTo(ROWS);
    }

    @Test
    void scores_as_the_model_does_here() throws IOException {
        MultiTaskTransformer transformer =
                MultiTaskTransformer.of(model).setPredictionBatchSize(32).setServingPredictor(false);
        Map<String, TaskScore> here =
                model.evaluate(table.batches(model.encoding().orElseThrow()).withBatchSize(32));
        assertThat(transformer.evaluate(partitioned(1))).isEqualTo(here);

        Dataset<Row> predicted = transformer.transform(partitioned(1));
        Dataset<Row> divided = predicted.repartition(5);
        for (StandardMetric metric : StandardMetric.values()) {
            for (Task task : model.network().tasks()) {
                if (metric.appliesTo(task)) {
                    MultiTaskEvaluator evaluator =
                            new MultiTaskEvaluator().setMetric(metric.name()).setTask(task.name());
                    assertThat(evaluator.measure(divided).get(task.name()).value())
                            .as("%s of %s", metric, task.name())
                            .isEqualTo(metric.of(here.get(task.name())));
                }
            }
        }
        assertThat(new MultiTaskEvaluator().isLargerBetter()).isTrue();
        assertThat(new MultiTaskEvaluator().setMetric("LOG_LOSS").isLargerBetter())
                .isFalse();
        double mean =
                (metric(StandardMetric.ROC_AUC, here, "income") + metric(StandardMetric.ROC_AUC, here, "wears")) / 2;
        assertThat(new MultiTaskEvaluator().evaluate(divided)).isEqualTo(mean);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiTaskEvaluator().setTask("price").evaluate(divided))
                .withMessageContaining("ROC_AUC")
                .withMessageContaining("price");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiTaskEvaluator().evaluate(partitioned(1)))
                .withMessageContaining("of the tasks []; expected at least one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiTaskEvaluator().setTask("income").evaluate(predicted.drop("income")))
                .withMessageContaining("the DataFrame has no column 'income'");
    }

    private static double metric(StandardMetric metric, Map<String, TaskScore> scores, String task) {
        return metric.of(scores.get(task));
    }

    @Test
    void what_cannot_be_scored_is_said_by_column() {
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model);
        Dataset<Row> unknown = replaced(partitioned(3), "income", "if(age > 40, 'much', income)");
        String message = "column 'income', task 'income': 'much' is none of the classes [<=50K, >50K]";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.evaluate(unknown))
                .withMessageContaining(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiTaskEvaluator().setTask("income").evaluate(transformer.transform(unknown)))
                .withMessageContaining(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.evaluate(partitioned(3).where("age > 1000")))
                .withMessage("the DataFrame has no rows; at least one is needed");
        Dataset<Row> without = replaced(
                transformer.transform(partitioned(3)), "price_prediction", "if(age > 40, null, price_prediction)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiTaskEvaluator()
                        .setMetric("R2")
                        .setTask("price")
                        .evaluate(without))
                .withMessage(
                        "column 'price_prediction': expected what MultiTaskTransformer adds to each row, got null");
    }

    /** With another column in the place of one, whose metadata stays. */
    private static Dataset<Row> replaced(Dataset<Row> rows, String column, String expression) {
        return rows.withColumn(
                column,
                functions
                        .expr(expression)
                        .as(column, rows.schema().apply(column).metadata()));
    }

    @Test
    void tasks_of_an_executor_ask_one_model() throws IOException {
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(People.spark().sparkContext());
        Broadcast<SentModel> sent = context.broadcast(SentModel.of(model));
        List<Integer> asked = context.parallelize(List.of(1, 2, 3, 4, 5, 6, 7, 8), 8)
                .map(part -> System.identityHashCode(sent.value().get())
                        ^ System.identityHashCode(sent.value().predictor(Answering.PREDICTOR_IF_KNOWN)))
                .collect();
        assertThat(asked).hasSize(8).containsOnly(asked.get(0));
    }

    @Test
    void no_more_than_a_batch_is_read_ahead() {
        int[] read = {0};
        List<Integer> batches = new ArrayList<>();
        Iterator<Row> endless = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Row next() {
                return rows.get(read[0]++ % ROWS);
            }
        };
        Iterator<Row> predicted = new RowBatches(endless, 7) {
            @Override
            List<Row> made(List<Row> batch) {
                batches.add(batch.size());
                return batch;
            }
        };
        assertThat(read[0]).isZero();
        for (int i = 0; i < 7000; i++) {
            assertThat(predicted.next()).isSameAs(rows.get(i % ROWS));
            assertThat(read[0]).isEqualTo((i / 7 + 1) * 7);
        }
        assertThat(batches).hasSize(1000).containsOnly(7);
    }

    @Test
    void what_is_saved_is_the_library_s_own_file() throws IOException {
        Path saved = folder.resolve("saved");
        MultiTaskTransformer written =
                MultiTaskTransformer.of(model).setHandleInvalid("error").setPredictionBatchSize(7);
        written.save(saved.toUri().toString());
        Dl4jModel own = Dl4jModel.load(saved.resolve("model.zip"));
        assertThat(own.graph().params()).isEqualTo(model.graph().params());
        assertThat(own.encoding()).isEqualTo(model.encoding());
        MultiTaskTransformer read = MultiTaskTransformer.load(saved.toUri().toString());
        assertThat(read.uid()).isEqualTo(written.uid());
        assertThat(read.explainParams()).isEqualTo(written.explainParams());
        assertThat(read.setHandleInvalid("keep").transform(partitioned(2)).collectAsList())
                .isEqualTo(written.setHandleInvalid("keep")
                        .transform(partitioned(2))
                        .collectAsList());
        assertThatThrownBy(() -> written.save(saved.toUri().toString())).hasMessageContaining("already exists");
        written.write().overwrite().save(saved.toUri().toString());
    }

    @Test
    void says_before_a_job_what_does_not_fit() {
        MultiTaskTransformer transformer = MultiTaskTransformer.of(model);
        Dataset<Row> features = partitioned(1).drop("income", "price", "hat", "scarf", "weight");
        assertThat(transformer.transform(features).columns()).contains("income_prediction"); // labels are not needed
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.transform(partitioned(1).drop("hours", "work")))
                .withMessageStartingWith("the DataFrame has no column 'hours', 'work'; it has [age, gain, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.transform(partitioned(1).withColumnRenamed("held", "PRICE_prediction")))
                .withMessageContaining("has a column 'price_prediction' already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.transformSchema(features.selectExpr("*", "string(age) AS a")
                        .drop("age")
                        .withColumnRenamed("a", "age")
                        .schema()))
                .withMessageContaining("column 'age': expected numbers")
                .withMessageContaining("got string");
        assertThatThrownBy(() -> transformer
                        .copy(org.apache.spark.ml.param.ParamMap.empty())
                        .setHandleInvalid("error")
                        .transform(features)
                        .collectAsList())
                .hasStackTraceContaining("a value is missing (null, NaN, blank or one of [?])");
        Dl4jModel without = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(2))
                        .tower("t", SplitHead.of(Task.regression("y", 1)))
                        .build(),
                TrainingPlan.adam(0.1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskTransformer.of(without))
                .withMessageStartingWith("the model has no encoding of a table");
    }
}
