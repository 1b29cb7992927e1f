package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.learning.config.Sgd;

/** The estimator of spark.ml trains as the library does. */
@Tag("slow")
class MultiTaskEstimatorTest {
    @TempDir
    Path folder;

    static MultiTaskEstimator estimator() {
        return new MultiTaskEstimator()
                .setSchema(People.SCHEMA)
                .setEmbeddingDimension(3)
                .setSharedLayers(12)
                .setTaskLayers(4)
                .setEpochs(2)
                .setBatchSize(40)
                .setLearningRate(0.01)
                .setShards(2);
    }

    @Test
    void trains_as_one_process_does_on_the_same_shards() throws IOException {
        Dataset<Row> rows = People.frame(120, 1);
        MultiTaskTransformer trained = estimator()
                .setTaskWeights(1, 0.001, 0.5)
                .setPlan(TrainingPlan.of(new Sgd(0.05)).withSeed(4))
                .fit(rows);

        SparkTable table = SparkTable.of(rows, People.SCHEMA);
        TableEncoding encoding = table.fitEncoding();
        assertThat(trained.model().encoding()).contains(encoding);
        assertThat(trained.model().network().task("wears").weight()).isEqualTo(0.5);
        Dl4jModel alone =
                Dl4jModel.create(trained.model().network(), trained.model().plan());
        alone.setEncoding(encoding);
        alone.fit(
                TrainingShard.joined(table.shards(encoding, 2, 40, 1).collect()),
                FitOptions.epochs(2).withWorkers(1));
        // single precision in sums of some hundred products, six steps
        assertThat(trained.model().graph().params().distance2(alone.graph().params()))
                .isLessThan(1e-4);
        EpochResult last = trained.model().history().last();
        assertThat(last.iterations()).isEqualTo(6); // 120 rows, 40 in a step of both shards, two epochs
        assertThat(last.trainingLoss().get("income"))
                .isCloseTo(alone.history().last().trainingLoss().get("income"), within(1e-5));
    }

    @Test
    void is_the_same_to_the_bit_whatever_the_partitions_the_order_and_the_files() {
        List<Row> rows = People.rows(90, 2);
        Dl4jModel one = estimator().fit(People.frame(rows)).model();
        Dl4jModel other = estimator().fit(People.shuffled(rows, 6, 5)).model();
        assertThat(other.graph().params()).isEqualTo(one.graph().params());
        assertThat(other.history().epochs()).isEqualTo(one.history().epochs());
        String files = folder.resolve("files").toUri().toString();
        People.shuffled(rows, 8, 4).write().parquet(files);
        Dl4jModel ofFiles =
                estimator().fit(People.spark().read().parquet(files)).model();
        assertThat(ofFiles.graph().params()).isEqualTo(one.graph().params());
        Dl4jModel more = estimator().setShards(3).fit(People.frame(rows)).model();
        assertThat(more.graph().params().distance2(one.graph().params())).isBetween(0.0, 1e-3); // to rounding
        assertThat(estimator()
                        .setSeed(9)
                        .fit(People.frame(rows))
                        .model()
                        .graph()
                        .params())
                .isNotEqualTo(one.graph().params());
    }

    @Test
    void stops_by_what_workers_measure_on_rows_that_are_held_back() {
        Dataset<Row> rows = People.frame(120, 3);
        MultiTaskEstimator estimator = estimator()
                .setEpochs(9)
                .setValidationIndicatorCol("held")
                .setPatience(2)
                .setStoppingTask("income")
                .setStoppingMetric("ROC_AUC");
        Dl4jModel model = estimator.fit(rows).model();
        List<EpochResult> epochs = model.history().epochs();
        assertThat(epochs.get(0).iterations()).isEqualTo(3); // of 120 rows 90, 40 in a step
        double best = epochs.stream()
                .mapToDouble(epoch ->
                        epoch.validationMetrics().get("income").get("ROC_AUC").value())
                .max()
                .orElseThrow();
        Dataset<Row> held = rows.where("held");
        MultiTaskEvaluator evaluator = new MultiTaskEvaluator().setTask("income");
        assertThat(evaluator.evaluate(MultiTaskTransformer.of(model).transform(held)))
                .isEqualTo(best);
    }

    @Test
    void parameters_are_averaged_every_few_steps() {
        Dl4jModel model = estimator()
                .setAveragingSteps(2)
                .setTaskWeights(1, 1e-4, 1)
                .setEpochs(6)
                .fit(People.frame(100, 4))
                .model();
        List<EpochResult> epochs = model.history().epochs();
        assertThat(epochs.get(5).score()).isLessThan(0.95 * epochs.get(0).score());
    }

    @Test
    void what_is_averaged_is_chosen_by_what_a_round_costs() {
        Dl4jModel model = estimator()
                .setAveraging("cost")
                .setBatchSize(5) // 20 steps an epoch, of hardly any arithmetic
                .setEpochs(2)
                .fit(People.frame(100, 4))
                .model();
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == TrainingEvent.Kind.AVERAGING_CHOSEN)
                .singleElement()
                .satisfies(event -> {
                    // which of them, is a matter of time
                    assertThat(event.subject()).matches("gradients averaged|parameters averaged every [2-5] steps");
                    assertThat(event.text()).contains("medians of 10 steps; epochs have 20");
                });
        assertThat(model.graph().getIterationCount()).isEqualTo(40);
        MultiTaskEstimator both = estimator().setAveraging("cost").setAveragingSteps(3);
        assertThatThrownBy(() -> both.transformSchema(People.TYPES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(
                        "averaging by cost chooses the steps, and averagingSteps says 3; leave one of them");
        assertThatThrownBy(() -> estimator().setAveraging("never"))
                .hasMessageContaining("averaging given invalid value");
    }

    /** A network of a user's own. */
    public static final class TwoTowers implements TableNetwork {
        @Override
        public MultiTaskNetwork of(TableEncoding encoding) {
            return encoding.network(2)
                    .tower("a", SplitHead.of(encoding.task("income")))
                    .tower("b", SplitHead.of(encoding.task("price")))
                    .dense("fc", 5)
                    .build();
        }
    }

    @Test
    void is_written_and_read_with_all_it_was_told() throws IOException {
        String path = folder.resolve("estimator").toUri().toString();
        MultiTaskEstimator written =
                estimator().setNetwork(new TwoTowers()).setSeed(5).setHandleInvalid("error");
        written.save(path);
        MultiTaskEstimator read = MultiTaskEstimator.load(path);
        assertThat(read.uid()).isEqualTo(written.uid());
        assertThat(shown(read))
                .isEqualTo(shown(written))
                .contains("handleInvalid=error", "seed=5", "sharedLayers=[12]");
        assertThat(read.extractParamMap().size())
                .isEqualTo(written.extractParamMap().size());

        MultiTaskEstimator lambda = estimator().setNetwork(encoding -> new TwoTowers().of(encoding));
        assertThatThrownBy(() -> lambda.save(folder.resolve("lambda").toString()))
                .hasStackTraceContaining("a network is written as the name of a public class");
    }

    private static List<String> shown(MultiTaskEstimator estimator) {
        List<String> shown = new ArrayList<>();
        for (Param<?> param : estimator.params()) {
            Object value = estimator.isDefined(param) ? estimator.getOrDefault(param) : null;
            String text = value instanceof int[] numbers
                    ? Arrays.toString(numbers)
                    : value instanceof double[] numbers
                            ? Arrays.toString(numbers)
                            : value instanceof Object[] texts
                                    ? Arrays.toString(texts)
                                    : value instanceof TableNetwork
                                            ? value.getClass().getName()
                                            : String.valueOf(value);
            shown.add(param.name() + "=" + text);
        }
        return shown;
    }

    @Test
    void is_a_stage_of_a_pipeline() throws IOException {
        Dataset<Row> rows = People.frame(80, 5);
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
            new org.apache.spark.ml.feature.SQLTransformer()
                    .setStatement("SELECT *, age * hours AS worked FROM __THIS__"),
            estimator().setNetwork(new TwoTowers())
        });
        PipelineModel fitted = pipeline.fit(rows);
        Dataset<Row> predicted = fitted.transform(rows);
        assertThat(predicted.columns())
                .endsWith("held", "worked", "income_prediction", "income_probability", "price_prediction");
        String path = folder.resolve("pipeline").toUri().toString();
        fitted.save(path);
        assertThat(PipelineModel.load(path).transform(rows).collectAsList()).isEqualTo(predicted.collectAsList());
    }

    @Test
    void is_chosen_by_cross_validation() {
        Dataset<Row> rows = People.frame(200, 6);
        MultiTaskEstimator estimator = estimator().setEpochs(4);
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(estimator.learningRate(), new double[] {1e-9, 0.03})
                .build();
        CrossValidatorModel chosen = new CrossValidator()
                .setEstimator(estimator)
                .setEvaluator(new MultiTaskEvaluator().setTask("income").setMetric("LOG_LOSS"))
                .setEstimatorParamMaps(grid)
                .setNumFolds(2)
                .setSeed(1)
                .fit(rows);
        assertThat(chosen.avgMetrics()[1]).isLessThan(chosen.avgMetrics()[0]); // the loss of what is trained
        assertThat(((MultiTaskTransformer) chosen.bestModel()).model().history().epochs())
                .hasSize(4);
    }

    @Test
    void says_on_the_driver_what_does_not_fit() {
        Dataset<Row> rows = People.frame(40, 7);
        refuses(new MultiTaskEstimator(), rows, "it is not said what the columns are for; set the schema");
        refuses(
                estimator().setSchema(TableSchema.builder().numbers("age").build()),
                rows,
                "the schema has no labels; TableSchema.Builder.label says");
        refuses(estimator(), rows.drop("price"), "the DataFrame has no column 'price'; it has [age, ");
        refuses(
                estimator(),
                rows.withColumnRenamed("held", "Income_Prediction"),
                "the DataFrame has a column 'income_prediction' already, which is to be added; drop or rename it");
        refuses(estimator().setTaskWeights(1, 2), rows, "a weight for each of the tasks [income, price, wears]");
        refuses(estimator().setPatience(2), rows, "set validationIndicatorCol");
        refuses(estimator().setStoppingTask("x"), rows, "no task 'x'; there are [income, price, wears]");
        refuses(
                estimator().setValidationIndicatorCol("hours"),
                rows,
                "column 'hours': expected boolean, true for rows to be measured on, got double");
        refuses(estimator(), rows.where("age > 1000"), "the DataFrame has no rows; at least one is needed");
        refuses(
                estimator().setValidationIndicatorCol("held"),
                rows.selectExpr("*", "false AS h").drop("held").withColumnRenamed("h", "held"),
                "the part of the DataFrame where column 'held' is true has no rows");
        refuses(estimator().setShards(41), rows, "40 rows are too few for 41 shards");
        refuses(
                estimator().setHandleInvalid("error"),
                rows,
                "column 'age': a value is missing (null, NaN, blank or one of [?]), and handleInvalid is 'error'");
        refuses(
                estimator(),
                rows.where("income = '>50K'"),
                "column 'income', task 'income': a task needs at least two classes, the training rows have [>50K]");
        TableSchema given = TableSchema.builder()
                .numbers("age")
                .label(Label.classes("income", "income", List.of("<=50K", ">50K")))
                .build();
        refuses(
                estimator().setSchema(given),
                rows.where("income = '>50K'"),
                "labels are the same, [>50K]; at least two different ones are needed");
        refuses(
                estimator(),
                rows.selectExpr("*", "decimal(3) AS p").drop("price").withColumnRenamed("p", "price"),
                "column 'price', task 'price': all 40 labels are the same, 3.0");
        refuses(
                estimator(),
                rows.selectExpr("*", "int(null) AS h").drop("scarf").withColumnRenamed("h", "scarf"),
                "column 'scarf', task 'wears': none of the 40 rows has a label");
        assertThatThrownBy(() -> estimator().setEpochs(0))
                .hasMessageContaining("epochs")
                .hasMessageContaining("0");
        assertThatThrownBy(() -> estimator().setHandleInvalid("skip")).hasMessageContaining("handleInvalid");
    }

    private static void refuses(MultiTaskEstimator estimator, Dataset<Row> rows, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> estimator.fit(rows))
                .withMessageContaining(message);
    }
}
