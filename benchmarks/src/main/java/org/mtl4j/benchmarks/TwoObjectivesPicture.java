package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws the ways of {@link TwoObjectives} over the contour lines of the objectives' sum, a panel for each method. */
final class TwoObjectivesPicture {
    private static final int COLUMNS = 5;
    private static final int PANEL = 190;
    private static final int TITLE = 22;
    private static final int GAP = 14;
    private static final double LEAST = -11;
    private static final double MOST = 11;
    private static final int CELLS = 84;
    private static final int LEVELS = 14;
    private static final String[] COLOURS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"};

    private TwoObjectivesPicture() {}

    static void write(Path file, Map<String, List<TwoObjectives.Run>> all) throws IOException {
        int rows = (all.size() + COLUMNS - 1) / COLUMNS;
        int width = COLUMNS * (PANEL + GAP) + GAP;
        int height = rows * (PANEL + TITLE + GAP) + GAP + 24;
        StringBuilder svg = new StringBuilder();
        svg.append(text(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %s %s' font-family='sans-serif'"
                        + " font-size='12'>%n",
                width, height));
        svg.append(text("<rect width='%s' height='%s' fill='white'/>%n", width, height));
        svg.append("<defs><g id='contour' fill='none' stroke='#b8c0c8' stroke-width='0.6'>")
                .append(contour())
                .append("</g></defs>\n");
        int index = 0;
        for (Map.Entry<String, List<TwoObjectives.Run>> method : all.entrySet()) {
            int left = GAP + index % COLUMNS * (PANEL + GAP);
            int top = GAP + index / COLUMNS * (PANEL + TITLE + GAP);
            long onFront = method.getValue().stream()
                    .filter(TwoObjectives.Run::onFront)
                    .count();
            svg.append(text("<g transform='translate(%s %s)'>", left, top));
            svg.append(text(
                    "<text x='0' y='14' fill='#222'>%s: %s of %s</text>",
                    method.getKey(), onFront, method.getValue().size()));
            svg.append(text("<g transform='translate(0 %s)'>", TITLE));
            svg.append(text("<rect width='%s' height='%s' fill='#fafbfc' stroke='#8a949e'/>", PANEL, PANEL));
            svg.append("<use href='#contour'/>");
            svg.append(text(
                    "<line x1='%s' y1='%s' x2='%s' y2='%s' stroke='#444' stroke-width='3' opacity='0.55'/>",
                    x(-7), y(TwoObjectives.FRONT), x(7), y(TwoObjectives.FRONT)));
            for (int run = 0; run < method.getValue().size(); run++) {
                svg.append(way(method.getValue().get(run), COLOURS[run % COLOURS.length]));
            }
            svg.append("</g></g>\n");
            index++;
        }
        svg.append(text(
                "<text x='%s' y='%s' fill='#444'>Grey line: the Pareto front. Hollow: start; filled: end"
                        + " after 50,000 steps of Adam.</text>%n",
                GAP, height - 12));
        svg.append("</svg>\n");
        Files.writeString(file, svg);
    }

    private static String way(TwoObjectives.Run run, String colour) {
        StringBuilder points = new StringBuilder();
        for (double[] point : run.path()) {
            points.append(text("%s,%s ", x(point[0]), y(point[1])));
        }
        double[] start = run.path().get(0);
        return text(
                        "<polyline points='%s' fill='none' stroke='%s' stroke-width='1.6'/>",
                        points.toString().strip(), colour)
                + text(
                        "<circle cx='%s' cy='%s' r='3.2' fill='white' stroke='%s' stroke-width='1.4'/>",
                        x(start[0]), y(start[1]), colour)
                + text("<circle cx='%s' cy='%s' r='3.4' fill='%s'/>", x(run.end()[0]), y(run.end()[1]), colour);
    }

    /** Segments of lines of equal sums, cell by cell (marching squares). */
    private static String contour() {
        double[][] sums = new double[CELLS + 1][CELLS + 1];
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i <= CELLS; i++) {
            for (int j = 0; j <= CELLS; j++) {
                double[] losses =
                        TwoObjectives.values(new double[] {at(i), at(j)}, 1).losses();
                sums[i][j] = losses[0] + losses[1];
                least = Math.min(least, sums[i][j]);
                most = Math.max(most, sums[i][j]);
            }
        }
        StringBuilder path = new StringBuilder("<path d='");
        for (int level = 1; level < LEVELS; level++) {
            double height = least + (most - least) * level / LEVELS;
            for (int i = 0; i < CELLS; i++) {
                for (int j = 0; j < CELLS; j++) {
                    segment(path, sums, i, j, height);
                }
            }
        }
        return path.append("'/>").toString();
    }

    private static void segment(StringBuilder path, double[][] sums, int i, int j, double height) {
        int[][] corners = {{i, j}, {i + 1, j}, {i + 1, j + 1}, {i, j + 1}};
        boolean started = false;
        for (int side = 0; side < 4; side++) {
            int[] from = corners[side];
            int[] to = corners[(side + 1) % 4];
            double a = sums[from[0]][from[1]] - height;
            double b = sums[to[0]][to[1]] - height;
            if (a < 0 != b < 0) {
                double share = a / (a - b);
                path.append(started ? 'L' : 'M')
                        .append(text(
                                "%s %s",
                                x(at(from[0]) + share * (at(to[0]) - at(from[0]))),
                                y(at(from[1]) + share * (at(to[1]) - at(from[1])))));
                started = !started;
            }
        }
    }

    private static double at(int cell) {
        return LEAST + (MOST - LEAST) * cell / CELLS;
    }

    private static String x(double value) {
        return String.format(Locale.ROOT, "%.1f", PANEL * (value - LEAST) / (MOST - LEAST));
    }

    private static String y(double value) {
        return String.format(Locale.ROOT, "%.1f", PANEL * (MOST - value) / (MOST - LEAST));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
