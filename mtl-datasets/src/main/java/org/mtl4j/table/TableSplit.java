package org.mtl4j.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.random.Permutations;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;

/**
 * Divides the rows of a table at random, the same way for the same seed: for training, validation and test. Rows of one
 * group, where the schema names a {@linkplain org.mtl4j.data.Column.Group column of groups}, come into one part. In
 * each part rows keep their order.
 *
 * <pre>{@code
 * List<Table> parts = TableSplit.seeded(7).stratifiedBy("income").split(table, 0.6, 0.2, 0.2);
 * }</pre>
 */
public final class TableSplit {
    private static final double ROUNDING = 1e-9;

    private final long seed;
    private final Optional<String> stratum;

    private TableSplit(long seed, Optional<String> stratum) {
        this.seed = seed;
        this.stratum = stratum;
    }

    /** {@return a split by this seed} */
    public static TableSplit seeded(long seed) {
        return new TableSplit(seed, Optional.empty());
    }

    /**
     * {@return the same with each value of a column, such as each class of a label, in every part in the same
     * proportion} Not for tables with groups.
     */
    public TableSplit stratifiedBy(String column) {
        return new TableSplit(seed, Optional.of(column));
    }

    /**
     * {@return one table for each fraction}
     *
     * @param fractions each above 0, together 1
     * @throws IllegalArgumentException if the fractions are none, a column is not there, there are groups beside
     *     strata, or a part comes out empty
     */
    public List<Table> split(Table table, double... fractions) {
        double sum = Arrays.stream(fractions).sum();
        if (!(Arrays.stream(fractions).allMatch(fraction -> fraction > 0) && Math.abs(sum - 1) < ROUNDING)) {
            throw new IllegalArgumentException(
                    "TableSplit: fractions must be above 0 and together 1, got " + Arrays.toString(fractions));
        }
        Optional<String> group = table.schema().group();
        if (group.isPresent() && stratum.isPresent()) {
            throw new IllegalArgumentException(
                    "TableSplit: rows are kept together by column '%s', and cannot be stratified by '%s' as well"
                            .formatted(group.get(), stratum.get()));
        }
        int[] partOf = group.isPresent() ? byGroup(table, group.get(), fractions) : byStratum(table, fractions);
        List<Table> parts = new ArrayList<>();
        for (int part = 0; part < fractions.length; part++) {
            int wanted = part;
            int[] rows = Permutations.identity(table.rows());
            rows = Arrays.stream(rows).filter(row -> partOf[row] == wanted).toArray();
            if (rows.length == 0) {
                throw new IllegalArgumentException("TableSplit: of %s rows%s none come into part %s of fractions %s"
                        .formatted(
                                table.rows(),
                                group.map(" kept together by column '%s'"::formatted)
                                        .orElse(""),
                                part + 1,
                                Arrays.toString(fractions)));
            }
            parts.add(table.select(rows));
        }
        return parts;
    }

    /** Rows of one value, in random order, are dealt out by the fractions from a random beginning on. */
    private int[] byStratum(Table table, double[] fractions) {
        Map<Object, List<Integer>> strata = new LinkedHashMap<>();
        for (int row = 0; row < table.rows(); row++) {
            Object value = stratum.isEmpty() ? "" : textOf(table.value(row, stratum.get()));
            strata.computeIfAbsent(value, key -> new ArrayList<>()).add(row);
        }
        int[] partOf = new int[table.rows()];
        int number = 0;
        for (List<Integer> rows : strata.values()) {
            int[] order = Permutations.shuffled(rows.size(), seed, number);
            double offset = new SplitMix64(Seeds.mixed(seed, number, 1)).uniform();
            for (int i = 0; i < order.length; i++) {
                partOf[rows.get(order[i])] = partAt((i + offset) / order.length, fractions);
            }
            number++;
        }
        return partOf;
    }

    private static Object textOf(@Nullable Object value) {
        return value == null ? Optional.empty() : value;
    }

    /** The part at a place between 0 and 2, where the fractions repeat from 1 on. */
    private static int partAt(double place, double[] fractions) {
        double within = place % 1;
        double end = 0;
        for (int part = 0; part < fractions.length; part++) {
            end += fractions[part];
            if (within < end) {
                return part;
            }
        }
        return fractions.length - 1;
    }

    /** Groups, in random order, come each into the part that lacks most rows of what it is to have. */
    private int[] byGroup(Table table, String column, double[] fractions) {
        Map<Object, List<Integer>> groups = new LinkedHashMap<>();
        for (int row = 0; row < table.rows(); row++) {
            Object value = table.value(row, column);
            // a row without a group is one by itself
            groups.computeIfAbsent(value == null ? Optional.of(row) : value, key -> new ArrayList<>())
                    .add(row);
        }
        List<List<Integer>> all = new ArrayList<>(groups.values());
        int[] partOf = new int[table.rows()];
        double[] lacking = Arrays.stream(fractions)
                .map(fraction -> fraction * table.rows())
                .toArray();
        for (int place : Permutations.shuffled(all.size(), seed, 0)) {
            int part = 0;
            for (int other = 1; other < lacking.length; other++) {
                part = lacking[other] > lacking[part] ? other : part;
            }
            for (int row : all.get(place)) {
                partOf[row] = part;
            }
            lacking[part] -= all.get(place).size();
        }
        return partOf;
    }
}
