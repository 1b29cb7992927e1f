package org.mtl4j.examples.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.examples.report.Confusion;
import org.mtl4j.examples.report.ErrorCounts;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;

/**
 * What one training run came to, in a form that is written to and read from JSON.
 *
 * @param variant the variant's option name
 * @param seed of the run
 * @param settings everything else that decides the result, to tell whether two runs are alike
 * @param meanError per landmark and, under {@code all}, over all: fractions of the box width
 * @param failureRate likewise, fractions
 * @param accuracy per attribute
 * @param majority accuracy of the majority class per attribute
 * @param seconds how long training took
 * @param epochs losses over the epochs
 * @param relatedness the learned coefficients and values at the end
 * @param errors how the errors of each point are distributed; empty in files of older versions
 * @param confusions one for each attribute; empty in files of older versions
 */
record RunResult(
        String variant,
        long seed,
        String settings,
        Map<String, Double> meanError,
        Map<String, Double> failureRate,
        Map<String, Double> accuracy,
        Map<String, Double> majority,
        double seconds,
        List<EpochResult> epochs,
        List<RelatednessState> relatedness,
        List<ErrorCounts> errors,
        List<Confusion> confusions) {
    static final String ALL = "all";

    /** Older files lack the last two. */
    RunResult {
        errors = errors == null ? List.of() : errors;
        confusions = confusions == null ? List.of() : confusions;
    }

    /** What files about this run are called by. */
    String name() {
        return name(variant, seed);
    }

    /** What files about a run are called by. */
    static String name(String variant, long seed) {
        return variant + "-seed" + seed;
    }

    static RunResult of(
            Variant variant,
            long seed,
            String settings,
            FaceEvaluation evaluation,
            double seconds,
            List<EpochResult> epochs,
            List<RelatednessState> relatedness) {
        Map<String, Double> meanError = new LinkedHashMap<>();
        Map<String, Double> failureRate = new LinkedHashMap<>();
        evaluation.landmarks().ifPresent(points -> {
            for (LandmarkName point : LandmarkName.values()) {
                meanError.put(point.label(), points.meanError(point.ordinal()));
                failureRate.put(point.label(), points.failureRate(point.ordinal()));
            }
            meanError.put(ALL, points.meanError());
            failureRate.put(ALL, points.failureRate());
        });
        Map<String, Double> accuracy = new LinkedHashMap<>();
        Map<String, Double> majority = new LinkedHashMap<>();
        evaluation.scores().forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                accuracy.put(task, classes.accuracy());
                majority.put(task, classes.majorityBaseline());
            }
        });
        return new RunResult(
                variant.option(),
                seed,
                settings,
                meanError,
                failureRate,
                accuracy,
                majority,
                seconds,
                epochs,
                relatedness,
                evaluation.landmarks().map(ErrorCounts::of).orElse(List.of()),
                Confusion.of(evaluation.scores()));
    }

    /** The figures that matter most, in a line. */
    String summary() {
        StringBuilder text = new StringBuilder();
        if (meanError.containsKey(ALL)) {
            text.append(String.format(
                    Locale.ROOT,
                    "mean error %.2f %%, failures %.1f %%, ",
                    100 * meanError.get(ALL),
                    100 * failureRate.get(ALL)));
        }
        accuracy.forEach((task, share) -> text.append(String.format(Locale.ROOT, "%s %.1f %%, ", task, 100 * share)));
        return text.append(String.format(Locale.ROOT, "%.0f s", seconds)).toString();
    }
}
