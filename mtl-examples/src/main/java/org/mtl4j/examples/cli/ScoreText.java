package org.mtl4j.examples.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.metric.TaskScore;

/** Shows the scores of any tasks: every metric beside what is had without learning anything. */
final class ScoreText {
    private ScoreText() {}

    /** {@return a table for people, a line for each metric of each task} */
    static String of(Map<String, TaskScore> scores) {
        StringBuilder text = new StringBuilder();
        scores.forEach((task, score) -> {
            for (StandardMetric metric : StandardMetric.values()) {
                if (metric.isOf(score)) {
                    double baseline = metric.baselineOf(score);
                    text.append(String.format(
                            Locale.ROOT,
                            "%-20s %-20s %.4f%s%n",
                            task,
                            name(metric),
                            metric.of(score),
                            Double.isNaN(baseline) ? "" : String.format(Locale.ROOT, " (baseline %.4f)", baseline)));
                }
            }
        });
        return text.toString();
    }

    /** {@return the figures by task and metric; those that have no value are left out} */
    static Map<String, Map<String, Double>> figures(Map<String, TaskScore> scores) {
        Map<String, Map<String, Double>> all = new LinkedHashMap<>();
        scores.forEach((task, score) -> {
            Map<String, Double> figures = new LinkedHashMap<>();
            for (StandardMetric metric : StandardMetric.values()) {
                if (metric.isOf(score) && Double.isFinite(metric.of(score))) {
                    figures.put(name(metric), metric.of(score));
                }
            }
            all.put(task, figures);
        });
        return all;
    }

    private static String name(StandardMetric metric) {
        return metric.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
