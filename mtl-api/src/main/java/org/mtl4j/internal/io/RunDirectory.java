package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Sees to it that a directory belongs to one run, search or the like: what returns to it must be what has begun it. A file in
 * the directory says what that is.
 */
public final class RunDirectory {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RunDirectory() {}

    /**
     * Writes into a fresh directory whose it is, or compares with what was written there. Identities are compared as values:
     * order of names, spaces and line ends do not count.
     *
     * @param directory made if it is not there
     * @param file name of the file that says whose the directory is
     * @param what what kind of thing it belongs to, such as {@code "search"}; for the message
     * @param identity JSON of everything that must be the same
     * @throws IOException if the directory is that of another one, which the message tells apart, or cannot be read or written
     */
    public static void claim(Path directory, String file, String what, String identity) throws IOException {
        Path claim = directory.resolve(file);
        if (!Files.exists(claim)) {
            AtomicFile.write(claim, identity);
        }
        String there = Files.readString(claim); // also after writing: another process may have done so at the same time
        if (!there.equals(identity) && !sameValue(claim, there, identity)) {
            throw new IOException("%s is that of another %s; give each %s a directory of its own. There: %s. Here: %s"
                    .formatted(claim, what, what, there, identity));
        }
    }

    private static boolean sameValue(Path claim, String there, String identity) throws IOException {
        JsonNode own = JSON.readTree(identity);
        try {
            return JSON.readTree(there).equals(own);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s does not say whose the directory is: %s".formatted(claim, e.getOriginalMessage()), e);
        }
    }
}
