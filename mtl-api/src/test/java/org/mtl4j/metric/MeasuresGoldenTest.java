package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.api.AutoCloseableSoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Compares measures with those of scikit-learn (of numpy for calibration) on random, tied, weighted and one-class data:
 * {@code measures.json} was written by {@code measures.py} beside it with seed 1; other seeds are tried where Debian's
 * python3-sklearn is there.
 */
class MeasuresGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Some hundred double operations on numbers around 1. */
    private static final double ROUNDING = 1e-12;

    @Test
    void measures_are_those_of_scikit_learn() throws IOException {
        try (InputStream golden = getClass().getResourceAsStream("measures.json")) {
            compare(JSON.readTree(golden));
        }
    }

    @Test
    void measures_are_those_of_scikit_learn_on_other_data(@TempDir Path directory) throws Exception {
        assumeTrue(hasScikitLearn(), "skipped: /usr/bin/python3 has no scikit-learn (Debian: python3-sklearn)");
        Path script = directory.resolve("measures.py");
        try (InputStream source = getClass().getResourceAsStream("measures.py")) {
            Files.copy(source, script);
        }
        for (int seed = 2; seed < 3; seed++) {
            Path out = directory.resolve(seed + ".json");
            Process python = new ProcessBuilder("/usr/bin/python3", script.toString(), String.valueOf(seed))
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(python.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(python.exitValue()).isZero();
            compare(JSON.readTree(Files.readString(out, StandardCharsets.UTF_8)));
        }
    }

    private static boolean hasScikitLearn() throws InterruptedException {
        try {
            return new ProcessBuilder("/usr/bin/python3", "-c", "import sklearn")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException noPython) {
            return false;
        }
    }

    private static void compare(JsonNode golden) {
        try (AutoCloseableSoftAssertions all = new AutoCloseableSoftAssertions()) {
            golden.get("classes").forEach(expected -> compareClasses(all, expected));
            golden.get("regressions").forEach(expected -> compareRegression(all, expected));
        }
    }

    private static void compareClasses(AutoCloseableSoftAssertions all, JsonNode expected) {
        int classes = expected.get("f1").size();
        List<String> names = IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
        ClassificationScore.Accumulator whole = ClassificationScore.accumulator(names);
        whole.add(array(expected, "labels"), array(expected, "predictions"), null, weights(expected));
        ClassificationScore score = whole.result();
        Values values = new Values(all, expected);
        values.are("accuracy", score.accuracy());
        values.are("balancedAccuracy", score.balancedAccuracy());
        values.are("f1", score::f1);
        values.are("macroF1", score.macroF1());
        values.are("microF1", score.microF1());
        values.are("logLoss", score.logLoss());
        values.are("logLossBaseline", score.logLossBaseline());
        values.are("calibrationError", score.calibrationError());
        for (int c = 0; c < classes; c++) {
            Values ranking = new Values(all, expected.get("rankings").get(c));
            ranking.are("rocAuc", score.rankings().get(c).rocAuc());
            ranking.are("averagePrecision", score.rankings().get(c).averagePrecision());
        }
        if (classes == 2) { // the same question, asked as a label
            MultiLabelScore label = MultiLabelScore.accumulator(List.of("label"))
                    .add(second(expected, "labels"), second(expected, "predictions"), null, weights(expected))
                    .result();
            all.assertThat(label.label(0).rankings()).isEqualTo(score.rankings());
            values.are("logLoss", label.logLoss());
            values.are("calibrationError", label.calibrationError());
        }
    }

    private static void compareRegression(AutoCloseableSoftAssertions all, JsonNode expected) {
        RegressionScore score = RegressionScore.accumulator(expected.get("r2").size())
                .add(array(expected, "labels"), array(expected, "predictions"), null, weights(expected))
                .result();
        Values values = new Values(all, expected);
        values.are("squaredError", score::squaredError);
        values.are("absoluteError", score::absoluteError);
        values.are("r2", score::r2);
        values.are("explainedVariance", score::explainedVariance);
        values.are("squaredErrorBaseline", score.squaredErrorBaselines()::get);
        values.are("absoluteErrorBaseline", score.absoluteErrorBaselines()::get);
    }

    /** What one set of data comes to by the other implementation; null there is no number here. */
    private record Values(AutoCloseableSoftAssertions all, JsonNode expected) {
        void are(String measure, double ours) {
            check(measure, expected.get(measure), ours);
        }

        void are(String measure, IntToDoubleFunction ours) {
            for (int i = 0; i < expected.get(measure).size(); i++) {
                check(measure + i, expected.get(measure).get(i), ours.applyAsDouble(i));
            }
        }

        private void check(String measure, JsonNode theirs, double ours) {
            String what = expected.path("name").asText("a ranking") + ": " + measure;
            if (theirs.isNull()) {
                all.assertThat(ours).as(what).isNaN();
            } else {
                // numpy takes a mean of 1e6 off numbers around it, and loses as many digits
                double allowed = what.startsWith("mean far") ? 1e-9 : ROUNDING;
                all.assertThat(ours)
                        .as(what)
                        .isCloseTo(theirs.asDouble(), within(allowed * Math.max(1, Math.abs(theirs.asDouble()))));
            }
        }
    }

    private static INDArray array(JsonNode expected, String name) {
        return Nd4j.createFromArray(JSON.convertValue(expected.get(name), double[][].class));
    }

    private static INDArray second(JsonNode expected, String name) {
        double[][] rows = JSON.convertValue(expected.get(name), double[][].class);
        double[][] column = new double[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            column[row] = new double[] {rows[row][1]};
        }
        return Nd4j.createFromArray(column);
    }

    private static INDArray weights(JsonNode expected) {
        double[] weights = JSON.convertValue(expected.get("weights"), double[].class);
        double[][] column = new double[weights.length][];
        for (int row = 0; row < weights.length; row++) {
            column[row] = new double[] {weights[row]};
        }
        return Nd4j.createFromArray(column);
    }
}
