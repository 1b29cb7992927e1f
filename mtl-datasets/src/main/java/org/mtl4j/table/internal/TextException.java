package org.mtl4j.table.internal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Says in which line of a text something is wrong; whoever knows the file says which. */
public final class TextException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long line;
    private final boolean undecoded;

    private TextException(long line, String problem, boolean undecoded, @Nullable Throwable cause) {
        super(problem, cause);
        this.line = line;
        this.undecoded = undecoded;
    }

    static TextException of(long line, String problem, @Nullable Throwable cause) {
        return new TextException(line, problem, false, cause);
    }

    static TextException undecoded(long line, String problem) {
        return new TextException(line, problem, true, null);
    }

    /** {@return the line, 1 for the first} */
    public long line() {
        return line;
    }

    /** {@return what is wrong in it} */
    public String problem() {
        return String.valueOf(getMessage());
    }

    /** {@return whether its bytes are no text in the character set, so that another one may help} */
    public boolean isUndecoded() {
        return undecoded;
    }
}
