package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes files under another name and then moves them into place, so that a reader finds the old file or the new one,
 * whole. For paths of any file system; where a file system cannot move atomically, the file is moved as it can.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes a file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes everything.
         *
         * @param temporary a file that does not exist, in the folder of the one to be written
         */
        void writeTo(Path temporary) throws IOException;
    }

    /**
     * Writes a file, with the folders above it. If that fails, what was there stays, and nothing is left beside it.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Content content) throws IOException {
        Path temporary = temporaryBeside(file);
        Path folder = Objects.requireNonNull(temporary.getParent(), "a path beside another has a folder");
        if (!Files.isDirectory(folder)) { // createDirectories refuses links to folders
            Files.createDirectories(folder);
        }
        try {
            content.writeTo(temporary);
            moveIntoPlace(temporary, file);
        } catch (Throwable failure) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                failure.addSuppressed(e); // the reason is of more use
            }
            throw failure;
        }
    }

    /** Writes bytes, as {@link #write(Path, Content)}. */
    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, temporary -> Files.write(temporary, bytes));
    }

    /** Writes text as UTF-8, as {@link #write(Path, Content)}. */
    public static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return a path beside {@code target} for a file or folder that is to be moved there, hidden and not in use} It
     * is made by the caller with the usual rights; Java's own temporary files may be read by their owner only, also
     * when they have been moved.
     *
     * @throws IOException if {@code target} is the root of a file system
     */
    public static Path temporaryBeside(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        if (absolute.getParent() == null) {
            throw new IOException(target + " is a directory");
        }
        String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
        return absolute.resolveSibling("." + absolute.getFileName() + "." + unique + ".tmp");
    }

    /** Moves a file or folder to another name on the same file system; an existing file or empty folder is replaced. */
    public static void moveIntoPlace(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
