package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.sum.BlockSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Sums of all outputs at once are those of one example after the other, to the bit. */
class ErrorSumsTest {

    /** A number of a column: columns differ in size, and the numbers of one by so many powers of two. */
    private static float number(Random random, int column, int powers) {
        float size = Math.scalb(1 + random.nextFloat(), column % 5 * 9 - random.nextInt(powers));
        return random.nextInt(9) == 0 ? 0 : random.nextBoolean() ? size : -size;
    }

    private static List<RegressionScore.Output> outputs(int width) {
        return Stream.generate(RegressionScore.Output::new).limit(width).toList();
    }

    /** The whole of a float's bits and more powers than the parts of a number have, and others. */
    @ParameterizedTest(name = "{0} outputs, numbers of {1} powers of two")
    @CsvSource({"1, 1", "3, 12", "10, 19", "10, 30", "7, 120", "300, 15"})
    void are_those_one_by_one(int width, int powers) {
        Random random = new Random(width * 31L + powers);
        int rows = 2_100;
        int[] labels = new int[rows * width];
        int[] predictions = new int[rows * width];
        List<RegressionScore.Output> oneByOne = outputs(width);
        for (int i = 0; i < labels.length; i++) {
            float label = number(random, i % width, powers);
            float prediction = random.nextInt(4) == 0 ? label : number(random, i % width, powers);
            if (i % width == 2 && i / width == 1_500) {
                prediction = Float.NaN;
            }
            labels[i] = Float.floatToRawIntBits(label);
            predictions[i] = Float.floatToRawIntBits(prediction);
            boolean added = i / width >= 5;
            if (added) {
                oneByOne.get(i % width).add(new double[] {label}, new double[] {prediction}, null, 1);
            }
        }
        List<RegressionScore.Output> inRows = outputs(width);
        ErrorSums sums = new ErrorSums(inRows);
        for (int[] part : new int[][] {{5, 1_300}, {1_300, 1_301}, {1_301, 1_325}, {1_325, 1_380}, {1_380, rows}}) {
            int[] ofLabels = Arrays.copyOfRange(labels, part[0] * width, part[1] * width);
            int[] ofPredictions = Arrays.copyOfRange(predictions, part[0] * width, part[1] * width);
            sums.add(ofLabels, ofPredictions, part[1] - part[0]);
        }
        sums.finish();
        for (int output = 0; output < width; output++) {
            assertThat(measures(inRows.get(output))).isEqualTo(measures(oneByOne.get(output)));
        }
    }

    /** Of which the small ones have few bits, so that all is exact, and one that is not. */
    @ParameterizedTest(name = "multiples of 2^{0} up to 2^{1}")
    @CsvSource({"0, 24", "-10, 30", "-149, -120", "-149, -127", "100, 127", "-149, 127"})
    void round_numbers_of_any_size_are_those_one_by_one(int least, int most) {
        Random random = new Random(least * 31L + most);
        int width = 2;
        int rows = 700;
        int[] labels = new int[rows * width];
        int[] predictions = new int[labels.length];
        List<RegressionScore.Output> oneByOne = outputs(width);
        for (int i = 0; i < labels.length; i++) {
            float label = round(random, least, most);
            float prediction = round(random, least, most);
            labels[i] = Float.floatToRawIntBits(label);
            predictions[i] = Float.floatToRawIntBits(prediction);
            oneByOne.get(i % width).add(new double[] {label}, new double[] {prediction}, null, 1);
        }
        List<RegressionScore.Output> inRows = outputs(width);
        sum(inRows, labels, predictions);
        for (int output = 0; output < width; output++) {
            assertThat(measures(inRows.get(output))).isEqualTo(measures(oneByOne.get(output)));
        }
    }

    /** A multiple of 2 to one power, smaller than 2 to another. */
    private static float round(Random random, int least, int most) {
        int highest = least + random.nextInt(most - least);
        int bits = Math.min(24, highest - least + 1);
        int whole = 1 << bits - 1 | random.nextInt(1 << bits - 1);
        return random.nextInt(20) == 0 ? 0 : Math.scalb(random.nextBoolean() ? whole : -whole, highest - bits + 1);
    }

    /** The smallest decide where the sum of the squares is rounded to, beside as many large ones as there can be. */
    @ParameterizedTest(name = "2^-{0}")
    @ValueSource(ints = {38, 40, 41, 42, 43, 44, 48, 60})
    void the_smallest_numbers_of_a_block_are_not_lost(int power) {
        List<Float> numbers = new ArrayList<>(List.of(1f, -1f));
        for (int i = 0; i < 225; i++) {
            numbers.addAll(List.of(0x1p-20f, -0x1p-20f, 0x1p-21f, -0x1p-21f));
        }
        numbers.addAll(List.of(0x1p-27f, -0x1p-27f, 0x1p-27f, -0x1p-27f)); // half a unit of the last place of the sum
        float least = Math.scalb(1f, -power);
        numbers.addAll(List.of(least, -least));
        RegressionScore.Output oneByOne = new RegressionScore.Output();
        int[] labels = new int[BlockSum.BLOCK];
        for (int i = 0; i < labels.length; i++) {
            float label = i < numbers.size() ? numbers.get(i) : 0;
            labels[i] = Float.floatToRawIntBits(label);
            oneByOne.add(new double[] {label}, new double[] {0}, null, 1);
        }
        List<RegressionScore.Output> inRows = outputs(1);
        sum(inRows, labels, new int[labels.length]);
        assertThat(measures(inRows.get(0))).isEqualTo(measures(oneByOne));
        double large = 2 + 450 * (0x1p-40 + 0x1p-42);
        assertThat(inRows.get(0).squaredError()).isEqualTo(Math.nextUp(large) / BlockSum.BLOCK);
    }

    @Test
    void lowest_bits_of_floats() {
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(-6))).isEqualTo(1);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(0.75f))).isEqualTo(-2);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(1 << 20))).isEqualTo(20);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(Math.nextUp(1f))))
                .isEqualTo(-23);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(Float.MIN_VALUE)))
                .isEqualTo(-149);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(Float.MIN_NORMAL)))
                .isEqualTo(-126);
        assertThat(ColumnBounds.lowestBitOf(Float.floatToRawIntBits(-0f))).isEqualTo(Integer.MAX_VALUE);
    }

    private static void sum(List<RegressionScore.Output> outputs, int[] labels, int[] predictions) {
        ErrorSums sums = new ErrorSums(outputs);
        sums.add(labels, predictions, labels.length / outputs.size());
        sums.finish();
    }

    private static List<Double> measures(RegressionScore.Output output) {
        return List.of(
                output.weight(),
                output.squaredError(),
                output.absoluteError(),
                output.residualVariance(),
                output.variance());
    }

    /** Columns of the most that a block holds, whose sums come to the most that is exact. */
    @ParameterizedTest
    @CsvSource({"1, 256", "2, 128", "256, 1"})
    void are_exact_to_the_largest_numbers_of_a_block(int width, int together) {
        assertThat(ColumnSums.rowsTogether(width)).isEqualTo(together);
        float largest = Math.nextDown(2f);
        int[] labels = new int[BlockSum.BLOCK * width];
        int[] predictions = new int[labels.length];
        List<RegressionScore.Output> oneByOne = outputs(width);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = Float.floatToRawIntBits(largest);
            predictions[i] = Float.floatToRawIntBits(-largest);
            oneByOne.get(i % width).add(new double[] {largest}, new double[] {-largest}, null, 1);
        }
        List<RegressionScore.Output> inRows = outputs(width);
        sum(inRows, labels, predictions);
        assertThat(measures(inRows.get(width - 1))).isEqualTo(measures(oneByOne.get(width - 1)));
        assertThat(inRows.get(width - 1).squaredError()).isEqualTo(4.0 * largest * largest);
    }

    /** Several blocks, of batches of all sizes, of accumulators that were merged. */
    @ParameterizedTest(name = "batches of {0}")
    @ValueSource(ints = {1, 37, 700, 7_001})
    void rows_of_merged_accumulators_are_those_of_one_batch(int part) {
        Random random = new Random(4);
        int width = 3;
        int rows = 30_011;
        float[] labels = new float[rows * width];
        float[] predictions = new float[labels.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = number(random, i % width, 10);
            predictions[i] = number(random, i % width, 10);
        }
        INDArray truth = Nd4j.createFromArray(labels).reshape(rows, width);
        INDArray predicted = Nd4j.createFromArray(predictions).reshape(rows, width);
        RegressionScore asTheyCome = RegressionScore.accumulator(width)
                .add(truth.castTo(DataType.DOUBLE), predicted.castTo(DataType.DOUBLE), null)
                .result();
        RegressionScore.Accumulator one = RegressionScore.accumulator(width);
        RegressionScore.Accumulator other = RegressionScore.accumulator(width);
        for (int from = 0; from < rows; from += part) {
            int to = Math.min(rows, from + part);
            (from / part % 2 == 0 ? one : other).add(rows(truth, from, to), rows(predicted, from, to), null);
        }
        assertThat(other.merge(one).result()).isEqualTo(asTheyCome);
    }

    private static INDArray rows(INDArray array, int from, int to) {
        int[] rows = new int[to - from];
        Arrays.setAll(rows, i -> from + i);
        return Rows.copy(array, rows);
    }
}
