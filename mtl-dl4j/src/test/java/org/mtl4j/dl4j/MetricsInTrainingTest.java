package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.tune.Parameter;
import org.mtl4j.dl4j.tune.Search;
import org.mtl4j.dl4j.tune.SearchSpace;
import org.mtl4j.dl4j.tune.TrialResult;
import org.mtl4j.dl4j.tune.Tuner;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricAccumulator;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.metric.ScoredBatch;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.ValidationStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Metrics that are measured while a model is trained, and what goes by them. */
class MetricsInTrainingTest {
    @TempDir
    private Path directory;

    private final MultiDataSetIterator training = data(96, 1, false);
    private final MultiDataSetIterator validation = data(64, 2, false);

    /** Is it inside the circle, and what is x * y, of points with noise; in batches of 16. */
    private static MultiDataSetIterator data(int examples, long seed, boolean oneClass) {
        Random random = new Random(seed);
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        for (int from = 0; from < examples; from += 16) {
            INDArray x = Nd4j.create(16, 4);
            INDArray inside = Nd4j.create(16, 2);
            INDArray product = Nd4j.create(16, 1);
            for (int i = 0; i < 16; i++) {
                for (int j = 0; j < 4; j++) {
                    x.putScalar(i, j, random.nextGaussian());
                }
                double square = Math.pow(x.getDouble(i, 0), 2) + Math.pow(x.getDouble(i, 1), 2);
                inside.putScalar(i, !oneClass && square + 0.3 * random.nextGaussian() < 1.4 ? 1 : 0, 1);
                product.putScalar(i, 0, x.getDouble(i, 2) * x.getDouble(i, 3));
            }
            batches.add(new MultiDataSet(new INDArray[] {x}, new INDArray[] {inside, product}));
        }
        return ListBatches.of(batches);
    }

    private static Dl4jModel model() {
        return model(0.02);
    }

    private static Dl4jModel model(double rate) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(Task.classification("inside", 2)))
                        .tower("b", SplitHead.of(Task.regression("product", 1)))
                        .dense("fc", 12)
                        .stitch(CrossStitchUnit.perLayer(0.9))
                        .build(),
                TrainingPlan.adam(rate).withSeed(5));
    }

    /** A metric as a user writes one: the largest error. */
    record LargestError() implements Metric {
        @Override
        public String name() {
            return "largest error";
        }

        @Override
        public boolean higherIsBetter() {
            return false;
        }

        @Override
        public boolean appliesTo(Task task) {
            return task.kind() == TaskKind.REGRESSION;
        }

        @Override
        public MetricAccumulator accumulator(Task task) {
            return new Largest();
        }
    }

    private static final class Largest implements MetricAccumulator {
        private static final long serialVersionUID = 1L;

        private double largest = Double.NaN;

        @Override
        public void add(ScoredBatch batch) {
            for (int i = 0; i < batch.examples(); i++) {
                add(Math.abs(batch.prediction(i, 0) - batch.label(i, 0)));
            }
        }

        private void add(double error) {
            largest = error > largest || Double.isNaN(largest) ? error : largest;
        }

        @Override
        public void merge(MetricAccumulator other) {
            add(((Largest) other).largest);
        }

        @Override
        public double value() {
            return largest;
        }
    }

    @Test
    void metrics_in_the_history_are_those_of_the_model_after_the_epoch() throws IOException {
        Dl4jModel model = model();
        TrainingHistory history = model.fit(
                training,
                FitOptions.epochs(3)
                        .withValidation(validation)
                        .withMetrics(StandardMetric.ROC_AUC, StandardMetric.R2)
                        .withMetrics("product", new LargestError()));
        Map<String, Map<String, MetricValue>> last = history.last().validationMetrics();
        ClassificationScore inside =
                (ClassificationScore) model.evaluate(validation).get("inside");
        RegressionScore product = (RegressionScore) model.evaluate(validation).get("product");
        assertThat(last.get("inside")).isEqualTo(Map.of("ROC_AUC", new MetricValue(inside.rocAuc(), 0.5)));
        assertThat(last.get("product").get("R2")).isEqualTo(new MetricValue(product.r2(), 0));
        assertThat(last.get("product").get("largest error").value()).isBetween(0.1, 10.0);
        assertThat(model.measure(validation, new LargestError()).get("product"))
                .isEqualTo(Map.of("largest error", last.get("product").get("largest error")));
        model.save(directory.resolve("model.zip"));
        assertThat(Dl4jModel.load(directory.resolve("model.zip")).history()).isEqualTo(history);
    }

    @Test
    void whoever_measures_changes_neither_the_training_nor_the_losses() {
        Dl4jModel plain = model();
        Dl4jModel measured = model();
        FitOptions options = FitOptions.epochs(3).withValidation(validation);
        plain.fit(training, options);
        measured.fit(training, options.withMetrics(StandardMetric.values()));
        assertThat(measured.graph().params()).isEqualTo(plain.graph().params());
        assertThat(measured.history().last().validationLoss())
                .isEqualTo(plain.history().last().validationLoss());
    }

    @Test
    void a_run_ends_by_a_metric_and_the_model_is_that_of_its_best_epoch() {
        Dl4jModel model = model(0.1);
        TrainingHistory history = model.fit(
                training,
                FitOptions.epochs(60)
                        .withValidation(validation)
                        .withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "inside", 3)));
        List<Double> values = history.epochs().stream()
                .map(epoch -> epoch.metric("inside", StandardMetric.ROC_AUC)
                        .orElseThrow()
                        .value())
                .toList();
        double best = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        assertThat(values).hasSizeLessThan(60).hasSize(values.indexOf(best) + 4);
        assertThat(best).isGreaterThan(0.7);
        assertThat(((ClassificationScore) model.evaluate(validation).get("inside")).rocAuc())
                .isEqualTo(best);
        assertThat(history.events())
                .anyMatch(event -> event.kind() == TrainingEvent.Kind.RUN_STOPPED
                        && event.text().startsWith("ROC_AUC of inside "));
    }

    @Test
    void a_run_that_is_cut_off_decides_by_metrics_as_one_that_is_not() {
        FitOptions options = FitOptions.epochs(14)
                .withValidation(validation)
                .withMetrics(StandardMetric.LOG_LOSS)
                .withTaskStopping(ValidationStopping.of(1).withMetric(StandardMetric.R2), "inside")
                .withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "inside", 4));
        Dl4jModel whole = model(0.1);
        whole.fit(training, options.withCheckpoints(Checkpoints.in(directory.resolve("whole"))));

        Checkpoints checkpoints = Checkpoints.in(directory.resolve("cut"));
        for (int cut = 2; cut < 14; cut += 3) {
            int at = cut;
            ProgressListener cutting = new ProgressListener() {
                @Override
                public void onEpoch(EpochResult result) {
                    if (result.epoch() == at) {
                        throw new IllegalStateException("cut");
                    }
                }
            };
            try {
                model(0.1).fit(training, options.withCheckpoints(checkpoints).withListener(cutting));
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("cut");
            }
        }
        Dl4jModel pieced = model(0.1);
        pieced.fit(training, options.withCheckpoints(checkpoints));
        assertThat(pieced.graph().params()).isEqualTo(whole.graph().params());
        assertThat(pieced.history().epochs()).isEqualTo(whole.history().epochs());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model(0.1)
                        .fit(
                                training,
                                options.withMetrics(StandardMetric.ACCURACY).withCheckpoints(checkpoints)))
                .withMessageContaining("metrics");
    }

    @Test
    void validation_data_of_one_class_have_no_area_under_a_curve_which_is_said() {
        MultiDataSetIterator oneClass = data(32, 3, true);
        FitOptions options = FitOptions.epochs(4).withValidation(oneClass);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(
                                training,
                                options.withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "inside", 1))))
                .withMessageStartingWith("EarlyStopping: ROC_AUC of task 'inside' has no value on the validation data");
        Dl4jModel watched = model();
        watched.fit(training, options.withMetrics(StandardMetric.ROC_AUC, StandardMetric.ACCURACY));
        assertThat(watched.history().events())
                .filteredOn(event -> event.kind() == TrainingEvent.Kind.TASK_UNLABELLED)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.subject()).isEqualTo("inside");
                    assertThat(event.text()).startsWith("ROC_AUC has no value on the validation data");
                });
        assertThat(watched.history()
                        .last()
                        .metric("inside", StandardMetric.ROC_AUC)
                        .orElseThrow()
                        .value())
                .isNaN();
    }

    @Test
    void metrics_that_fit_no_task_or_have_no_data_are_refused_before_the_run() {
        FitOptions options = FitOptions.epochs(1).withValidation(validation);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(training, options.withMetrics("product", StandardMetric.ROC_AUC)))
                .withMessage("metric ROC_AUC applies to none of ['product' (REGRESSION)]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(
                                training, options.withEarlyStopping(EarlyStopping.on(StandardMetric.R2, "inside", 1))))
                .withMessage("metric R2 applies to none of ['inside' (MULTI_CLASS)]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(training, options.withMetrics("price", StandardMetric.R2)))
                .withMessageContaining("no task 'price', which is to be the task to measure metrics of");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().fit(training, FitOptions.epochs(1).withMetrics(StandardMetric.R2)))
                .withMessageContaining("metrics are measured on validation data, and there is none");
    }

    @Test
    void towers_that_are_trained_alone_are_stopped_by_the_metric_that_applies_to_them() {
        Dl4jModel model = Dl4jModel.fromSingleTasks(
                model().network(),
                TrainingPlan.adam(0.1),
                training,
                FitOptions.epochs(3)
                        .withValidation(validation)
                        .withEarlyStopping(EarlyStopping.on(StandardMetric.ROC_AUC, "inside", 1)));
        assertThat(model.history().events()).hasSize(2);
    }

    @Test
    void a_search_by_a_metric_finds_what_is_high() throws IOException {
        Tuner tuner = new Tuner(
                SearchSpace.of(Parameter.choice("rate", 1e-6, 0.05)),
                Search.random(4, 6),
                1,
                directory.resolve("tune"));
        List<TrialResult> results = tuner.run(
                chosen -> model(chosen.number("rate")), training, StandardMetric.ROC_AUC, "inside", validation);
        double best = results.get(0).score().orElseThrow();
        assertThat(results.get(0).hyperparameters().text("rate")).isEqualTo("0.05");
        assertThat(best).isGreaterThan(0.65).isLessThanOrEqualTo(1);
        assertThat(results)
                .extracting(result -> result.score().orElseThrow())
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tuner(
                                SearchSpace.of(Parameter.choice("rate", 0.05)),
                                Search.random(1, 1),
                                1,
                                directory.resolve("other"))
                        .run(chosen -> model(), training, StandardMetric.R2, "inside", validation))
                .withMessageContaining("there is no R2 of a task 'inside'");
    }
}
