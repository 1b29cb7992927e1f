package org.mtl4j.examples.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.Locale;
import org.knowm.xchart.style.AxesChartStyler;

/**
 * The colours of a picture: every chart is drawn for light and for dark displays. Backgrounds are those of the page.
 */
public enum Theme {
    /** Dark on white. */
    LIGHT(0xffffff, 0x24292f, 0xe2e5e9, new int[] {0x0072b2, 0xd55e00, 0x008f68, 0xb3548a, 0x8a6d00, 0x2f9fd0, 0x6b7280
    }),
    /** Light on dark gray. */
    DARK(0x1b1f26, 0xd8dee6, 0x343b46, new int[] {0x58a9e8, 0xf59045, 0x3fcf9f, 0xe798c6, 0xdcc04a, 0x9bdcf7, 0xa3abb6
    });

    private static final int FONT_SIZE = 14;

    private final int background;
    private final int text;
    private final int grid;

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final int[] series;

    Theme(int background, int text, int grid, int[] series) {
        this.background = background;
        this.text = text;
        this.grid = grid;
        this.series = series;
    }

    Color background() {
        return new Color(background);
    }

    Color text() {
        return new Color(text);
    }

    /** {@return the colour of the line of this number; neighbours differ also for the colour-blind} */
    Color series(int number) {
        return new Color(series[number % series.length]);
    }

    /** The scale of colours from the lowest to the highest value, on all of which {@link #text} can be read. */
    Color[] scale(boolean aroundZero) {
        Color none = this == LIGHT ? new Color(0xf6f7f8) : new Color(0x262b34);
        Color most = this == LIGHT ? new Color(0x6baed6) : new Color(0x2c6fa8);
        Color least = this == LIGHT ? new Color(0xe9967a) : new Color(0xa04a35);
        return aroundZero ? new Color[] {least, none, most} : new Color[] {none, most};
    }

    /** Gives a chart these colours, and letters that can be read when a phone shows it. */
    public void style(AxesChartStyler styler) {
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE);
        styler.setLocale(Locale.ROOT);
        styler.setBaseFont(plain)
                .setChartTitleFont(plain.deriveFont(Font.BOLD, FONT_SIZE + 1f))
                .setLegendFont(plain);
        styler.setAxisTitleFont(plain).setAxisTickLabelsFont(plain.deriveFont(FONT_SIZE - 1f));
        styler.setChartBackgroundColor(background())
                .setChartFontColor(text())
                .setChartTitleBoxVisible(false)
                .setChartPadding(8)
                .setPlotBackgroundColor(background())
                .setPlotBorderVisible(false)
                .setPlotContentSize(0.97)
                .setLegendBackgroundColor(background())
                .setLegendBorderColor(background())
                .setXAxisTitleColor(text())
                .setYAxisTitleColor(text())
                .setSeriesColors(Arrays.stream(series).mapToObj(Color::new).toArray(Color[]::new))
                .setAnnotationLineColor(text())
                .setAnnotationTextFontColor(text());
        styler.setAxisTickLabelsColor(text())
                .setAxisTickMarksColor(new Color(grid))
                .setPlotGridLinesColor(new Color(grid))
                .setPlotGridLinesStroke(new BasicStroke(1));
    }
}
