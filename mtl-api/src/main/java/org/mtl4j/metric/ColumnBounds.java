package org.mtl4j.metric;

import java.util.Arrays;

/**
 * Finds the largest and the smallest numbers of all columns of a block of rows, by the bits of floats, which without
 * their sign are in the order of sizes. Not thread-safe.
 */
final class ColumnBounds {
    private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    /** The lowest bit of a float is so many below its highest. */
    private static final int FRACTION_BITS = 23;

    private static final int FRACTION = (1 << FRACTION_BITS) - 1;

    private static final int ALL_BUT_SIGN = Integer.MAX_VALUE;

    /** What zeros count as among the smallest; all others as one less than their bits. */
    private static final int NONE = Integer.MAX_VALUE;

    private final int columns;
    private final int[] some;
    private final int[] largest;
    private final int[] least;

    ColumnBounds(int columns) {
        this.columns = columns;
        int places = columns * ColumnSums.rowsTogether(columns);
        some = new int[places];
        largest = new int[places];
        least = new int[places];
    }

    /** Begins a block. */
    void start() {
        Arrays.fill(largest, 0);
        Arrays.fill(least, NONE);
    }

    /** Adds some numbers of the block, whole rows. */
    void add(int[] bits, int from, int to) {
        for (int place = from; place < to; place += some.length) {
            int count = Math.min(some.length, to - place);
            System.arraycopy(bits, place, some, 0, count);
            find(some, largest, least, count);
        }
    }

    /** Without comparisons, of which the compiler makes no vectors. */
    private static void find(int[] bits, int[] largest, int[] least, int count) {
        for (int i = 0; i < count; i++) {
            int size = bits[i] & ALL_BUT_SIGN;
            int more = size - largest[i];
            largest[i] += more & ~(more >> Integer.SIZE - 1);
            int less = (size - 1 & ALL_BUT_SIGN) - least[i];
            least[i] += less & less >> Integer.SIZE - 1;
        }
    }

    /** Ends the block: from now on the first place of each column has what was found. */
    void end() {
        for (int half = largest.length / 2; half >= columns; half /= 2) {
            for (int i = 0; i < half; i++) {
                largest[i] = Math.max(largest[i], largest[half + i]);
                least[i] = Math.min(least[i], least[half + i]);
            }
        }
    }

    boolean isFinite(int column) {
        return largest[column] < INFINITE;
    }

    /** All numbers of a column are below 2 to this. */
    int exponent(int column) {
        return Math.getExponent(Float.intBitsToFloat(largest[column])) + 1;
    }

    /** All numbers of a column are multiples of 2 to this, seen by their sizes alone: they may be of more. */
    int lowestBit(int column) {
        return least[column] == NONE
                ? Integer.MAX_VALUE
                : Math.getExponent(Float.intBitsToFloat(least[column] + 1)) - FRACTION_BITS;
    }

    /** A number is an odd multiple of 2 to this; of zero the largest there is. */
    static int lowestBitOf(int bits) {
        int fraction = bits & FRACTION;
        int exponent = (bits & ALL_BUT_SIGN) >>> FRACTION_BITS;
        if (exponent > 0) {
            fraction |= FRACTION + 1;
        }
        return fraction == 0
                ? Integer.MAX_VALUE
                : Math.max(exponent, 1)
                        + Float.MIN_EXPONENT
                        - 1
                        - FRACTION_BITS
                        + Integer.numberOfTrailingZeros(fraction);
    }
}
