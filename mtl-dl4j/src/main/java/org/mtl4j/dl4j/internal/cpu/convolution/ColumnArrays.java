package org.mtl4j.dl4j.internal.cpu.convolution;

import org.mtl4j.dl4j.internal.cpu.MinimalFilter;

/** Has arrays of a thread for columns of images, and combines some of them to others. */
final class ColumnArrays {
    /** The array for a combination that is used at once. */
    static final int COMBINED = 2 * MinimalFilter.MOST_READS;

    private static final int TRANSPOSED = COMBINED + 1;

    /** The first of the columns of the input's gradient that the next tile adds to. */
    static final int CARRIED = TRANSPOSED + 1;

    /** The first of the columns of the output's gradient. */
    static final int DELTAS = CARRIED + MinimalFilter.MOST_READS;

    private static final int ZEROS = DELTAS + MinimalFilter.MOST_RESULTS;

    /** Keeps them: the JVM clears each array that it allocates. */
    private static final ThreadLocal<float[][]> OF_THREAD = ThreadLocal.withInitial(() -> new float[ZEROS + 1][0]);

    private final float[][] arrays = OF_THREAD.get();
    private final int length;

    /** Takes the arrays of the calling thread, of so many numbers or more. */
    ColumnArrays(int length) {
        this.length = length;
    }

    float[] of(int index) {
        return atLeast(index, length);
    }

    /** {@return so many zeros, or more, which nobody may change} */
    float[] zeros(int count) {
        return atLeast(ZEROS, count);
    }

    private float[] atLeast(int index, int count) {
        if (arrays[index].length < count) {
            arrays[index] = new float[count];
        }
        return arrays[index];
    }

    /** {@return the sum of arrays from {@code at} on, each by its factor, in an array that is used again} */
    float[] combined(int at, int from, int to, float[] factors, int count) {
        float[] result = of(COMBINED);
        combine(at, from, to, factors, result, count);
        return result;
    }

    /** Writes it to another array; parameters as of {@link VectorLoops#combine}. */
    void combine(int at, int from, int to, float[] factors, float[] result, int count) {
        VectorLoops.combine(arrays, at, from, to, factors, result, count);
    }

    /** Moves the first arrays behind {@code by} others to their places. */
    void shift(int by, int count) {
        for (int i = 0; i < count; i++) {
            float[] first = arrays[i];
            arrays[i] = arrays[i + by];
            arrays[i + by] = first;
        }
    }

    /** {@return matrices {@code [rows, columns]} side by side as matrices {@code [columns, rows]}} */
    float[] transposed(float[] matrices, int rows, int columns, int count) {
        float[] result = of(TRANSPOSED);
        for (int at = 0; at < count; at += rows * columns) {
            VectorLoops.transpose(matrices, at, rows, columns, result);
        }
        return result;
    }
}
