package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class MetricTest {
    private static final Task SALE = Task.classification("sale", "no", "yes");
    private static final Task PRICE = Task.regression("price", 1);
    private static final List<Task> TASKS = List.of(PRICE, SALE);

    private static final INDArray PRICES = Nd4j.createFromArray(new double[][] {{1}, {2}, {6}});
    private static final INDArray PREDICTED_PRICES = Nd4j.createFromArray(new double[][] {{2}, {2}, {4}});
    private static final INDArray SALES = Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {0, 1}});
    private static final INDArray PREDICTED_SALES =
            Nd4j.createFromArray(new double[][] {{0.75, 0.25}, {0.5, 0.5}, {0.25, 0.75}});

    /** What contacting those costs and brings who are predicted to buy: a metric of a user's own. */
    record Profit(double gain, double cost) implements Metric {
        @Override
        public String name() {
            return "profit";
        }

        @Override
        public boolean higherIsBetter() {
            return true;
        }

        @Override
        public boolean appliesTo(Task task) {
            return task.classNames().equals(List.of("no", "yes"));
        }

        @Override
        public MetricAccumulator accumulator(Task task) {
            return new Sum(this);
        }

        private static final class Sum implements MetricAccumulator {
            private final Profit profit;
            private double sum;

            Sum(Profit profit) {
                this.profit = profit;
            }

            @Override
            public void add(ScoredBatch batch) {
                for (int row = 0; row < batch.examples(); row++) {
                    if (batch.isPresent(row, 0) && batch.prediction(row, 1) >= 0.5) {
                        sum += batch.weight(row) * (batch.label(row, 1) * profit.gain - profit.cost);
                    }
                }
            }

            @Override
            public void merge(MetricAccumulator other) {
                sum += ((Sum) other).sum;
            }

            @Override
            public double value() {
                return sum;
            }

            @Override
            public double baseline() {
                return 0;
            }
        }
    }

    private static MetricScores scores() {
        return MetricScores.of(
                TASKS, List.of(StandardMetric.ROC_AUC, StandardMetric.R2, StandardMetric.ACCURACY, new Profit(10, 1)));
    }

    private static MetricScores add(MetricScores scores) {
        return scores.add("price", PRICES, PREDICTED_PRICES, null, null)
                .add("sale", SALES, PREDICTED_SALES, null, null);
    }

    @Test
    void each_task_is_measured_by_the_metrics_that_apply_to_it() {
        Map<String, Map<String, MetricValue>> result = add(scores()).result();
        assertThat(result.get("price").keySet()).containsExactly("R2");
        assertThat(result.get("price").get("R2").value()).isCloseTo(1 - 5 / 14.0, within(1e-15)); // variance of 1, 2, 6
        assertThat(result.get("price").get("R2").baseline()).isZero();
        assertThat(result.get("sale").keySet()).containsExactly("ROC_AUC", "ACCURACY", "profit");
        assertThat(result.get("sale").get("ROC_AUC")).isEqualTo(new MetricValue(1, 0.5));
        assertThat(result.get("sale").get("ACCURACY")).isEqualTo(new MetricValue(2 / 3.0, 2 / 3.0));
        assertThat(result.get("sale").get("profit")).isEqualTo(new MetricValue(18, 0)); // two contacted, both buy
    }

    @Test
    void parts_are_sent_and_merged() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(add(scores()));
        }
        MetricScores sent =
                (MetricScores) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        Map<String, MetricValue> sale = add(scores()).merge(sent).result().get("sale");
        assertThat(sale.get("profit").value()).isEqualTo(36);
        assertThat(sale.get("ROC_AUC").value()).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scores().merge(MetricScores.of(TASKS, List.of(StandardMetric.R2))))
                .withMessage(
                        "task 'sale': cannot merge metrics [ROC_AUC, ACCURACY, Profit[gain=10.0, cost=1.0]] with []");
    }

    @Test
    void a_metric_that_nothing_can_be_measured_by_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MetricScores.of(List.of(PRICE), List.of(StandardMetric.LOG_LOSS)))
                .withMessage("metric LOG_LOSS applies to none of the tasks [price]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MetricScores.of(TASKS, List.of(new Profit(1, 1), new Profit(2, 1))))
                .withMessageStartingWith("two metrics are called profit: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandardMetric.LOG_LOSS.accumulator(PRICE))
                .withMessage("LOG_LOSS is measured of [MULTI_CLASS, MULTI_LABEL], task 'price' is REGRESSION");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandardMetric.R2.of(
                        ClassificationScore.accumulator(List.of("a", "b")).result()))
                .withMessage("R2 is measured of [REGRESSION], got a ClassificationScore");
    }

    @Test
    void one_accumulator_alone_measures_as_all_together() {
        for (StandardMetric metric : StandardMetric.values()) {
            Task task = metric.appliesTo(SALE) ? SALE : PRICE;
            MetricAccumulator alone = metric.accumulator(task);
            alone.add(
                    task == SALE
                            ? ScoredBatch.of(SALE, SALES, PREDICTED_SALES, null, null)
                            : ScoredBatch.of(PRICE, PRICES, PREDICTED_PRICES, null, null));
            MetricValue together = add(MetricScores.of(TASKS, List.of(metric)))
                    .result()
                    .get(task.name())
                    .get(metric.name());
            assertThat(new MetricValue(alone.value(), alone.baseline()))
                    .as(metric.name())
                    .isEqualTo(together);
            assertThat(metric.isBetter(alone.value(), Double.NaN)).isTrue();
        }
    }

    @Test
    void better_is_up_or_down_and_never_not_a_number() {
        assertThat(StandardMetric.ACCURACY.isBetter(0.9, 0.8)).isTrue();
        assertThat(StandardMetric.LOG_LOSS.isBetter(0.9, 0.8)).isFalse();
        assertThat(StandardMetric.LOG_LOSS.isBetter(0.7, 0.8)).isTrue();
        assertThat(StandardMetric.LOG_LOSS.isBetter(Double.NaN, 0.8)).isFalse();
        assertThat(StandardMetric.LOG_LOSS.isBetter(Double.NaN, Double.NaN)).isFalse();
    }

    @Test
    void gains_over_single_tasks_are_relative_and_signed_by_what_is_better() {
        RelativeGain gain = RelativeGain.builder()
                .add("sale", StandardMetric.ROC_AUC, 0.99, 0.9) // 10 % better
                .add("price", StandardMetric.ABSOLUTE_ERROR, 6, 5) // 20 % worse
                .add("price", StandardMetric.R2, 0.5, 0.5)
                .build();
        assertThat(gain.byTask().get("sale")).isCloseTo(0.1, within(1e-15));
        assertThat(gain.byTask().get("price")).isCloseTo(-0.1, within(1e-15));
        assertThat(gain.mean()).isCloseTo(0, within(1e-15));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RelativeGain.builder().add("price", StandardMetric.R2, 1, 0))
                .withMessageContaining(
                        "price', R2: both values must be finite, and that of the single task not 0, got 1.0 and 0.0");
    }
}
