package org.mtl4j.examples.report;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.report.Figure;
import org.mtl4j.report.HeatMap;
import org.mtl4j.report.Table;

/**
 * How often each class was taken for each.
 *
 * @param task the attribute
 * @param classes names of the classes
 * @param counts for each labelled class how often each was predicted, and last how often none, because the prediction
 *     was NaN
 */
public record ConfusionMatrix(String task, List<String> classes, List<List<Long>> counts) {
    /** Copies the lists. */
    public ConfusionMatrix {
        classes = ImmutableList.copyOf(classes);
        counts = counts.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
    }

    /** Makes one for each task that has classes. */
    public static List<ConfusionMatrix> of(Map<String, TaskScore> scores) {
        List<ConfusionMatrix> all = new ArrayList<>();
        scores.forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                all.add(of(task, classes));
            }
        });
        return all;
    }

    private static ConfusionMatrix of(String task, ClassificationScore score) {
        int classes = score.classNames().size();
        List<List<Long>> counts = new ArrayList<>();
        for (int actual = 0; actual < classes; actual++) {
            List<Long> row = new ArrayList<>();
            long decided = 0;
            for (int predicted = 0; predicted < classes; predicted++) {
                row.add(score.count(actual, predicted));
                decided += score.count(actual, predicted);
            }
            row.add(score.count(actual) - decided);
            counts.add(row);
        }
        return new ConfusionMatrix(task, score.classNames(), counts);
    }

    /** {@return the counts with the number of faces of each class and its recall} */
    public Table table() {
        List<String> header = new ArrayList<>();
        header.add("labelled as");
        classes.forEach(name -> header.add("said " + name));
        header.add("no answer");
        header.add("recall");
        List<List<String>> rows = new ArrayList<>();
        for (int actual = 0; actual < classes.size(); actual++) {
            List<String> row = new ArrayList<>();
            row.add(classes.get(actual));
            counts.get(actual).forEach(count -> row.add(String.valueOf(count)));
            row.add(
                    faces(actual) == 0
                            ? "no faces"
                            : String.format(Locale.ROOT, "%.1f %%", percentage(actual, actual)));
            rows.add(row);
        }
        return Table.of(task + ": numbers of faces", header, rows).collapsed();
    }

    /** Draws the fraction of each prediction among the faces of a class. */
    public Figure picture(String name) {
        double[][] percentages = new double[classes.size()][classes.size()];
        for (int actual = 0; actual < percentages.length; actual++) {
            for (int predicted = 0; predicted < percentages.length; predicted++) {
                percentages[actual][predicted] = percentage(actual, predicted);
            }
        }
        return new HeatMap(task + ": confusion, %", "predicted", "labelled", classes, classes, percentages, 0, 100, 0)
                .picture(name, "%s: of the faces of each class, how many %% were taken for which.".formatted(task));
    }

    private double percentage(int actual, int predicted) {
        return 100.0 * counts.get(actual).get(predicted) / faces(actual);
    }

    private long faces(int actual) {
        return counts.get(actual).stream().mapToLong(Long::longValue).sum();
    }
}
