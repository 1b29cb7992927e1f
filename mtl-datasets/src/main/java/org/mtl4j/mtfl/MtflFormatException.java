package org.mtl4j.mtfl;

import java.io.IOException;
import java.nio.file.Path;

/** A list that breaks its form. The message names the file, the line, what was found and what is accepted. */
public final class MtflFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** The faulty file. */
    private final String file;
    /** From 1; 0 if the fault is in no single line. */
    private final int line;
    /** What is wrong. */
    private final String problem;

    MtflFormatException(Path file, int line, String problem) {
        super(line > 0 ? "%s line %d: %s".formatted(file, line, problem) : "%s: %s".formatted(file, problem));
        this.file = file.toString();
        this.line = line;
        this.problem = problem;
    }

    /** What is wrong, without file and line. */
    String problem() {
        return problem;
    }

    /** {@return the faulty file} */
    public String file() {
        return file;
    }

    /** {@return the faulty line, from 1; 0 if the fault is in no single line} */
    public int line() {
        return line;
    }
}
