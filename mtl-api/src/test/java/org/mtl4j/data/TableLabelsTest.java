package org.mtl4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Labels of real numbers that are scaled, by the training rows, before a network learns them, and labels that join an
 * encoding. {@code labels.json} was written by {@code labels.py} beside it with seed 1.
 */
class TableLabelsTest {
    private static final double SINGLE = 6e-8; // half of the distance of floats around 1

    private static TableSchema schema(Scaling scaling) {
        return TableSchema.builder()
                .numbers("x")
                .label(Label.numbers("y", "a", "b").withScaling(scaling))
                .build();
    }

    @Test
    void labels_are_scaled_and_scaled_back_as_an_independent_implementation_does() throws IOException {
        try (InputStream file = getClass().getResourceAsStream("labels.json")) {
            JsonNode cases = new ObjectMapper().readTree(file);
            assertThat(cases).hasSize(Scaling.values().length);
            for (JsonNode golden : cases) {
                check(golden);
            }
        }
    }

    private static void check(JsonNode golden) {
        String name = golden.get("scaling").asText();
        Scaling scaling = Scaling.valueOf(name.replace('-', '_').toUpperCase(Locale.ROOT));
        TableEncoding.Fitter fitter = TableEncoding.fitter(schema(scaling));
        JsonNode rows = golden.get("labels");
        rows.forEach(row -> fitter.add(new @Nullable Object[] {1.0, value(row.get(0)), value(row.get(1))}));
        TableEncoding encoding = TableEncoding.fromJson(fitter.build().toJson()); // as a model's file keeps it
        assertThat(encoding).isEqualTo(fitter.build());
        assertThat(encoding.isScaled("y")).isEqualTo(scaling != Scaling.NONE);

        float[][] labels = new float[rows.size()][2];
        float[][] present = new float[rows.size()][2];
        double[][] outputs = new double[rows.size()][];
        for (int r = 0; r < labels.length; r++) {
            @Nullable
            Object[] row = {1.0, value(rows.get(r).get(0)), value(rows.get(r).get(1))};
            encoding.encodeLabel(encoding.schema().labels().get(0), row, labels[r], present[r]);
            JsonNode said = golden.get("outputs").get(r);
            outputs[r] = new double[] {said.get(0).asDouble(), said.get(1).asDouble()};
            RowPrediction answer = encoding.prediction(encoding.tasks(), List.of(outputs[r]));
            for (int c = 0; c < 2; c++) {
                JsonNode scaled = golden.get("scaled").get(r).get(c);
                assertThat(present[r][c]).as("%s row %d", name, r).isEqualTo(scaled.isNull() ? 0 : 1);
                assertThat((double) labels[r][c])
                        .as("%s row %d column %d", name, r, c)
                        .isCloseTo(scaled.asDouble(0), offset(2 * SINGLE * Math.max(1, Math.abs(scaled.asDouble(0)))));
                double expected = golden.get("predictions").get(r).get(c).asDouble();
                assertThat(answer.outputs("y").get(c == 0 ? "a" : "b"))
                        .as("%s row %d column %d", name, r, c)
                        .isCloseTo(expected, within(1e-12 * Math.abs(expected) + 1e-9)); // of 1e5, by doubles
            }
        }
        RegressionScore score = score(encoding, labels, present, outputs);
        for (int c = 0; c < 2; c++) {
            double rmse = golden.get("rmse").get(c).asDouble();
            double mae = golden.get("mae").get(c).asDouble();
            // labels have been floats: 6e-8 of some deviations, through a logarithm 6e-8 of some units of it
            assertThat(Math.sqrt(score.squaredError(c))).as(name).isCloseTo(rmse, within(2e-6 * rmse));
            assertThat(score.absoluteError(c)).as(name).isCloseTo(mae, within(2e-6 * mae));
        }
    }

    private static RegressionScore score(
            TableEncoding encoding, float[][] labels, float[][] present, double[][] outputs) {
        INDArray predictions = encoding.inUnits("y", Nd4j.createFromArray(outputs));
        INDArray truth = encoding.inUnits("y", Nd4j.createFromArray(labels));
        return RegressionScore.accumulator(2)
                .add(truth, predictions, Nd4j.createFromArray(present))
                .result();
    }

    private static @Nullable Object value(JsonNode number) {
        return number.isNull() ? null : number.asDouble();
    }

    @Test
    void only_training_rows_that_have_a_label_count_in_whatever_order_they_come() {
        TableSchema schema = schema(Scaling.STANDARD);
        Object[][] rows = {{1, 0.1, 5}, {2, null, 5}, {3, 0.7, null}, {4, 0.4, "5"}};
        TableEncoding.Fitter all = TableEncoding.fitter(schema);
        TableEncoding.Fitter merged = TableEncoding.fitter(schema);
        for (int i = 0; i < rows.length; i++) {
            all.add(rows[i]);
            merged.merge(TableEncoding.fitter(schema).add(rows[rows.length - 1 - i]));
        }
        TableEncoding encoding = all.build();
        assertThat(merged.build()).isEqualTo(encoding);
        assertThat(merged.build().toJson()).isEqualTo(encoding.toJson());
        // 0.1, 0.4, 0.7: mean 0.4, variance 0.06; the other column has one value, which everything is scaled back to
        assertThat(encoding.inUnits("y", new double[] {1, 1}))
                .containsExactly(new double[] {0.4 + Math.sqrt(0.06), 5}, offset(1e-15));
        assertThat(encoding.scaledLabel((Label.Numbers) schema.labels().get(0), 1, 7))
                .isZero();
        assertThat(encoding.encodesAlike(
                        TableEncoding.fitter(schema).add(rows[0]).build()))
                .as("scaled otherwise")
                .isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableEncoding.fromJson(encoding.toJson().replace("\"labelScales\"", "\"more\"")))
                .withMessageContaining("more");
    }

    @Test
    void an_encoding_without_scaled_labels_is_written_as_before() {
        String json = TableEncoding.fitter(schema(Scaling.NONE))
                .add(new Object[] {1, 2, 3})
                .build()
                .toJson();
        assertThat(json).doesNotContain("labelScales").contains("\"kind\" : \"numbers\"");
    }

    @Test
    void labels_of_a_task_more_join_and_nothing_else_changes() {
        TableSchema first = TableSchema.builder()
                .number("x", Scaling.STANDARD)
                .categories("town")
                .ignored("kind")
                .label(Label.classes("sold", "sold"))
                .build();
        TableEncoding.Fitter fitter = TableEncoding.fitter(first);
        fitter.add(new Object[] {1, "Bonn", "no"}).add(new Object[] {3, "Bonn", "yes"});
        TableEncoding old = fitter.add(new Object[] {5, "Ulm", "no"}).build();
        TableSchema second = TableSchema.builder()
                .number("x", Scaling.STANDARD)
                .categories("town")
                .label(Label.classes("kind", "kind"))
                .label(Label.numbers("price", "price").withScaling(Scaling.STANDARD))
                .label(Label.classes("sold", "sold", List.of("other", "classes")))
                .build();
        TableEncoding other = TableEncoding.fitter(second) // of other rows: another mean, other codes
                .add(new Object[] {100, "Ulm", "house", 10, "other"})
                .add(new Object[] {200, "Ulm", "flat", 20, "classes"})
                .build();
        TableEncoding joined = old.withLabelsOf(other);
        assertThat(joined.tasks()).extracting(Task::name).containsExactly("sold", "kind", "price");
        assertThat(joined.task("kind").classNames()).containsExactly("flat", "house");
        assertThat(joined.task("sold").classNames()).containsExactly("no", "yes"); // its own
        assertThat(joined.inUnits("price", new double[] {1})).containsExactly(20); // mean 15, deviation 5
        assertThat(joined.encodesAlike(old)).isTrue();
        assertThat(joined.dictionaries()).isEqualTo(old.dictionaries());
        assertThat(joined.scales()).isEqualTo(old.scales());
        assertThat(joined.withMissing()).isEqualTo(old.withMissing());
        assertThat(joined.schema().missing()).isEqualTo(first.missing());
        Map<String, Object> row = new HashMap<>(Map.of("x", 3, "town", "Ulm"));
        assertThat(joined.encode(row)).usingRecursiveComparison().isEqualTo(old.encode(row));
        assertThat(TableEncoding.fromJson(joined.toJson())).isEqualTo(joined);
        assertThat(old.withLabelsOf(old)).isSameAs(old);
        TableEncoding ofFeature = TableEncoding.fitter(TableSchema.builder()
                        .numbers("x")
                        .label(Label.classes("where", "town", List.of("Bonn", "Ulm")))
                        .build())
                .add(new Object[] {1, "Ulm"})
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> old.withLabelsOf(ofFeature))
                .withMessage("TableSchema: column 'town' is a label of task 'where', and cannot be something else"
                        + " as well");
    }

    @Test
    void a_number_is_missing_where_its_text_is() {
        TableSchema schema = TableSchema.builder()
                .add(new Column.Number("age", Scaling.NONE, true))
                .categories("code")
                .missing("-999", "NA")
                .build();
        TableEncoding encoding = TableEncoding.fitter(schema)
                .add(new Object[] {"20", "7"})
                .add(new Object[] {"40", null})
                .build();
        for (Object missing : new Object[] {
            "-999", " -999 ", -999, -999L, -999.0, -999f, new BigDecimal("-999"), "NA", "", " ", Double.NaN, Float.NaN
        }) {
            assertThat(schema.isMissing(missing)).as("%s", missing).isTrue();
            assertThat(schema.textOf(missing)).as("%s", missing).isEmpty();
            assertThat(schema.numberOf("age", missing)).as("%s", missing).isEmpty();
            EncodedRow row = encoding.encode(Map.of("age", missing, "code", missing));
            assertThat(row.codes()).as("%s", missing).containsExactly(TableEncoding.MISSING);
            assertThat(row.numbers()).as("%s", missing).containsExactly(30, 1); // the mean, and that it is one
        }
        for (Object there : new Object[] {"7", 7, 7L, 7.0, 7f, new BigDecimal("7")}) {
            assertThat(schema.isMissing(there)).as("%s", there).isFalse();
            EncodedRow row = encoding.encode(Map.of("age", there, "code", there));
            assertThat(row.codes()).as("%s", there).containsExactly(2);
            assertThat(row.numbers()).as("%s", there).containsExactly(7, 0);
        }
        assertThat(schema.isMissing(null)).isTrue();
        assertThat(schema.isMissing(false)).isFalse();
    }
}
