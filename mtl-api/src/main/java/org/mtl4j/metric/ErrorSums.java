package org.mtl4j.metric;

import java.util.List;
import org.mtl4j.internal.sum.BlockSum;

/**
 * Sums errors and labels of all outputs of examples of the weight 1, all of whose labels are there: the same to the bit
 * as one after the other. Not thread-safe.
 */
final class ErrorSums {
    private final int width;
    private final List<RegressionScore.Output> outputs;
    private final ColumnBounds bounds;
    private final ColumnSums sums;
    private final BlockSum adder = new BlockSum();
    private final int[] exponents;

    /** @param outputs get the sums */
    ErrorSums(List<RegressionScore.Output> outputs) {
        this.outputs = outputs;
        width = outputs.size();
        bounds = new ColumnBounds(width);
        sums = new ColumnSums(width);
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
        for (int row = from; row < to; row += BlockSum.BLOCK) {
            addBlock(ofLabels, ofPredictions, row, Math.min(BlockSum.BLOCK, to - row));
        }
    }

    private void addBlock(int[] ofLabels, int[] ofPredictions, int row, int rows) {
        int from = row * width;
        int to = from + rows * width;
        bounds.start();
        bounds.add(ofLabels, from, to);
        bounds.add(ofPredictions, from, to);
        bounds.end();
        for (int c = 0; c < width; c++) {
            exponents[c] = bounds.exponent(c);
        }
        sums.start(exponents);
        sums.add(ofLabels, ofPredictions, from, to);
        sums.end();
        for (int c = 0; c < width; c++) {
            take(c, ofLabels, ofPredictions, from, rows);
        }
    }

    private void take(int column, int[] ofLabels, int[] ofPredictions, int from, int rows) {
        RegressionScore.Output output = outputs.get(column);
        int lowestBit = ColumnSums.lowestBit(exponents[column]);
        if (bounds.isFinite(column) && bounds.lowestBit(column) >= lowestBit) {
            output.addSums(sums, column, rows);
            return;
        }
        int[] label = new int[rows];
        int[] prediction = new int[rows];
        int lowest = Integer.MAX_VALUE;
        for (int i = 0, place = from + column; i < rows; i++, place += width) {
            label[i] = ofLabels[place];
            prediction[i] = ofPredictions[place];
            lowest = Math.min(lowest, ColumnBounds.lowestBitOf(label[i]));
            lowest = Math.min(lowest, ColumnBounds.lowestBitOf(prediction[i]));
        }
        if (bounds.isFinite(column) && lowest >= lowestBit) { // as round numbers, of which some are small
            output.addSums(sums, column, rows);
        } else {
            output.addSums(label, prediction, adder);
        }
    }
}
