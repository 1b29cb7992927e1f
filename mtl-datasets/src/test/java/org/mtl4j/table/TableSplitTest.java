package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;

class TableSplitTest {
    private static final TableSchema PLAIN = TableSchema.builder()
            .numbers("n")
            .label(Label.classes("kind", "kind"))
            .build();
    private static final TableSchema GROUPED =
            TableSchema.builder().numbers("n").group("house").build();

    /** 1000 rows; every 20th is of the rare kind; three in a row live in one house, and every 7th is alone. */
    private static Table table(TableSchema schema) throws IOException {
        StringBuilder text = new StringBuilder("n,kind,house\n");
        for (int i = 0; i < 1000; i++) {
            text.append("%d,%s,%s\n".formatted(i, i % 20 == 0 ? "rare" : "usual", i % 7 == 0 ? "" : "h" + i / 3));
        }
        return TableReader.csv()
                .read(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)), "rows", schema);
    }

    private static List<Object> numbers(Table table) {
        return IntStream.range(0, table.rows())
                .mapToObj(row -> table.value(row, "n"))
                .toList();
    }

    private static long rare(Table table) {
        return IntStream.range(0, table.rows())
                .filter(row -> "rare".equals(table.value(row, "kind")))
                .count();
    }

    @Test
    void each_row_comes_into_one_part_and_the_same_one_for_the_same_seed() throws IOException {
        List<Table> parts = TableSplit.seeded(3).split(table(PLAIN), 0.6, 0.25, 0.15);
        assertThat(parts).extracting(Table::rows).containsExactly(600, 250, 150);
        Set<Object> all = new HashSet<>();
        parts.forEach(part -> all.addAll(numbers(part)));
        assertThat(all).hasSize(1000);
        assertThat(numbers(parts.get(1))).isSortedAccordingTo((a, b) -> Double.compare((Double) a, (Double) b));
        List<Table> again = TableSplit.seeded(3).split(table(PLAIN), 0.6, 0.25, 0.15);
        assertThat(numbers(again.get(2))).isEqualTo(numbers(parts.get(2)));
        assertThat(numbers(TableSplit.seeded(4)
                        .split(table(PLAIN), 0.6, 0.25, 0.15)
                        .get(2)))
                .isNotEqualTo(numbers(parts.get(2)));
    }

    @Test
    void strata_are_in_each_part_in_the_same_proportion() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            List<Table> parts = TableSplit.seeded(seed).stratifiedBy("kind").split(table(PLAIN), 0.6, 0.2, 0.2);
            assertThat(parts).extracting(TableSplitTest::rare).containsExactly(30L, 10L, 10L);
        }
    }

    @Test
    void a_group_is_in_one_part() throws IOException {
        List<Table> parts = TableSplit.seeded(5).split(table(GROUPED), 0.7, 0.3);
        assertThat(parts.get(0).rows()).isBetween(697, 703);
        Set<Object> left = new HashSet<>();
        IntStream.range(0, parts.get(0).rows())
                .mapToObj(row -> parts.get(0).value(row, "house"))
                .forEach(left::add);
        left.remove(null);
        Set<Object> right = new HashSet<>();
        IntStream.range(0, parts.get(1).rows())
                .mapToObj(row -> parts.get(1).value(row, "house"))
                .forEach(right::add);
        right.remove(null);
        assertThat(left).isNotEmpty().doesNotContainAnyElementsOf(right);
    }

    @Test
    void fractions_that_are_none_are_refused() throws IOException {
        Table table = table(PLAIN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSplit.seeded(1).split(table, 0.6, 0.6))
                .withMessage("TableSplit: fractions must be above 0 and together 1, got [0.6, 0.6]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSplit.seeded(1).split(table.select(1), 0.5, 0.5))
                .withMessageStartingWith("TableSplit: of 1 rows none come into part ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableSplit.seeded(1).stratifiedBy("kind").split(table(GROUPED), 0.5, 0.5))
                .withMessage("TableSplit: rows are kept together by column 'house',"
                        + " and cannot be stratified by 'kind' as well");
    }
}
