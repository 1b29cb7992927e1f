package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import java.util.List;

/**
 * Looks codes up in tables and puts the rows one behind the other: one code of each column, in a table of its own, or
 * the code of each step, in one table, where steps that are not there give 0.
 */
final class LookupStep extends PreparedStep {
    private final float[][] tables;
    private final int[] dimensions;
    private final int columns;
    private final int input;
    private final int mask;
    private final int output;

    /**
     * Prepares.
     *
     * @param tables one for each column, or one for all
     * @param mask slot of the mask of the columns, which are steps; -1 for none
     */
    LookupStep(List<float[]> tables, List<Integer> dimensions, int columns, int input, int mask, int output) {
        this.tables = tables.toArray(float[][]::new);
        this.dimensions = dimensions.stream().mapToInt(Integer::intValue).toArray();
        this.columns = columns;
        this.input = input;
        this.mask = mask;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] codes = frame.values[input];
        float[] to = frame.values[output];
        int at = 0;
        for (int example = 0; example < examples; example++) {
            for (int column = 0; column < columns; column++) {
                int table = tables.length == 1 ? 0 : column;
                int dimension = dimensions[table];
                int place = example * columns + column;
                if (mask >= 0 && frame.values[mask][place] == 0) {
                    Arrays.fill(to, at, at + dimension, 0);
                } else {
                    System.arraycopy(tables[table], (int) codes[place] * dimension, to, at, dimension);
                }
                at += dimension;
            }
        }
    }
}
