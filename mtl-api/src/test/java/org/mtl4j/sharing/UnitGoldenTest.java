package org.mtl4j.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values that NumPy gave: {@code units.py} among the test resources prints them, rounded to ten digits. */
class UnitGoldenTest {
    private static final double ROUNDED = 1e-9;

    private static final List<INDArray> INPUTS = List.of(
            Nd4j.createFromArray(new double[][] {{1, -2}, {0.5, 3}, {-1, 0.25}}),
            Nd4j.createFromArray(new double[][] {{2, 1}, {-0.5, 0.75}, {1.5, -1}}));

    private static final INDArray FIRST = Nd4j.createFromArray(new double[][] {{0.3, -0.1}, {0.2, 0.5}, {-0.4, 0.7}});
    private static final INDArray SECOND = Nd4j.createFromArray(new double[][] {{1, 0.6}, {-0.2, 0.1}, {0.9, -0.3}});

    private static void assertNumbers(INDArray found, double... expected) {
        assertThat(found.dup('c').reshape(found.length()).toDoubleVector()).containsExactly(expected, within(ROUNDED));
    }

    private static UnitArrays nddr(double mean, double variance) {
        UnitArrays arrays = UnitArrays.none();
        for (int s = 0; s < 2; s++) {
            arrays = arrays.with(
                            "W", s, Nd4j.createFromArray(new double[][] {{0.9, 0.2, 0.1, -0.3}, {-0.1, 0.8, 0.4, 0.05}
                            }))
                    .with("gamma", s, Nd4j.createFromArray(1.5, 0.7))
                    .with("beta", s, Nd4j.createFromArray(0.1, -0.2))
                    .with("mean", s, Nd4j.createFromArray(mean, mean))
                    .with("var", s, Nd4j.createFromArray(variance, variance));
        }
        return arrays;
    }

    @Test
    void nddr() {
        NddrUnit unit = NddrUnit.standard().withActivation(Activation.TANH);
        UnitArrays parameters = nddr(0, 1);
        assertNumbers(
                unit.forward(INPUTS, parameters, true).get(0),
                0.4874714565,
                -0.7965238125,
                0.9326304319,
                0.5518266161,
                -0.9571659918,
                -0.1312130607);
        assertNumbers(
                unit.forward(INPUTS, nddr(0.25, 2), false).get(0),
                0.253415422,
                -0.6317578196,
                0.5761680494,
                0.6403542006,
                -0.5293608934,
                0.0966083809);
        UnitGradients found = unit.backward(INPUTS, parameters, List.of(FIRST, FIRST.mul(0)));
        assertNumbers(found.parameters().get("gamma", 0), 0.1383356008, 0.5211368446);
        assertNumbers(found.parameters().get("beta", 0), 0.2212182636, 0.9991369042);
        assertNumbers(
                found.parameters().get("W", 0),
                0.4246369962,
                -1.7819116417,
                0.8041791195,
                0.3511612203,
                -0.3273813081,
                -0.103961796,
                0.1709166331,
                -0.3539878302);
        assertNumbers(
                Nd4j.concat(1, found.inputs().get(0), found.inputs().get(1)),
                0.3978583518,
                0.019452295,
                0.0097261475,
                -0.1340173021,
                -0.2538701842,
                -0.1439214914,
                -0.0719607457,
                0.0828496266,
                -0.1439881676,
                0.1244691965,
                0.0622345982,
                0.0511676755);
        assertNumbers(found.parameters().get("mean", 0), 0.0258333333, 0.0729166667);
        assertNumbers(found.parameters().get("var", 0), 0.9240138889, 1.0545034722);
        assertNumbers(found.parameters().get("W", 1), 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void sluice() {
        SluiceUnit unit = SluiceUnit.of(2);
        UnitArrays parameters = UnitArrays.none()
                .with("alpha", 0, Nd4j.createFromArray(new double[][] {{0.8, 0.1, -0.2, 0.3}, {0.05, 0.9, 0.15, -0.1}}))
                .with("alpha", 1, Nd4j.createFromArray(new double[][] {{0.2, -0.3, 0.7, 0.4}, {0, 0.25, -0.15, 1.1}}));
        List<INDArray> outputs = unit.forward(INPUTS, parameters, true);
        assertNumbers(
                Nd4j.concat(1, outputs.get(0), outputs.get(1)),
                0.5,
                -1.55,
                2.6,
                0.3,
                1.025,
                2.575,
                -0.85,
                1.65,
                -1.375,
                0.5,
                0.375,
                -1.2625);
        UnitGradients found = unit.backward(INPUTS, parameters, List.of(FIRST, SECOND));
        assertNumbers(
                Nd4j.concat(1, found.inputs().get(0), found.inputs().get(1)),
                0.435,
                -0.21,
                0.535,
                1.16,
                0.145,
                0.555,
                -0.12,
                0.04,
                -0.105,
                0.245,
                0.86,
                -0.16);
        assertNumbers(
                Nd4j.concat(
                        0,
                        found.parameters().get("alpha", 0),
                        found.parameters().get("alpha", 1)),
                0.8,
                -0.1,
                -0.1,
                0.85,
                -0.55,
                1.875,
                0.6,
                -0.425,
                0.0,
                -2.375,
                3.45,
                -0.05,
                0.95,
                -0.975,
                0.7,
                0.975);
    }
}
