package org.mtl4j.examples.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;

/** A matrix in colours. */
final class HeatMap {
    private static final int MOST_NUMBERS = 8;
    private static final int LEAST_HEIGHT = 150;
    private static final int ROW = 44;
    private static final int LETTERS_PER_ROW = 28;

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
     * @param columns names, from the left
     * @param rows names, from the top
     * @param values {@code [rows][columns]}; left blank where not finite
     * @param least value of the first colour; below 0 if 0 is to be without colour
     * @param most value of the last colour
     * @param decimals of the numbers in the cells, which are there if there is room
     */
    HeatMap(
            String title,
            String xTitle,
            String yTitle,
            List<String> columns,
            List<String> rows,
            double[][] values,
            double least,
            double most,
            int decimals) {
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
        this.columns = ImmutableList.copyOf(columns);
        this.rows = ImmutableList.copyOf(rows);
        this.values = values;
        this.least = least;
        this.most = most;
        this.decimals = decimals;
    }

    Picture picture(String name, String caption) {
        return Picture.of(name, caption, this::draw);
    }

    private HeatMapChart draw(Theme theme) {
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(LineChart.WIDTH)
                .height(LEAST_HEIGHT + ROW * rows.size())
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        theme.style(chart.getStyler());
        int letters = columns.stream().mapToInt(String::length).sum();
        boolean crowded = columns.size() <= MOST_NUMBERS && letters > LETTERS_PER_ROW;
        chart.getStyler().setXAxisLabelRotation(crowded ? 30 : 0);
        chart.getStyler().setPlotGridLinesVisible(false).setXAxisMaxLabelCount(Math.min(columns.size(), 10));
        chart.getStyler()
                .setMin(least)
                .setMax(most)
                .setRangeColors(theme.scale(least < 0))
                .setShowValue(columns.size() <= MOST_NUMBERS)
                .setValueFontColor(theme.text())
                .setValueFont(chart.getStyler().getLegendFont())
                .setHeatMapValueDecimalPattern(decimals == 0 ? "0" : "0." + "0".repeat(decimals))
                .setHeatMapDecimalValueFormatter(value -> String.format(Locale.ROOT, "%." + decimals + "f", value))
                .setGradientColorColumnHeight(ROW * rows.size())
                .setGradientColorColumnWeight(16)
                .setDrawBorder(false);
        List<Number[]> cells = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < columns.size(); column++) {
                double value = values[rows.size() - 1 - row][column]; // the chart counts from below
                if (Double.isFinite(value)) {
                    cells.add(new Number[] {column, row, value});
                }
            }
        }
        chart.addSeries(title, columns, Lists.reverse(rows), cells);
        return chart;
    }

    /** {@return the numbers from 1 to a count, as names} */
    static List<String> numbers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(String::valueOf).toList();
    }
}
