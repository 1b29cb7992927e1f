package org.mtl4j.metric;

import java.util.Arrays;

/** Counts how many whole numbers lie below others, many of them at a time: the compiler makes vectors of the loop. */
final class Positions {
    /** So many counters are kept beside each other, as no number may wait for another's. */
    private static final int COUNTERS = 512;

    /** So many numbers are counted by 16 bits; a half counts what is below, the other what is not above. */
    private static final int TOGETHER = 1 << 15;

    private static final int HALF = Short.SIZE;
    private static final int LOWER = (1 << HALF) - 1;

    private Positions() {}

    /**
     * Counts.
     *
     * @param numbers at least 0, as the threshold
     * @param counts gets how many numbers are below the threshold, and how many are not above it
     */
    static void count(int[] numbers, int threshold, int[] counts) {
        int[] counters = new int[COUNTERS];
        int[] some = new int[COUNTERS];
        int below = 0;
        int upTo = 0;
        int whole = numbers.length / COUNTERS * COUNTERS;
        for (int from = 0; from < whole; from += TOGETHER) {
            Arrays.fill(counters, 0);
            int to = Math.min(whole, from + TOGETHER);
            for (int i = from; i < to; i += COUNTERS) {
                System.arraycopy(numbers, i, some, 0, COUNTERS);
                add(counters, some, threshold);
            }
            int sum = 0; // at most 2^15 in each half
            for (int counter : counters) {
                sum += counter;
            }
            below += sum & LOWER;
            upTo += sum >>> HALF;
        }
        for (int i = whole; i < numbers.length; i++) {
            below += numbers[i] < threshold ? 1 : 0;
            upTo += numbers[i] <= threshold ? 1 : 0;
        }
        counts[0] = below;
        counts[1] = upTo;
    }

    /** Goes through both arrays by the same places, without which the compiler makes no vectors. */
    private static void add(int[] counters, int[] numbers, int threshold) {
        for (int i = 0; i < COUNTERS; i++) {
            int difference = numbers[i] - threshold;
            counters[i] += (difference >>> Integer.SIZE - 1) + (difference - 1 >>> Integer.SIZE - 1 << HALF);
        }
    }
}
