package org.mtl4j.examples.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.examples.report.ConfusionMatrix;
import org.mtl4j.examples.report.ErrorHistogram;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;

/**
 * What one training run came to, in a form that is written to and read from JSON.
 *
 * @param variant the variant's option name
 * @param seed of the run
 * @param identity everything that decides the result, to tell whether two runs are alike; missing in files of older
 *     versions
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
@JsonIgnoreProperties(ignoreUnknown = true) // of older versions
record RunResult(
        String variant,
        long seed,
        RunIdentity identity,
        Map<String, Double> meanError,
        Map<String, Double> failureRate,
        Map<String, Double> accuracy,
        Map<String, Double> majority,
        double seconds,

        @JsonSerialize(using = SavedEpochs.Writer.class) @JsonDeserialize(using = SavedEpochs.Reader.class)
        List<EpochResult> epochs,

        List<RelatednessState> relatedness,
        List<ErrorHistogram> errors,
        List<ConfusionMatrix> confusions) {
    static final String ALL = "all";

    /** Puts empty lists where older files have none. */
    RunResult {
        errors = errors == null ? List.of() : errors;
        confusions = confusions == null ? List.of() : confusions;
    }

    /** {@return what the names of files about this run begin with} */
    String name() {
        return name(variant, seed);
    }

    /** {@return what the names of files about a run begin with} */
    static String name(String variant, long seed) {
        return variant + "-seed" + seed;
    }

    /** Gathers what a run came to. */
    static RunResult of(
            NetworkVariant variant,
            long seed,
            RunIdentity identity,
            FaceEvaluation evaluation,
            double seconds,
            List<EpochResult> epochs,
            List<RelatednessState> relatedness) {
        Map<String, Double> meanError = new LinkedHashMap<>();
        Map<String, Double> failureRate = new LinkedHashMap<>();
        evaluation.landmarks().ifPresent(points -> {
            List<String> names = evaluation.layout().scheme().names();
            for (int i = 0; i < names.size(); i++) {
                meanError.put(names.get(i), points.meanError(i));
                failureRate.put(names.get(i), points.failureRate(i));
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
                identity,
                meanError,
                failureRate,
                accuracy,
                majority,
                seconds,
                epochs,
                relatedness,
                evaluation
                        .landmarks()
                        .map(errors ->
                                ErrorHistogram.of(evaluation.layout().scheme().names(), errors))
                        .orElse(List.of()),
                ConfusionMatrix.of(evaluation.scores()));
    }

    /** {@return the figures that matter most, in a line} */
    String summary() {
        StringBuilder text = new StringBuilder();
        if (meanError.containsKey(ALL)) {
            text.append(String.format(
                    Locale.ROOT,
                    "mean error %.2f %%, failures %.1f %%, ",
                    100 * meanError.get(ALL),
                    100 * failureRate.get(ALL)));
        }
        accuracy.forEach(
                (task, fraction) -> text.append(String.format(Locale.ROOT, "%s %.1f %%, ", task, 100 * fraction)));
        return text.append(String.format(Locale.ROOT, "%.0f s", seconds)).toString();
    }
}
