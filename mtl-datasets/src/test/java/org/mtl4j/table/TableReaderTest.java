package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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
        byte[] cut = Arrays.copyOf(bytes.toByteArray(), bytes.size() - 12);
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
                "people, line 1: the schema has columns [age, town, buys], and the table has not: it has"
                        + " [age;town;buys]; it has the sign ';': TableReader.csv().withSeparator(';')");
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
        assertFails(TableReader.csv(), ",\n1,2\n", "people, line 1: none of the 2 columns has a name");
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
                .hasMessage("people, line 2: it is not in UTF-8: there is F6; give the character set that it is in by"
                        + " withCharset");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "town,buys,age;Bonn,no,1;\"Ulm,no,2;Köln,yes,3 | 3",
                "age,buys,town;1,no,\"Bonn;2,no,Ulm;3,no,Köln; | 2", // all that follows would be its town
                "age,buys,town;1,no,Bonn;3,no,\" | 3",
                "age,buys,town;1,no,Bonn;3,no,\"Ulm\"\" | 3",
            })
    void a_quote_without_an_end_takes_no_rows(String text, int line) {
        assertFails(
                TableReader.csv(),
                text.replace(';', '\n'),
                "people, line %s: a field that begins with a quote has no end".formatted(line));
        assertFails(
                TableReader.csv().withComment('#'),
                text.replace(';', '\r') + "\r# the end",
                "people, line %s: a field that begins with a quote has no end".formatted(line));
    }

    @Test
    void lines_are_named_where_the_quotes_are_wrong() {
        assertThatThrownBy(() -> read(TableReader.csv(), "age,town,buys\n1,Bonn,no\n2,\"Ulm\"er,no\n", PEOPLE))
                .isInstanceOfSatisfying(
                        TableFormatException.class, e -> assertThat(e.line()).hasValue(3))
                .hasMessageStartingWith("people, line 3: Unexpected character after closing quote");
    }

    @Test
    void rows_end_at_their_length_and_not_at_a_number_of_columns() throws IOException {
        TableReader reader = TableReader.csv().withMaxRowLength(30);
        String problem = "people, line 3: the row has more than the 30 characters that are accepted; is a quote not"
                + " closed?";
        String head = "age,town,buys\n1,Bonn,no\n";
        assertFails(reader, head + "1,\"" + "x".repeat(100_000), problem);
        assertFails(reader, head + "1,Bonn" + ",".repeat(100_000), problem);
        assertFails(reader, head + "1," + "x".repeat(31) + ",no\n", problem);
        assertThat(read(reader, head, PEOPLE).rows()).isEqualTo(1);
        assertThatThrownBy(() -> read(
                        TableReader.arff().withMaxRowLength(30),
                        "@attribute age numeric\n@data\n" + "1".repeat(31),
                        TableSchema.builder().numbers("age").build()))
                .hasMessage("people, line 3: the line has more than the 30 characters that are accepted");
        String names = IntStream.range(0, 30_000).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
        String numbers = IntStream.range(0, 30_000).mapToObj(i -> "" + i).collect(Collectors.joining(","));
        Table wide = read(
                TableReader.csv(),
                names + "\n" + numbers,
                TableSchema.builder().numbers("c0", "c29999").build());
        assertThat(wide.row(0)).containsExactly(0.0, 29_999.0);
    }

    private static Table readBytes(byte[] bytes) throws IOException {
        return TableReader.csv().read(new ByteArrayInputStream(bytes), "people", PEOPLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void a_mark_of_byte_order_says_what_the_characters_are(String charset) throws IOException {
        byte[] bytes = "\uFEFFage,town,buys\n1,Köln,no\n".getBytes(Charset.forName(charset));
        assertThat(readBytes(bytes).row(0)).containsExactly(1.0, "Köln", "no");
        byte[] without = "age,town,buys\n1,Köln,no\n".getBytes(Charset.forName(charset));
        if (!charset.equals("UTF-8")) {
            assertThatThrownBy(() -> readBytes(without))
                    .isInstanceOf(TableFormatException.class)
                    .hasMessage("people, line 1: it is not in UTF-8: there is a NUL character, as where UTF-16 is taken"
                            + " for something else; give the character set that it is in by withCharset");
        }
        assertThat(TableReader.csv()
                        .withCharset(Charset.forName(charset))
                        .read(new ByteArrayInputStream(without), "people", PEOPLE)
                        .row(0))
                .containsExactly(1.0, "Köln", "no");
    }

    @Test
    void what_is_no_text_is_named_with_its_line_however_far_behind() {
        String rows = "1,Bonn,no\r\n".repeat(5000);
        assertFails(
                TableReader.csv(),
                "age,town,buys\r\n" + rows + "1,B\0nn,no\r\n",
                "people, line 5002: it is not in UTF-8: there is a NUL character, as where UTF-16 is taken for"
                        + " something else; give the character set that it is in by withCharset");
        assertThatThrownBy(() -> readBytes(("age,town,buys\r" + rows.replace("\n", "") + "1,Köln,no\r")
                        .getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageStartingWith("people, line 5002: it is not in UTF-8: there is F6;");
        assertThatThrownBy(() -> readBytes(
                        ("age,town,buys\n" + rows + "x,Bonn,no\n1,Köln,no\n").getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageStartingWith("people, line 5002, column 'age': expected a finite number"); // the first
    }

    @ParameterizedTest
    @CsvSource({
        "504b0304140000, 'it is a ZIP archive, as .xlsx and .ods are'",
        "425a6839314159, it is compressed by bzip2",
        "fd377a585a0000, it is compressed by xz",
        "28b52ffd000000, it is compressed by zstd",
        "d0cf11e0a1b11a, it is a file of Excel's before .xlsx",
        "255044462d312e, it is PDF",
    })
    void files_of_other_forms_are_refused_by_their_names(String first, String problem) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(first);
        String message = "people: %s, not a text: unpack it, or write it as CSV".formatted(problem);
        assertThatThrownBy(() -> readBytes(bytes)).hasMessage(message);
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        assertThatThrownBy(() -> readBytes(zipped.toByteArray())).hasMessage(message);
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(twice)) {
            out.write(zipped.toByteArray());
        }
        assertThatThrownBy(() -> readBytes(twice.toByteArray()))
                .hasMessageStartingWith("people: it is compressed by gzip twice, not a text");
    }

    @Test
    void what_cannot_be_read_is_named(@TempDir Path folder) {
        assertThatThrownBy(() -> TableReader.csv().read(folder, PEOPLE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString());
        assertThatThrownBy(() -> TableReader.csv().open(folder, PEOPLE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString());
        assertThatThrownBy(() -> TableReader.csv().read(folder.resolve("none.csv"), PEOPLE))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none.csv");
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        assertThatThrownBy(() -> TableReader.csv().read(broken, "people", PEOPLE))
                .isInstanceOf(IOException.class)
                .hasMessage("people: the disk is gone");
        InputStream begun = new SequenceInputStream(
                new ByteArrayInputStream("age,town,buys\n1,x,no\n2,y,yes\n3,".getBytes(StandardCharsets.UTF_8)),
                broken);
        assertThatThrownBy(() -> TableReader.csv().read(begun, "people", PEOPLE))
                .isInstanceOf(IOException.class)
                .hasMessage("people, at or behind line 3: the disk is gone");
    }

    private static byte[] zipped(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    /** Gives one byte at a time, and never says whether there will be more, as a pipe does. */
    private static InputStream trickle(byte[] bytes) {
        return new InputStream() {
            private int place;

            @Override
            public int read() {
                return place == bytes.length ? -1 : Byte.toUnsignedInt(bytes[place++]);
            }

            @Override
            public int read(byte[] into, int from, int length) {
                if (length == 0 || place == bytes.length) {
                    return length == 0 ? 0 : -1;
                }
                into[from] = bytes[place++];
                return 1;
            }
        };
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Test
    void a_stream_may_give_one_byte_at_a_time() throws IOException {
        String text = "\uFEFFage,town,buys\r\n41,\"Köln, 年\",yes\r\n?,😀,no\r\n";
        for (byte[] bytes : List.of(text.getBytes(StandardCharsets.UTF_8), zipped(text))) {
            Table table = TableReader.csv().read(trickle(bytes), "people", PEOPLE);
            assertThat(table.rows()).isEqualTo(2);
            assertThat(table.row(0)).containsExactly(41.0, "Köln, 年", "yes");
            assertThat(table.row(1)).containsExactly(null, "😀", "no");
        }
        Table utf16 = TableReader.csv().read(trickle(text.getBytes(StandardCharsets.UTF_16LE)), "people", PEOPLE);
        assertThat(utf16.row(0)).containsExactly(41.0, "Köln, 年", "yes");
        String attributes = "@attribute age numeric\n@attribute town string\n@attribute buys {no,yes}\n";
        byte[] bytesOfArff = (attributes + "@data\n1,x,no").getBytes(StandardCharsets.UTF_8);
        Table arff = TableReader.arff().read(trickle(bytesOfArff), "people", PEOPLE);
        assertThat(arff.row(0)).containsExactly(1.0, "x", "no");
    }

    @Test
    void all_members_of_a_compressed_file_are_read() throws IOException {
        byte[] file = joined(zipped("age,town,buys\n1,a"), zipped(""), zipped(",no\n"), zipped("2,b,yes\n"));
        for (InputStream in : List.of(new ByteArrayInputStream(file), trickle(file))) {
            Table table = TableReader.csv().read(in, "people", PEOPLE);
            assertThat(table.rows()).isEqualTo(2);
            assertThat(table.row(0)).containsExactly(1.0, "a", "no");
            assertThat(table.row(1)).containsExactly(2.0, "b", "yes");
        }
    }

    private static void assertDamaged(byte[] file, int line, String problem, Path folder) throws IOException {
        Path path = folder.resolve("people.csv.gz");
        Files.write(path, file);
        String place = line == 0 ? "" : ", line " + line;
        String message = place + ": the compressed file is damaged" + (line == 0 ? "" : " at or behind this row") + ": "
                + problem;
        for (InputStream in : List.of(new ByteArrayInputStream(file), trickle(file))) {
            assertThatThrownBy(() -> TableReader.csv().read(in, "people", PEOPLE))
                    .isInstanceOf(TableFormatException.class)
                    .hasMessage("people" + message);
        }
        assertThatThrownBy(() -> {
                    try (TableRows rows = TableReader.csv().open(path, PEOPLE)) {
                        while (rows.next() != null) {
                            assertThat(rows.line()).isPositive();
                        }
                    }
                })
                .isInstanceOf(TableFormatException.class)
                .hasMessage(path + message);
    }

    @Test
    void damage_of_a_compressed_file_is_told_with_the_line_that_was_reached(@TempDir Path folder) throws IOException {
        StringBuilder text = new StringBuilder("age,town,buys\n");
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            text.append("%s,town%s,no\n".formatted(random.nextInt(100), random.nextInt()));
        }
        byte[] file = zipped(text.toString());
        byte[] wrongSum = file.clone();
        wrongSum[file.length - 8] ^= 1;
        assertDamaged(wrongSum, 1001, "Corrupt GZIP trailer", folder);
        for (int cut = 1; cut <= 8; cut++) {
            assertDamaged(Arrays.copyOf(file, file.length - cut), 1001, "it has no end", folder);
        }
        for (int behind : new int[] {1, 2, 7, 8, 9, 10, 17, 18, 19, 27, 100, 70_000}) {
            for (byte[] start : new byte[][] {{}, {0x1f}, {0x1f, (byte) 0x8b}}) {
                byte[] more = Arrays.copyOf(start, behind);
                assertDamaged(
                        joined(file, more),
                        1001,
                        "there is something else behind the end of what is compressed",
                        folder);
            }
        }
        byte[] half = Arrays.copyOf(file, file.length / 2);
        assertThatThrownBy(() -> TableReader.csv().read(trickle(half), "people", PEOPLE))
                .isInstanceOfSatisfying(
                        TableFormatException.class,
                        damaged -> assertThat(damaged.line().orElseThrow()).isBetween(400L, 600L))
                .hasMessageContaining("the compressed file is damaged at or behind this row: Unexpected end");
        byte[] small = zipped("age,town,buys\n");
        assertDamaged(Arrays.copyOf(small, 12), 0, "Unexpected end of ZLIB input stream", folder);
        assertDamaged(new byte[] {0x1f, (byte) 0x8b}, 0, "it has no end", folder);
    }

    @Test
    void codes_with_leading_zeros_are_no_numbers() throws IOException {
        StringBuilder text = new StringBuilder("zip,phone,amount,größe,年\n");
        for (int i = 0; i < 60; i++) {
            text.append("0%d,00%d,0.%d,%d,%d\n".formatted(1000 + i % 15, i % 12, i, i % 3, i % 2));
        }
        TableSchema schema = TableReader.csv()
                .guess(
                        new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)),
                        "towns",
                        "größe",
                        "年",
                        "zip");
        assertThat(schema.categories()).extracting(Column::name).containsExactly("phone");
        assertThat(schema.numbers()).extracting(Column.Number::name).containsExactly("amount");
        assertThat(schema.labels())
                .containsExactly(
                        Label.classes("zip", "zip"), Label.classes("gr-e", "größe"), Label.classes("label", "年"));
        String alike = "a b,a-b,年,月,x\n1,0,1,0,5.5\n0,1,0,1,2.5\n";
        assertThat(TableReader.csv()
                        .guess(
                                new ByteArrayInputStream(alike.getBytes(StandardCharsets.UTF_8)),
                                "alike",
                                "a b",
                                "a-b",
                                "年",
                                "月")
                        .labels())
                .extracting(Label::task)
                .containsExactly("a-b", "a-b-2", "label", "label-2");
    }

    @Test
    void numbers_beyond_single_precision_are_refused_with_line_and_column() throws IOException {
        TableSchema plain = TableSchema.builder()
                .number("age", Scaling.NONE)
                .label(Label.numbers("price", "price"))
                .weight("weight")
                .build();
        TableEncoding encoding = read(TableReader.csv(), "age,price,weight\n1,2,1\n3,4,1\n", plain)
                .fitEncoding();
        for (String row : List.of("1e39,1,1", "1,-1e39,1", "1,1,1e39")) {
            Table table = read(TableReader.csv(), "age,price,weight\n1,2,3\n" + row, plain);
            String column = row.startsWith("1e39") ? "age" : row.endsWith("1e39") ? "weight" : "price";
            assertThatThrownBy(() -> table.batches(encoding))
                    .isInstanceOf(TableFormatException.class)
                    .hasMessageMatching("people, line 3, column '%s': -?1.0E39 is too large: single precision ends at"
                                    .formatted(column)
                            + " 3.4028235E38");
        }
        TableSchema scaled = TableSchema.builder().numbers("age").build();
        for (String rows : List.of("1e308\n-1e308", "0\n1e-310")) {
            Table table = read(TableReader.csv(), "age\n" + rows, scaled);
            assertThatThrownBy(table::fitEncoding)
                    .isInstanceOf(TableFormatException.class)
                    .hasMessageStartingWith("people, column 'age': the training rows' numbers, from ")
                    .hasMessageContaining("are too large or too close to each other for the scaling ");
        }
    }

    @Test
    void a_wrong_flag_is_named_by_its_own_column() throws IOException {
        TableSchema schema = TableSchema.builder()
                .numbers("age")
                .label(Label.flags("wears", "hat", "scarf"))
                .build();
        Table table = read(TableReader.csv(), "age,hat,scarf\n1,1,0\n2,0,maybe\n", schema);
        TableEncoding encoding = table.fitEncoding();
        assertThatThrownBy(() -> table.batches(encoding))
                .hasMessage(
                        "people, line 3, column 'scarf': task 'wears': expected one of [1] for yes or [0] for no, got"
                                + " 'maybe'");
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
                "@attribute age {1,2} x;@data | people, line 1: there is more behind the values of"
                        + " attribute 'age': 'x'",
                "@attribute age {1,2};@data;2;3 | people, line 4, column 'age': '3' is none of the values that"
                        + " the header declares, {1, 2}",
                "@attribute age {a,B};@data;A | people, line 3, column 'age': 'A' is none of the values that the header"
                        + " declares, {a, B}",
                "@attribute age {1,2};@data;{0 3} | people, line 3, column 'age': '3' is none of the values that the"
                        + " header declares, {1, 2}",
                "@attribute age {1,2};@data;2 % two | people, line 3, column 'age': '2 % two' is none of the values"
                        + " that the header declares, {1, 2}",
                "@attribute age string;@data;{0 2, 0 3} | people, line 3: attribute 0, counted from 0, has two values",
                "@attribute age string;@data;1,{2} | people, line 3: weights of rows in braces behind them are not"
                        + " read; make them an attribute, and the schema's weight",
                "@attribute age string;@data;{0 1},{2} | people, line 3: weights of rows in braces behind them are not"
                        + " read; make them an attribute, and the schema's weight",
                "@attribute age string;@data;{0 2 | people, line 3: a sparse row has no '}' at its end",
            })
    void what_is_wrong_with_arff_is_said_with_its_line(String text, String message) {
        TableSchema schema = TableSchema.builder().categories("age").build();
        assertThatThrownBy(() -> read(TableReader.arff(), text.replace(';', '\n'), schema))
                .isInstanceOf(TableFormatException.class)
                .hasMessage(message);
    }

    @Test
    void arff_takes_signs_as_weka_does() throws IOException {
        String text =
                "@attribute age numeric % in years\n@attribute town {'a % b', x} % of two\n@attribute note string\n"
                        + "@data\n1,'a % b','two\\nlines'\r2,x,C:\\new\r\n{2 \"it\\'s\"}\n";
        TableSchema schema =
                TableSchema.builder().numbers("age").categories("town", "note").build();
        Table table = read(TableReader.arff(), text, schema);
        assertThat(table.row(0)).containsExactly(1.0, "a % b", "two\nlines");
        assertThat(table.row(1)).containsExactly(2.0, "x", "C:\\new");
        assertThat(table.row(2)).containsExactly(0.0, "a % b", "it's");
        assertThat(table.line(2)).isEqualTo(7);
    }

    /** As programs write them that number their rows, or end each line with a separator. */
    @Test
    void columns_without_names_are_passed_over() throws IOException {
        StringBuilder text = new StringBuilder(",age,town,,buys,\n");
        for (int i = 0; i < 30; i++) {
            text.append(
                    "%s,%s,%s,x,%s,\n".formatted(i, 20 + i, i % 3 == 0 ? "Bonn" : "Ulm", i % 2 == 0 ? "yes" : "no"));
        }
        Table table = read(TableReader.csv(), text.toString(), PEOPLE);
        assertThat(table.columns()).containsExactly("age", "town", "buys");
        assertThat(table.rows()).isEqualTo(30);
        TableSchema guess = guess(TableReader.csv(), text, "buys");
        assertThat(guess.usedColumns()).containsExactly("age", "town", "buys");
        assertFails(
                TableReader.csv(),
                ",years\n0,1\n",
                "people, line 1: the schema has columns [age, town, buys], and the table has not: it has [years]");
        assertThatThrownBy(() -> TableReader.csv()
                        .guess(new ByteArrayInputStream(",a\n1,2\n".getBytes(StandardCharsets.UTF_8)), "people", ""))
                .hasMessage("people, line 1: there is no column '' for a label; there are [a]");
    }

    private static TableSchema guess(TableReader reader, CharSequence text, String... labels) throws IOException {
        return reader.guess(
                new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)), "people", labels);
    }

    /** What looks like codes is a number if the file says so, and what looks like numbers or names a category. */
    @Test
    void types_of_arff_are_believed_in_a_guess() throws IOException {
        StringBuilder text = new StringBuilder("@relation r\n@attribute rooms numeric\n@attribute zip integer\n"
                + "@attribute size {1.5,2.5,10.25}\n@attribute name {" + "n0");
        for (int i = 1; i < 40; i++) {
            text.append(",n").append(i);
        }
        text.append("}\n@attribute note string\n@attribute grade numeric\n@attribute late {0,1}\n@data\n");
        for (int i = 0; i < 40; i++) {
            text.append(i % 3)
                    .append(",007")
                    .append(i % 10)
                    .append(i % 2 == 0 ? ",1.5,n" : ",10.25,n")
                    .append(i);
            text.append(",a")
                    .append(i % 4)
                    .append(',')
                    .append(i % 5)
                    .append(',')
                    .append(i % 2)
                    .append('\n');
        }
        TableSchema guess = guess(TableReader.arff(), text, "grade", "late");
        assertThat(guess.numbers()).extracting(Column.Number::name).containsExactly("rooms", "zip");
        assertThat(guess.categories()).extracting(Column.Category::name).containsExactly("size", "name", "note");
        assertThat(guess.labels()).allMatch(label -> label instanceof Label.Classes);
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
        TableSchema schema = guess(TableReader.csv(), text, "price", "buys it");
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
                .hasMessage("people, line 1: there is no column 'c' for a label; there are [a, b]");
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
