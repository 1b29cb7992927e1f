package org.mtl4j.metric;

import java.util.List;
import org.mtl4j.internal.sum.BlockSum;

/**
 * Sums errors and labels of all outputs of examples of the weight 1, all of whose labels are there: the same to the bit
 * as one after the other. Not thread-safe.
 */
final class ErrorSums {
    /** So many numbers are summed where they are; fewer wait for others, as each block has a cost of its own. */
    private static final int MANY = 1 << 12;

    /** The same of rows, as each column of a block has a cost. */
    private static final int MANY_ROWS = 32;

    private final int width;
    private final List<RegressionScore.Output> outputs;
    private final ColumnBounds bounds;
    private final ColumnSums sums;
    private final BlockSum adder = new BlockSum();
    private final int[] exponents;
    private int[] waitingLabels = new int[0];
    private int[] waitingPredictions = new int[0];
    private int waiting;

    /** @param outputs get the sums */
    ErrorSums(List<RegressionScore.Output> outputs) {
        this.outputs = outputs;
        width = outputs.size();
        bounds = new ColumnBounds(width);
        sums = new ColumnSums(width);
        exponents = new int[width];
    }

    /**
     * Adds some rows. They may be there only after {@link #finish}.
     *
     * @param ofLabels bits of finite floats, row by row
     * @param ofPredictions the same of any
     * @param rows how many, from the first on
     */
    void add(int[] ofLabels, int[] ofPredictions, int rows) {
        int count = rows * width;
        if (count >= MANY && rows >= MANY_ROWS) {
            addBlocks(ofLabels, ofPredictions, rows);
            return;
        }
        if (waiting + count > waitingLabels.length) {
            finish();
            if (waitingLabels.length == 0) {
                int room = 2 * Math.max(MANY, MANY_ROWS * width);
                waitingLabels = new int[room];
                waitingPredictions = new int[room];
            }
        }
        System.arraycopy(ofLabels, 0, waitingLabels, waiting, count);
        System.arraycopy(ofPredictions, 0, waitingPredictions, waiting, count);
        waiting += count;
    }

    /** Adds what has waited. */
    void finish() {
        addBlocks(waitingLabels, waitingPredictions, waiting / width);
        waiting = 0;
    }

    private void addBlocks(int[] ofLabels, int[] ofPredictions, int rows) {
        for (int row = 0; row < rows; row += BlockSum.BLOCK) {
            addBlock(ofLabels, ofPredictions, row, Math.min(BlockSum.BLOCK, rows - row));
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
