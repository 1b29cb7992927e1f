package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class FlatArraysTest {
    private static INDArray numbers(int length) {
        return Nd4j.randn(DataType.FLOAT, 1, length);
    }

    private static INDArray mask(int length) {
        INDArray drawn = Nd4j.rand(DataType.FLOAT, 1, length);
        return drawn.gt(0.5).castTo(DataType.FLOAT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1024, 1025, 5000})
    void inner_products_are_those_of_double_precision(int length) {
        Nd4j.getRandom().setSeed(length);
        List<INDArray> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            rows.add(numbers(length));
        }
        INDArray mask = mask(length);
        double[][] products = FlatArrays.products(rows, mask);
        double[] places = mask.toDoubleVector();
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                double[] one = rows.get(i).toDoubleVector();
                double[] other = rows.get(j).toDoubleVector();
                double exact = 0;
                double size = 0;
                for (int at = 0; at < length; at++) {
                    exact += one[at] * other[at] * places[at];
                    size += Math.abs(one[at] * other[at]);
                }
                assertThat(products[i][j]).isCloseTo(exact, within(1e-6 * size + 1e-30));
                assertThat(products[i][j]).isEqualTo(products[j][i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1024, 1025, 5000})
    void weighted_rows_are_added_with_the_bits_of_operations(int length) {
        Nd4j.getRandom().setSeed(length);
        INDArray sum = numbers(length);
        INDArray row = numbers(length);
        INDArray weighted = mask(length);
        INDArray whole = weighted.rsub(1);
        INDArray factors = weighted.mul(0.37).addi(whole);
        INDArray expected = sum.add(factors.mul(row));
        FlatArrays.addWeighted(sum, row, 0.37f, weighted, whole);
        assertThat(sum.toFloatVector()).isEqualTo(expected.toFloatVector());
    }

    @Test
    void arrays_of_any_order_and_type_are_scaled_with_the_bits_of_operations() {
        INDArray matrix = Nd4j.randn(DataType.FLOAT, 40, 50);
        List<INDArray> arrays = List.of(
                matrix,
                Nd4j.randn(DataType.FLOAT, 40, 50).dup('f'),
                Nd4j.randn(DataType.FLOAT, 1, 7),
                matrix.get(NDArrayIndex.interval(3, 9), NDArrayIndex.interval(2, 4)),
                Nd4j.randn(DataType.DOUBLE, 3, 4),
                Nd4j.randn(DataType.FLOAT, 5, 6, 7, 8).permute(0, 2, 3, 1));
        for (INDArray array : arrays) {
            INDArray expected = array.mul(0.37);
            INDArray around = matrix.dup();
            FlatArrays.scale(array, 0.37);
            assertThat(array.equalsWithEps(expected, 0)).isTrue();
            if (array == arrays.get(3)) { // the rest of what it is a view of is as it was
                around.get(NDArrayIndex.interval(3, 9), NDArrayIndex.interval(2, 4))
                        .assign(expected);
                assertThat(matrix.equalsWithEps(around, 0)).isTrue();
            }
        }
    }

    @Test
    void other_types_and_views_with_gaps_are_not_supported() {
        assertThat(FlatArrays.supports(numbers(8), numbers(8))).isTrue();
        assertThat(FlatArrays.supports(numbers(8), numbers(9))).isFalse();
        assertThat(FlatArrays.supports(Nd4j.zeros(DataType.DOUBLE, 1, 8))).isFalse();
        INDArray matrix = Nd4j.zeros(DataType.FLOAT, 4, 8);
        INDArray column = matrix.getColumn(1);
        assertThat(FlatArrays.supports(column)).isFalse();
        assertThat(matrix.length()).isEqualTo(32);
    }

    /** No multiple of a piece, in two orders; operations of ND4J on one thread say what is right, to the bit. */
    @ParameterizedTest
    @ValueSource(chars = {'c', 'f'})
    void differences_are_added_with_the_roundings_of_nd4j(char order) {
        INDArray first = Nd4j.randn(DataType.FLOAT, 7, 11, 3, 5).dup(order);
        INDArray second = Nd4j.randn(DataType.FLOAT, 7, 11, 3, 5).dup(order);
        INDArray sum = Nd4j.randn(DataType.FLOAT, 7, 11, 3, 5).dup(order);
        INDArray rest = sum.dup(order);
        assertThat(FlatArrays.lieAlike(first, second, sum, rest)).isTrue();
        INDArray difference = first.sub(second);
        INDArray scaled = difference.mul(0.3);
        INDArray expectedSum = sum.add(scaled);
        INDArray expectedRest = rest.sub(scaled);
        float norm = FlatArrays.addDifference(first, second, 0.3f, sum, rest);
        assertThat(sum).isEqualTo(expectedSum);
        assertThat(sum.dup('c').data().asFloat())
                .isEqualTo(expectedSum.dup('c').data().asFloat());
        assertThat(rest.dup('c').data().asFloat())
                .isEqualTo(expectedRest.dup('c').data().asFloat());
        assertThat((double) norm).isCloseTo(difference.norm2Number().doubleValue(), within(1e-4));
        assertThat(FlatArrays.addDifference(first, second, 0.3f, null, null)).isEqualTo(norm);
    }

    @Test
    void arrays_lie_alike_only_in_the_same_order_and_shape() {
        INDArray c = Nd4j.randn(DataType.FLOAT, 4, 5);
        assertThat(FlatArrays.lieAlike(c, c.dup('f'))).isFalse();
        assertThat(FlatArrays.lieAlike(c, Nd4j.randn(DataType.FLOAT, 5, 4))).isFalse();
        assertThat(FlatArrays.lieAlike(c, Nd4j.randn(DataType.FLOAT, 20))).isFalse();
        assertThat(FlatArrays.lieAlike(c, Nd4j.randn(DataType.DOUBLE, 4, 5))).isFalse();
        INDArray gaps = Nd4j.randn(DataType.FLOAT, 4, 9);
        INDArray view = gaps.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 5));
        assertThat(FlatArrays.lieAlike(c, view)).isFalse();
        assertThat(gaps.rows()).isEqualTo(4); // and lives so long
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1023, 1024, 1025, 4000})
    void one_number_that_is_not_finite_is_seen(int length) {
        INDArray numbers = numbers(length);
        assertThat(FiniteNumbers.hasFiniteSum(numbers)).isTrue();
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at : new int[] {0, length / 2, length - 1}) {
                INDArray broken = numbers.dup();
                broken.putScalar(0, at, bad);
                assertThat(FiniteNumbers.hasFiniteSum(broken)).isFalse();
            }
        }
    }
}
