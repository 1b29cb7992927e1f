package org.mtl4j.relatedness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * The trace norms against NumPy's singular values (how, is in the file), against closed forms, and where ranks are
 * lost.
 */
class TraceNormTest {
    /** Singular values as roots of products' eigenvalues, which are right to 1e-16 of the largest. */
    private static final double EXACT = 1e-12;

    /** Where a singular value is 0: the root of 1e-16, for the values that are not seen to be. */
    private static final double AT_RANK_LOSS = 5e-8;

    private static final GroupRelatedness LAF = GroupRelatedness.traceNorm();
    private static final GroupRelatedness TUCKER = GroupRelatedness.tuckerTraceNorm();

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = TraceNormTest.class.getResourceAsStream("/golden/trace-norm.json")) {
            return StreamSupport.stream(
                    new ObjectMapper().readTree(in).get("cases").spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agrees_with_the_reference(JsonNode given) {
        long[] shape = StreamSupport.stream(given.get("shape").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        List<INDArray> thetas = towers(numbers(given.get("weights")), shape);
        boolean rankLoss = !given.get("name").asText().matches("three.*|four.*|one dense");
        for (boolean tucker : new boolean[] {false, true}) {
            String name = tucker ? "tucker" : "laf";
            GroupRelatedness norm = tucker ? TUCKER : LAF;
            double expected = given.get(name).asDouble();
            List<INDArray> gradients = towers(numbers(given.get(name + "Gradient")), shape);
            GroupRelatedness.GroupEvaluation found = norm.evaluate(thetas, new double[0]);
            double allowed = (rankLoss ? AT_RANK_LOSS : EXACT) * (1 + expected);
            assertThat(found.value()).isCloseTo(expected, within(allowed));
            assertThat(norm.value(thetas, new double[0])).isCloseTo(expected, within(allowed));
            for (int t = 0; t < thetas.size(); t++) {
                double difference = found.gradients()
                        .get(t)
                        .sub(gradients.get(t))
                        .amaxNumber()
                        .doubleValue();
                assertThat(difference).as("%s, tower %s", name, t).isLessThan(1e-9);
                // weights of dense layers lie in Fortran's order, and those of a graph are views
                INDArray added = Nd4j.ones(DataType.DOUBLE, 2, thetas.get(t).length())
                        .getRow(1)
                        .reshape('f', thetas.get(t).shape());
                List<INDArray> wanted = new ArrayList<>();
                for (int other = 0; other < thetas.size(); other++) {
                    wanted.add(other == t ? added : null);
                }
                List<INDArray> fortran =
                        thetas.stream().map(theta -> theta.dup('f')).toList();
                norm.addGradients(fortran, new double[0], 3, wanted, new double[0]);
                INDArray sum = gradients.get(t).mul(3).add(1);
                assertThat(added.sub(sum).amaxNumber().doubleValue()).isLessThan(3e-9);
            }
        }
    }

    @Test
    void gradients_are_those_of_the_value() {
        RelatednessCheck.of(LAF).assertGradients();
        RelatednessCheck.of(TUCKER).assertGradients();
    }

    @Test
    void equal_towers_have_the_closed_form_in_single_precision_too() {
        INDArray w = Nd4j.linspace(DataType.FLOAT, -1, 0.1, 20).reshape(4, 5);
        double norm = w.norm2Number().doubleValue();
        GroupRelatedness.GroupEvaluation three = LAF.evaluate(List.of(w, w.dup(), w.dup()), new double[0]);
        assertThat(three.value()).isCloseTo(Math.sqrt(3) * norm, within(1e-6 * norm));
        for (INDArray gradient : three.gradients()) { // of √(Σ ‖W_t‖²), which the term is along equal towers
            assertThat(gradient.dataType()).isEqualTo(DataType.FLOAT);
            double expected = w.getDouble(1, 2) / (Math.sqrt(3) * norm);
            assertThat(gradient.getDouble(1, 2)).isCloseTo(expected, within(1e-6));
        }
        assertThat(LAF.value(List.of(w), new double[0])).isCloseTo(norm, within(1e-6 * norm));
    }

    @Test
    void towers_that_are_equal_up_to_rounding_are_not_pulled_along_the_rounding() {
        INDArray w = Nd4j.linspace(DataType.FLOAT, -1, 0.01, 200);
        INDArray rounded = w.castTo(DataType.DOUBLE).mul(1 + 1e-8).castTo(DataType.FLOAT);
        INDArray other = w.mul(1.0000001);
        List<INDArray> gradients =
                LAF.evaluate(List.of(w, rounded, other), new double[0]).gradients();
        double expected = w.getDouble(0) / (Math.sqrt(3) * w.norm2Number().doubleValue());
        for (INDArray gradient : gradients) {
            assertThat(gradient.getDouble(0)).isCloseTo(expected, within(1e-6)); // 1/√3 or so more, if it were
        }
    }

    @Test
    void many_weights_are_taken_part_by_part() {
        INDArray a = Nd4j.ones(DataType.FLOAT, 1, 300_000); // more than are cast at a time
        INDArray b = Nd4j.ones(DataType.FLOAT, 1, 300_000);
        b.get(org.nd4j.linalg.indexing.NDArrayIndex.all(), org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 150_000))
                .assign(-1);
        double expected = 2 * Math.sqrt(300_000); // orthogonal: the sum of their lengths
        GroupRelatedness.GroupEvaluation found = LAF.evaluate(List.of(a, b), new double[0]);
        assertThat(found.value()).isCloseTo(expected, within(1e-9 * expected));
        double each = 1 / Math.sqrt(300_000);
        assertThat(found.gradients().get(1).getDouble(0, 0)).isCloseTo(-each, within(1e-6 * each));
        assertThat(found.gradients().get(1).getDouble(0, 299_999)).isCloseTo(each, within(1e-6 * each));
    }

    @Test
    void weights_that_are_not_numbers_make_the_value_none_and_no_exception() {
        INDArray w = Nd4j.ones(DataType.FLOAT, 2, 2);
        INDArray broken = w.dup().putScalar(0, Double.NaN);
        assertThat(LAF.evaluate(List.of(w, broken), new double[0]).value()).isNaN();
        assertThat(TUCKER.evaluate(List.of(w, broken), new double[0]).value()).isNaN();
    }

    @Test
    void what_does_not_fit_is_refused() {
        INDArray w = Nd4j.ones(2, 2);
        assertThatThrownBy(() -> LAF.value(List.of(w, Nd4j.ones(4)), new double[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a trace norm is over weights of one shape, got [2, 2] and [4]");
        assertThatThrownBy(() -> LAF.value(List.of(), new double[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one tower");
        assertThatThrownBy(() -> Relatedness.l2().value(List.of(w, w, w), new double[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("relatedness 'l2' is for the weights of two towers, got those of 3");
    }

    private static double[] numbers(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static List<INDArray> towers(double[] all, long[] shape) {
        List<INDArray> towers = new ArrayList<>();
        int each = all.length / Math.toIntExact(shape[0]);
        for (int t = 0; t < shape[0]; t++) {
            towers.add(Nd4j.createFromArray(Arrays.copyOfRange(all, t * each, (t + 1) * each))
                    .reshape('c', Arrays.copyOfRange(shape, 1, shape.length)));
        }
        return towers;
    }
}
