package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes files under another name and then moves them into place, so that a reader finds the old file or the new one,
 * whole. For paths of any file system; where a file system cannot move atomically, the file is moved as it can. A link
 * is replaced by the file, and what it leads to stays.
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
        requireFileSystem(file);
        requireNothingElse(file);
        Path temporary = temporaryBeside(file);
        createFolder(folderOf(temporary));
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

    /**
     * Looks whether {@link #write} can write a file, before the work whose result it is to hold: makes the folders
     * above it, and writes and deletes an empty file beside it.
     *
     * @throws IOException if it cannot, or the path is that of a folder or device; the message says why
     */
    public static void requireWritable(Path file) throws IOException {
        requireFileSystem(file);
        requireNothingElse(file);
        requireWritableFolder(folderOf(file.toAbsolutePath()));
    }

    /**
     * Looks whether files can be written into a folder, before the work whose results it is to hold: makes it, with the
     * folders above it, and writes and deletes an empty file in it.
     *
     * @throws IOException if they cannot; the message says why
     */
    public static void requireWritableFolder(Path folder) throws IOException {
        requireFileSystem(folder);
        try {
            createFolder(folder);
            Path probe = temporaryBeside(folder.resolve("probe"));
            try {
                Files.createFile(probe);
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            throw new IOException("%s: nothing can be written there: %s".formatted(folder, FileProblem.of(e)), e);
        }
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.getParent(), "a path beside another has a folder");
    }

    private static void createFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) { // createDirectories refuses links to folders
            Files.createDirectories(folder);
        }
    }

    private static void requireFileSystem(Path file) throws IOException {
        if (!file.getFileSystem().isOpen()) {
            throw new FileSystemException(file.toString(), null, "its file system has been closed");
        }
        if (file.getFileSystem().isReadOnly()) { // otherwise an exception that is no IOException
            throw new FileSystemException(file.toString(), null, "its file system is read-only");
        }
    }

    private static void requireNothingElse(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) { // who may do anything would lose /dev/null
            throw new IOException(file + " is a device, a pipe or the like, which a file cannot take the place of");
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

    /**
     * Moves a file to another name on the same file system, or a folder on the default one; an existing file or empty
     * folder is replaced.
     */
    public static void moveIntoPlace(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException | UnsupportedOperationException e) {
            replace(temporary, target);
        }
    }

    /** Moves in two steps, so that the older file is there until the new one has its name. */
    private static void replace(Path temporary, Path target) throws IOException {
        if (!Files.exists(target)) {
            Files.move(temporary, target);
            return;
        }
        Path older = temporaryBeside(target);
        Files.move(target, older);
        try {
            Files.move(temporary, target);
        } catch (IOException | RuntimeException e) {
            Files.move(older, target);
            throw e;
        }
        Files.deleteIfExists(older);
    }
}
