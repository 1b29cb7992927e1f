package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.report.Report;
import org.mtl4j.report.Section;
import org.mtl4j.report.Table;

class WarningsTest {
    private final StringWriter text = new StringWriter();
    private final Warnings warnings = new Warnings(new PrintWriter(text));

    /** As Java throws it where there are no fonts, first and then. */
    private static Error fonts(String message) {
        Error failure = new InternalError(message, new RuntimeException("Fontconfig head is null"));
        failure.setStackTrace(
                new StackTraceElement[] {new StackTraceElement("sun.font.FontManagerFactory", "getInstance", null, 1)});
        return failure;
    }

    @Test
    void errors_are_forgiven_and_told_once_with_what_to_install() {
        warnings.attempt("the report in a", () -> {
            throw fonts("first");
        });
        warnings.tell("a picture", new NoClassDefFoundError("sun/font/FontManager"));
        warnings.attempt("another", () -> {
            throw fonts("second");
        });
        assertThat(text.toString().lines())
                .singleElement()
                .asString()
                .startsWith("warning: the report in a could not be made")
                .contains("Fontconfig head is null", "fontconfig and fonts-dejavu-core", "ttf-dejavu of Alpine");
    }

    @Test
    void each_reason_is_told() {
        warnings.attempt("one", () -> {
            throw new IOException("No space left on device");
        });
        warnings.attempt("two", () -> {
            throw new IOException("No space left on device");
        });
        warnings.attempt("three", () -> {
            throw new NoSuchFileException("gone");
        });
        warnings.attempt("four", () -> {
            throw new OutOfMemoryError("Java heap space");
        });
        warnings.attempt("five", () -> {
            throw new StackOverflowError();
        });
        warnings.attempt("six", () -> {});
        assertThat(text.toString().lines().toList()).hasSize(4);
        assertThat(text.toString())
                .contains("one could not be made, and is left out: No space left on device")
                .contains("gone: there is no such file or folder", "-Xmx", "java.lang.StackOverflowError");
    }

    @Test
    void a_report_keeps_its_tables_where_a_picture_cannot_be_drawn(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("map.png"), "of an earlier run");
        Picture failed = Picture.drawn("map", "what is to be seen", () -> {
            throw fonts("no fonts");
        });
        Report report = Report.of(
                "t",
                "s",
                List.of(Section.of("a", "", List.of(failed))
                        .withTables(Table.of("numbers", List.of("x", "y"), List.of(List.of("1", "0.25"))))));
        assertThat(Files.readString(report.write(directory)))
                .contains("0.25", "This picture could not be drawn", "what is to be seen")
                .doesNotContain("<img");
        assertThat(report.failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("no fonts"));
        assertThat(directory.resolve("map.png")).doesNotExist();
    }
}
