package org.mtl4j.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.mtl4j.internal.io.AtomicFile;

/**
 * A drawing as SVG. Its colours are those of the page, by the names of its styles, so that it is light or dark with it.
 *
 * @param width how wide it is to be shown, in CSS pixels, where there is room
 * @param height how high it is to be shown then
 * @param elements what is drawn, of this size
 */
record Svg(String name, String caption, int width, int height, String elements) implements Figure {
    /** Colours of lines, neighbours of which differ also for the colour-blind; light and dark. */
    static final String[][] COLOURS = {
        {"#0072b2", "#58a9e8"},
        {"#d55e00", "#f59045"},
        {"#008f68", "#3fcf9f"},
        {"#b3548a", "#e798c6"},
        {"#8a6d00", "#dcc04a"},
        {"#2f9fd0", "#9bdcf7"},
        {"#6b7280", "#a3abb6"}
    };

    Svg {
        if (!name.matches("[a-z0-9][a-z0-9-]*")) {
            throw new IllegalArgumentException(
                    "Figure: its name, which is that of a file, is of a to z, digits and hyphens; got '%s'"
                            .formatted(name));
        }
    }

    @Override
    public String html() {
        return svg("");
    }

    @Override
    public void writeTo(Path directory) throws IOException {
        String alone = "<style>%s</style><rect width=\"%s\" height=\"%s\" fill=\"var(--card)\"/>"
                .formatted(Styles.colours() + Styles.ofCharts(), width, height);
        AtomicFile.write(directory.resolve(name + ".svg"), svg(alone));
    }

    private String svg(String first) {
        return ("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 %1$s %2$s\" width=\"%1$s\""
                        + " height=\"%2$s\" role=\"img\" aria-label=\"%3$s\">%4$s%5$s</svg>")
                .formatted(width, height, Html.text(caption), first, elements);
    }

    /** A coordinate, in as few letters as show no difference. */
    static String at(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    static String text(double x, double y, String attributes, String text) {
        return "<text x=\"%s\" y=\"%s\"%s>%s</text>"
                .formatted(at(x), at(y), attributes.isEmpty() ? "" : " " + attributes, Html.text(text));
    }

    /** About how wide a text is in letters of this size, whatever font the reader has. */
    static double width(String text, double size) {
        return 0.56 * size * text.codePointCount(0, text.length());
    }

    /** The text as far as there is room, with dots for the rest. */
    static String fitting(String text, double size, double room) {
        int letters = Math.max(2, (int) (room / (0.56 * size)));
        return text.length() <= letters ? text : text.substring(0, letters - 1) + "…";
    }
}
