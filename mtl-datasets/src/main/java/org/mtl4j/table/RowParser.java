package org.mtl4j.table;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableSchema;

/** Finds the columns that a schema uses in the rows of a file, and reads their values where the line is still known. */
final class RowParser {
    private final String source;
    private final TableSchema schema;
    private final List<String> names;
    private final boolean[] numbers;
    private final int[] places;

    /**
     * Looks for the columns.
     *
     * @param line where the header ends, or 0
     * @throws TableFormatException if one is not there
     */
    RowParser(String source, TableSchema schema, List<String> header, long line) throws TableFormatException {
        this.source = source;
        this.schema = schema;
        this.names = schema.usedColumns();
        List<String> absent = new ArrayList<>(names);
        absent.removeAll(header);
        if (!absent.isEmpty()) {
            throw TableFormatException.of(
                    source,
                    line,
                    "the schema has columns %s, and the table has not: it has %s%s"
                            .formatted(absent, CsvRows.named(header), CsvRows.separatorHint(header)));
        }
        this.places = names.stream().mapToInt(header::indexOf).toArray();
        this.numbers = new boolean[places.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = schema.isNumber(names.get(i));
        }
    }

    /** {@return how many columns are used} */
    int columns() {
        return places.length;
    }

    /** {@return whether a used column has numbers} */
    boolean isNumber(int column) {
        return numbers[column];
    }

    /** {@return the text in a column, null where it is missing} */
    @Nullable
    String text(@Nullable String[] fields, int column) {
        return schema.textOf(fields[places[column]]).orElse(null);
    }

    /** {@return the number in a column, NaN where it is missing} */
    double number(@Nullable String[] fields, int column, long line) throws TableFormatException {
        try {
            OptionalDouble number = schema.numberOf(names.get(column), fields[places[column]]);
            return number.orElse(Double.NaN);
        } catch (IllegalArgumentException e) {
            throw TableFormatException.at(source, line, e);
        }
    }
}
