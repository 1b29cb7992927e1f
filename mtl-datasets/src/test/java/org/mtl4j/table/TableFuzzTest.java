package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * Random damage to valid tables and to what is saved of them: either it is read, in memory and row by row alike, or
 * there is an exception that names the file and, where there is one, the line. For longer runs give
 * {@code -Dmtl.fuzz.rounds=1000000} and {@code -Dmtl.fuzz.seed=2}.
 */
class TableFuzzTest {
    private static final int ROUNDS = Integer.getInteger("mtl.fuzz.rounds", 1500);
    private static final long SEED = Long.getLong("mtl.fuzz.seed", 1);
    private static final int LONGEST_ROW = 200;

    private static final TableSchema SCHEMA = TableSchema.builder()
            .add(new Column.Number("age", Scaling.STANDARD, true))
            .number("gain", Scaling.LOG_STANDARD)
            .categories("town")
            .label(Label.classes("kind", "kind"))
            .label(Label.flags("hat", "hat"))
            .weight("w")
            .missing("?")
            .build();

    private static final String CSV = """
            age,gain,town,kind,hat,w
            20,1e3,"Bonn, ""am Rhein"\"",a,1,1
            ?,-5,Ulm,b,0,2.5
            31,,Köln,a,?,0
            """;

    private static final String ARFF = """
            % people
            @relation people
            @attribute age numeric
            @attribute gain real
            @attribute town string
            @attribute kind {a,b}
            @attribute hat {0,1}
            @attribute w numeric
            @data
            20,1e3,'Bonn am Rhein',a,1,1
            ?,-5,Ulm,b,0,2.5
            {0 31, 2 Aachen, 3 a, 5 1}
            """;

    private static final String[] WORDS = {
        "NaN",
        "Infinity",
        "1e999",
        "-1",
        "\"",
        "'",
        "\"\"",
        ",",
        ",,,",
        "\n",
        "\r",
        "\r\n",
        "\uFEFF",
        "\u0000",
        "@data",
        "@attribute x numeric\n",
        "{",
        "}",
        "{0 1, 0 2}",
        "%",
        "?",
        "\u2028",
        "0x1p3",
        "1_000",
        "\uD800",
        "age,age\n"
    };

    @TempDir
    private Path directory;

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> { // a part twice, or missing
                    int from = random.nextInt(bytes.length);
                    bytes = joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, from, bytes.length));
                }
                case 3 -> { // a long part
                    byte[] many = new byte[random.nextInt(3 * LONGEST_ROW)];
                    Arrays.fill(many, (byte) ('0' + random.nextInt(80)));
                    bytes = inserted(bytes, at, many);
                }
                default ->
                    bytes = inserted(bytes, at, WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes;
    }

    private static byte[] inserted(byte[] bytes, int at, byte[] more) {
        return joined(joined(Arrays.copyOf(bytes, at), more), Arrays.copyOfRange(bytes, at, bytes.length));
    }

    private static byte[] joined(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static byte[] compressed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        }
        return out.toByteArray();
    }

    /** {@return a text that says what came out: how many rows, or the message of the one exception that may} */
    private static String outcome(Reading reading) throws IOException {
        try {
            return reading.run();
        } catch (TableFormatException e) {
            assertThat(e.getMessage()).startsWith(e.source()).isNotBlank();
            return e.getMessage();
        }
    }

    private interface Reading {
        String run() throws IOException;
    }

    @Test
    void damaged_tables_are_read_or_refused_with_their_place() throws IOException {
        Random random = new Random(SEED);
        Map<String, Integer> outcomes = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            boolean arff = random.nextInt(3) == 0;
            byte[] text = (arff ? ARFF : CSV).getBytes(StandardCharsets.UTF_8);
            boolean zipped = random.nextInt(8) == 0;
            byte[] bytes = zipped ? damaged(compressed(text), random) : damaged(text, random);
            if (random.nextInt(20) == 0) {
                bytes = compressed(bytes); // as it is, of damaged text
            }
            TableReader reader = (arff ? TableReader.arff() : TableReader.csv())
                    .withMaxRowLength(LONGEST_ROW)
                    .withMaxRows(1000);
            byte[] file = bytes;
            String said = "round %s: %s".formatted(round, new String(file, StandardCharsets.ISO_8859_1));
            try {
                String read = outcome(() -> {
                    Table table = reader.read(new ByteArrayInputStream(file), "fuzz", SCHEMA);
                    return "rows " + table.rows() + encoded(table);
                });
                outcomes.merge(read.startsWith("rows ") ? "read" : "refused", 1, Integer::sum);
                if (round % 10 == 0) {
                    Path onDisk = Files.write(directory.resolve("fuzz"), file);
                    String streamed = outcome(() -> "rows " + count(reader, onDisk));
                    assertThat(streamed.replace(onDisk.toString(), "fuzz"))
                            .as(said)
                            .isEqualTo(read.replaceAll("(?s)^(rows \\d+).*", "$1"));
                }
                outcome(() -> {
                    TableSchema guessed = reader.guess(new ByteArrayInputStream(file), "fuzz", "kind");
                    assertThat(TableSchema.fromJson(guessed.toJson())).isEqualTo(guessed);
                    return "rows "
                            + reader.read(new ByteArrayInputStream(file), "fuzz", guessed)
                                    .rows();
                });
            } catch (IOException | RuntimeException | Error e) {
                throw new AssertionError(said, e);
            }
        }
        assertThat(outcomes.get("read")).isGreaterThan(ROUNDS / 40);
        assertThat(outcomes.get("refused")).isGreaterThan(ROUNDS / 40);
    }

    private static String encoded(Table table) throws IOException {
        TableEncoding encoding = table.fitEncoding();
        TableBatches batches = table.batches(encoding);
        long rows = 0;
        while (batches.hasNext()) {
            rows += batches.next().getFeatures(0).size(0);
        }
        assertThat(rows).isEqualTo(table.rows());
        assertThat(TableEncoding.fromJson(encoding.toJson())).isEqualTo(encoding);
        return ", encoded";
    }

    /** Looks, as well, at whether what cannot be encoded is told alike. */
    private static int count(TableReader reader, Path file) throws IOException {
        TableEncoding encoding = reader.fitEncoding(SCHEMA, file);
        int count = 0;
        try (StreamedTableBatches rows = reader.batches(encoding, file)) {
            while (rows.hasNext()) {
                count += (int) rows.next().getFeatures(0).size(0);
            }
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
        return count;
    }

    @Test
    void damaged_schemas_and_encodings_are_read_or_refused() throws IOException {
        Random random = new Random(SEED);
        byte[] schema = SCHEMA.toJson().getBytes(StandardCharsets.UTF_8);
        byte[] encoding = TableReader.csv()
                .read(new ByteArrayInputStream(CSV.getBytes(StandardCharsets.UTF_8)), "fuzz", SCHEMA)
                .fitEncoding()
                .toJson()
                .getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            boolean ofSchema = random.nextBoolean();
            String text = new String(damaged(ofSchema ? schema : encoding, random), StandardCharsets.UTF_8);
            try {
                if (ofSchema) {
                    TableSchema.fromJson(text);
                } else {
                    TableEncoding.fromJson(text).features(List.of(Map.of("age", 1, "gain", 2, "town", "Ulm")));
                }
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("round %s: %s".formatted(round, text), e);
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 4);
    }
}
