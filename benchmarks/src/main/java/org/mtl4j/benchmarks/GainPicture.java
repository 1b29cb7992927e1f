package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws gains over relations as SVG: a line for each way to share, with a bar of one standard deviation at each point.
 */
final class GainPicture {
    private static final String[] COLOURS = {"#3b6fb6", "#c8502f", "#3f8f4f", "#8a57a8", "#b08a1e", "#4a4a4a"};
    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int LEFT = 64;
    private static final int RIGHT = 160;
    private static final int TOP = 20;
    private static final int BOTTOM = 56;
    /** Where losses end: a way that loses more would press all others together. */
    private static final double MOST_LOST = -40;

    private final double least;
    private final double largest;
    private final StringBuilder out = new StringBuilder();

    private GainPicture(double least, double largest) {
        this.least = least;
        this.largest = largest;
    }

    static String svg(double[] relations, Map<TwoTaskSharing, List<Spread>> gains) {
        List<Spread> all = new ArrayList<>();
        gains.values().forEach(all::addAll);
        double least = all.stream()
                .mapToDouble(gain -> gain.mean() - gain.deviation())
                .min()
                .orElse(0);
        double largest = all.stream()
                .mapToDouble(gain -> gain.mean() + gain.deviation())
                .max()
                .orElse(1);
        GainPicture picture = new GainPicture(
                Math.max(MOST_LOST, 10 * Math.floor(Math.min(0, least) / 10)), 10 * Math.ceil(largest / 10));
        picture.axes(relations);
        int place = 0;
        for (Map.Entry<TwoTaskSharing, List<Spread>> entry : gains.entrySet()) {
            picture.line(entry.getKey().toString(), relations, entry.getValue(), place++, gains.size());
        }
        return picture.out.append("</svg>\n").toString();
    }

    private static double x(double relation) {
        return LEFT + relation * (WIDTH - LEFT - RIGHT);
    }

    private double y(double gain) {
        return TOP + (largest - Math.max(least, gain)) / (largest - least) * (HEIGHT - TOP - BOTTOM);
    }

    private void add(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private void axes(double[] relations) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"13\">",
                WIDTH, HEIGHT);
        add("<title>What sharing gains over single tasks, by how related two tasks are</title>");
        add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
        for (double gain = least; gain <= largest; gain += largest - least > 100 ? 20 : 10) {
            add(
                    "<line x1=\"%d\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>",
                    LEFT, x(1), y(gain), y(gain), gain == 0 ? "#808080" : "#e0e0e0");
            add(
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#303030\">%.0f %%</text>",
                    LEFT - 8, y(gain) + 4, gain);
        }
        for (double relation : relations) {
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#303030\">%s</text>",
                    x(relation), HEIGHT - BOTTOM + 20, relation);
        }
        add(
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#303030\">cosine between what the two"
                        + " tasks look for</text>",
                x(0.5), HEIGHT - 12);
        add(
                "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\" fill=\"#303030\">less error"
                        + " than single tasks</text>",
                (double) (TOP + HEIGHT - BOTTOM) / 2);
    }

    private void line(String name, double[] relations, List<Spread> gains, int place, int lines) {
        String colour = COLOURS[place % COLOURS.length];
        boolean below = gains.stream().allMatch(gain -> gain.mean() < least);
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < relations.length && !below; i++) {
            double aside = (place - (lines - 1) / 2.0) * 3; // so that bars do not hide each other
            double x = x(relations[i]) + aside;
            Spread gain = gains.get(i);
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(gain.mean())));
            add(
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>",
                    x, x, y(gain.mean() - gain.deviation()), y(gain.mean() + gain.deviation()), colour);
            add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y(gain.mean()), colour);
        }
        add(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                points.toString().strip(), colour);
        add(
                "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"4\" fill=\"%s\"/>",
                WIDTH - RIGHT + 16, TOP + 20 + 22 * place, colour);
        add(
                "<text x=\"%d\" y=\"%d\" fill=\"#303030\">%s</text>",
                WIDTH - RIGHT + 36, TOP + 26 + 22 * place, name.replace("&", "&amp;") + (below ? " (below)" : ""));
    }
}
