package org.mtl4j.report;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A matrix in colours. */
public final class HeatMap {
    private static final int WIDTH = 480;
    private static final int MOST_NUMBERS = 8;
    private static final int ROW = 36;
    /** Rows are lower, the more there are. */
    private static final int LEAST_ROW = 12;

    private static final int MOST_HEIGHT = 560;
    private static final int TOP = 30;
    private static final int RIGHT = 8;
    private static final double LETTER = 13;
    private static final double MOST_LABEL = 150;

    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final List<String> columns;
    private final List<String> rows;
    private final double[][] values;
    private final double least;
    private final double most;
    private final int decimals;

    /**
     * Describes a picture.
     *
     * @param title above it
     * @param xTitle what the columns are; may be empty
     * @param yTitle what the rows are; may be empty
     * @param columns names, from the left
     * @param rows names, from the top
     * @param values {@code [rows][columns]}; left blank where not finite
     * @param least value of the first colour; below 0 if 0 is to be without colour
     * @param most value of the last colour
     * @param decimals of the numbers in the cells, which are there if there is room
     * @throws IllegalArgumentException if there is no row or column, or not as many values
     */
    public HeatMap(
            String title,
            String xTitle,
            String yTitle,
            List<String> columns,
            List<String> rows,
            double[][] values,
            double least,
            double most,
            int decimals) {
        if (rows.isEmpty()
                || columns.isEmpty()
                || values.length != rows.size()
                || Arrays.stream(values).anyMatch(row -> row.length != columns.size())) {
            throw new IllegalArgumentException("HeatMap '%s': values of %s rows and %s columns are needed, at least 1"
                    .formatted(title, rows.size(), columns.size()));
        }
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
        this.columns = ImmutableList.copyOf(columns);
        this.rows = ImmutableList.copyOf(rows);
        this.values = Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
        this.least = least;
        this.most = most;
        this.decimals = decimals;
    }

    /**
     * Draws it.
     *
     * @param name that of its file, without ending: a to z, digits and hyphens
     * @param caption what is to be seen, also for those who cannot see it
     * @throws IllegalArgumentException if the name has other letters
     */
    public Figure picture(String name, String caption) {
        double left = Math.min(
                        MOST_LABEL,
                        rows.stream()
                                .mapToDouble(row -> Svg.width(row, LETTER))
                                .max()
                                .orElse(0))
                + 8
                + (yTitle.isEmpty() ? 0 : 20);
        double rowHeight = Math.max(LEAST_ROW, Math.min(ROW, (double) MOST_HEIGHT / rows.size()));
        double cell = (WIDTH - left - RIGHT) / columns.size();
        double bottom = TOP + rowHeight * rows.size();
        StringBuilder out = new StringBuilder();
        out.append(Svg.text(left, 18, "class=\"t\"", Svg.fitting(title, 17, WIDTH - left)));
        boolean numbers = columns.size() <= MOST_NUMBERS && rowHeight >= LETTER + 2;
        for (int row = 0; row < rows.size(); row++) {
            double y = TOP + row * rowHeight;
            if (rowHeight >= LETTER || row % 2 == 0) {
                out.append(Svg.text(
                        left - 6,
                        y + rowHeight / 2 + 4,
                        "class=\"e\"",
                        Svg.fitting(rows.get(row), LETTER, MOST_LABEL)));
            }
            for (int column = 0; column < columns.size(); column++) {
                append(out, left + column * cell, y, cell, rowHeight, row, column, numbers);
            }
        }
        double below = labels(out, left, bottom, cell);
        if (!xTitle.isEmpty()) {
            out.append(Svg.text(left + (WIDTH - left - RIGHT) / 2, below + 14, "class=\"m q\"", xTitle));
            below += 18;
        }
        if (!yTitle.isEmpty()) {
            double centre = (TOP + bottom) / 2;
            out.append(Svg.text(
                    12, centre, "class=\"m q\" transform=\"rotate(-90 12 %s)\"".formatted(Svg.at(centre)), yTitle));
        }
        return new Svg(name, caption, WIDTH, (int) Math.ceil(below + 6), out.toString());
    }

    private void append(
            StringBuilder out, double x, double y, double width, double height, int row, int column, boolean numbers) {
        double value = values[row][column];
        if (!Double.isFinite(value)) {
            return;
        }
        boolean low = value < 0 && least < 0;
        double strength = low ? value / least : least < 0 ? value / most : (value - least) / (most - least);
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        String opacity = String.format(Locale.ROOT, "%.2f", 0.04 + 0.8 * Math.max(0, Math.min(1, strength)));
        out.append(("<rect class=\"c %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill-opacity=\"%s\">"
                        + "<title>%s</title></rect>")
                .formatted(
                        low ? "lo" : "hi",
                        Svg.at(x),
                        Svg.at(y),
                        Svg.at(width),
                        Svg.at(height),
                        opacity,
                        Html.text("%s, %s: %s".formatted(rows.get(row), columns.get(column), text))));
        if (numbers && Svg.width(text, LETTER) < width) {
            out.append(Svg.text(x + width / 2, y + height / 2 + 4, "class=\"m\"", text));
        }
    }

    /** Writes the names of the columns, turned where they are too long, and of many columns some; how far down. */
    private double labels(StringBuilder out, double left, double top, double cell) {
        double longest = columns.stream()
                .mapToDouble(name -> Svg.width(name, LETTER))
                .max()
                .orElse(0);
        boolean turned = longest > cell - 4 && !isNumbered();
        double needed = turned ? LETTER + 3 : longest + 8;
        int every = (int) Math.max(1, Math.ceil(needed / cell));
        for (int column = 0; column < columns.size(); column += every) {
            double x = left + (column + 0.5) * cell;
            if (turned) {
                String where = Svg.at(x + 4) + " " + Svg.at(top + 10);
                out.append(Svg.text(
                        x + 4,
                        top + 10,
                        "class=\"e\" transform=\"rotate(-35 %s)\"".formatted(where),
                        Svg.fitting(columns.get(column), LETTER, MOST_LABEL)));
            } else {
                out.append(Svg.text(x, top + 15, "class=\"m\"", columns.get(column)));
            }
        }
        return top + (turned ? 14 + Math.min(longest, MOST_LABEL) * 0.58 : 18);
    }

    private boolean isNumbered() {
        return columns.equals(numbers(columns.size()));
    }

    /** {@return the numbers from 1 to a count, as names} */
    static List<String> numbers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(String::valueOf).toList();
    }
}
