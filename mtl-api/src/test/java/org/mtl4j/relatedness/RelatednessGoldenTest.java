package org.mtl4j.relatedness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The built-in functions against an independent implementation, values and all gradients, overflow included. */
class RelatednessGoldenTest {
    /** Sums of at most 24 squares, each rounded to 1e-16; exp multiplies the relative error of q by q, at most 100. */
    private static final double RELATIVE = 1e-12;

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = RelatednessGoldenTest.class.getResourceAsStream("/golden/relatedness.json")) {
            return StreamSupport.stream(
                    new ObjectMapper().readTree(in).get("cases").spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agrees_with_the_reference(JsonNode given) {
        boolean exponential = given.get("kind").asText().equals("exp");
        double[] ab = {given.get("a").asDouble(), given.get("b").asDouble()};
        boolean plain = ab[0] == 1 && ab[1] == 0;
        Relatedness r = new NormRelatedness(exponential, !plain, false);
        INDArray theta1 = array(given.get("t1"));
        INDArray theta2 = array(given.get("t2"));
        if (given.get("overflow64").asBoolean()) {
            assertThatThrownBy(() -> r.evaluate(theta1, theta2, ab))
                    .isInstanceOf(RelatednessOverflowException.class)
                    .hasMessageContaining("DOUBLE");
            assertThatThrownBy(() -> r.value(theta1, theta2, ab)).isInstanceOf(RelatednessOverflowException.class);
            return;
        }
        Relatedness.Evaluation actual = r.evaluate(theta1, theta2, plain ? new double[0] : ab);
        double value = given.get("value").asDouble();
        assertThat(actual.value()).isCloseTo(value, within(1e-13 + RELATIVE * value));
        assertThat(r.value(theta1, theta2, plain ? new double[0] : ab)).isEqualTo(actual.value());
        assertClose(actual.gradient1(), array(given.get("gradT1")));
        assertClose(actual.gradient2(), array(given.get("gradT2")));
        if (!plain) {
            double a = given.get("gradA").asDouble();
            double b = given.get("gradB").asDouble();
            double scale = actual.gradient1().norm1Number().doubleValue();
            assertThat(actual.coefficientGradients()[0]).isCloseTo(a, within(1e-13 + RELATIVE * scale));
            assertThat(actual.coefficientGradients()[1]).isCloseTo(b, within(1e-13 + RELATIVE * scale));
        }
        if (given.get("overflow32").asBoolean()) {
            assertThatThrownBy(() -> r.evaluate(theta1.castTo(DataType.FLOAT), theta2.castTo(DataType.FLOAT), ab))
                    .isInstanceOf(RelatednessOverflowException.class)
                    .hasMessageContaining("FLOAT")
                    .hasMessageContaining("averaged");
        }
    }

    private static void assertClose(INDArray actual, INDArray expected) {
        double allowed = 1e-13 + RELATIVE * expected.amaxNumber().doubleValue();
        assertThat(actual.sub(expected).amaxNumber().doubleValue()).isLessThanOrEqualTo(allowed);
    }

    private static INDArray array(JsonNode node) {
        long[] shape = StreamSupport.stream(node.get("shape").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        double[] data = StreamSupport.stream(node.get("data").spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
        return Nd4j.createFromArray(data).reshape('c', shape);
    }
}
