package org.mtl4j.report;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A table of a report. Its first column names the rows.
 *
 * @param caption what it shows
 * @param header names of the columns; empty for none
 * @param rows its cells, row by row
 * @param onDemand whether it is shown only when the reader asks for it, because it is long
 */
public record Table(String caption, List<String> header, List<List<String>> rows, boolean onDemand) {
    private static final int MOST_LETTERS_OF_NUMBERS = 8; // "no faces"

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if a row has not as many cells as the header
     */
    public Table {
        header = ImmutableList.copyOf(header);
        rows = rows.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
        int columns = header.isEmpty() && !rows.isEmpty() ? rows.get(0).size() : header.size();
        for (List<String> row : rows) {
            if (row.size() != columns) {
                throw new IllegalArgumentException(
                        "Table '%s': %s columns, and a row has %s".formatted(caption, columns, row));
            }
        }
    }

    /** Makes a table that is always shown. */
    public static Table of(String caption, List<String> header, List<List<String>> rows) {
        return new Table(caption, header, rows, false);
    }

    /** Makes a table of names and what they stand for. */
    public static Table of(String caption, Map<String, String> values) {
        return of(
                caption,
                List.of(),
                values.entrySet().stream()
                        .map(entry -> List.of(entry.getKey(), entry.getValue()))
                        .toList());
    }

    /** {@return a copy that is shown only when the reader asks for it} */
    public Table collapsed() {
        return new Table(caption, header, rows, true);
    }

    /** {@return the table as Markdown, below its caption as a heading of the second level} */
    public String markdown() {
        StringBuilder text = new StringBuilder("\n## ").append(caption).append("\n\n");
        line(text, header);
        line(text, Collections.nCopies(header.size(), "---"));
        rows.forEach(row -> line(text, row));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        cells.forEach(cell -> text.append("| ").append(cell.replace('|', '/')).append(' '));
        text.append("|\n");
    }

    /** Tells whether its cells are words, which start at the left, and not numbers. */
    boolean words() {
        return rows.stream()
                .flatMap(row -> row.stream().skip(1))
                .anyMatch(cell -> cell.chars().filter(Character::isLetter).count() > MOST_LETTERS_OF_NUMBERS);
    }
}
