package org.mtl4j.relatedness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class RelatednessCheckTest {

    static Stream<Relatedness> builtIns() {
        return Stream.of(
                        Relatedness.l2(),
                        Relatedness.l2Linear(),
                        Relatedness.exponential(),
                        Relatedness.exponentialLinear())
                .flatMap(r -> Stream.of(r, Relatedness.averaged(r)));
    }

    @ParameterizedTest
    @MethodSource("builtIns")
    void built_in_gradients_are_right(Relatedness relatedness) {
        RelatednessCheck.of(relatedness).assertGradients();
        RelatednessCheck.of(relatedness).withSeed(7).assertGradients();
    }

    /** The squared distance with a learned scale; the gradients are those of factor times it. */
    private record Scaled(double factor) implements Relatedness {
        @Override
        public String name() {
            return "scaled";
        }

        @Override
        public List<String> coefficientNames() {
            return List.of("s");
        }

        @Override
        public double[] initialCoefficients() {
            return new double[] {1};
        }

        @Override
        public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] c) {
            INDArray d = theta1.mul(c[0]).subi(theta2);
            double slope = d.mul(theta1).sumNumber().doubleValue();
            return new Evaluation(
                    d.mul(d).sumNumber().doubleValue(), d.mul(2 * c[0] * factor), d.mul(-2), new double[] {2 * slope});
        }
    }

    @Test
    void a_function_of_the_user_s_own_can_be_checked() {
        RelatednessCheck.of(new Scaled(1)).assertGradients();
    }

    @Test
    void a_wrong_gradient_is_found_and_named() {
        assertThat(RelatednessCheck.of(new Scaled(1.001)).failures())
                .hasSize(24 + 20) // every entry of both shapes of theta1, and nothing else
                .allMatch(line -> line.contains("theta1["));
        assertThatThrownBy(() -> RelatednessCheck.of(new Scaled(1.001)).assertGradients())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("'scaled'")
                .hasMessageContaining("analytic");
    }

    @Test
    void gradients_may_lie_in_any_order() {
        RelatednessCheck.of(new Relatedness() {
                    @Override
                    public String name() {
                        return "columns first";
                    }

                    @Override
                    public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] c) {
                        INDArray difference = theta1.sub(theta2).dup('f');
                        double value = difference.mul(difference).sumNumber().doubleValue();
                        return new Evaluation(value, difference.mul(2), difference.mul(-2), new double[0]);
                    }
                })
                .assertGradients();
    }

    /** The squared distance, which adds something else than its gradients. */
    private record Inconsistent() implements Relatedness {
        @Override
        public String name() {
            return "inconsistent";
        }

        @Override
        public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] c) {
            return Relatedness.l2().evaluate(theta1, theta2, c);
        }

        @Override
        public double value(INDArray theta1, INDArray theta2, double[] c) {
            return 2 * evaluate(theta1, theta2, c).value();
        }

        @Override
        public double addGradients(
                INDArray theta1,
                INDArray theta2,
                double[] c,
                double scale,
                INDArray gradient1,
                INDArray gradient2,
                double[] coefficientGradients) {
            double r = Relatedness.l2().addGradients(theta1, theta2, c, scale, gradient1, null, coefficientGradients);
            if (gradient1 != null) {
                gradient1.putScalar(3, 0);
            }
            return r + 1;
        }
    }

    @Test
    void methods_that_do_not_agree_with_each_other_are_found() {
        assertThat(RelatednessCheck.of(new Inconsistent()).failures())
                .filteredOn(line -> line.contains("[2, 3, 2, 2]"))
                .hasSize(1 + 1 + 1 + 24)
                .anyMatch(line -> line.contains("value()"))
                .anyMatch(line -> line.contains("addGradients, value"))
                .anyMatch(line -> line.contains("addGradients, theta1[3]"))
                .filteredOn(line -> line.contains("addGradients, theta2["))
                .hasSize(24);
    }
}
