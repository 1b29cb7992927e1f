package org.mtl4j.metric;

import java.util.Arrays;
import java.util.List;
import org.mtl4j.internal.sum.BlockSum;

/**
 * Sums errors and labels of all outputs of examples of the weight 1, all of whose labels are there: the same to the bit
 * as one after the other. Not thread-safe.
 */
final class ErrorSums {
    private final int width;
    private final int rowsTogether;
    private final List<RegressionScore.Output> outputs;
    private final ColumnSums errors;
    private final ColumnSums labels;
    private final BlockSum adder = new BlockSum();
    private final int[] some;
    private final int[] largestLabels;
    private final int[] largestPredictions;
    private final int[] exponents;

    /** @param outputs get the sums */
    ErrorSums(List<RegressionScore.Output> outputs) {
        this.outputs = outputs;
        width = outputs.size();
        rowsTogether = ColumnSums.rowsTogether(width);
        errors = new ColumnSums(width);
        labels = new ColumnSums(width);
        int places = width * rowsTogether;
        some = new int[places];
        largestLabels = new int[places];
        largestPredictions = new int[places];
        exponents = new int[width];
    }

    /**
     * Adds some rows.
     *
     * @param ofLabels bits of finite floats, row by row
     * @param ofPredictions the same of any
     * @param from the first row
     * @param to behind the last
     */
    void add(int[] ofLabels, int[] ofPredictions, int from, int to) {
        int rows = BlockSum.BLOCK / rowsTogether * rowsTogether;
        for (int row = from; row < to; row += rows) {
            addBlock(ofLabels, ofPredictions, row, Math.min(rows, to - row));
        }
    }

    private void addBlock(int[] ofLabels, int[] ofPredictions, int row, int rows) {
        int from = row * width;
        int to = from + rows * width;
        findLargest(ofLabels, from, to, largestLabels);
        findLargest(ofPredictions, from, to, largestPredictions);
        for (int c = 0; c < width; c++) {
            exponents[c] = exponent(largestLabels[c]);
        }
        labels.start(exponents);
        for (int c = 0; c < width; c++) { // a difference is at most twice as large as the larger number
            exponents[c] = 1 + exponent(Math.max(largestLabels[c], largestPredictions[c]));
        }
        errors.start(exponents);
        for (int place = from; place < to; place += some.length) {
            read(ofLabels, ofPredictions, place, Math.min(some.length, to - place));
            labels.add();
            errors.add();
        }
        for (int c = 0; c < width; c++) {
            take(c, ofLabels, ofPredictions, from, rows);
        }
    }

    /** Finds the largest bits without a sign, which are in the order of sizes, of each column: first of each place. */
    private void findLargest(int[] bits, int from, int to, int[] largest) {
        Arrays.fill(largest, 0);
        for (int place = from; place < to; place += some.length) {
            int count = Math.min(some.length, to - place);
            System.arraycopy(bits, place, some, 0, count);
            findLargest(some, largest, count);
        }
        for (int i = width; i < largest.length; i++) {
            largest[i % width] = Math.max(largest[i % width], largest[i]);
        }
    }

    /** Without a comparison, of which the compiler makes no vectors. */
    private static void findLargest(int[] bits, int[] largest, int count) {
        for (int i = 0; i < count; i++) {
            int more = (bits[i] & Integer.MAX_VALUE) - largest[i];
            largest[i] += more & ~(more >> Integer.SIZE - 1);
        }
    }

    /** All floats up to this one are below 2 to this. */
    private static int exponent(int bits) {
        return Math.getExponent(Float.intBitsToFloat(bits)) + 1;
    }

    private void read(int[] ofLabels, int[] ofPredictions, int place, int count) {
        double[] label = labels.numbers();
        double[] error = errors.numbers();
        for (int i = 0; i < count; i++) {
            double number = Float.intBitsToFloat(ofLabels[place + i]);
            label[i] = number;
            error[i] = Float.intBitsToFloat(ofPredictions[place + i]) - number;
        }
        Arrays.fill(label, count, label.length, 0);
        Arrays.fill(error, count, error.length, 0);
    }

    private void take(int column, int[] ofLabels, int[] ofPredictions, int from, int rows) {
        RegressionScore.Output output = outputs.get(column);
        if (labels.isExact(column) && errors.isExact(column)) { // as errors are not that are not finite
            output.addSums(labels, errors, column, rows);
            return;
        }
        int[] label = new int[rows];
        int[] prediction = new int[rows];
        for (int i = 0, place = from + column; i < rows; i++, place += width) {
            label[i] = ofLabels[place];
            prediction[i] = ofPredictions[place];
        }
        output.addSums(label, prediction, adder);
    }
}
