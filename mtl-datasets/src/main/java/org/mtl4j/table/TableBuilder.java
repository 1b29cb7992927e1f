package org.mtl4j.table;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableSchema;

/** Collects the rows of a table, and checks numbers where their line is still known. */
final class TableBuilder implements TableReader.RowConsumer {
    private final String source;
    private final TableSchema schema;
    private final ColumnData.Builder[] columns;
    private @Nullable RowParser parser;
    private int[] lines = new int[64];
    private int rows;

    TableBuilder(String source, TableSchema schema) {
        this.source = source;
        this.schema = schema;
        List<String> names = schema.usedColumns();
        this.columns = new ColumnData.Builder[names.size()];
        Arrays.setAll(columns, i -> new ColumnData.Builder(schema.isNumber(names.get(i))));
    }

    @Override
    public void header(List<String> header, long line) throws TableFormatException {
        parser = new RowParser(source, schema, header, line);
    }

    @Override
    public void row(@Nullable String[] fields, long line) throws TableFormatException {
        RowParser known = Objects.requireNonNull(parser, "the header comes first");
        for (int i = 0; i < columns.length; i++) {
            if (columns[i].isNumber()) {
                columns[i].add(known.number(fields, i, line));
            } else {
                columns[i].add(known.text(fields, i));
            }
        }
        if (rows == lines.length) {
            lines = Arrays.copyOf(lines, Math.addExact(rows, rows / 2));
        }
        lines[rows++] = (int) Math.min(line, Integer.MAX_VALUE);
    }

    Table build() {
        List<String> names = schema.usedColumns();
        Map<String, ColumnData> all = new LinkedHashMap<>();
        for (int i = 0; i < columns.length; i++) {
            all.put(names.get(i), columns[i].build());
        }
        return Table.all(source, schema, all, Arrays.copyOf(lines, rows));
    }
}
