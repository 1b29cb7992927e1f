package org.mtl4j.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The look of a page and of its charts. */
final class Styles {
    private static final String OF_PAGE = resource("report.css");
    private static final String COLOURS = makeColours();
    private static final String OF_CHARTS = makeCharts();

    private Styles() {}

    /** The colours by name, for light and for dark displays. */
    static String colours() {
        return COLOURS;
    }

    static String ofCharts() {
        return OF_CHARTS;
    }

    static String ofPage() {
        return OF_PAGE;
    }

    private static String makeColours() {
        String light = "--page:#f4f5f7;--card:#fff;--text:#24292f;--quiet:#59636e;--line:#dde1e6;--link:#0062a3;"
                + "--warn:#fff4d6;--warn-line:#d9a400;--high:#3f94cc;--low:#e0704f;";
        String dark = "--page:#111418;--card:#1b1f26;--text:#d8dee6;--quiet:#9aa4b1;--line:#343b46;--link:#7db9ef;"
                + "--warn:#3a2f10;--warn-line:#b98a00;--high:#2f83c4;--low:#c0573c;";
        return ":root{color-scheme:light dark;%s%s}@media(prefers-color-scheme:dark){:root{%s%s}}"
                .formatted(light, series(0), dark, series(1));
    }

    private static String series(int theme) {
        StringBuilder colours = new StringBuilder();
        for (int i = 0; i < Svg.COLOURS.length; i++) {
            colours.append("--s")
                    .append(i)
                    .append(':')
                    .append(Svg.COLOURS[i][theme])
                    .append(';');
        }
        return colours.toString();
    }

    private static String makeCharts() {
        StringBuilder css = new StringBuilder(".chart text{font:13px system-ui,sans-serif;fill:var(--text)}"
                + ".chart .t{font-weight:600;font-size:15px}.chart .q{fill:var(--quiet)}.chart .m{text-anchor:middle}"
                + ".chart .e{text-anchor:end}.chart .g{stroke:var(--line);stroke-width:1;fill:none}"
                + ".chart .k{stroke:var(--text);stroke-width:1;stroke-dasharray:2 3;fill:none}"
                + ".chart .l{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}"
                + ".chart .d{stroke-dasharray:6 4;stroke-linecap:butt}"
                + ".chart .f{stroke-width:1;stroke-dasharray:2 3;stroke-linecap:butt}"
                + ".chart .hi{fill:var(--high)}.chart .lo{fill:var(--low)}"
                + ".chart .c{stroke:var(--line);stroke-width:.5}");
        for (int i = 0; i < Svg.COLOURS.length; i++) {
            css.append(".chart .s%1$s{stroke:var(--s%1$s)}.chart .p%1$s{fill:var(--s%1$s)}".formatted(i));
        }
        return css.toString();
    }

    private static String resource(String name) {
        try (InputStream in = Styles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar of mtl-report lacks " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
