package org.mtl4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.task.TaskKind;

class TableEncodingTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .add(new Column.Number("age", Scaling.STANDARD, true))
            .number("gain", Scaling.LOG_STANDARD)
            .number("hours", Scaling.MIN_MAX)
            .categories("work")
            .add(new Column.Category("town", 2, 1))
            .ignored("note")
            .weight("weight")
            .label(Label.classes("income", "income"))
            .label(Label.yesWhere("single", "status", "Never-married", "Widowed"))
            .label(Label.numbers("price", "price"))
            .label(Label.flags("wears", "hat", "scarf"))
            .missing("?")
            .build();

    /** age, gain, hours, work, town, weight, income, status, price, hat, scarf */
    private static final Object[][] ROWS = {
        {"20", "0", "10", "shop", "Bonn", "1", ">50K", "Married", "1.5", "1", "0"},
        {40, 99, 30.0, " shop", "Bonn", 2, "<=50K", "Widowed", -2, 0, "?"},
        {null, "", "?", "farm", "Ulm", 0.5, ">50K", null, "", null, 1},
    };

    private static TableEncoding encoding() {
        TableEncoding.Fitter fitter = TableEncoding.fitter(SCHEMA);
        for (Object[] row : ROWS) {
            fitter.add(row);
        }
        return fitter.build();
    }

    @Test
    void rows_become_codes_and_scaled_numbers() {
        TableEncoding encoding = encoding();
        assertThat(encoding.cells())
                .containsExactly(
                        "age", "gain", "hours", "work", "town", "weight", "income", "status", "price", "hat", "scarf");
        assertThat(encoding.values("work")).containsExactly("shop", "farm"); // the most frequent first
        assertThat(encoding.values("town")).containsExactly("Bonn"); // Ulm is too rare
        assertThat(encoding.categorySizes()).containsExactly(4, 3); // and two codes for not seen and missing
        assertThat(encoding.numbers()).isEqualTo(4); // three, and an indicator of the first

        EncodedRow row = new EncodedRow(new int[2], new float[4]);
        encoding.encode(ROWS[0], row);
        assertThat(row.codes()).containsExactly(2, 2);
        // ages 20 and 40: mean 30, deviation 10; logarithms 0 and log 100; hours 10 and 30
        assertThat(row.numbers()).containsExactly(new float[] {-1, -1, 0, 0}, within(1e-6f));
        encoding.encode(ROWS[2], row);
        assertThat(row.codes()).containsExactly(3, TableEncoding.NOT_SEEN);
        assertThat(row.numbers()).containsExactly(new float[] {0, 0, 0.5f, 1}, within(1e-6f)); // all missing: means
    }

    @Test
    void a_row_of_an_application_is_encoded_as_the_training_rows_were() {
        Map<String, Object> row =
                new HashMap<>(Map.of("age", 50L, "gain", "0", "hours", 50, "work", "mine", "more", 1));
        row.put("town", null);
        EncodedRow encoded = encoding().encode(row);
        // no training row lacked a town, so nothing was learned of a missing one
        assertThat(encoded.codes()).containsExactly(TableEncoding.NOT_SEEN, TableEncoding.NOT_SEEN);
        assertThat(encoded.numbers()).containsExactly(new float[] {2, -1, 2, 0}, within(1e-6f));
        row.remove("hours");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding().encode(row))
                .withMessageStartingWith("the row has no column 'hours'; it has [");
        row.put("hours", "many");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding().encode(row))
                .withMessageStartingWith("column 'hours': expected a finite number, such as -1.5 or 2e3, got 'many'");
    }

    @Test
    void only_plain_numbers_are_numbers() {
        TableEncoding encoding = encoding();
        for (Object bad :
                new Object[] {"1,5", "0x10", "1d", "1f", "NaN", "Infinity", "1e999", "12 000", Double.NEGATIVE_INFINITY
                }) {
            Object[] row = ROWS[0].clone();
            row[0] = bad;
            assertThatIllegalArgumentException()
                    .as(bad.toString())
                    .isThrownBy(() -> encoding.encode(row, new EncodedRow(new int[2], new float[4])))
                    .withMessageContaining("column 'age': expected a finite number")
                    .withMessageContaining("got '" + bad + "'");
        }
        Object[] row = ROWS[0].clone();
        row[0] = " 4.e1 ";
        EncodedRow into = new EncodedRow(new int[2], new float[4]);
        encoding.encode(row, into);
        assertThat(into.numbers()[0]).isEqualTo(1);
    }

    @Test
    void labels_are_read_by_task_and_may_be_missing() {
        TableEncoding encoding = encoding();
        assertThat(encoding.tasks())
                .extracting(task -> task.name() + " " + task.kind())
                .containsExactly(
                        "income " + TaskKind.MULTI_CLASS,
                        "single " + TaskKind.MULTI_CLASS,
                        "price " + TaskKind.REGRESSION,
                        "wears " + TaskKind.MULTI_LABEL);
        assertThat(encoding.tasks().get(0).classNames()).containsExactly("<=50K", ">50K"); // in alphabetical order
        assertThat(encoding.tasks().get(3).classNames()).containsExactly("hat", "scarf");
        assertLabel(encoding, 0, 0, "[0.0, 1.0]", "[1.0]");
        assertLabel(encoding, 1, 0, "[1.0, 0.0]", "[1.0]");
        assertLabel(encoding, 1, 1, "[0.0, 1.0]", "[1.0]");
        assertLabel(encoding, 1, 2, "[0.0, 0.0]", "[0.0]");
        assertLabel(encoding, 2, 1, "[-2.0]", "[1.0]");
        assertLabel(encoding, 2, 2, "[0.0]", "[0.0]");
        assertLabel(encoding, 3, 1, "[0.0, 0.0]", "[1.0, 0.0]");
        assertLabel(encoding, 3, 2, "[0.0, 1.0]", "[0.0, 1.0]");
        assertThat(encoding.weight(ROWS[2])).isEqualTo(0.5);
        Object[] row = ROWS[0].clone();
        row[5] = "-1";
        row[6] = ">50K.";
        row[9] = "yes";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding.weight(row))
                .withMessage("column 'weight': expected a weight of at least 0, got -1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> label(encoding, 0, row))
                .withMessage("column 'income', task 'income': '>50K.' is none of the classes [<=50K, >50K]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> label(encoding, 3, row))
                .withMessage("column 'hat', task 'wears': expected one of [1] for yes or [0] for no, got 'yes'");
    }

    private static void assertLabel(TableEncoding encoding, int label, int row, String expected, String present) {
        assertThat(label(encoding, label, ROWS[row]))
                .as("label %d of row %d", label, row)
                .containsExactly(expected, present);
    }

    private static String[] label(TableEncoding encoding, int label, Object[] row) {
        int outputs = encoding.tasks().get(label).outputs();
        float[] into = new float[outputs];
        float[] present = new float[label < 2 ? 1 : outputs];
        encoding.encodeLabel(encoding.schema().labels().get(label), row, into, present);
        return new String[] {Arrays.toString(into), Arrays.toString(present)};
    }

    @Test
    void what_stands_for_a_class_is_it() {
        Label.Classes label =
                Label.classes("income", "income", List.of("<=50K", ">50K")).withValue(">50K.", ">50K");
        TableSchema schema = TableSchema.builder().numbers("age").label(label).build();
        TableEncoding encoding =
                TableEncoding.fitter(schema).add(new Object[] {1, "<=50K"}).build();
        float[] into = new float[2];
        encoding.encodeLabel(label, new Object[] {1, ">50K."}, into, new float[1]);
        assertThat(into).containsExactly(0, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> label.withValue("much", "above"))
                .withMessage("Label of task 'income': 'above' is none of the classes [<=50K, >50K]");
    }

    @Test
    void the_order_of_rows_and_the_language_change_nothing() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            TableEncoding.Fitter fitter = TableEncoding.fitter(SCHEMA);
            List<Object[]> rows = Arrays.asList(ROWS.clone());
            Collections.reverse(rows);
            rows.forEach(fitter::add);
            assertThat(fitter.build()).isEqualTo(encoding());
            assertThat(fitter.build().toJson()).isEqualTo(encoding().toJson());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void what_processes_have_collected_is_merged_in_any_order() throws IOException, ClassNotFoundException {
        for (int[] order : new int[][] {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}}) {
            TableEncoding.Fitter all = TableEncoding.fitter(SCHEMA);
            for (int row : order) {
                all.merge(sent(TableEncoding.fitter(SCHEMA).add(ROWS[row])));
            }
            assertThat(all.rows()).isEqualTo(3);
            assertThat(all.build()).isEqualTo(encoding());
        }
        TableSchema other = TableSchema.builder().numbers("age").build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableEncoding.fitter(SCHEMA).merge(TableEncoding.fitter(other)))
                .withMessageContaining("cannot merge what was collected by the schema");
    }

    private static TableEncoding.Fitter sent(TableEncoding.Fitter fitter) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(fitter);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (TableEncoding.Fitter) in.readObject();
        }
    }

    @Test
    void an_encoding_comes_back_from_its_json() {
        TableEncoding encoding = encoding();
        TableEncoding read = TableEncoding.fromJson(encoding.toJson());
        assertThat(read).isEqualTo(encoding);
        assertThat(read.toJson()).isEqualTo(encoding.toJson());
        assertThat(TableSchema.fromJson(SCHEMA.toJson())).isEqualTo(SCHEMA);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSchema.fromJson(SCHEMA.toJson().replace("log-standard", "log")))
                .withMessage("table schema.columns[1]: 'log' is no scaling;"
                        + " there are [none, standard, log-standard, min-max]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableEncoding.fromJson(encoding.toJson().replace("\"offset\"", "\"offsets\"")))
                .withMessageContaining("table encoding.scales[0]");
    }

    @Test
    void a_schema_says_everything_once() {
        TableSchema.Builder twice = TableSchema.builder().numbers("age").categories("age");
        assertThatIllegalArgumentException()
                .isThrownBy(twice::build)
                .withMessage("TableSchema: column 'age' is named twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSchema.builder()
                        .numbers("price", "age")
                        .label(Label.numbers("price", "price"))
                        .build())
                .withMessage(
                        "TableSchema: column 'price' is a label of task 'price', and cannot be something else as well");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSchema.builder().weight("w").build())
                .withMessage("TableSchema: there is no feature, neither a number nor a category");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableEncoding.fitter(SCHEMA).build())
                .withMessage("TableEncoding: there is no training row");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableEncoding.fitter(SCHEMA).add(ROWS[0]).build())
                .withMessage("column 'income', task 'income': a task needs at least two classes,"
                        + " the training rows have [>50K]");
    }
}
