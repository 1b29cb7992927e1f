package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

class TableReaderTest {
    private static final TableSchema PEOPLE = TableSchema.builder()
            .numbers("age")
            .categories("town")
            .label(Label.classes("buys", "buys", List.of("no", "yes")))
            .missing("?")
            .build();

    private static Table read(TableReader reader, String text, TableSchema schema) throws IOException {
        return reader.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "people", schema);
    }

    private static void assertFails(TableReader reader, String text, String message) {
        assertThatThrownBy(() -> read(reader, text, PEOPLE))
                .isInstanceOf(TableFormatException.class)
                .hasMessage(message);
    }

    @Test
    void rows_are_read_by_the_names_of_their_columns() throws IOException {
        Table table = read(
                TableReader.csv(),
                "\uFEFFtown, buys ,note,age\r\n"
                        + "\"Bonn, am Rhein\",yes,\"two\nlines, \"\"quoted\"\"\", 41 \r\n\n?,no,,\n",
                PEOPLE);
        assertThat(table.rows()).isEqualTo(2);
        assertThat(table.columns()).containsExactly("age", "town", "buys");
        assertThat(table.row(0)).containsExactly(41.0, "Bonn, am Rhein", "yes");
        assertThat(table.row(1)).containsExactly(null, null, "no");
        assertThat(table.line(1)).isEqualTo(5);
        assertThat(table.select(1, 0, 1).value(1, "age")).isEqualTo(41.0);
        assertThat(table.fitEncoding().values("town")).containsExactly("Bonn, am Rhein");
    }

    @Test
    void separators_comments_headers_and_compression_are_options() throws IOException {
        TableReader reader = TableReader.csv()
                .withSeparator('\t')
                .withQuote('\'')
                .withComment('#')
                .withHeader("age", "town", "buys")
                .withCharset(StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write("#age\n5\t'Köln\t2'\tno\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        Table table = reader.read(new ByteArrayInputStream(bytes.toByteArray()), "people", PEOPLE);
        assertThat(table.row(0)).containsExactly(5.0, "Köln\t2", "no");
        byte[] cut = java.util.Arrays.copyOf(bytes.toByteArray(), bytes.size() - 12);
        assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(cut), "people", PEOPLE))
                .isInstanceOf(TableFormatException.class)
                .hasMessageStartingWith("people: the compressed file is damaged: ");
    }

    @Test
    void what_is_wrong_is_said_with_line_and_column() {
        assertFails(
                TableReader.csv(),
                "age,town,buys\n1,Bonn,no\n1,5,Bonn,no\n",
                "people, line 3: expected 3 fields (age, town, buys), got 4");
        assertFails(
                TableReader.csv(),
                "age;town;buys\n1;Bonn;no\n",
                "people: the schema has columns [age, town, buys], and the table has not: it has [age;town;buys]");
        assertFails(
                TableReader.csv().withHeader("age", "town", "buys"),
                "1;Bonn;no\n",
                "people, line 1: expected 3 fields (age, town, buys), got 1; it has the sign ';':"
                        + " TableReader.csv().withSeparator(';')");
        assertFails(
                TableReader.csv(),
                "age,town,buys\n1,Bonn,no\n\"4\n\",\"a\nb\",no\ntwelve,Bonn,no\n",
                "people, line 6, column 'age': expected a finite number, such as -1.5 or 2e3, got 'twelve'; texts that"
                        + " stand for a missing value are named by TableSchema.Builder.missing");
        assertFails(TableReader.csv(), "age,town,age\n", "people, line 1: two columns are called 'age'");
        assertFails(TableReader.csv(), "age,,buys\n", "people, line 1: column 2 of 3 has no name");
        assertFails(TableReader.csv(), "", "people: there is no row, not even one with the names of the columns");
        assertFails(
                TableReader.csv().withMaxRows(1),
                "age,town,buys\n1,Bonn,no\n1,Bonn,no\n",
                "people, line 3: there are more than the 1 rows that are accepted");
        assertThatThrownBy(() -> TableReader.csv()
                        .read(
                                new ByteArrayInputStream(
                                        "age,town,buys\n1,K\u00f6ln,no\n".getBytes(StandardCharsets.ISO_8859_1)),
                                "people",
                                PEOPLE))
                .isInstanceOf(TableFormatException.class)
                .hasMessage("people: it is not in UTF-8; give the character set that it is in by withCharset");
        assertThatThrownBy(() -> read(
                        TableReader.csv().withMaxRowLength(1000), "age,town,buys\n1,\"" + "x".repeat(100_000), PEOPLE))
                .isInstanceOf(TableFormatException.class);
    }

    @Test
    void arff_is_read_dense_and_sparse() throws IOException {
        String text = "% people\n@RELATION 'some people'\n\n@attribute age numeric\n"
                + "@ATTRIBUTE 'home town' {Bonn, 'Bad Ems', \"K\\\"oln\"}\n"
                + "@attribute buys\t{no,yes}\n@data\n"
                + "41, 'Bad Ems', yes\n?,\"K\\\"oln\",?\n% sparse\n{0 7, 2 yes}\n{1 'Bad Ems'}\n{}\n";
        TableSchema schema = TableSchema.builder()
                .numbers("age")
                .categories("home town")
                .label(Label.classes("buys", "buys"))
                .build();
        Table table = read(TableReader.arff(), text, schema);
        assertThat(table.rows()).isEqualTo(5);
        assertThat(table.row(0)).containsExactly(41.0, "Bad Ems", "yes");
        assertThat(table.row(1)).containsExactly(null, "K\"oln", null);
        assertThat(table.row(2)).containsExactly(7.0, "Bonn", "yes"); // what is not there is the first value
        assertThat(table.row(3)).containsExactly(0.0, "Bad Ems", "no");
        assertThat(table.row(4)).containsExactly(0.0, "Bonn", "no");
        assertThat(table.line(2)).isEqualTo(11);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "@attribute age numeric | people: no @data: this is no ARFF file, or its end is missing",
                "@data | people, line 1: there is no @attribute before @data",
                "age,town | people, line 1: expected @relation, @attribute or @data, got 'age,town'",
                "@attribute age relational | people, line 1: attribute 'age': type 'relational' is not read; there are"
                        + " numeric, real, integer, string, date and {values}",
                "@attribute age {1,2 | people, line 1: the values of attribute 'age' have no '}' in the same line",
                "@attribute age numeric;@data;1,2 | people, line 3: expected 1 fields (age), got 2",
                "@attribute age string;@data;'1 | people, line 3: a field that begins with ' has no end",
                "@attribute age string;@data;'1' 2 | people, line 3: there is more behind the quoted field '1'",
                "@attribute age string;@data;{1 2} | people, line 3: attribute 1 of 1, counted from 0",
                "@attribute age string;@data;{x 2} | people, line 3: expected '{INDEX VALUE, ...}', got '{x 2}'",
                "@attribute age string;@data;{0 2 | people, line 3: a sparse row has no '}' at its end",
            })
    void what_is_wrong_with_arff_is_said_with_its_line(String text, String message) {
        TableSchema schema = TableSchema.builder().categories("age").build();
        assertThatThrownBy(() -> read(TableReader.arff(), text.replace(';', '\n'), schema))
                .isInstanceOf(TableFormatException.class)
                .hasMessage(message);
    }

    @Test
    void a_schema_is_guessed() throws IOException {
        StringBuilder text = new StringBuilder("id,age,gain,level,town,same,price,buys it\n");
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            text.append("p%d,%d,%d,%d,%s,1,%s,%s\n"
                    .formatted(
                            i,
                            18 + random.nextInt(60),
                            i % 100 == 0 ? 90000 + i : random.nextInt(30),
                            random.nextInt(3),
                            i % 7 == 0 ? "?" : "town" + random.nextInt(5),
                            i == 5 ? "NA" : "" + random.nextInt(1000) / 10.0,
                            random.nextBoolean() ? "yes" : "no"));
        }
        TableSchema schema = TableReader.csv()
                .guess(
                        new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)),
                        "people",
                        "price",
                        "buys it");
        assertThat(schema.columns())
                .containsExactly(
                        new Column.Ignored("id"),
                        new Column.Number("age", Scaling.STANDARD, false),
                        new Column.Number("gain", Scaling.LOG_STANDARD, false),
                        new Column.Category("level", 1, Integer.MAX_VALUE),
                        new Column.Category("town", 1, Integer.MAX_VALUE),
                        new Column.Ignored("same"));
        assertThat(schema.labels())
                .containsExactly(Label.numbers("price", "price"), Label.classes("buys-it", "buys it"));
        assertThat(schema.missing()).containsExactlyInAnyOrder("?", "NA");
        assertThatThrownBy(() -> TableReader.csv()
                        .guess(new ByteArrayInputStream("a,b\n".getBytes(StandardCharsets.UTF_8)), "people", "c"))
                .isInstanceOf(TableFormatException.class)
                .hasMessage("people: there is no column 'c' for a label; there are [a, b]");
    }

    @Test
    void whatever_stands_in_a_file_is_a_table_or_an_error_that_names_it() {
        String[] pieces = {
            "age",
            "town",
            "buys",
            ",",
            ",",
            "\n",
            "\"",
            "'",
            "1",
            "-2.5e3",
            "yes",
            "no",
            "?",
            "\r",
            "{",
            "}",
            "@data",
            "@attribute ",
            "%",
            "\\",
            "\t",
            "ä",
            " ",
            "\u0000",
            "age,town,buys\n"
        };
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "age,town,buys\n" : "");
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(4) == 0 && bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            for (TableReader reader : List.of(TableReader.csv(), TableReader.arff())) {
                try {
                    reader.read(new ByteArrayInputStream(bytes), "people", PEOPLE);
                } catch (TableFormatException e) {
                    assertThat(e).hasMessageStartingWith("people");
                } catch (IOException | RuntimeException e) {
                    throw new AssertionError("seed " + seed + ": " + text, e);
                }
            }
        }
    }

    /** Adult, of the UCI repository, where the research data is. */
    @Test
    void adult_is_read() throws IOException {
        Path folder = Path.of("../../shared/tabular");
        assumeTrue(Files.exists(folder), "skipped: there is no ../shared/tabular");
        TableReader reader = TableReader.csv()
                .withHeader(
                        "age",
                        "workclass",
                        "fnlwgt",
                        "education",
                        "education-num",
                        "marital-status",
                        "occupation",
                        "relationship",
                        "race",
                        "sex",
                        "capital-gain",
                        "capital-loss",
                        "hours-per-week",
                        "native-country",
                        "income")
                .withComment('|');
        TableSchema guess = reader.guess(folder.resolve("adult.data"), "income");
        assertThat(guess.categories())
                .extracting(Column::name)
                .containsExactly(
                        "workclass",
                        "education",
                        "marital-status",
                        "occupation",
                        "relationship",
                        "race",
                        "sex",
                        "native-country");
        assertThat(guess.numbers())
                .extracting(Column.Number::name)
                .containsExactly("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week");
        assertThat(guess.missing()).containsExactly("?");
        TableSchema schema = TableSchema.builder()
                .numbers("age")
                .categories("workclass")
                .label(Label.classes("income", "income", List.of("<=50K", ">50K"))
                        .withValue("<=50K.", "<=50K")
                        .withValue(">50K.", ">50K"))
                .label(Label.yesWhere("single", "marital-status", "Never-married"))
                .missing("?")
                .build();
        Table training = reader.read(folder.resolve("adult.data"), schema);
        Table test = reader.read(folder.resolve("adult.test"), schema);
        assertThat(training.rows()).isEqualTo(32_561);
        assertThat(test.rows()).isEqualTo(16_281);
        TableEncoding encoding = training.fitEncoding();
        assertThat(encoding.categorySizes()).containsExactly(10); // eight values, not seen, and missing
        int rich = 0;
        for (int row = 0; row < test.rows(); row++) {
            float[] income = new float[2];
            encoding.encodeLabel(schema.labels().get(0), test.row(row), income, new float[1]);
            rich += (int) income[1];
        }
        assertThat(rich).isEqualTo(3_846); // as adult.names says, 23.62 % of the test rows
    }
}
