package org.mtl4j.table;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a table, and where. */
public final class TableFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** How messages of the encoding begin that are of one column, and perhaps of a task. */
    private static final Pattern COLUMN = Pattern.compile("column '([^']*)'(, |: )(.*)", Pattern.DOTALL);

    private final String source;
    private final long line;
    private final String column;

    TableFormatException(String source, long line, String column, String problem, @Nullable Throwable cause) {
        super(
                source + (line > 0 ? ", line " + line : "") + (column.isEmpty() ? "" : ", column '" + column + "'")
                        + ": " + problem,
                cause);
        this.source = source;
        this.line = line;
        this.column = column;
    }

    static TableFormatException of(String source, long line, String problem) {
        return new TableFormatException(source, line, "", problem, null);
    }

    /** {@return what was said of a value, with the place of its row; a column that it begins with is named once} */
    static TableFormatException at(String source, long line, IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        Matcher column = COLUMN.matcher(message);
        return column.matches()
                ? new TableFormatException(source, line, column.group(1), column.group(3), e)
                : new TableFormatException(source, line, "", message, e);
    }

    /** {@return the file, or what the stream was called} */
    public String source() {
        return source;
    }

    /** {@return the line at which the row begins, 1 for the first; empty if it is of the file as a whole} */
    public OptionalLong line() {
        return line > 0 ? OptionalLong.of(line) : OptionalLong.empty();
    }

    /** {@return the name of the column; empty if it is of no single one} */
    public Optional<String> column() {
        return column.isEmpty() ? Optional.empty() : Optional.of(column);
    }
}
