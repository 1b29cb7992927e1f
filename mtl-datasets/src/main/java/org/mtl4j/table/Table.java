package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.internal.random.Permutations;

/**
 * Rows of a table in memory: the columns that a schema uses, checked. A table of some rows of another one shares its
 * values. Immutable.
 */
public final class Table {
    private final String source;
    private final TableSchema schema;
    private final ImmutableMap<String, ColumnData> columns;
    private final int[] lines;
    private final int[] rows;

    Table(String source, TableSchema schema, Map<String, ColumnData> columns, int[] lines, int[] rows) {
        this.source = source;
        this.schema = schema;
        this.columns = ImmutableMap.copyOf(columns);
        this.lines = lines;
        this.rows = rows;
    }

    static Table all(String source, TableSchema schema, Map<String, ColumnData> columns, int[] lines) {
        return new Table(source, schema, columns, lines, Permutations.identity(lines.length));
    }

    /** {@return what the columns are for} */
    public TableSchema schema() {
        return schema;
    }

    /** {@return the number of rows} */
    public int rows() {
        return rows.length;
    }

    /** {@return the columns that are there, in the order of {@link TableSchema#usedColumns()}} */
    public List<String> columns() {
        return ImmutableList.copyOf(columns.keySet());
    }

    /**
     * {@return the value of a cell: a {@link Double} where the schema has a number, else a text without blanks around
     * it; null where it is missing}
     *
     * @throws IllegalArgumentException if there is no such column
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public @Nullable Object value(int row, String column) {
        return column(column).value(rows[row]);
    }

    String source() {
        return source;
    }

    /** Where a row is in the columns. */
    int place(int row) {
        return rows[row];
    }

    ColumnData column(String name) {
        ColumnData column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException("no column '%s'; there are %s".formatted(name, columns.keySet()));
        }
        return column;
    }

    /** {@return the line of the file at which a row begins, 1 for the first} */
    public long line(int row) {
        return lines[rows[row]];
    }

    /** {@return the values of a row in the order of {@link #columns()}, as {@link TableEncoding} takes them} */
    public @Nullable Object[] row(int row) {
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        int place = 0;
        for (ColumnData column : columns.values()) {
            values[place++] = column.value(rows[row]);
        }
        return values;
    }

    /**
     * {@return the table of these rows, in this order}
     *
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public Table select(int... selected) {
        return new Table(
                source,
                schema,
                columns,
                lines,
                Arrays.stream(selected).map(row -> rows[row]).toArray());
    }

    /**
     * {@return an encoding with the dictionaries and scales of these rows, which should be those that are trained on}
     *
     * @throws TableFormatException if there are no rows, or fewer than two classes of a task
     */
    public TableEncoding fitEncoding() throws TableFormatException {
        TableEncoding.Fitter fitter = TableEncoding.fitter(schema);
        for (int row = 0; row < rows(); row++) {
            fitter.add(row(row));
        }
        try {
            return fitter.build();
        } catch (IllegalArgumentException e) {
            throw TableFormatException.at(source, 0, e);
        }
    }

    /**
     * {@return the rows as batches for a network, of 32 in their order}
     *
     * @param encoding of this table's schema, usually that of the training rows
     * @throws TableFormatException if a label or a weight is none; it names line and column
     * @throws IllegalArgumentException if the encoding is of another schema
     */
    public TableBatches batches(TableEncoding encoding) throws TableFormatException {
        return TableBatches.of(this, encoding);
    }

    /** Says where the table is from, and how large it is. */
    @Override
    public String toString() {
        return "Table[%s, %s rows, columns %s]".formatted(source, rows.length, columns.keySet());
    }
}
