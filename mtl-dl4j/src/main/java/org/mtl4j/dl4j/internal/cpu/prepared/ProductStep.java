package org.mtl4j.dl4j.internal.cpu.prepared;

import org.mtl4j.dl4j.internal.cpu.FlatArrays;

/**
 * Multiplies rows by a matrix, plus a bias: vectors, or the channels of each position. Blocks of a row may have a
 * matrix each.
 */
final class ProductStep extends DividedStep {
    /** Numbers of rows that are multiplied at once for each number of the weights: rows share what is read of these. */
    private static final double OF_WEIGHTS = 1 / 8.0;

    /** Numbers of the result that are finished at a time, in the nearest cache. */
    private static final int TILE = 1024;

    /** To divide less among threads takes longer than it saves. */
    private static final long LEAST_PART = 60_000;

    private final Factor[] factors;
    private final float[][] biases;
    private final boolean rectified;
    private final int input;
    private final int output;
    private final int rowsOfExample;
    private final int most;

    /** Whole rows of the result, or one row. */
    private final int tile;

    /**
     * Prepares.
     *
     * @param factors of each block of a row, all of one size
     * @param bias of all columns
     * @param rowsOfExample how many rows an example has
     */
    ProductStep(
            Products products,
            Factor[] factors,
            float[] bias,
            boolean rectified,
            int input,
            int output,
            int rowsOfExample) {
        this.factors = factors.clone();
        this.rectified = rectified;
        this.input = input;
        this.output = output;
        this.rowsOfExample = rowsOfExample;
        int inner = factors[0].inner;
        int columns = factors[0].columns;
        int numbers = Math.max(products.tile(), (int) (OF_WEIGHTS * inner * columns));
        this.most = Math.max(1, numbers / Math.max(inner, columns));
        this.tile = Math.max(1, Math.min(most, TILE / columns)) * columns;
        this.biases = new float[factors.length][];
        for (int b = 0; b < factors.length; b++) {
            float[] own = java.util.Arrays.copyOfRange(bias, b * columns, (b + 1) * columns);
            biases[b] = FlatArrays.repeated(own, factors.length == 1 ? most * columns : columns);
        }
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        int rows = Math.min(most, block * rowsOfExample);
        needs.stage(rows * factors[0].inner, rows * factors[0].columns);
        needs.tile(1, tile);
    }

    /** Tells whether parts are blocks of columns of all rows, and not rows. */
    private boolean byColumns(int examples) {
        return factors.length == 1 && examples * rowsOfExample < Math.min(most, factors[0].blocks());
    }

    @Override
    int parts(int examples) {
        int rows = examples * rowsOfExample;
        long multiplications = (long) rows * factors.length * factors[0].inner * factors[0].columns;
        int there = byColumns(examples) ? factors[0].blocks() : rows;
        return (int) Math.max(1, Math.min(there, multiplications / LEAST_PART));
    }

    @Override
    void run(Frame frame, int examples, int from, int to) {
        int parts = parts(examples);
        if (byColumns(examples)) {
            int blocks = factors[0].blocks();
            columns(frame, examples * rowsOfExample, blocks * from / parts, blocks * to / parts);
        } else {
            long rows = (long) examples * rowsOfExample;
            rows(frame, (int) (rows * from / parts), (int) (rows * to / parts));
        }
    }

    /** Multiplies all rows by some columns. */
    private void columns(Frame frame, int rows, int fromBlock, int toBlock) {
        Factor factor = factors[0];
        int columns = factor.columns;
        frame.staging.put(0, frame.values[input], 0, rows * factor.inner);
        factor.multiply(frame.staging, rows, fromBlock, toBlock);
        int first = factor.column(fromBlock);
        for (int row = 0; row < rows; row++) {
            int at = row * columns + first;
            finish(frame, at, biases[0], first, frame.values[output], at, factor.column(toBlock) - first);
        }
    }

    private void rows(Frame frame, int from, int end) {
        float[] values = frame.values[input];
        float[] to = frame.values[output];
        int inner = factors[0].inner;
        int columns = factors[0].columns;
        for (int first = from; first < end; first += most) {
            int count = Math.min(most, end - first);
            if (factors.length == 1) {
                frame.staging.put(0, values, first * inner, count * inner);
                factors[0].multiply(frame.staging, count);
                if (first == 0) {
                    finishFirst(frame.staging, to, count * columns);
                } else {
                    finish(frame, 0, biases[0], 0, to, first * columns, count * columns);
                }
            } else {
                for (int b = 0; b < factors.length; b++) {
                    block(frame, b, values, to, first, count);
                }
            }
        }
    }

    private void block(Frame frame, int block, float[] from, float[] to, int first, int count) {
        int inner = factors[block].inner;
        int columns = factors[block].columns;
        for (int row = 0; row < count; row++) {
            frame.staging.put(row * inner, from, ((first + row) * factors.length + block) * inner, inner);
        }
        factors[block].multiply(frame.staging, count);
        for (int row = 0; row < count; row++) {
            int at = ((first + row) * factors.length + block) * columns;
            finish(frame, row * columns, biases[block], 0, to, at, columns);
        }
    }

    /** Finishes rows that stand where the result begins, in their place. */
    private void finishFirst(Staging staging, float[] to, int count) {
        staging.get(0, to, 0, count);
        addBias(biases[0], to, count);
    }

    private void addBias(float[] bias, float[] numbers, int count) {
        if (rectified) {
            Loops.addRectified(bias, numbers, count);
        } else {
            Loops.add(bias, numbers, count);
        }
    }

    private void finish(Frame frame, int from, float[] bias, int biasAt, float[] to, int at, int count) {
        for (int done = 0; done < count; done += tile) {
            finishTile(frame, from + done, bias, biasAt, to, at + done, Math.min(tile, count - done));
        }
    }

    private void finishTile(Frame frame, int from, float[] bias, int biasAt, float[] to, int at, int count) {
        float[] numbers = frame.tiles[0];
        frame.staging.get(from, numbers, 0, count);
        if (biasAt > 0) {
            Loops.add(bias, biasAt, numbers, 0, count);
            if (rectified) {
                Loops.rectify(numbers, 0, numbers, 0, count);
            }
        } else {
            addBias(bias, numbers, count);
        }
        System.arraycopy(numbers, 0, to, at, count);
    }
}
