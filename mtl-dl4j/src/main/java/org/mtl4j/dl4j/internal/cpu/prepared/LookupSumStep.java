package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import java.util.List;

/**
 * Adds up rows of tables, one for each of some codes, and what was computed of other numbers or a bias: a fully
 * connected layer behind embeddings, whose tables were multiplied by its weights beforehand. Each row is an array of
 * its own: of sums of numbers that stand in the middle of an array the virtual machine makes no vector instructions.
 */
final class LookupSumStep extends PreparedStep {
    /** Tables whose rows are added in one pass. */
    private static final int AT_ONCE = 4;

    /** By table and code the numbers that are added. */
    private final float[][][] rows;

    private final int[] slots;
    private final int[] columns;
    private final int[] sizes;
    private final float[] bias;
    private final boolean rectified;
    private final int addTo;
    private final int output;

    /**
     * Names the column of codes that are looked up in one table.
     *
     * @param slot which codes
     * @param column which of an example's
     * @param size how many codes of the slot an example has
     */
    record Codes(int slot, int column, int size) {}

    /**
     * Prepares.
     *
     * @param tables each {@code [codes, width]}
     * @param codes by table
     * @param bias {@code [width]}, which is added where {@code addTo} is -1
     * @param rectified whether nothing is left below 0
     * @param addTo slot of the numbers that rows are added to; -1 for none
     */
    LookupSumStep(List<float[]> tables, List<Codes> codes, float[] bias, boolean rectified, int addTo, int output) {
        this.rows = tables.stream().map(table -> rows(table, bias.length)).toArray(float[][][]::new);
        this.slots = codes.stream().mapToInt(Codes::slot).toArray();
        this.columns = codes.stream().mapToInt(Codes::column).toArray();
        this.sizes = codes.stream().mapToInt(Codes::size).toArray();
        this.bias = bias.clone();
        this.rectified = rectified;
        this.addTo = addTo;
        this.output = output;
    }

    private static float[][] rows(float[] table, int width) {
        float[][] rows = new float[table.length / width][];
        for (int code = 0; code < rows.length; code++) {
            rows[code] = Arrays.copyOfRange(table, code * width, (code + 1) * width);
        }
        return rows;
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        needs.tile(1, bias.length);
    }

    @Override
    void run(Frame frame, int examples) {
        int width = bias.length;
        float[] to = frame.values[output];
        float[] from = addTo < 0 ? to : frame.values[addTo];
        for (int example = 0; example < examples && addTo < 0; example++) {
            System.arraycopy(bias, 0, to, example * width, width);
        }
        int table = 0;
        for (; table + AT_ONCE <= rows.length; table += AT_ONCE) {
            addFour(frame, table, from, to, examples);
            from = to;
        }
        for (; table < rows.length; table++) {
            addOne(frame, table, from, to, examples);
            from = to;
        }
        if (rectified) {
            Loops.rectify(to, 0, to, 0, examples * width);
        }
    }

    private void addFour(Frame frame, int table, float[] from, float[] to, int examples) {
        float[][] a = rows[table];
        float[][] b = rows[table + 1];
        float[][] c = rows[table + 2];
        float[][] d = rows[table + 3];
        float[] ofA = frame.values[slots[table]];
        float[] ofB = frame.values[slots[table + 1]];
        float[] ofC = frame.values[slots[table + 2]];
        float[] ofD = frame.values[slots[table + 3]];
        int atA = columns[table];
        int atB = columns[table + 1];
        int atC = columns[table + 2];
        int atD = columns[table + 3];
        float[] sums = frame.tiles[0];
        int width = bias.length;
        for (int example = 0, at = 0; example < examples; example++, at += width) {
            System.arraycopy(from, at, sums, 0, width);
            Loops.addFour(a[(int) ofA[atA]], b[(int) ofB[atB]], c[(int) ofC[atC]], d[(int) ofD[atD]], sums, width);
            System.arraycopy(sums, 0, to, at, width);
            atA += sizes[table];
            atB += sizes[table + 1];
            atC += sizes[table + 2];
            atD += sizes[table + 3];
        }
    }

    private void addOne(Frame frame, int table, float[] from, float[] to, int examples) {
        float[][] numbers = rows[table];
        float[] codes = frame.values[slots[table]];
        float[] sums = frame.tiles[0];
        int width = bias.length;
        for (int example = 0, at = 0; example < examples; example++, at += width) {
            System.arraycopy(from, at, sums, 0, width);
            Loops.add(numbers[(int) codes[example * sizes[table] + columns[table]]], sums, width);
            System.arraycopy(sums, 0, to, at, width);
        }
    }

    /** {@return the slots that it reads} */
    int[] reads() {
        int[] all = Arrays.copyOf(slots, slots.length + 1);
        all[slots.length] = addTo;
        return all;
    }
}
