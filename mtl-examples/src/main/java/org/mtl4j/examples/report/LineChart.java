package org.mtl4j.examples.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines over numbers, such as losses over epochs. What is not finite is left out. */
public final class LineChart {
    static final int WIDTH = 480;
    private static final int HEIGHT = 330;
    private static final int LEGEND_ROW = 21;
    private static final int LETTERS_PER_LEGEND_ROW = 50;
    private static final int MOST_MARKERS = 30;
    private static final double UNSEEN = 1e-4;
    private static final MathContext DIGITS = new MathContext(6);

    /** How a line is drawn. */
    public enum Style {
        SOLID(new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)),
        DASHED(new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {6, 4}, 0)),
        /** For what belongs to another line: not in the legend. */
        FAINT(new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 3}, 0)),
        /** The area below steps. */
        STEPS(new BasicStroke(1.2f));

        private final BasicStroke stroke;

        Style(BasicStroke stroke) {
            this.stroke = stroke;
        }
    }

    private record Line(String name, int colour, Style style, double[] x, double[] y) {}

    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final List<Line> lines = new ArrayList<>();
    private double[] xRange;
    private double[] yRange;
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
     * Adds a line.
     *
     * @param name for the legend
     * @param colour number of its colour; lines that belong together have one
     */
    public LineChart line(String name, int colour, Style style, double[] x, double[] y) {
        int[] finite = IntStream.range(0, x.length)
                .filter(i -> Double.isFinite(x[i]) && Double.isFinite(y[i]))
                .toArray();
        if (finite.length > 0) {
            double[] xs = Arrays.stream(finite).mapToDouble(i -> x[i]).toArray();
            double[] ys = Arrays.stream(finite).mapToDouble(i -> y[i]).toArray();
            lines.add(new Line(
                    name,
                    colour,
                    style,
                    withRoundTicks(xs, wholeNumbers ? 0 : xs[xs.length - 1] - xs[0]),
                    withRoundTicks(
                            ys,
                            Arrays.stream(ys).max().orElse(0)
                                    - Arrays.stream(ys).min().orElse(0))));
        }
        return this;
    }

    /**
     * Adds one more value after the first, too near to be seen. Where values are at equal distances the library has its
     * ticks at every so many of them: right for epochs, but others would get ticks at 1.3, 2.6, 3.9.
     */
    private static double[] withRoundTicks(double[] values, double range) {
        if (values.length == 1) {
            return values;
        }
        double[] more = new double[values.length + 1];
        more[0] = values[0];
        more[1] = values[0] + range * UNSEEN;
        System.arraycopy(values, 1, more, 2, values.length - 1);
        return more;
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

    /** Draws the chart; see {@link Picture#of(String, String, java.util.function.Function)}. */
    public Picture picture(String name, String caption) {
        return Picture.of(name, caption, this::draw);
    }

    private XYChart draw(Theme theme) {
        List<Line> named =
                lines.stream().filter(line -> line.style != Style.FAINT).toList();
        int letters = named.stream().mapToInt(line -> line.name.length() + 8).sum();
        boolean oneRow = letters <= LETTERS_PER_LEGEND_ROW;
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT + (oneRow ? 0 : LEGEND_ROW * (named.size() - 1)))
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        theme.style(chart.getStyler());
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(oneRow ? LegendLayout.Horizontal : LegendLayout.Vertical)
                .setLegendVisible(named.size() > 1)
                .setMarkerSize(5);
        chart.getStyler().setyAxisTickLabelsFormattingFunction(LineChart::number);
        if (xRange != null) {
            chart.getStyler().setXAxisMin(xRange[0]).setXAxisMax(xRange[1]);
        }
        if (yRange != null) {
            chart.getStyler().setYAxisMin(yRange[0]);
            chart.getStyler().setYAxisMax(Double.isNaN(yRange[1]) ? null : yRange[1]);
        }
        if (wholeNumbers) {
            chart.getStyler().setXAxisDecimalPattern("0");
        }
        for (int i = 0; i < lines.size(); i++) {
            add(chart, theme, lines.get(i), i);
        }
        if (!Double.isNaN(mark)) {
            chart.addAnnotation(new AnnotationLine(mark, true, false));
        }
        return chart;
    }

    /** Writes a number as short as it can be, with a digit before the point. */
    private static String number(double value) {
        return new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
    }

    private static void add(XYChart chart, Theme theme, Line line, int number) {
        Color colour = theme.series(line.colour);
        // names of series must differ, also where the legend does not show them
        String name = line.style == Style.FAINT ? line.name + " " + number : line.name;
        XYSeries series = chart.addSeries(name, line.x, line.y);
        series.setXYSeriesRenderStyle(
                line.style == Style.STEPS ? XYSeriesRenderStyle.StepArea : XYSeriesRenderStyle.Line);
        series.setLineStyle(line.style.stroke).setLineColor(colour);
        series.setMarkerColor(colour);
        series.setFillColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 110));
        boolean dots = line.style != Style.FAINT && line.style != Style.STEPS && line.x.length <= MOST_MARKERS;
        series.setMarker(dots ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
        series.setShowInLegend(line.style != Style.FAINT);
    }
}
