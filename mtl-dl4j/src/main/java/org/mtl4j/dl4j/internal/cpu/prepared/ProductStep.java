package org.mtl4j.dl4j.internal.cpu.prepared;

/**
 * Multiplies rows by a matrix, plus a bias: vectors, or the channels of each position. Blocks of a row may have a
 * matrix each.
 */
final class ProductStep extends PreparedStep {
    private final Factor[] factors;
    private final float[][] biases;
    private final boolean rectified;
    private final int input;
    private final int output;
    private final int rowsOfExample;
    private final int most;

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
        this.most = Math.max(1, products.tile() / Math.max(inner, columns));
        this.biases = new float[factors.length][];
        for (int b = 0; b < factors.length; b++) {
            float[] own = java.util.Arrays.copyOfRange(bias, b * columns, (b + 1) * columns);
            biases[b] = Loops.repeated(own, factors.length == 1 ? most * columns : columns);
        }
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        int rows = Math.min(most, block * rowsOfExample);
        needs.stage(rows * factors[0].inner, rows * factors[0].columns);
        needs.tile(1, rows * factors[0].columns);
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        int inner = factors[0].inner;
        int columns = factors[0].columns;
        int rows = examples * rowsOfExample;
        for (int first = 0; first < rows; first += most) {
            int count = Math.min(most, rows - first);
            if (factors.length == 1) {
                frame.staging.put(0, from, first * inner, count * inner);
                factors[0].multiply(frame.staging, count);
                finish(frame, 0, biases[0], to, first * columns, count * columns);
            } else {
                for (int b = 0; b < factors.length; b++) {
                    block(frame, b, from, to, first, count);
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
            finish(frame, row * columns, biases[block], to, at, columns);
        }
    }

    private void finish(Frame frame, int from, float[] bias, float[] to, int at, int count) {
        float[] tile = frame.tiles[0];
        frame.staging.get(from, tile, 0, count);
        if (rectified) {
            Loops.addRectified(bias, tile, count);
        } else {
            Loops.add(bias, tile, count);
        }
        System.arraycopy(tile, 0, to, at, count);
    }
}
