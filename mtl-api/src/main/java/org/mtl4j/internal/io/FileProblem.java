package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words what is wrong with a file: Java's exceptions have often nothing but its name as their message. */
public final class FileProblem {
    private FileProblem() {}

    /** {@return the message of an exception, with the reason where that is only in the exception's type} */
    public static String of(IOException exception) {
        if (!(exception instanceof FileSystemException file) || file.getReason() != null) {
            return exception.getMessage() == null ? exception.toString() : exception.getMessage();
        }
        String what = "cannot be read or written (%s)".formatted(file.getClass().getSimpleName());
        if (file instanceof NoSuchFileException) {
            what = "there is no such file or folder";
        } else if (file instanceof AccessDeniedException) {
            what = "permission denied";
        } else if (file instanceof FileAlreadyExistsException) {
            what = "there is something of this name already, and it is no folder";
        } else if (file instanceof NotDirectoryException) {
            what = "not a folder";
        } else if (file instanceof DirectoryNotEmptyException) {
            what = "a folder that is not empty";
        }
        return "%s: %s".formatted(file.getFile(), what);
    }
}
