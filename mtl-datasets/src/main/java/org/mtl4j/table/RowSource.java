package org.mtl4j.table;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a file as texts, one after the other. */
interface RowSource {

    /** {@return the names of the columns, each once} */
    List<String> header() throws IOException;

    /** {@return what the file says of the columns, in their order; empty if it says nothing} */
    default List<DeclaredType> types() {
        return List.of();
    }

    /**
     * {@return the fields of the next row, as many as there are columns; null behind the last row}
     *
     * @throws TableFormatException if the row cannot be read, or has another number of fields
     */
    @Nullable
    String @Nullable [] next() throws IOException;

    /** {@return the line at which the row that was read last begins, 1 for the first} */
    long line();
}
