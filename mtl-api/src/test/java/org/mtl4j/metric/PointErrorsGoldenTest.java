package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Landmark metrics against an independent implementation, with errors that lie exactly on the threshold. */
class PointErrorsGoldenTest {
    private static final double ROUNDING = 1e-15; // a root, a quotient and a mean of eight numbers below 0.1

    private final JsonNode golden = read();

    @Test
    void agrees_with_the_reference() {
        INDArray truth = Nd4j.createFromArray(doubles("truth")).reshape('c', 8, 5, 2);
        INDArray prediction = Nd4j.createFromArray(doubles("prediction")).reshape('c', 8, 5, 2);
        double[] widths = array(golden.get("boxWidth"));
        PointErrors errors = PointErrors.of(
                truth, prediction, widths, golden.get("threshold").asDouble());
        double[] expected = array(golden.get("error").get("data"));
        for (int image = 0; image < 8; image++) {
            for (int point = 0; point < 5; point++) {
                assertThat(errors.error(image, point)).isCloseTo(expected[image * 5 + point], within(ROUNDING));
            }
        }
        for (int point = 0; point < 5; point++) {
            assertThat(errors.meanError(point))
                    .isCloseTo(golden.get("meanErrorPerLandmark").get(point).asDouble(), within(ROUNDING));
            // image 0 has three errors of exactly 0.05: no failures
            assertThat(errors.failureRate(point))
                    .isEqualTo(golden.get("failureRatePerLandmark").get(point).asDouble());
        }
        assertThat(errors.meanError()).isCloseTo(golden.get("meanErrorAverage").asDouble(), within(ROUNDING));
        assertThat(errors.failureRate())
                .isCloseTo(golden.get("failureRateAverage").asDouble(), within(ROUNDING));
    }

    @Test
    void parts_merge_to_the_whole() {
        double[] truth = doubles("truth");
        double[] prediction = doubles("prediction");
        double[] widths = array(golden.get("boxWidth"));
        PointErrors.Accumulator first = PointErrors.accumulator(5, 0.05);
        PointErrors.Accumulator second = PointErrors.accumulator(5, 0.05);
        for (int image = 0; image < 8; image++) {
            double[] t = java.util.Arrays.copyOfRange(truth, image * 10, image * 10 + 10);
            double[] p = java.util.Arrays.copyOfRange(prediction, image * 10, image * 10 + 10);
            (image < 3 ? first : second).add(t, p, widths[image]);
        }
        PointErrors merged = first.merge(second).result();
        assertThat(merged.images()).isEqualTo(8);
        assertThat(merged.failureRate())
                .isCloseTo(golden.get("failureRateAverage").asDouble(), within(ROUNDING));
    }

    @Test
    void accuracy_stands_beside_its_majority_class() {
        ClassificationScore score = ClassificationScore.accumulator(java.util.List.of("a", "b"))
                .add(0, 0)
                .add(0, 1)
                .add(0, 0)
                .add(1, 1)
                .result();
        assertThat(score.accuracy()).isEqualTo(0.75); // 3 of 4
        assertThat(score.majorityBaseline()).isEqualTo(0.75); // class a, 3 of 4
        assertThat(score.recall(0)).isCloseTo(2.0 / 3, within(1e-15));
    }

    private double[] doubles(String name) {
        return array(golden.get(name).get("data"));
    }

    private static double[] array(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static JsonNode read() {
        try (InputStream in = PointErrorsGoldenTest.class.getResourceAsStream("/golden/metrics.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
