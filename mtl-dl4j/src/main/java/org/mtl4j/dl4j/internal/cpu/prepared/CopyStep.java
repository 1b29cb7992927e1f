package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Puts numbers in other places: transposes, joins, cuts out. */
final class CopyStep extends PreparedStep {
    private final int[] inputs;
    private final int[] sizes;
    private final int output;
    private final int size;

    /** By run of numbers: which input, from where, to where, how many. */
    private final int[] runs;

    /**
     * Prepares.
     *
     * @param inputs slots
     * @param sizes of an example of each
     * @param which by number of the result the input that it comes from, as an index of {@code inputs}
     * @param from by number of the result its place there
     */
    CopyStep(int[] inputs, int[] sizes, int[] which, int[] from, int output) {
        this.inputs = inputs;
        this.sizes = sizes;
        this.output = output;
        this.size = which.length;
        int[] found = new int[4 * size];
        int count = 0;
        for (int i = 0; i < size; i++) {
            boolean goesOn = i > 0 && which[i] == which[i - 1] && from[i] == from[i - 1] + 1;
            if (goesOn) {
                found[count - 1]++;
            } else {
                found[count] = which[i];
                found[count + 1] = from[i];
                found[count + 2] = i;
                found[count + 3] = 1;
                count += 4;
            }
        }
        this.runs = Arrays.copyOf(found, count);
    }

    @Override
    void run(Frame frame, int examples) {
        float[] to = frame.values[output];
        for (int example = 0; example < examples; example++) {
            for (int r = 0; r < runs.length; r += 4) {
                int input = runs[r];
                float[] from = frame.values[inputs[input]];
                int at = example * sizes[input] + runs[r + 1];
                int offset = example * size + runs[r + 2];
                if (runs[r + 3] == 1) {
                    to[offset] = from[at];
                } else {
                    System.arraycopy(from, at, to, offset, runs[r + 3]);
                }
            }
        }
    }
}
