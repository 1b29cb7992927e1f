package org.mtl4j.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * Reads a table row by row, so that it need not fit in memory. Not safe for use by several threads.
 *
 * <pre>{@code
 * try (TableRows rows = TableReader.csv().open(file, schema)) {
 *     for (Object[] row = rows.next(); row != null; row = rows.next()) {
 *         System.out.println(rows.line() + " " + List.of(row));
 *     }
 * }
 * }</pre>
 */
public final class TableRows implements Closeable {
    private final String source;
    private final InputStream in;
    private final Translation translation;
    private final RowSource rows;
    private final RowParser parser;
    private final List<String> columns;
    private final long maxRows;
    private long count;

    /** What is thrown for something that went wrong. */
    interface Translation {
        IOException of(String source, long line, Exception e);
    }

    TableRows(String source, InputStream in, TableSchema schema, Translation translation, RowSource rows, long maxRows)
            throws IOException {
        this.source = source;
        this.in = in;
        this.translation = translation;
        this.rows = rows;
        this.parser = new RowParser(source, schema, rows.header(), rows.line());
        this.columns = schema.usedColumns();
        this.maxRows = maxRows;
    }

    /** {@return the columns that are read, in the order of the values of a row} */
    public List<String> columns() {
        return columns;
    }

    /**
     * {@return the values of the next row, as {@link TableEncoding} takes them: a {@link Double} where the schema has a
     * number, else a text without blanks around it, null where it is missing; null behind the last row}
     *
     * @throws TableFormatException if the row cannot be read, a value is none that the schema takes, or there are more
     *     rows than the reader accepts; it names line and column
     * @throws IOException if the file cannot be read
     */
    public @Nullable Object @Nullable [] next() throws IOException {
        try {
            @Nullable String[] fields = rows.next();
            if (fields == null) {
                return null;
            }
            if (++count > maxRows) {
                throw TableReader.tooMany(source, rows.line(), maxRows);
            }
            @Nullable Object[] row = new @Nullable Object[parser.columns()];
            for (int i = 0; i < row.length; i++) {
                if (parser.isNumber(i)) {
                    double number = parser.number(fields, i, rows.line());
                    row[i] = Double.isNaN(number) ? null : (Double) number;
                } else {
                    row[i] = parser.text(fields, i);
                }
            }
            return row;
        } catch (IOException | RuntimeException e) {
            throw translation.of(source, rows.line(), e);
        }
    }

    /**
     * {@return the next row as a map from its columns to their values, null behind the last row}
     *
     * @throws IOException as {@link #next()}
     */
    public @Nullable Map<String, @Nullable Object> nextByName() throws IOException {
        @Nullable Object[] row = next();
        if (row == null) {
            return null;
        }
        Map<String, @Nullable Object> byName = new HashMap<>();
        for (int i = 0; i < row.length; i++) {
            byName.put(columns.get(i), row[i]);
        }
        return byName;
    }

    /** {@return the line at which the row that was read last begins, 1 for the first} */
    public long line() {
        return rows.line();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
