package org.mtl4j.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Says that a list breaks its form. The message names the file, the line, what was found and what is accepted. */
public final class CorpusFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** The faulty file. */
    private final String file;
    /** From 1; null if the fault is in no single line. */
    private final @Nullable Integer line;
    /** What is wrong. */
    private final String problem;

    private CorpusFormatException(String place, Path file, @Nullable Integer line, String problem) {
        super(place + ": " + problem);
        this.file = file.toString();
        this.line = line;
        this.problem = problem;
    }

    /** Finds fault with a list as a whole. */
    CorpusFormatException(Path file, String problem) {
        this(file.toString(), file, null, problem);
    }

    /** Finds fault with a line, counted from 1. */
    CorpusFormatException(Path file, int line, String problem) {
        this(file + " line " + line, file, line, problem);
    }

    /** {@return the file, and the line if there is one} */
    String place() {
        return line == null ? file : file + " line " + line;
    }

    /** {@return what is wrong, without file and line} */
    String problem() {
        return problem;
    }

    /** {@return the faulty file} */
    public String file() {
        return file;
    }

    /** {@return the faulty line, from 1; empty if the fault is in no single line} */
    public OptionalInt line() {
        return line == null ? OptionalInt.empty() : OptionalInt.of(line);
    }
}
