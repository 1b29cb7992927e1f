package org.mtl4j.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** Values, gradients, masks. */
class LossesTest {
    static Stream<ILossFunction> losses() {
        return Stream.of(new WingLoss(0.4, 0.1), new WingLoss(10, 2), new SmoothL1Loss(0.3), new SmoothL1Loss(1));
    }

    private static INDArray row(double... values) {
        return Nd4j.createFromArray(values).reshape(1, values.length);
    }

    @Test
    void values_by_hand() {
        IActivation identity = new ActivationIdentity();
        INDArray labels = row(0, 0);
        // |d| = 1 inside w = 2: 2 ln(1 + 1/0.5); |d| = 3 outside: 3 - (2 - 2 ln 5)
        double wing = (2 * Math.log(3) + 3 - 2 + 2 * Math.log(5)) / 2;
        assertThat(new WingLoss(2, 0.5).computeScore(labels, row(-1, 3), identity, null, true))
                .isCloseTo(wing, within(1e-12));
        // 0.5² / (2 * 2) inside, 3 - 1 outside
        assertThat(new SmoothL1Loss(2).computeScore(labels, row(0.5, -3), identity, null, true))
                .isCloseTo((0.0625 + 2) / 2, within(1e-12));
        // the square of the error, or its quotient by epsilon, is no number of 16 bits
        INDArray far = row(300, -300).castTo(DataType.HALF);
        assertThat(new SmoothL1Loss(1).computeScore(labels, far, identity, null, true))
                .isCloseTo(299.5, within(0.5));
        assertThat(new WingLoss(1, 0.001).computeScore(labels, far, identity, null, true))
                .isCloseTo(299 + Math.log(1001), within(0.5));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void gradients_agree_with_central_differences(ILossFunction loss) {
        INDArray labels = Nd4j.createFromArray(new double[][] {{0.3, -0.2, 0.9}, {0, 0.1, -5}});
        INDArray z = Nd4j.createFromArray(new double[][] {{0.35, 0.5, -3}, {0.9, -0.25, 6}});
        INDArray perExample = Nd4j.createFromArray(new double[][] {{0}, {1}});
        INDArray perOutput = Nd4j.createFromArray(new double[][] {{0, 1, 1}, {1, 0, 1}});
        for (IActivation activation : new IActivation[] {new ActivationIdentity(), new ActivationTanH()}) {
            for (INDArray mask : new INDArray[] {null, perExample, perOutput}) {
                INDArray gradient = loss.computeGradient(labels, z.dup(), activation, mask);
                for (int i = 0; i < z.length(); i++) {
                    double step = 1e-6;
                    INDArray up = z.dup();
                    up.putScalar(i, up.getDouble(i) + step);
                    INDArray down = z.dup();
                    down.putScalar(i, down.getDouble(i) - step);
                    double difference = (loss.computeScore(labels, up, activation, mask, false)
                                    - loss.computeScore(labels, down, activation, mask, false))
                            / (2 * step);
                    assertThat(gradient.getDouble(i))
                            .as("%s, %s, element %d", loss, activation, i)
                            .isCloseTo(difference, within(1e-7));
                }
                assertThat(loss.computeScoreArray(labels, z.dup(), activation, mask)
                                .sumNumber()
                                .doubleValue())
                        .isCloseTo(loss.computeScore(labels, z.dup(), activation, mask, false), within(1e-12));
            }
        }
    }

    @Test
    void no_error_has_no_slope() {
        INDArray labels = row(0.5, -1);
        for (ILossFunction loss : losses().toList()) {
            assertThat(loss.computeGradient(labels, labels.dup(), new ActivationIdentity(), null))
                    .isEqualTo(Nd4j.zeros(DataType.DOUBLE, 1, 2));
            assertThat(loss.computeScore(labels, labels.dup(), new ActivationIdentity(), null, true))
                    .isZero();
        }
    }

    @Test
    void bad_parameters_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WingLoss(0, 1))
                .withMessageContaining("width");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WingLoss(1, Double.NaN))
                .withMessageContaining("epsilon");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SmoothL1Loss(-1))
                .withMessageContaining("beta");
    }
}
