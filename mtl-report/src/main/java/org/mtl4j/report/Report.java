package org.mtl4j.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.io.AtomicFile;

/**
 * A report as one HTML file: pictures are in it, styles too, nothing is fetched from anywhere, and the page forbids the
 * browser to do so. It can be read on a phone, printed, and on a dark display it is dark. Texts may have any letters.
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

    /** So many pictures of a section are shown; the reader asks for the others. */
    private static final int MOST_FIGURES = 12;

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
     * Writes {@value #FILE} and each picture that could be drawn as a file beside it. Each file is written under
     * another name and then moved into place, so that whoever reads has the old or the new one.
     *
     * @param directory made if it is not there
     * @return the HTML file
     * @throws IOException if one cannot be written
     */
    public Path write(Path directory) throws IOException {
        for (Section section : sections) {
            for (Figure figure : section.figures()) {
                figure.writeTo(directory);
            }
        }
        return writeHtml(directory);
    }

    /**
     * Writes {@value #FILE} alone, as {@link #write} does.
     *
     * @param directory made if it is not there
     * @return the HTML file
     * @throws IOException if it cannot be written
     */
    public Path writeHtml(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        AtomicFile.write(file, html());
        return file.toAbsolutePath().normalize();
    }

    /** {@return why pictures could not be drawn; empty if all were} */
    public Optional<Throwable> failure() {
        return sections.stream()
                .flatMap(section -> section.figures().stream())
                .flatMap(figure -> figure.failure().stream())
                .findFirst();
    }

    /** {@return the page} */
    public String html() {
        StringBuilder page = new StringBuilder(1 << 16);
        page.append("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src \
                'unsafe-inline'">
                """);
        if (!status.isEmpty()) {
            page.append("<meta http-equiv=\"refresh\" content=\"")
                    .append(REFRESH)
                    .append("\">\n");
        }
        page.append("<link rel=\"icon\" href=\"data:,\">\n<title>")
                .append(Html.text(title))
                .append("</title>\n<style>\n")
                .append(Styles.colours())
                .append('\n')
                .append(Styles.ofPage())
                .append(Styles.ofCharts())
                .append("\n</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(Html.text(title))
                .append("</h1>\n");
        paragraph(page, "", summary);
        paragraph(page, " class=\"status\" role=\"status\"", status);
        page.append("<nav aria-label=\"Sections\"><ul>\n");
        List<String> ids = ids();
        for (int i = 0; i < ids.size(); i++) {
            page.append("<li><a href=\"#%s\">%s</a></li>\n"
                    .formatted(ids.get(i), Html.text(sections.get(i).title())));
        }
        page.append("</ul></nav>\n</header>\n<main>\n");
        for (int i = 0; i < ids.size(); i++) {
            append(page, sections.get(i), ids.get(i));
        }
        return page.append(
                        "</main>\n<footer>All numbers and pictures are in this file; it loads nothing else.</footer>\n"
                                + "</body>\n</html>\n")
                .toString();
    }

    private static void paragraph(StringBuilder page, String attributes, String text) {
        if (!text.isEmpty()) {
            page.append("<p")
                    .append(attributes)
                    .append('>')
                    .append(Html.text(text))
                    .append("</p>\n");
        }
    }

    /** What the headings are linked by: their words, and a number where others have the same. */
    private List<String> ids() {
        List<String> ids = new ArrayList<>();
        for (Section section : sections) {
            String id = section.id();
            ids.add(ids.contains(id) || id.equals("-") ? id + "-" + ids.size() : id);
        }
        return ids;
    }

    private static void append(StringBuilder page, Section section, String id) {
        page.append("<section id=\"%s\">\n<h2>%s</h2>\n".formatted(id, Html.text(section.title())));
        section.text().forEach(text -> paragraph(page, "", text));
        paragraph(page, " class=\"warning\" role=\"note\"", section.warning());
        section.tables().forEach(table -> append(page, table));
        List<Figure> figures = section.figures();
        int shown = Math.min(figures.size(), MOST_FIGURES);
        append(page, figures.subList(0, shown));
        if (shown < figures.size()) {
            page.append("<details><summary>%s more</summary>\n".formatted(figures.size() - shown));
            append(page, figures.subList(shown, figures.size()));
            page.append("</details>\n");
        }
        if (!section.listing().isEmpty()) {
            page.append("<pre tabindex=\"0\">")
                    .append(Html.text(section.listing()))
                    .append("</pre>\n");
        }
        page.append("</section>\n");
    }

    private static void append(StringBuilder page, Table table) {
        String caption = Html.text(table.caption());
        if (table.onDemand()) {
            page.append("<details><summary>").append(caption).append("</summary>\n");
        }
        page.append(("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
                        + "<table%s>\n<caption>%s</caption>\n")
                .formatted(caption, table.words() ? " class=\"words\"" : "", caption));
        if (!table.header().isEmpty()) {
            page.append("<thead><tr>");
            table.header().forEach(name -> page.append("<th scope=\"col\">")
                    .append(Html.text(name))
                    .append("</th>"));
            page.append("</tr></thead>\n");
        }
        page.append("<tbody>\n");
        for (List<String> row : table.rows()) {
            page.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                String cell = Html.text(row.get(i));
                page.append(i == 0 ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</tbody>\n</table></div>\n");
        if (table.onDemand()) {
            page.append("</details>\n");
        }
    }

    private static void append(StringBuilder page, List<Figure> figures) {
        if (figures.isEmpty()) {
            return;
        }
        page.append("<div class=\"pictures\">\n");
        for (Figure figure : figures) {
            page.append("<figure id=\"%s\">\n".formatted(Html.text(figure.name())));
            page.append(
                    figure.failure().isEmpty()
                            ? figure.html()
                            : "<p class=\"warning\" role=\"note\">This picture could not be drawn.</p>");
            page.append("\n<figcaption>").append(Html.text(figure.caption())).append("</figcaption>\n</figure>\n");
        }
        page.append("</div>\n");
    }
}
