package org.mtl4j.dl4j.internal.cpu.convolution;

import java.util.Arrays;

/** Contains loops over arrays that are simple enough for the just-in-time compiler to vectorise. */
final class VectorLoops {
    /** Multiplied by it twice, even the smallest positive number is above 1. */
    private static final float LARGE = 1e38f;

    private VectorLoops() {}

    /** Computes {@code result = start + sum over k of weights[from + k] * rows[k]}, four rows at a time. */
    static void weightedSum(float[][] rows, float[] weights, int from, float start, float[] result) {
        Arrays.fill(result, start);
        int k = 0;
        for (; k <= rows.length - 4; k += 4) {
            addFour(
                    rows[k],
                    weights[from + k],
                    rows[k + 1],
                    weights[from + k + 1],
                    rows[k + 2],
                    weights[from + k + 2],
                    rows[k + 3],
                    weights[from + k + 3],
                    result);
        }
        for (; k < rows.length; k++) {
            add(rows[k], weights[from + k], result, result.length);
        }
    }

    private static void addFour(
            float[] a, float u, float[] b, float v, float[] c, float w, float[] d, float x, float[] result) {
        for (int i = 0; i < result.length; i++) {
            result[i] += u * a[i] + v * b[i] + w * c[i] + x * d[i];
        }
    }

    private static void add(float[] a, float u, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] += u * a[i];
        }
    }

    /** Computes {@code result = result + row}. */
    static void add(float[] row, float[] result) {
        add(row, result, result.length);
    }

    /** Computes {@code result = result + row}, of the first {@code count} numbers. */
    static void add(float[] row, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] += row[i];
        }
    }

    /**
     * Computes {@code result = sum over j of factors[j] * rows[at + j]} of the first {@code count} numbers, over all j
     * from {@code from} to {@code to} (exclusive) whose factor is not 0.
     */
    static void combine(float[][] rows, int at, int from, int to, float[] factors, float[] result, int count) {
        float[][] terms = new float[to - from + 1][];
        float[] by = new float[to - from + 1];
        int size = 0;
        for (int j = from; j < to; j++) {
            if (factors[j] != 0) {
                terms[size] = rows[at + j];
                by[size++] = factors[j];
            }
        }
        switch (size) {
            case 0 -> Arrays.fill(result, 0, count, 0f);
            case 1 -> sum(terms[0], by[0], result, count);
            case 2 -> sum(terms[0], by[0], terms[1], by[1], result, count);
            case 3 -> sum(terms[0], by[0], terms[1], by[1], terms[2], by[2], result, count);
            case 4 -> sum(terms[0], by[0], terms[1], by[1], terms[2], by[2], terms[3], by[3], result, count);
            default -> {
                sum(terms[0], by[0], terms[1], by[1], terms[2], by[2], terms[3], by[3], terms[4], by[4], result, count);
                for (int t = 5; t < size; t++) {
                    add(terms[t], by[t], result, count);
                }
            }
        }
    }

    private static void sum(float[] a, float u, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] = u * a[i];
        }
    }

    private static void sum(float[] a, float u, float[] b, float v, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] = u * a[i] + v * b[i];
        }
    }

    private static void sum(float[] a, float u, float[] b, float v, float[] c, float w, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] = u * a[i] + v * b[i] + w * c[i];
        }
    }

    private static void sum(
            float[] a, float u, float[] b, float v, float[] c, float w, float[] d, float x, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] = u * a[i] + v * b[i] + w * c[i] + x * d[i];
        }
    }

    private static void sum(
            float[] a,
            float u,
            float[] b,
            float v,
            float[] c,
            float w,
            float[] d,
            float x,
            float[] e,
            float y,
            float[] result,
            int count) {
        for (int i = 0; i < count; i++) {
            result[i] = u * a[i] + v * b[i] + w * c[i] + x * d[i] + y * e[i];
        }
    }

    /** Copies numbers that lie apart side by side. */
    static void gather(float[] from, int at, int step, float[] to, int toAt, int count) {
        for (int k = 0; k < count; k++) {
            to[toAt + k] = from[at + k * step];
        }
    }

    /** Copies numbers that lie side by side apart. */
    static void spread(float[] from, int at, int count, float[] to, int toAt, int step) {
        for (int k = 0; k < count; k++) {
            to[toAt + k * step] = from[at + k];
        }
    }

    /**
     * Writes a matrix {@code [rows, columns]}, which begins at {@code at}, as {@code [columns, rows]} to the same place
     * of another array: eight rows at a time, so that numbers that are written side by side are written one after the
     * other.
     */
    static void transpose(float[] matrix, int at, int rows, int columns, float[] to) {
        int row = 0;
        for (; row + 8 <= rows; row += 8) {
            transposeEight(matrix, at + row * columns, columns, to, at + row, rows);
        }
        for (; row < rows; row++) {
            spread(matrix, at + row * columns, columns, to, at + row, rows);
        }
    }

    private static void transposeEight(float[] from, int at, int columns, float[] to, int toAt, int rows) {
        for (int column = 0; column < columns; column++) {
            int f = at + column;
            int t = toAt + column * rows;
            float a = from[f];
            float b = from[f + columns];
            float c = from[f + 2 * columns];
            float d = from[f + 3 * columns];
            float e = from[f + 4 * columns];
            float g = from[f + 5 * columns];
            float h = from[f + 6 * columns];
            float i = from[f + 7 * columns];
            to[t] = a;
            to[t + 1] = b;
            to[t + 2] = c;
            to[t + 3] = d;
            to[t + 4] = e;
            to[t + 5] = g;
            to[t + 6] = h;
            to[t + 7] = i;
        }
    }

    /** Adds numbers that lie side by side to others that lie apart. */
    static void addSpread(float[] from, int at, int count, float[] to, int toAt, int step) {
        for (int k = 0; k < count; k++) {
            to[toAt + k * step] += from[at + k];
        }
    }

    /** Computes {@code result = max(result, row)}. */
    static void max(float[] row, float[] result) {
        max(row, result, result.length);
    }

    /** Computes {@code result = max(result, row)}, of the first {@code count} numbers. */
    static void max(float[] row, float[] result, int count) {
        for (int i = 0; i < count; i++) {
            result[i] = Math.max(result[i], row[i]);
        }
    }

    /**
     * Does the same, and sets {@code place = p} wherever the row's number is the larger one. Arithmetic takes the place
     * of a comparison, as in {@link #countWhereBelow}. The loop is vectorised only if all arrays begin at 0.
     */
    static void markLarger(float[] row, float p, float[] most, float[] place, int count) {
        for (int i = 0; i < count; i++) {
            float larger = Math.max(most[i], row[i]);
            float differs = Math.min((larger - most[i]) * LARGE * LARGE, 1f);
            place[i] += differs * (p - place[i]);
            most[i] = larger;
        }
    }

    /** Computes {@code out = place == p ? numbers : 0}, of places that are whole numbers. */
    static void selectMarked(float[] numbers, float[] place, float p, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = numbers[i] * (1f - Math.min(Math.abs(place[i] - p), 1f));
        }
    }

    /** Computes {@code row = max(row, 0)}. */
    static void relu(float[] row) {
        relu(row, row.length);
    }

    /** Computes {@code row = max(row, 0)}, of the first {@code count} numbers. */
    static void relu(float[] row, int count) {
        for (int i = 0; i < count; i++) {
            row[i] = Math.max(row[i], 0f);
        }
    }

    /**
     * Computes {@code count = row < most ? count + 1 : 0}, where {@code row} is at most {@code most}. Arithmetic takes
     * the place of a comparison, so that the loop is vectorised: any difference above 0, multiplied by a large number
     * twice, is above 1.
     */
    static void countWhereBelow(float[] row, float[] most, float[] count) {
        for (int i = 0; i < count.length; i++) {
            count[i] = (count[i] + 1) * Math.min((most[i] - row[i]) * LARGE * LARGE, 1f);
        }
    }

    /**
     * Computes {@code sums[at + k] += sum over i of factors[i] * row[where[i] + offsets[k]]} for each k, and adds the
     * sum of the factors to the number after those.
     */
    static void addProducts(
            float[] row, int[] where, float[] factors, int count, int[] offsets, double[] sums, int at) {
        int k = 0;
        for (; k <= offsets.length - 8; k += 8) {
            addEight(row, where, factors, count, offsets, k, sums, at);
        }
        for (; k < offsets.length; k++) {
            float sum = 0;
            for (int i = 0; i < count; i++) {
                sum += factors[i] * row[where[i] + offsets[k]];
            }
            sums[at + k] += sum;
        }
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += factors[i];
        }
        sums[at + offsets.length] += sum;
    }

    /** Computes eight independent sums at once. */
    private static void addEight(
            float[] row, int[] where, float[] factors, int count, int[] offsets, int k, double[] sums, int at) {
        int o0 = offsets[k];
        int o1 = offsets[k + 1];
        int o2 = offsets[k + 2];
        int o3 = offsets[k + 3];
        int o4 = offsets[k + 4];
        int o5 = offsets[k + 5];
        int o6 = offsets[k + 6];
        int o7 = offsets[k + 7];
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        for (int i = 0; i < count; i++) {
            float factor = factors[i];
            int p = where[i];
            s0 += factor * row[p + o0];
            s1 += factor * row[p + o1];
            s2 += factor * row[p + o2];
            s3 += factor * row[p + o3];
            s4 += factor * row[p + o4];
            s5 += factor * row[p + o5];
            s6 += factor * row[p + o6];
            s7 += factor * row[p + o7];
        }
        sums[at + k] += s0;
        sums[at + k + 1] += s1;
        sums[at + k + 2] += s2;
        sums[at + k + 3] += s3;
        sums[at + k + 4] += s4;
        sums[at + k + 5] += s5;
        sums[at + k + 6] += s6;
        sums[at + k + 7] += s7;
    }
}
