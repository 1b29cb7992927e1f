package org.mtl4j.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lines over numbers, such as losses over epochs. Points that are not finite are left out, and the line is broken
 * there.
 */
public final class LineChart {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 300;
    private static final int LEFT = 58;
    private static final int RIGHT = 14;
    private static final int TOP = 30;
    private static final int BOTTOM = 44;
    private static final int LEGEND_ROW = 20;
    private static final int KEY = 26;
    private static final double LETTER = 13;
    /** Of titles, whose letters are bold and so wider. */
    private static final double BOLD = 17;

    private static final int MOST_MARKERS = 40;
    /** A line with more points is drawn by the least and the largest of each part. */
    private static final int MOST_POINTS = 600;

    /** About so many pixels lie between two ticks. */
    private static final int TICK_WIDTH = 70;

    private static final int TICK_HEIGHT = 45;
    private static final MathContext DIGITS = new MathContext(6);

    /** How a line is drawn. */
    public enum Style {
        SOLID("l"),
        DASHED("l d"),
        /** For what belongs to another line: not in the legend. */
        FAINT("l f"),
        /** The area below steps, each from its x to that of the next. */
        STEPS("l");

        private final String css;

        Style(String css) {
            this.css = css;
        }
    }

    private record Line(String name, int colour, Style style, double[] x, double[] y) {
        boolean has(int i) {
            return Double.isFinite(x[i]) && Double.isFinite(y[i]);
        }

        DoubleStream finite(double[] values) {
            return IntStream.range(0, x.length).filter(this::has).mapToDouble(i -> values[i]);
        }
    }

    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final List<Line> lines = new ArrayList<>();
    private double @Nullable [] xRange;
    private double @Nullable [] yRange;
    private double mark = Double.NaN;
    private boolean wholeNumbers;

    private LineChart(String title, String xTitle, String yTitle) {
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
    }

    /** Makes an empty chart over any numbers. */
    public static LineChart over(String xTitle, String title, String yTitle) {
        return new LineChart(title, xTitle, yTitle);
    }

    /** Makes an empty chart over epochs, counted from 1. */
    public static LineChart overEpochs(String title, String yTitle) {
        LineChart chart = new LineChart(title, "epoch", yTitle);
        chart.wholeNumbers = true;
        return chart;
    }

    /**
     * Adds a line, unless none of its points is finite.
     *
     * @param name for the legend
     * @param colour number of its colour; lines that belong together have one
     * @param x from left to right
     * @param y as many
     * @return this
     */
    public LineChart line(String name, int colour, Style style, double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException("LineChart '%s', line '%s': as many x as y are needed, got %s and %s"
                    .formatted(title, name, x.length, y.length));
        }
        Line line = new Line(name, colour, style, x.clone(), y.clone());
        if (line.finite(x).findAny().isPresent()) {
            lines.add(line);
        }
        return this;
    }

    /** Shows this part of the plane, whatever the lines are. */
    public LineChart range(double xFrom, double xTo, double yFrom, double yTo) {
        xRange = new double[] {xFrom, xTo};
        yRange = new double[] {yFrom, yTo};
        return this;
    }

    /** Shows all of the lines above this value, and this value. */
    public LineChart from(double yFrom) {
        yRange = new double[] {yFrom, Double.NaN};
        return this;
    }

    /** Draws an upright line there. */
    public LineChart marked(double x) {
        mark = x;
        return this;
    }

    /** Tells whether there is nothing to be seen. */
    public boolean isEmpty() {
        return lines.isEmpty();
    }

    /**
     * Draws the chart.
     *
     * @param name that of its file, without ending: a to z, digits and hyphens
     * @param caption what is to be seen, also for those who cannot see it
     * @throws IllegalArgumentException if the name has other letters
     */
    public Figure picture(String name, String caption) {
        List<Line> named =
                lines.stream().filter(line -> line.style != Style.FAINT).toList();
        List<List<Line>> legend = named.size() > 1 ? rows(named) : List.of();
        int height = HEIGHT + LEGEND_ROW * legend.size() + (legend.isEmpty() ? 0 : 8);
        return new Svg(name, caption, WIDTH, height, draw(legend));
    }

    /** The lines as their names fit into rows. */
    private static List<List<Line>> rows(List<Line> named) {
        List<List<Line>> rows = new ArrayList<>();
        double room = 0;
        for (Line line : named) {
            double needed = KEY + keyText(line).length() * 0.56 * LETTER + 18;
            if (rows.isEmpty() || room < needed) {
                rows.add(new ArrayList<>());
                room = WIDTH - LEFT - RIGHT;
            }
            rows.get(rows.size() - 1).add(line);
            room -= needed;
        }
        return rows;
    }

    private static String keyText(Line line) {
        return Svg.fitting(line.name, LETTER, WIDTH - LEFT - RIGHT - KEY);
    }

    private String draw(List<List<Line>> legend) {
        Axis x = xRange == null
                ? Axis.of(all(true), false, TICK_WIDTH, WIDTH - LEFT - RIGHT, wholeNumbers)
                : Axis.between(xRange[0], xRange[1], TICK_WIDTH, WIDTH - LEFT - RIGHT);
        Axis y = yAxis();
        StringBuilder out = new StringBuilder();
        out.append(Svg.text(LEFT, 18, "class=\"t\"", Svg.fitting(title, BOLD, WIDTH - LEFT - RIGHT)));
        int bottom = HEIGHT - BOTTOM;
        for (double tick : y.ticks) {
            double at = bottom - (bottom - TOP) * y.share(tick);
            out.append("<path class=\"g\" d=\"M%s %sH%s\"/>".formatted(LEFT, Svg.at(at), WIDTH - RIGHT));
            out.append(Svg.text(LEFT - 6, at + 4, "class=\"e q\"", number(tick)));
        }
        for (double tick : x.ticks) {
            double at = LEFT + (WIDTH - LEFT - RIGHT) * x.share(tick);
            out.append("<path class=\"g\" d=\"M%s %sv4\"/>".formatted(Svg.at(at), bottom));
            out.append(Svg.text(at, bottom + 18, "class=\"m q\"", number(tick)));
        }
        double middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        out.append(Svg.text(middle, bottom + 36, "class=\"m q\"", Svg.fitting(xTitle, LETTER, WIDTH - LEFT - RIGHT)));
        double centre = (TOP + bottom) / 2.0;
        out.append(Svg.text(
                12,
                centre,
                "class=\"m q\" transform=\"rotate(-90 12 %s)\"".formatted(Svg.at(centre)),
                Svg.fitting(yTitle, LETTER, bottom - TOP)));
        if (Double.isFinite(mark) && x.contains(mark)) {
            double at = LEFT + (WIDTH - LEFT - RIGHT) * x.share(mark);
            out.append("<path class=\"k\" d=\"M%s %sV%s\"/>".formatted(Svg.at(at), TOP, bottom));
        }
        for (Line line : lines) {
            append(out, line, x, y);
        }
        for (int row = 0; row < legend.size(); row++) {
            double at = LEFT;
            double base = HEIGHT + LEGEND_ROW * row + 16.0;
            for (Line line : legend.get(row)) {
                out.append("<path class=\"%s s%s\" d=\"M%s %sh20\"/>"
                        .formatted(line.style.css, colour(line), Svg.at(at), Svg.at(base - 4)));
                out.append(Svg.text(at + KEY, base, "", keyText(line)));
                at += KEY + Svg.width(keyText(line), LETTER) + 18;
            }
        }
        return out.toString();
    }

    private Axis yAxis() {
        int length = HEIGHT - TOP - BOTTOM;
        if (yRange == null) {
            return Axis.of(all(false), true, TICK_HEIGHT, length, false);
        }
        double to = Double.isNaN(yRange[1]) ? Arrays.stream(all(false)).max().orElse(1) : yRange[1];
        return Double.isNaN(yRange[1])
                ? Axis.of(new double[] {yRange[0], Math.max(to, yRange[0])}, false, TICK_HEIGHT, length, false)
                : Axis.between(yRange[0], to, TICK_HEIGHT, length);
    }

    private double[] all(boolean ofX) {
        return lines.stream()
                .flatMapToDouble(line -> line.finite(ofX ? line.x : line.y))
                .toArray();
    }

    private static int colour(Line line) {
        return Math.floorMod(line.colour, Svg.COLOURS.length);
    }

    private static void append(StringBuilder out, Line line, Axis x, Axis y) {
        int bottom = HEIGHT - BOTTOM;
        if (line.style == Style.STEPS) {
            appendSteps(out, line, x, y);
            return;
        }
        int[] shown = thinned(line);
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        boolean dotted = line.style != Style.FAINT && line.x.length <= MOST_MARKERS;
        for (int n = 0; n < shown.length; n++) {
            int i = shown[n];
            if (!line.has(i)) {
                continue;
            }
            boolean begins = n == 0 || !line.has(shown[n - 1]);
            boolean alone = begins && (n + 1 == shown.length || !line.has(shown[n + 1]));
            String px = Svg.at(LEFT + (WIDTH - LEFT - RIGHT) * x.clamped(line.x[i]));
            String py = Svg.at(bottom - (bottom - TOP) * y.clamped(line.y[i]));
            path.append(begins ? 'M' : 'L').append(px).append(' ').append(py);
            if (dotted || alone) {
                dots.append("<circle class=\"p%s\" cx=\"%s\" cy=\"%s\" r=\"3\"><title>%s</title></circle>"
                        .formatted(
                                colour(line),
                                px,
                                py,
                                Html.text("%s: %s, %s".formatted(line.name, number(line.x[i]), number(line.y[i])))));
            }
        }
        out.append("<path class=\"%s s%s\" d=\"%s\"/>".formatted(line.style.css, colour(line), path))
                .append(dots);
    }

    private static void appendSteps(StringBuilder out, Line line, Axis x, Axis y) {
        int bottom = HEIGHT - BOTTOM;
        StringBuilder path = new StringBuilder("M%s %s".formatted(LEFT, bottom));
        for (int i = 0; i < line.x.length; i++) {
            if (line.has(i)) {
                path.append("H")
                        .append(Svg.at(LEFT + (WIDTH - LEFT - RIGHT) * x.clamped(line.x[i])))
                        .append("V")
                        .append(Svg.at(bottom - (bottom - TOP) * y.clamped(line.y[i])));
            }
        }
        path.append("V").append(bottom).append("Z");
        out.append("<path class=\"p%1$s s%1$s\" fill-opacity=\".4\" stroke-width=\"1.2\" d=\"%2$s\"/>"
                .formatted(colour(line), path));
    }

    /**
     * The points to draw: all, or of each part of a long line the first, the least, the largest, and what is missing.
     */
    private static int[] thinned(Line line) {
        int size = line.x.length;
        if (size <= MOST_POINTS) {
            return IntStream.range(0, size).toArray();
        }
        TreeSet<Integer> kept = new TreeSet<>(List.of(0, size - 1));
        int parts = MOST_POINTS / 4;
        for (int part = 0; part < parts; part++) {
            int from = (int) ((long) size * part / parts);
            int to = (int) ((long) size * (part + 1) / parts);
            int least = from;
            int largest = from;
            for (int i = from; i < to; i++) {
                if (!line.has(i)) {
                    kept.add(i);
                    i = Math.max(i, to); // one says it
                } else {
                    least = !line.has(least) || line.y[i] < line.y[least] ? i : least;
                    largest = !line.has(largest) || line.y[i] > line.y[largest] ? i : largest;
                }
            }
            kept.addAll(List.of(from, least, largest));
        }
        return kept.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Writes a number as short as it can be, with a digit before the point. */
    static String number(double value) {
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        boolean plain = value == 0 || Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7;
        return plain
                ? rounded.toPlainString()
                : rounded.toString().replace("E+", "e").replace("E", "e");
    }

    /** A range of numbers with round ones marked. */
    private record Axis(double from, double to, double[] ticks) {

        /**
         * @param values that are shown
         * @param widened whether there is room beyond them
         * @param spacing between two ticks, in pixels
         * @param length in pixels
         * @param whole whether ticks are whole numbers
         */
        static Axis of(double[] values, boolean widened, int spacing, int length, boolean whole) {
            double from = Arrays.stream(values).min().orElse(0);
            double to = Arrays.stream(values).max().orElse(1);
            double room = widened ? (to - from) * 0.06 : 0;
            if (to - from <= Math.max(Math.abs(to), Math.abs(from)) * 1e-12) {
                room = whole ? 1 : to == 0 ? 1 : Math.abs(to) * 0.1;
            }
            double low = Math.max(-Double.MAX_VALUE / 4, from - room);
            double high = Math.min(Double.MAX_VALUE / 4, to + room);
            if (from >= 0 && low < 0) {
                low = 0;
            }
            return ticked(low, high, spacing, length, whole);
        }

        static Axis between(double from, double to, int spacing, int length) {
            return ticked(from, to, spacing, length, false);
        }

        private static Axis ticked(double from, double to, int spacing, int length, boolean whole) {
            double step = roundStep((to - from) / Math.max(1, length / spacing));
            if (whole) {
                step = Math.max(1, step);
            }
            double size = step;
            DoublePredicate inside = tick -> tick >= from - size * 1e-9 && tick <= to + size * 1e-9;
            double[] ticks = DoubleStream.iterate(Math.ceil(from / step - 1e-9), n -> n + 1)
                    .limit(1000)
                    .map(n -> n * size)
                    .takeWhile(tick -> tick <= to + size)
                    .filter(inside)
                    .toArray();
            return new Axis(from, to, ticks);
        }

        /** 1, 2 or 5 times a power of ten, at least as large. */
        private static double roundStep(double least) {
            double power = Math.pow(10, Math.floor(Math.log10(least)));
            for (double factor : new double[] {1, 2, 5}) {
                if (factor * power >= least * (1 - 1e-9)) {
                    return factor * power;
                }
            }
            return 10 * power;
        }

        boolean contains(double value) {
            return value >= from && value <= to;
        }

        double share(double value) {
            return (value - from) / (to - from);
        }

        double clamped(double value) {
            return Math.max(0, Math.min(1, share(value)));
        }
    }
}
