package org.mtl4j.dl4j.internal.cpu.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/** Layers of all proportions against sums in double precision. */
class DenseKernelTest {
    /** Of sums of up to 3000 products of numbers up to 1, in single precision. */
    private static final double ROUNDING = 3e-4;

    /** Columns beside those of a matrix that is a part of another. */
    private static final int MARGIN = 3;

    private final Random random = Nd4j.getRandomFactory().getNewRandomInstance(8);

    private INDArray random(int rows, int columns) {
        return Nd4j.rand(-1.0, 1.0, random, rows, columns).castTo(DataType.FLOAT);
    }

    /** Memory with whatever is in it. */
    private static HostMatrix empty(int rows, int columns, boolean part) {
        INDArray memory = Nd4j.valueArrayOf(new long[] {rows, columns + (part ? 2 * MARGIN : 0)}, Float.NaN)
                .castTo(DataType.FLOAT)
                .dup('c');
        HostMatrix whole = HostMatrix.of(memory);
        return part ? whole.columns(MARGIN, columns) : whole;
    }

    private static float[][] numbers(HostMatrix matrix) {
        float[][] numbers = new float[matrix.rows()][matrix.columns()];
        for (int row = 0; row < numbers.length; row++) {
            matrix.read(row, 1, numbers[row]);
        }
        return numbers;
    }

    @ParameterizedTest(name = "{0} rows, {1} inputs, {2} outputs, bias {3}, ReLU {4}, in others {5}")
    @CsvSource({
        "5, 3000, 1, true, true, false",
        "5, 3000, 1, true, false, true",
        "9, 20, 1100, true, true, false",
        "9, 20, 1100, false, true, true",
        "1, 7, 3, true, false, false",
        "130, 33, 65, true, true, false",
        "130, 33, 65, false, false, true"
    })
    void outputs_and_gradients_are_sums_of_products(
            int rows, int inputs, int outputs, boolean hasBias, boolean relu, boolean part) {
        INDArray x = random(rows, inputs);
        INDArray weights = random(inputs, outputs).dup('f');
        INDArray bias = hasBias ? random(1, outputs) : null;
        INDArray delta = random(rows, outputs);
        INDArray weightGradient = Nd4j.valueArrayOf(new long[] {inputs, outputs}, Float.NaN)
                .castTo(DataType.FLOAT)
                .dup('f');
        INDArray biasGradient = hasBias ? Nd4j.ones(DataType.FLOAT, 1, outputs) : null;
        DenseKernel kernel = new DenseKernel(weights, bias, weightGradient, biasGradient);

        HostMatrix y = empty(rows, outputs, part);
        kernel.forward(HostMatrix.of(x), relu, y);
        INDArray z = x.castTo(DataType.DOUBLE).mmul(weights.castTo(DataType.DOUBLE));
        float[][] found = numbers(y);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < outputs; column++) {
                double expected = z.getDouble(row, column) + (bias == null ? 0 : bias.getDouble(column));
                assertThat(found[row][column])
                        .isCloseTo((float) (relu ? Math.max(0, expected) : expected), within((float) ROUNDING));
            }
        }

        HostMatrix xGradient = empty(rows, inputs, part);
        kernel.backward(HostMatrix.of(x), HostMatrix.of(delta), xGradient, false);
        INDArray ofWeights = x.castTo(DataType.DOUBLE).transpose().mmul(delta.castTo(DataType.DOUBLE));
        assertThat(ofWeights
                        .sub(weightGradient.castTo(DataType.DOUBLE))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(ROUNDING);
        if (biasGradient != null) {
            INDArray sums = delta.castTo(DataType.DOUBLE).sum(true, 0);
            assertThat(sums.sub(biasGradient.castTo(DataType.DOUBLE))
                            .amaxNumber()
                            .doubleValue())
                    .isLessThan(ROUNDING);
        }
        INDArray ofInputs = delta.castTo(DataType.DOUBLE)
                .mmul(weights.castTo(DataType.DOUBLE).transpose());
        isClose(xGradient, ofInputs);
        kernel.backward(HostMatrix.of(x), HostMatrix.of(delta), xGradient, true);
        isClose(xGradient, ofInputs.mul(2));
        HostMemory.reachabilityFence(x, weights, delta);
    }

    private static void isClose(HostMatrix matrix, INDArray expected) {
        float[][] found = numbers(matrix);
        for (int row = 0; row < found.length; row++) {
            for (int column = 0; column < found[row].length; column++) {
                assertThat(found[row][column])
                        .isCloseTo((float) expected.getDouble(row, column), within((float) ROUNDING));
            }
        }
    }
}
