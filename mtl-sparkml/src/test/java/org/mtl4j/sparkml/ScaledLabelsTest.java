package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.metric.RegressionScore;

/** Numbers that are scaled before they are learned: on Spark as in one process, and in their own units outside. */
@Tag("slow")
class ScaledLabelsTest {
    private static final TableSchema SCHEMA = new TableSchema(
            People.SCHEMA.columns(),
            List.of(
                    People.SCHEMA.labels().get(0),
                    Label.numbers("price", "price").withScaling(Scaling.STANDARD),
                    People.SCHEMA.labels().get(2)),
            People.SCHEMA.missing());

    @Test
    void the_encoding_is_that_of_one_process_and_answers_are_in_the_units_of_the_table() {
        List<Row> rows = People.rows(80, 5);
        Dataset<Row> frame = People.frame(rows).repartition(3);
        MultiTaskTransformer trained =
                MultiTaskEstimatorTest.estimator().setSchema(SCHEMA).fit(frame);
        TableEncoding.Fitter fitter = TableEncoding.fitter(SCHEMA);
        int used = SCHEMA.usedColumns().size();
        for (Row row : rows) {
            @Nullable Object[] values = new @Nullable Object[used]; // the columns of the frame in the same order
            for (int i = 0; i < used; i++) {
                values[i] = row.get(i);
            }
            fitter.add(values);
        }
        TableEncoding encoding = fitter.build();
        assertThat(trained.model().encoding()).contains(encoding);
        assertThat(encoding.isScaled("price")).isTrue();

        List<Row> answers = trained.transform(frame).collectAsList();
        List<Map<String, ?>> raw = new ArrayList<>();
        for (Row row : answers) {
            Map<String, @Nullable Object> values = new HashMap<>();
            SCHEMA.usedColumns().forEach(column -> values.put(column, row.getAs(column)));
            raw.add(values);
        }
        double squares = 0;
        for (int i = 0; i < answers.size(); i++) {
            double price = answers.get(i).getAs("price_prediction");
            assertThat(price).isCloseTo(trained.model().predictRow(raw.get(i)).number("price"), within(1e-3));
            BigDecimal label = answers.get(i).getAs("price");
            squares += Math.pow(price - label.doubleValue(), 2);
        }
        List<Row> served = trained.copy(ParamMap.empty())
                .setServingPredictor(true)
                .transform(frame)
                .collectAsList();
        for (int i = 0; i < served.size(); i++) { // of the same rows in the same order, rounded otherwise
            double price = served.get(i).getAs("price_prediction");
            double other = answers.get(i).getAs("price_prediction");
            assertThat(price).isCloseTo(other, within(1e-2));
        }
        double rmse = Math.sqrt(squares / answers.size());
        // prices are 60 to 214, with deviations of some 40; their weights are 0.5 to 2.5
        double weighted = new MultiTaskEvaluator()
                .setTask("price")
                .setMetric("ROOT_SQUARED_ERROR")
                .evaluate(trained.transform(frame));
        assertThat(rmse).isBetween(1.0, 100.0);
        assertThat(weighted).isBetween(0.7 * rmse, 1.4 * rmse);
        RegressionScore score = (RegressionScore) trained.evaluate(frame).get("price");
        assertThat(score.rootSquaredError()).isCloseTo(weighted, within(1e-3));
    }
}
