package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.layer.Shape;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;

class TableBatchesTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .add(new Column.Number("age", Scaling.NONE, true))
            .number("gain", Scaling.MIN_MAX)
            .categories("town", "work")
            .label(Label.classes("income", "income", List.of("low", "high")))
            .label(Label.numbers("sizes", "height", "width"))
            .label(Label.flags("wears", "hat", "scarf"))
            .weight("w")
            .missing("?")
            .build();

    private static final String ROWS = """
            age,gain,town,work,income,height,width,hat,scarf,w
            20,0,Bonn,shop,low,1.5,2,1,0,1
            40,10,Ulm,?,high,,3,0,?,2
            ?,5,Bonn,farm,?,-1,-2,1,1,0.5
            """;

    @TempDir
    private Path directory;

    private static Table table(String text) throws IOException {
        return TableReader.csv()
                .read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "people.csv", SCHEMA);
    }

    private static float[][] rows(INDArray array) {
        return array.toFloatMatrix();
    }

    @Test
    void a_batch_has_inputs_tasks_masks_weights_and_where_its_rows_are_from() throws IOException {
        Table table = table(ROWS);
        TableEncoding encoding = table.fitEncoding();
        assertThat(encoding.inputs()).isEqualTo(Map.of("codes", Shape.categories(4, 4), "numbers", Shape.vector(3)));
        Batch batch = (Batch) table.batches(encoding).next();
        assertThat(batch.inputs()).containsExactly("codes", "numbers");
        assertThat(batch.tasks()).containsExactly("income", "sizes", "wears");
        // Bonn is the most frequent town; shop and farm are as frequent, so in the order of the alphabet
        assertThat(rows(batch.getFeatures(0))).isEqualTo(new float[][] {{2, 3}, {3, 1}, {2, 2}});
        // the mean age of 20 and 40 where it is missing, which the last column says; gains of 0 to 10
        assertThat(rows(batch.getFeatures(1))).isEqualTo(new float[][] {{20, 0, 0}, {40, 1, 0}, {30, 0.5f, 1}});
        assertThat(rows(batch.getLabels(0))).isEqualTo(new float[][] {{1, 0}, {0, 1}, {0, 0}});
        assertThat(rows(batch.getLabelsMaskArray(0))).isEqualTo(new float[][] {{1}, {1}, {0}});
        assertThat(rows(batch.getLabels(1))).isEqualTo(new float[][] {{1.5f, 2}, {0, 3}, {-1, -2}});
        assertThat(rows(batch.getLabelsMaskArray(1))).isEqualTo(new float[][] {{1, 1}, {0, 1}, {1, 1}});
        assertThat(rows(batch.getLabels(2))).isEqualTo(new float[][] {{1, 0}, {0, 0}, {1, 1}});
        assertThat(rows(batch.getLabelsMaskArray(2))).isEqualTo(new float[][] {{1, 1}, {1, 0}, {1, 1}});
        assertThat(rows(batch.weights().orElseThrow())).isEqualTo(new float[][] {{1}, {2}, {0.5f}});
        assertThat(batch.getExampleMetaData())
                .extracting(Object::toString)
                .containsExactly("people.csv, line 2", "people.csv, line 3", "people.csv, line 4");
        Batch first = (Batch) table.batches(encoding).next(1);
        assertThat(first.getLabelsMaskArrays()).isNull(); // all labels are there
    }

    /** Columns of a random table, with what is missing here and there. */
    private static String random(int rows, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("age,gain,town,work,income,height,width,hat,scarf,w\n");
        for (int row = 0; row < rows; row++) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s,%d,t%d,%s,%s,%d,%s,%d,%s,%d%n",
                    random.nextInt(5) == 0 ? "?" : random.nextInt(80),
                    random.nextInt(1000),
                    random.nextInt(30),
                    random.nextInt(9) == 0 ? "" : "w" + random.nextInt(4),
                    List.of("low", "high", "?").get(random.nextInt(3)),
                    row, // tells the rows apart
                    random.nextInt(3) == 0 ? "?" : random.nextInt(10),
                    random.nextInt(2),
                    random.nextInt(4) == 0 ? "?" : random.nextInt(2),
                    random.nextInt(3)));
        }
        return text.toString();
    }

    private static List<Integer> heights(org.mtl4j.train.batches.EncodedBatches data) {
        List<Integer> seen = new ArrayList<>();
        while (data.hasNext()) {
            for (float[] row : rows(data.next().getLabels(1))) {
                seen.add((int) row[0]);
            }
        }
        return seen;
    }

    @Test
    void a_file_that_is_streamed_gives_the_same_batches_as_a_table_in_memory() throws IOException {
        Path one = Files.writeString(directory.resolve("one.csv"), random(60, 1));
        Path two = Files.writeString(directory.resolve("two.csv"), random(17, 2));
        TableEncoding encoding = TableReader.csv().fitEncoding(SCHEMA, one);
        Table table = TableReader.csv().read(one, SCHEMA);
        assertThat(encoding).isEqualTo(table.fitEncoding());
        try (StreamedTableBatches streamed =
                TableReader.csv().batches(encoding, one).withBatchSize(7)) {
            TableBatches inMemory = table.batches(encoding).withBatchSize(7);
            for (int epoch = 0; epoch < 2; epoch++) {
                while (inMemory.hasNext()) {
                    assertThat(streamed.next()).isEqualTo(inMemory.next());
                }
                assertThat(streamed.hasNext()).isFalse();
                streamed.reset();
                inMemory.reset();
            }
        }
        try (StreamedTableBatches both =
                TableReader.csv().batches(encoding, one, two).withBatchSize(9).withShuffling(3, 20)) {
            List<Integer> zero = heights(both);
            both.reset();
            List<Integer> first = heights(both);
            assertThat(zero).hasSize(77).isNotEqualTo(first);
            assertThat(first.stream().sorted().toList())
                    .isEqualTo(zero.stream().sorted().toList());
            both.startAt(0); // as a run does that is taken up again
            assertThat(heights(both)).isEqualTo(zero);
        }
    }

    @Test
    void bad_labels_and_weights_are_told_before_training_with_their_place() throws IOException {
        TableEncoding encoding = table(ROWS).fitEncoding();
        assertThatThrownBy(() -> table(ROWS.replace("high", "middle")).batches(encoding))
                .isInstanceOf(TableFormatException.class)
                .hasMessage("people.csv, line 3, column 'income': task 'income': 'middle' is none of the classes [low,"
                        + " high]");
        assertThatThrownBy(() -> table(ROWS.replace("1,1,0.5", "1,1,-0.5")).batches(encoding))
                .hasMessage("people.csv, line 4, column 'w': expected a weight of at least 0, got -0.5");
        assertThatThrownBy(() -> table(ROWS.replace("1,1,0.5", "1,1,")).batches(encoding))
                .hasMessage("people.csv, line 4, column 'w': expected a weight of at least 0, got none");
        Path file = Files.writeString(directory.resolve("bad.csv"), ROWS.replace("high", "middle"));
        try (StreamedTableBatches streamed = TableReader.csv().batches(encoding, file)) {
            assertThatThrownBy(streamed::next)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage(file + ", line 3, column 'income': task 'income': 'middle' is none of the classes"
                            + " [low, high]");
        }
        TableSchema other = TableSchema.builder()
                .numbers("age")
                .label(Label.numbers("sizes", "height"))
                .missing("?")
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableReader.csv()
                        .read(new ByteArrayInputStream(ROWS.getBytes(StandardCharsets.UTF_8)), "people.csv", other)
                        .batches(encoding))
                .withMessageStartingWith("the encoding is of another schema than the table: ");
    }
}
