package org.mtl4j.examples.report;

import com.google.common.collect.ImmutableList;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.io.AtomicFile;

/**
 * A report as one HTML file: pictures are in it, styles too, nothing is fetched from anywhere, and the page forbids the
 * browser to do so. It can be read on a phone, printed, and on a dark display it is dark.
 *
 * @param title its heading
 * @param summary a sentence or two below it
 * @param status where a run is that is still going on; empty when it is over. A page with a status loads itself anew
 * @param sections in order
 */
public record Report(String title, String summary, String status, List<Section> sections) {
    /** The name of the HTML file. */
    public static final String FILE = "report.html";

    /** Seconds after which the page of a run that is going on loads itself anew. */
    static final int REFRESH = 10;

    private static final Template TEMPLATE = template();

    /** Copies the list. */
    public Report {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(summary, "summary");
        Objects.requireNonNull(status, "status");
        sections = ImmutableList.copyOf(sections);
    }

    /** Makes a report that is complete. */
    public static Report of(String title, String summary, List<Section> sections) {
        return new Report(title, summary, "", sections);
    }

    /**
     * Writes {@value #FILE} and each picture that could be drawn as a PNG file beside it.
     *
     * @return the HTML file
     */
    public Path write(Path directory) throws IOException {
        for (Section section : sections) {
            for (Picture picture : section.pictures()) {
                picture.writeTo(directory);
            }
        }
        return writeHtml(directory);
    }

    /** {@return why pictures could not be drawn; empty if all were} */
    public Optional<Throwable> failure() {
        return sections.stream()
                .flatMap(section -> section.pictures().stream())
                .flatMap(picture -> picture.failure().stream())
                .findFirst();
    }

    /** Writes {@value #FILE} alone. */
    Path writeHtml(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        AtomicFile.write(file, html());
        return file.toAbsolutePath().normalize();
    }

    String html() {
        return TEMPLATE.execute(this);
    }

    /** {@return for the template: the seconds after which the page loads itself anew} */
    int refresh() {
        return REFRESH;
    }

    private static Template template() {
        try (InputStream in = Report.class.getResourceAsStream(FILE)) {
            return Mustache.compiler()
                    .emptyStringIsFalse(true)
                    .compile(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the template " + FILE, e);
        }
    }
}
