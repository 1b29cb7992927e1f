package org.mtl4j.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableSchema;

/** Collects the rows of a table, and checks numbers where their line is still known. */
final class TableBuilder implements TableReader.RowConsumer {
    private final String source;
    private final TableSchema schema;
    private final List<String> names;
    private final ColumnData.Builder[] columns;
    private int[] places = {};
    private int[] lines = new int[64];
    private int rows;

    TableBuilder(String source, TableSchema schema) {
        this.source = source;
        this.schema = schema;
        this.names = schema.usedColumns();
        this.columns = new ColumnData.Builder[names.size()];
        Arrays.setAll(columns, i -> new ColumnData.Builder(schema.isNumber(names.get(i))));
    }

    @Override
    public void header(List<String> header) throws TableFormatException {
        List<String> absent = new ArrayList<>(names);
        absent.removeAll(header);
        if (!absent.isEmpty()) {
            throw TableFormatException.of(
                    source, 0, "the schema has columns %s, and the table has not: it has %s".formatted(absent, header));
        }
        places = names.stream().mapToInt(header::indexOf).toArray();
    }

    @Override
    public void row(@Nullable String[] fields, long line) throws TableFormatException {
        for (int i = 0; i < places.length; i++) {
            String field = fields[places[i]];
            if (columns[i].isNumber()) {
                columns[i].add(number(field, names.get(i), line));
            } else {
                columns[i].add(schema.textOf(field).orElse(null));
            }
        }
        if (rows == lines.length) {
            lines = Arrays.copyOf(lines, Math.addExact(rows, rows / 2));
        }
        lines[rows++] = (int) Math.min(line, Integer.MAX_VALUE);
    }

    private double number(@Nullable String field, String column, long line) throws TableFormatException {
        try {
            OptionalDouble number = schema.numberOf(column, field);
            return number.orElse(Double.NaN);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String prefix = "column '%s': ".formatted(column);
            throw new TableFormatException(
                    source, line, column, message.startsWith(prefix) ? message.substring(prefix.length()) : message, e);
        }
    }

    Table build() {
        Map<String, ColumnData> all = new LinkedHashMap<>();
        for (int i = 0; i < columns.length; i++) {
            all.put(names.get(i), columns[i].build());
        }
        return Table.all(source, schema, all, Arrays.copyOf(lines, rows));
    }
}
