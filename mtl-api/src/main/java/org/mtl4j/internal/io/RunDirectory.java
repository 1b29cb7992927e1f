package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.mtl4j.internal.json.JsonDifferences;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Sees to it that a directory belongs to one run, search or the like: what returns to it must be what has begun it. A
 * file in the directory says what that is.
 */
public final class RunDirectory {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RunDirectory() {}

    /**
     * Writes into a fresh directory whose it is, or compares with what was written there. Identities are compared as
     * values: order of names, spaces and line ends do not count.
     *
     * @param directory made if it is not there
     * @param file name of the file that says whose the directory is
     * @param what what kind of thing it belongs to, such as {@code "search"}; for the message
     * @param identity JSON of everything that must be the same
     * @throws IOException if the directory is that of another one, or cannot be read or written; the message has each
     *     field that differs, with both values
     */
    public static void claim(Path directory, String file, String what, String identity) throws IOException {
        Path claim = directory.resolve(file);
        if (Files.notExists(claim) || !Files.isDirectory(directory)) {
            AtomicFile.write(claim, identity);
        }
        List<String> differences = differences(claim, identity); // also after writing: so may have another process
        if (!differences.isEmpty()) {
            throw new IOException("%s is that of another %s; give each %s a directory of its own. What differs: %s"
                    .formatted(claim, what, what, String.join("; ", differences)));
        }
    }

    /**
     * {@return a line for each field in which an identity differs from that in a file, with both values; empty if it is
     * the same}
     *
     * @param claim a file that says whose a directory is
     * @param identity JSON of everything that must be the same
     * @throws IOException if the file cannot be read, or is not JSON
     */
    public static List<String> differences(Path claim, String identity) throws IOException {
        return JsonDifferences.of(read(claim, Files.readString(claim)), JSON.readTree(identity)).stream()
                .map(JsonDifferences.Difference::toString)
                .toList();
    }

    private static JsonNode read(Path claim, String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s does not say whose the directory is: %s".formatted(claim, e.getOriginalMessage()), e);
        }
    }
}
