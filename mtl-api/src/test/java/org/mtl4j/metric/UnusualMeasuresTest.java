package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Each measure of each kind of task, of examples and predictions that are rare. */
class UnusualMeasuresTest {
    private static final double NAN = Double.NaN;
    private static final double INFINITE = Double.POSITIVE_INFINITY;
    private static final Task TWO = Task.classification("two", "no", "yes");
    private static final Task THREE = Task.classification("three", "red", "green", "blue");
    private static final Task LABELS = Task.multiLabel("labels", "hat", "scarf");
    private static final Task NUMBERS = Task.regression("numbers", 2);

    /** A measure of a task. */
    record Case(StandardMetric metric, Task task) {
        @Override
        public String toString() {
            return metric + " of " + task.name();
        }

        MetricAccumulator add(
                MetricAccumulator into,
                double[][] labels,
                double[][] predictions,
                double @Nullable [][] mask,
                double @Nullable [][] weights) {
            into.add(ScoredBatch.of(
                    task,
                    Nd4j.createFromArray(labels),
                    Nd4j.createFromArray(predictions),
                    array(mask),
                    array(weights)));
            return into;
        }

        private static @Nullable INDArray array(double @Nullable [][] values) {
            return values == null ? null : Nd4j.createFromArray(values);
        }

        MetricAccumulator of(double[][] labels, double[][] predictions) {
            return add(metric.accumulator(task), labels, predictions, null, null);
        }

        double[][] labels() {
            return switch (task.name()) {
                case "two" -> new double[][] {{1, 0}, {0, 1}, {0, 1}, {1, 0}};
                case "three" -> new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 0}};
                case "labels" -> new double[][] {{1, 0}, {0, 1}, {1, 1}, {0, 0}};
                default -> new double[][] {{1, 2}, {-3, 0.5}, {2, 2}, {7, -1}};
            };
        }

        /** Nearly right. */
        double[][] predictions() {
            return switch (task.name()) {
                case "two" -> new double[][] {{0.75, 0.25}, {0.125, 0.875}, {0.25, 0.75}, {0.625, 0.375}};
                case "three" ->
                    new double[][] {{0.5, 0.25, 0.25}, {0.25, 0.625, 0.125}, {0, 0.25, 0.75}, {0.125, 0.75, 0.125}};
                case "labels" -> new double[][] {{0.75, 0.25}, {0.125, 0.875}, {0.75, 0.625}, {0.25, 0.375}};
                default -> new double[][] {{1.5, 2}, {-3, 0.25}, {2, 2.5}, {6, -1}};
            };
        }

        boolean isF1OfYes() {
            return task == LABELS && (metric == StandardMetric.MACRO_F1 || metric == StandardMetric.MICRO_F1);
        }

        boolean isOfNumbers() {
            return task == NUMBERS;
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (StandardMetric metric : StandardMetric.values()) {
            for (Task task : List.of(TWO, THREE, LABELS, NUMBERS)) {
                if (metric.appliesTo(task)) {
                    cases.add(new Case(metric, task));
                }
            }
        }
        return cases;
    }

    private static double[][] filled(double[][] like, double value) {
        double[][] filled = new double[like.length][like[0].length];
        for (double[] row : filled) {
            Arrays.fill(row, value);
        }
        return filled;
    }

    private static MetricValue valueAndBaseline(MetricAccumulator of) {
        return new MetricValue(of.value(), of.baseline());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void an_example_of_weight_zero_is_none_whatever_is_predicted_of_it(Case of) {
        double[][] ones = {{1}, {1}, {1}, {1}};
        double[][] zeros = {{0}, {0}, {0}, {0}};
        MetricAccumulator alone = of.of(of.labels(), of.predictions());
        for (double wrong : new double[] {0, 0.5, 1, 3, -2, 1e300, NAN, INFINITE, -INFINITE}) {
            MetricAccumulator beside =
                    of.add(of.metric.accumulator(of.task), of.labels(), of.predictions(), null, ones);
            of.add(beside, of.labels(), filled(of.predictions(), wrong), null, zeros);
            assertThat(valueAndBaseline(beside))
                    .as("beside predictions of %s", wrong)
                    .isEqualTo(valueAndBaseline(alone));
            MetricAccumulator nothing =
                    of.add(of.metric.accumulator(of.task), of.labels(), filled(of.predictions(), wrong), null, zeros);
            assertThat(nothing.value()).as("predictions of %s alone", wrong).isNaN();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void nothing_is_measured_without_labels(Case of) {
        double[][] missing = {{0}, {0}, {0}, {0}};
        assertThat(of.metric.accumulator(of.task).value()).isNaN();
        for (double wrong : new double[] {0.5, 3, NAN, INFINITE}) {
            MetricAccumulator masked =
                    of.add(of.metric.accumulator(of.task), of.labels(), filled(of.predictions(), wrong), missing, null);
            assertThat(masked.value()).isNaN();
        }
    }

    /** The mean over classes or outputs must not pass over the one that cannot be predicted. */
    @ParameterizedTest
    @MethodSource("cases")
    void what_is_no_number_is_worse_than_what_is_nearly_right(Case of) {
        double right = of.of(of.labels(), of.predictions()).value();
        for (double wrong : new double[] {NAN, INFINITE, -INFINITE}) {
            for (int row = 0; row < of.labels().length; row++) {
                double[][] predictions = of.predictions();
                predictions[row][1] = wrong;
                if (of.isF1OfYes() && of.labels()[row][1] == 0) {
                    continue; // neither predicted nor there, it is not looked at by F1 of "yes"
                }
                double value = of.of(of.labels(), predictions).value();
                boolean known = !Double.isNaN(value) && of.metric.isBetter(right, value);
                assertThat(known)
                        .as("%s in row %d: %s is worse than %s", wrong, row, value, right)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void one_prediction_for_all_is_as_good_as_chance(Case of) {
        double[][] same = filled(of.predictions(), of.isOfNumbers() ? 1.25 : 1.0 / of.task.outputs());
        MetricAccumulator all = of.of(of.labels(), same);
        assertThat(all.value()).isNotNaN();
        switch (of.metric) {
            case ROC_AUC -> assertThat(all.value()).isEqualTo(0.5);
            case AVERAGE_PRECISION -> assertThat(all.value()).isCloseTo(all.baseline(), within(1e-15));
            case EXPLAINED_VARIANCE -> assertThat(all.value()).isCloseTo(0, within(1e-15));
            case R2 -> assertThat(all.value()).isLessThanOrEqualTo(0);
            case CALIBRATION_ERROR ->
                assertThat(all.value()).isCloseTo(of.task == THREE ? 1 / 3.0 - 1 / 4.0 : 0, within(1e-15));
            default ->
                assertThat(of.metric.isBetter(
                                of.of(of.labels(), of.predictions()).value(), all.value()))
                        .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void labels_that_are_all_the_same_have_no_order_and_no_variance(Case of) {
        double[][] labels = of.labels();
        Arrays.fill(labels, labels[1]);
        double[][] predictions = labels.clone();
        double value = of.of(labels, predictions).value();
        switch (of.metric) {
            case ROC_AUC, R2, EXPLAINED_VARIANCE -> assertThat(value).isNaN();
            case LOG_LOSS, CALIBRATION_ERROR, SQUARED_ERROR, ROOT_SQUARED_ERROR, ABSOLUTE_ERROR ->
                assertThat(value).isZero();
            default -> assertThat(value).isEqualTo(1);
        }
    }
}
