package org.mtl4j.table;

import java.io.Serializable;

/**
 * Where a row of a table is from, for messages.
 *
 * @param source the file, or what the stream was called
 * @param line at which the row begins, 1 for the first
 */
record RowPlace(String source, long line) implements Serializable {
    @Override
    public String toString() {
        return source + ", line " + line;
    }
}
