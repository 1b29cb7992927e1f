package org.mtl4j.sparkml;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Column;
import org.mtl4j.data.TableSchema;

/** Says whether features may be missing: the values of the parameter {@code handleInvalid}. */
final class MissingValues {
    /** A missing feature is encoded as the schema says. */
    static final String KEEP = "keep";

    /** A missing feature is refused. */
    static final String ERROR = "error";

    static final List<String> ALL = List.of(KEEP, ERROR);

    private MissingValues() {}

    static String message(String column, TableSchema schema) {
        return ("column '%s': a value is missing (null, NaN, blank or one of %s), "
                        + "and handleInvalid is '%s'; with '%s' it"
                        + " would be encoded as missing")
                .formatted(column, schema.missing(), ERROR, KEEP);
    }

    /**
     * Looks whether no feature of a row is missing.
     *
     * @param row in the order of the schema's used columns
     * @throws IllegalArgumentException if one is
     */
    static void refuse(TableSchema schema, @Nullable Object[] row) {
        int place = 0;
        for (Column column : schema.columns()) {
            if (column instanceof Column.Ignored) {
                continue;
            }
            @Nullable Object value = row[place++];
            boolean feature = column instanceof Column.Number || column instanceof Column.Category;
            if (feature && schema.isMissing(value)) {
                throw new IllegalArgumentException(message(column.name(), schema));
            }
        }
    }
}
