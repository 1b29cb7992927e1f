package org.mtl4j.examples.report;

import com.google.common.base.Throwables;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mtl4j.internal.io.FileProblem;

/** Says in words what is wrong, for people who have no use for a stack trace. */
public final class Problem {
    private static final String FONTS = "install fontconfig and some font, such as the packages fontconfig and"
            + " fonts-dejavu-core of Debian and Ubuntu, or fontconfig and ttf-dejavu of Alpine";

    private Problem() {}

    /** {@return what is wrong: the exceptions of files have often nothing but the file as their message} */
    public static String of(Throwable failure) {
        Throwable cause = failure instanceof UncheckedIOException unchecked
                        && unchecked.getCause().toString().equals(unchecked.getMessage())
                ? unchecked.getCause()
                : failure;
        if (cause instanceof FileSystemException file && file.getReason() == null) {
            return FileProblem.of(file);
        }
        if (cause instanceof OutOfMemoryError) {
            return "there is not enough memory (%s): give java more by -Xmx, or work on less at a time"
                    .formatted(cause.getMessage());
        }
        String text = cause instanceof Error || cause.getMessage() == null ? rootOf(cause) : cause.getMessage();
        return remedy(cause).map(remedy -> text + ": " + remedy).orElse(text);
    }

    /** {@return the innermost cause, which is what an Error is mostly about, in a line} */
    private static String rootOf(Throwable failure) {
        return Throwables.getRootCause(failure).toString().lines().findFirst().orElseThrow();
    }

    /** {@return what to install for a failure to draw, if it is known} */
    static Optional<String> remedy(Throwable failure) {
        List<Throwable> causes = Throwables.getCausalChain(failure);
        boolean fonts = causes.stream()
                .flatMap(cause -> List.of(cause.getStackTrace()).stream())
                .anyMatch(frame -> frame.getClassName().startsWith("sun.font.")
                        || frame.getClassName().startsWith("sun.awt.FontConfiguration"));
        String messages = causes.toString().toLowerCase(Locale.ROOT);
        if (fonts || messages.contains("fontmanager") || messages.contains("freetype")) {
            return Optional.of(FONTS);
        }
        boolean desktop = messages.contains("java/awt/") || messages.contains("javax/imageio/");
        return desktop && ModuleLayer.boot().findModule("java.desktop").isEmpty()
                ? Optional.of("take a Java runtime with the module java.desktop (jlink --add-modules java.desktop)")
                : desktop || messages.contains("libawt")
                        ? Optional.of("take a Java runtime that can draw; one whose name has \"headless\" may lack it: "
                                + FONTS)
                        : Optional.empty();
    }
}
