package org.mtl4j.dl4j.internal.cpu.experts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.internal.cpu.Scratch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DenseProductsTest {

    private static INDArray numbers(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).subi(0.5);
    }

    /**
     * On both sides of the limits within which the product is computed in parts where matrices can be read in place,
     * and of the numbers of outputs for which the kernels add up alike.
     */
    @ParameterizedTest(name = "{0} rows, {1} inputs, {2} outputs, ReLU {3}, bias {4}")
    @CsvSource({
        "1030, 40, 64, true, true",
        "1030, 40, 64, false, false",
        "1024, 64, 10, false, true",
        "700, 40, 128, true, false",
        "257, 33, 48, true, true",
        "255, 40, 64, true, true",
        "5000, 3, 31, true, true",
        "400, 40, 129, true, true",
        "1030, 40, 66, true, true",
        "1030, 41, 64, true, true",
        "40, 5, 3, true, true",
        "1, 40, 64, true, true"
    })
    void numbers_are_the_same_whether_they_are_kept_or_not(
            int rows, int inputs, int outputs, boolean relu, boolean hasBias) {
        Nd4j.getRandom().setSeed(rows + outputs);
        INDArray x = numbers(rows, inputs);
        INDArray weights = numbers(inputs, outputs).dup('f');
        INDArray bias = hasBias ? numbers(1, outputs) : null;
        INDArray kept = Nd4j.create(DataType.FLOAT, rows, outputs);
        float[] values = new float[rows * outputs];
        DenseProducts.forward(x, weights, bias, relu, kept, values);
        assertThat(kept.data().asFloat()).containsExactly(values);
        Scratch turned = new Scratch();
        for (int round = 0; round < 2; round++) { // the second time in memory of the first
            INDArray out = Nd4j.create(DataType.FLOAT, rows, outputs);
            DenseProducts.forward(x, weights, bias, relu, out, turned);
            assertThat(out.data().asFloat()).containsExactly(values);
        }
        int row = new Random(3).nextInt(rows);
        int output = outputs - 1;
        double sum = bias == null ? 0 : bias.getDouble(0, output);
        for (int input = 0; input < inputs; input++) {
            sum += x.getDouble(row, input) * weights.getDouble(input, output);
        }
        assertThat((double) values[row * outputs + output])
                .isCloseTo(relu ? Math.max(0, sum) : sum, within(1e-5)); // of 65 terms
    }
}
