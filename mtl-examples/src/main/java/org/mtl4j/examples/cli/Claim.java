package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mtl4j.examples.report.AtomicFile;

/** A directory to which a command returns is of one corpus and one set of options. */
final class Claim {
    private static final String FILE = "settings.txt";

    private Claim() {}

    /**
     * Writes into a directory what it is of, or compares.
     *
     * @param what corpus and options, in a line
     * @throws IOException if it is of something else; the message has both
     */
    static void of(Path directory, String what) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            AtomicFile.write(file, what);
        } else if (!Files.readString(file).equals(what)) {
            throw new IOException("%s is of other settings; give each a directory of its own. There: %s. Here: %s"
                    .formatted(file, Files.readString(file), what));
        }
    }
}
