package org.mtl4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.MonthDay;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.IntStream;
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

    private static TableEncoding ofTowns(String... towns) {
        TableSchema schema = TableSchema.builder()
                .number("age", Scaling.NONE)
                .categories("town")
                .missing("-999")
                .build();
        TableEncoding.Fitter fitter = TableEncoding.fitter(schema);
        for (String town : towns) {
            fitter.add(new Object[] {1, town});
        }
        return fitter.build();
    }

    private static String townOf(TableEncoding encoding, Object given) {
        Map<String, Object> row = new HashMap<>(Map.of("age", 1));
        row.put("town", given);
        int code = encoding.encode(row).codes()[0];
        return code < 2 ? "" : encoding.values("town").get(code - 2);
    }

    @Test
    void a_number_or_flag_of_a_program_is_found_however_the_file_wrote_it() {
        TableEncoding encoding = ofTowns("7.0", "007", "08", "1e3", "12345678901234567890", "True", "x", "5", "5.0");
        assertThat(townOf(encoding, 8)).isEqualTo("08");
        assertThat(townOf(encoding, 8.0)).isEqualTo("08");
        assertThat(townOf(encoding, Optional.of(8L))).isEqualTo("08");
        assertThat(townOf(encoding, new BigDecimal("1000.00"))).isEqualTo("1e3");
        assertThat(townOf(encoding, new BigInteger("12345678901234567890"))).isEqualTo("12345678901234567890");
        assertThat(townOf(encoding, true)).isEqualTo("True");
        assertThat(townOf(encoding, 'x')).isEqualTo("x");
        assertThat(townOf(encoding, new BigDecimal("5.00"))).isEqualTo("5");
        assertThat(townOf(encoding, "5.0")).isEqualTo("5.0");
        assertThat(townOf(encoding, 7)).isEmpty(); // 7.0 or 007?
        assertThat(townOf(encoding, "8")).isEmpty(); // a text is what it is
        assertThat(townOf(encoding, false)).isEmpty();
        for (Object missing : new Object[] {Optional.empty(), OptionalInt.empty(), -999, -999.0, "-999", Double.NaN}) {
            assertThat(townOf(encoding, missing)).isEmpty();
        }
    }

    @Test
    void a_number_that_stands_for_a_missing_one_may_be_written_otherwise() {
        TableEncoding encoding = ofTowns("x");
        for (Object missing : new Object[] {-999, -999L, "-999", "-999.0", " -9.99e2 ", new BigDecimal("-999.000")}) {
            assertThat(encoding.encode(Map.of("age", missing, "town", "x")).numbers())
                    .containsExactly(1f); // the mean
        }
        assertThat(encoding.encode(Map.of("age", "-999.5", "town", "x")).numbers())
                .containsExactly(-999.5f);
    }

    /** What a text of a moment says depends on the zone that it is told in, and a day may be another one. */
    @Test
    void values_that_are_another_text_in_another_time_zone_are_refused() {
        TableEncoding encoding = ofTowns("x");
        List<Object> moments = List.of(
                new Date(0),
                new Timestamp(0),
                new java.sql.Date(0),
                new Time(0),
                Calendar.getInstance(),
                Optional.of(new Date(0)));
        for (Object moment : moments) {
            Object value = moment instanceof Optional<?> of ? of.orElseThrow() : moment;
            for (String column : List.of("age", "town")) {
                Map<String, Object> row = new HashMap<>(Map.of("age", 1, "town", "x"));
                row.put(column, moment);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> encoding.features(List.of(row)))
                        .withMessageStartingWith(
                                "row 0, counted from 0: column '%s': expected a text, a number, a flag or a value of an"
                                        + " enum, got a %s, whose text depends on the time zone of the machine; give a"
                                        + " value of java.time, as a LocalDate or an Instant",
                                column, value.getClass().getTypeName());
            }
        }
    }

    @Test
    void values_of_java_time_are_the_same_text_in_every_time_zone_and_language() {
        Instant instant = Instant.parse("2026-03-29T00:30:00Z");
        ZonedDateTime zoned = instant.atZone(ZoneId.of("Europe/Berlin"));
        Map<Object, String> texts = new LinkedHashMap<>();
        texts.put(instant, "2026-03-29T00:30:00Z");
        texts.put(zoned, "2026-03-29T01:30+01:00[Europe/Berlin]");
        texts.put(zoned.toOffsetDateTime(), "2026-03-29T01:30+01:00");
        texts.put(zoned.toLocalDateTime(), "2026-03-29T01:30");
        texts.put(zoned.toLocalDate(), "2026-03-29");
        texts.put(zoned.toLocalTime(), "01:30");
        texts.put(zoned.toOffsetDateTime().toOffsetTime(), "01:30+01:00");
        texts.put(YearMonth.from(zoned), "2026-03");
        texts.put(Year.from(zoned), "2026");
        texts.put(MonthDay.from(zoned), "--03-29");
        texts.put(zoned.getDayOfWeek(), "SUNDAY");
        texts.put(zoned.getMonth(), "MARCH");
        texts.put(Duration.ofMinutes(90), "PT1H30M");
        texts.put(Period.ofDays(3), "P3D");
        texts.put(zoned.getZone(), "Europe/Berlin");
        TableEncoding encoding = ofTowns(texts.values().toArray(String[]::new));
        TimeZone zone = TimeZone.getDefault();
        Locale language = Locale.getDefault();
        try {
            for (String other : List.of("UTC", "Asia/Tokyo", "America/New_York")) {
                TimeZone.setDefault(TimeZone.getTimeZone(other));
                Locale.setDefault(
                        Locale.forLanguageTag(other.equals("UTC") ? "ar-EG-u-nu-arab" : "th-TH-u-ca-buddhist"));
                texts.forEach(
                        (value, text) -> assertThat(townOf(encoding, value)).isEqualTo(text));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> encoding.encode(Map.of("age", zoned.toLocalDate(), "town", "x")))
                        .withMessageStartingWith(
                                "column 'age': expected a finite number, such as -1.5 or 2e3, got" + " '2026-03-29'");
            }
        } finally {
            TimeZone.setDefault(zone);
            Locale.setDefault(language);
        }
    }

    private static TableEncoding.Fitter ofStatus(String... values) {
        TableEncoding.Fitter fitter = TableEncoding.fitter(TableSchema.builder()
                .numbers("age")
                .label(Label.yesWhere("single", "status", "Never-married", " Widowd "))
                .build());
        for (String value : values) {
            fitter.add(new Object[] {1, value});
        }
        return fitter;
    }

    @Test
    void values_that_a_label_names_and_no_row_has_are_named() {
        String none =
                "column 'status', task 'single': none of the %s rows has the value %s, which stands for a class; ";
        assertThat(ofStatus("Widowed", "Married ", "Never-married", "").warnings())
                .containsExactly(
                        none.formatted(4, "'Widowd'") + "the values are 'Married', 'Never-married', 'Widowed'");
        assertThat(ofStatus("").warnings())
                .containsExactly(none.formatted(1, "'Never-married', 'Widowd'") + "the column has no value");
        assertThat(ofStatus("Widowd", "Never-married", "Married").warnings()).isEmpty();
        String[] many = IntStream.range(0, 100).mapToObj(i -> "s" + (100 + i)).toArray(String[]::new);
        String ofMany = none.formatted(101, "'Widowd'") + "the values are 'Never-married', 's100', 's101', 's102',"
                + " 's103', 's104', 's105', 's106', 's107', 's108' and others";
        assertThat(ofStatus(many).merge(ofStatus("Never-married")).warnings()).containsExactly(ofMany);
        Collections.reverse(Arrays.asList(many));
        assertThat(ofStatus("Never-married").merge(ofStatus(many)).warnings()).containsExactly(ofMany);
        assertThat(ofStatus("Widowd")
                        .merge(ofStatus("Never-married"))
                        .build()
                        .task("single")
                        .classNames())
                .containsExactly("no", "yes");
        assertThat(ofStatus("x".repeat(1000), "Widowd").warnings().get(0)).hasSizeLessThan(400);
        Label.Classes ofThree = new Label.Classes(
                "kind", "status", List.of("cat", "dog", "other"), Map.of("kitten", "cat"), Optional.of("other"));
        TableEncoding.Fitter three = TableEncoding.fitter(
                TableSchema.builder().numbers("age").label(ofThree).build());
        for (String value : List.of("other", "kitten", "cat", "Dog")) {
            three.add(new Object[] {1, value});
        }
        assertThat(three.warnings())
                .containsExactly("column 'status', task 'kind': none of the 4 rows has the value 'dog', which stands"
                        + " for a class; the values are 'Dog', 'cat', 'kitten', 'other'");
    }

    private record Nested(int town) {}

    @Test
    void values_that_are_no_cells_are_refused() {
        TableEncoding encoding = ofTowns("x");
        for (Object value : new Object[] {
            new int[] {1}, new String[] {"x"}, List.of("x"), Map.of("x", 1), new Nested(1), new Object()
        }) {
            for (String column : List.of("age", "town")) {
                Map<String, Object> row = new HashMap<>(Map.of("age", 1, "town", "x"));
                row.put(column, value);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> encoding.features(List.of(row)))
                        .withMessage(
                                "row 0, counted from 0: column '%s': expected a text, a number, a flag or a value of an"
                                        + " enum, got a %s; give its parts, each in a column",
                                column, value.getClass().getTypeName());
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding.features(List.of(Map.of("age", 1e300, "town", "x"))))
                .withMessage("row 0, counted from 0: column 'age': 1.0E300 is too large: single precision ends at"
                        + " 3.4028235E38");
    }

    private record Alike(int age, int Age, String town) {}

    @Test
    void rows_that_cannot_be_told_are_refused() {
        TableEncoding encoding = ofTowns("x");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding.features(List.of(new Alike(1, 2, "x"))))
                .withMessageContaining("components 'age' and 'Age' of a ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding.features(Collections.singletonList(null)))
                .withMessageStartingWith("row 0, counted from 0: a row is a map")
                .withMessageEndingWith("got null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoding.features(List.of(new TreeMap<>(Map.of(1, 2)))))
                .withMessage("row 0, counted from 0: the names of columns are texts, got the keys [1]");
    }

    @Test
    void blanks_around_what_a_schema_names_do_not_count() {
        Label.Classes label = Label.yesWhere("single", "status", " Widowed ");
        assertThat(label.classOf()).containsOnlyKeys("Widowed");
        assertThat(Label.flags("a", "b").withValues(Set.of(" 1"), Set.of("0 ")).yes())
                .containsExactly("1");
        assertThat(TableSchema.builder().numbers("age").missing(" N/A ").build().missing())
                .containsExactly("N/A");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Label.classes("a", "b").withValue("x", "1").withValue("x ", "2"))
                .withMessage("Label of task 'a': 'x' stands for '1' and for '2'");
    }

    @Test
    void a_text_that_says_a_thing_twice_is_no_schema() {
        String json = SCHEMA.toJson();
        assertThat(TableSchema.fromJson("\uFEFF" + json)).isEqualTo(SCHEMA);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSchema.fromJson(
                        json.replaceFirst("\"role\" : \"number\"", "\"role\" : \"weight\",\n\"role\" : \"number\"")))
                .withMessageMatching("table schema: Duplicate field 'role' \\(line 6, column \\d+\\)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSchema.fromJson(json + "\n{}"))
                .withMessageStartingWith("table schema: there is more behind the end (line ");
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

    private static TableEncoding ofNumbers(Scaling scaling, double... numbers) {
        TableEncoding.Fitter fitter = TableEncoding.fitter(TableSchema.builder()
                .number("n", scaling)
                .label(new Label.Numbers("l", List.of("l"), scaling))
                .weight("w")
                .build());
        for (double number : numbers) {
            fitter.add(new Object[] {number, 1, number});
        }
        return fitter.build();
    }

    @Test
    void numbers_that_cannot_be_scaled_are_named_by_their_column() {
        for (Scaling scaling : List.of(Scaling.NONE, Scaling.STANDARD, Scaling.MIN_MAX)) {
            assertThatIllegalArgumentException()
                    .as("%s", scaling)
                    .isThrownBy(() -> ofNumbers(scaling, -1.7e308, -1.7e308, 1.7e308))
                    .withMessage(
                            "column 'n': the training rows' numbers, from -1.7E308 to 1.7E308, are too large or too"
                                    + " close to each other for the scaling %s in double precision",
                            scaling);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ofNumbers(Scaling.STANDARD, 1e200, 2e200)) // whose squares are infinite
                .withMessageContaining("column 'n'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ofNumbers(Scaling.MIN_MAX, 0, Double.MIN_VALUE)) // 1 / range is infinite
                .withMessageContaining("column 'n'");
        ofNumbers(Scaling.LOG_STANDARD, -1.7e308, 1.7e308);
        ofNumbers(Scaling.STANDARD, 5, 5);
    }

    @Test
    void numbers_that_single_precision_does_not_have_are_named_by_their_column() {
        TableEncoding plain = ofNumbers(Scaling.NONE, 1, 2);
        EncodedRow into = new EncodedRow(new int[0], new float[1]);
        plain.encode(new Object[] {3.4e38, 1, null}, into);
        assertThat(into.numbers()[0]).isEqualTo(3.4e38f);
        String message = " is too large: single precision ends at 3.4028235E38";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain.encode(new Object[] {-1e39, 1, null}, into))
                .withMessage("column 'n': -1.0E39" + message);
        TableEncoding scaled = ofNumbers(Scaling.MIN_MAX, 0, 1e-30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scaled.encode(new Object[] {1e10, 1, null}, into))
                .withMessageStartingWith("column 'n': 1.0E10 is too large: scaled it is ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scaled.encodeLabel(
                        scaled.schema().labels().get(0), new Object[] {0, 1, 1e10}, new float[1], new float[1]))
                .withMessageStartingWith("column 'l': 1.0E10 is too large: scaled it is ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain.weight(new Object[] {0, 1e39, 0}))
                .withMessage("column 'w': 1.0E39" + message);
    }
}
