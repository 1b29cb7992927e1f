package org.mtl4j.report;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;

/**
 * A part of a report.
 *
 * @param title its heading
 * @param text paragraphs below the heading; may be empty
 * @param warning what must not be overlooked; empty for nothing
 * @param tables below the text
 * @param figures below the tables
 * @param listing text that is set as it is, in letters of one width; empty for none
 */
public record Section(
        String title, List<String> text, String warning, List<Table> tables, List<Figure> figures, String listing) {
    /** Copies the lists. */
    public Section {
        text = ImmutableList.copyOf(text);
        tables = ImmutableList.copyOf(tables);
        figures = ImmutableList.copyOf(figures);
    }

    /** Makes a section of text, which may be empty, and figures. */
    public static Section of(String title, String text, List<? extends Figure> figures) {
        return new Section(title, text.isEmpty() ? List.of() : List.of(text), "", List.of(), List.copyOf(figures), "");
    }

    /** {@return a copy with these tables} */
    public Section withTables(Table... more) {
        return new Section(title, text, warning, List.of(more), figures, listing);
    }

    /** {@return a copy with this warning} */
    public Section withWarning(String what) {
        return new Section(title, text, what, tables, figures, listing);
    }

    /** {@return a copy with this listing} */
    public Section withListing(String lines) {
        return new Section(title, text, warning, tables, figures, lines);
    }

    /** {@return what the heading is linked by} */
    String id() {
        return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
}
