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
    /** At least so much room is left of the picture, for the title of the axis and its numbers. */
    private static final int LEFT = 58;

    /** What a title that is turned takes, and the gap to the numbers. */
    private static final int TURNED = 24;

    /** Between numbers and picture. */
    private static final int GAP = 6;

    /** Numbers above 0 whose largest is so many times the least are drawn by their logarithms. */
    private static final double WIDE = 30;

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
    private double level = Double.NaN;
    private boolean wholeNumbers;
    private boolean spread;

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

    /** Shows this part of the y axis, whatever the lines are. */
    LineChart yRange(double yFrom, double yTo) {
        yRange = new double[] {yFrom, yTo};
        return this;
    }

    /** Draws a level line there, which is in the picture in any case. */
    LineChart level(double y) {
        level = y;
        return this;
    }

    /** Draws y by its logarithm where all of it is above 0 and the largest is many times the least. */
    LineChart spread() {
        spread = true;
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

    /** Where in the picture the plane of the numbers is. */
    private record Plane(Axis x, Axis y, double left) {
        static final int BASE = HEIGHT - BOTTOM;

        double width() {
            return WIDTH - left - RIGHT;
        }

        double x(double value) {
            return left + width() * x.clamped(value);
        }

        double y(double value) {
            return BASE - (BASE - TOP) * y.clamped(value);
        }
    }

    private String draw(List<List<Line>> legend) {
        Axis y = yAxis();
        double left = LEFT;
        for (double tick : y.ticks) {
            left = Math.max(left, TURNED + Svg.width(number(tick), LETTER) + GAP);
        }
        Axis x = xRange == null
                ? Axis.of(all(true), false, TICK_WIDTH, WIDTH - LEFT - RIGHT, wholeNumbers)
                : Axis.between(xRange[0], xRange[1], TICK_WIDTH, WIDTH - LEFT - RIGHT);
        Plane plane = new Plane(x, y, left);
        StringBuilder out = new StringBuilder();
        out.append(Svg.text(left, 18, "class=\"t\"", Svg.fitting(title, BOLD, plane.width())));
        int bottom = Plane.BASE;
        for (double tick : y.ticks) {
            double at = plane.y(tick);
            out.append("<path class=\"g\" d=\"M%s %sH%s\"/>".formatted(Svg.at(left), Svg.at(at), WIDTH - RIGHT));
            out.append(Svg.text(left - GAP, at + 4, "class=\"e q\"", number(tick)));
        }
        for (double tick : x.ticks) {
            double at = plane.x(tick);
            out.append("<path class=\"g\" d=\"M%s %sv4\"/>".formatted(Svg.at(at), bottom));
            out.append(Svg.text(at, bottom + 18, "class=\"m q\"", number(tick)));
        }
        double middle = left + plane.width() / 2;
        out.append(Svg.text(middle, bottom + 36, "class=\"m q\"", Svg.fitting(xTitle, LETTER, plane.width())));
        double centre = (TOP + bottom) / 2.0;
        out.append(Svg.text(
                12,
                centre,
                "class=\"m q\" transform=\"rotate(-90 12 %s)\"".formatted(Svg.at(centre)),
                Svg.fitting(yTitle, LETTER, bottom - TOP)));
        if (Double.isFinite(mark) && x.contains(mark)) {
            out.append("<path class=\"k\" d=\"M%s %sV%s\"/>".formatted(Svg.at(plane.x(mark)), TOP, bottom));
        }
        if (Double.isFinite(level)) {
            out.append("<path class=\"k\" d=\"M%s %sH%s\"/>"
                    .formatted(Svg.at(left), Svg.at(plane.y(level)), WIDTH - RIGHT));
        }
        for (Line line : lines) {
            append(out, line, plane);
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
        double[] values = all(false);
        if (yRange == null) {
            if (spread && isWide(values)) {
                return Axis.logarithmic(values, TICK_HEIGHT, length);
            }
            double[] shown = Double.isFinite(level)
                    ? DoubleStream.concat(Arrays.stream(values), DoubleStream.of(level))
                            .toArray()
                    : values;
            return Axis.of(shown, true, TICK_HEIGHT, length, false);
        }
        double to = Double.isNaN(yRange[1]) ? Arrays.stream(values).max().orElse(1) : yRange[1];
        return Double.isNaN(yRange[1])
                ? Axis.of(new double[] {yRange[0], Math.max(to, yRange[0])}, false, TICK_HEIGHT, length, false)
                : Axis.between(yRange[0], to, TICK_HEIGHT, length);
    }

    private static boolean isWide(double[] values) {
        double least = Arrays.stream(values).min().orElse(0);
        return least > 0 && Arrays.stream(values).max().orElse(0) / least > WIDE;
    }

    private double[] all(boolean ofX) {
        return lines.stream()
                .flatMapToDouble(line -> line.finite(ofX ? line.x : line.y))
                .toArray();
    }

    private static int colour(Line line) {
        return Math.floorMod(line.colour, Svg.COLOURS.length);
    }

    private static void append(StringBuilder out, Line line, Plane plane) {
        if (line.style == Style.STEPS) {
            appendSteps(out, line, plane);
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
            String px = Svg.at(plane.x(line.x[i]));
            String py = Svg.at(plane.y(line.y[i]));
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

    private static void appendSteps(StringBuilder out, Line line, Plane plane) {
        StringBuilder path = new StringBuilder("M%s %s".formatted(Svg.at(plane.left), Plane.BASE));
        for (int i = 0; i < line.x.length; i++) {
            if (line.has(i)) {
                path.append("H").append(Svg.at(plane.x(line.x[i]))).append("V").append(Svg.at(plane.y(line.y[i])));
            }
        }
        path.append("V").append(Plane.BASE).append("Z");
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

    /** A range of numbers with round ones marked, by the numbers or by their logarithms. */
    private record Axis(double from, double to, double[] ticks, boolean byLogarithm) {
        private static final int[][] MARKS = {{1, 2, 5}, {1, 3}, {1}};

        /** Powers of ten are marked, and numbers between them where there is room. */
        static Axis logarithmic(double[] values, int spacing, int length) {
            double from = Math.log10(Arrays.stream(values).min().orElseThrow());
            double to = Math.log10(Arrays.stream(values).max().orElseThrow());
            double room = (to - from) * 0.06;
            double low = from - room;
            double high = to + room;
            int most = Math.max(2, length / spacing);
            int every = (int) Math.max(1, Math.ceil((high - low) / most));
            double[] ticks = {};
            for (int[] marks : MARKS) {
                int apart = marks.length == 1 ? every : 1;
                ticks = IntStream.rangeClosed((int) Math.floor(low), (int) Math.ceil(high))
                        .filter(power -> Math.floorMod(power, apart) == 0)
                        .mapToObj(power -> Arrays.stream(marks).mapToDouble(mark -> mark * Math.pow(10, power)))
                        .flatMapToDouble(tick -> tick)
                        .filter(tick -> Math.log10(tick) >= low && Math.log10(tick) <= high)
                        .toArray();
                if (ticks.length <= most + 1) {
                    break;
                }
            }
            return new Axis(low, high, ticks, true);
        }

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
            return new Axis(from, to, ticks, false);
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

        double clamped(double value) {
            double place = byLogarithm ? Math.log10(value) : value;
            return Math.max(0, Math.min(1, (place - from) / (to - from)));
        }
    }
}
