package org.mtl4j.internal.sum;

import java.util.Arrays;

/**
 * Adds many numbers to an {@link ExactSum} at once, in a fraction of the time that one after the other takes. The
 * numbers of a block are split by rounding them to multiples of one number (Rump, "Ultimately fast accurate summation",
 * 2009): as long as they are not too many times it, plain sums of such multiples are exact. Two such sums and what is
 * left of the numbers go into the exact one, so that it is the same to the bit. Not thread-safe.
 */
public final class BlockSum {
    private static final int BLOCK_BITS = 10;

    /** So many numbers are added at a time; arrays of this length are added best. */
    public static final int BLOCK = 1 << BLOCK_BITS;

    /** Fewer are added one after the other. */
    private static final int FEW = 32;

    /** A sum of a block is exact if its numbers have no bits further below their highest than that. */
    private static final int BITS = 52 - BLOCK_BITS;

    /** Beyond these exponents what numbers are split by would not be a normal number. */
    private static final int LEAST_EXPONENT = -800;

    private static final int LARGEST_EXPONENT = 900;

    /** A quarter of a block. */
    private final double[] some = new double[BLOCK / 4];

    private final double[] multiples = new double[BLOCK / 4];
    private final double[] restMultiples = new double[BLOCK / 4];
    private final double[] rests = new double[BLOCK / 4];

    /** Adds the first numbers of an array to a sum. */
    public void add(ExactSum sum, double[] values, int count) {
        for (int from = 0; from < count; from += BLOCK) {
            int size = Math.min(BLOCK, count - from);
            addBlock(sum, values, from, size, largest(values, from, size));
        }
    }

    /**
     * Adds the first numbers of an array to a sum.
     *
     * @param count how many, at most {@link #BLOCK}
     * @param bound none of them is larger, of either sign; NaN if that is not known
     */
    public void add(ExactSum sum, double[] values, int count, double bound) {
        addBlock(sum, values, 0, count, bound);
    }

    private void addBlock(ExactSum sum, double[] values, int from, int count, double bound) {
        if (bound == 0) {
            return;
        }
        int exponent = Math.getExponent(bound) + 1; // all numbers are below 2 to this
        if (count < FEW || exponent < LEAST_EXPONENT || exponent > LARGEST_EXPONENT) { // as that of NaN and infinity is
            for (int i = from; i < from + count; i++) {
                sum.add(values[i]);
            }
            return;
        }
        double splitter = splitter(exponent);
        double second = splitter(exponent - BITS - 1);
        int quarter = count / 4;
        clear(quarter);
        for (int i = 0; i < 4; i++) {
            System.arraycopy(values, from + i * quarter, some, 0, quarter);
            split(quarter, splitter, second);
        }
        double first = sum(multiples, quarter);
        double rest = sum(restMultiples, quarter);
        double left = sum(rests, quarter);
        for (int i = from + 4 * quarter; i < from + count; i++) {
            double multiple = (values[i] + splitter) - splitter;
            double remainder = values[i] - multiple;
            double next = (remainder + second) - second;
            first += multiple;
            rest += next;
            left += Math.abs(remainder - next);
        }
        sum.add(first);
        sum.add(rest);
        if (left != 0) { // of numbers far smaller than the largest
            double[] remainders = new double[count];
            for (int i = 0; i < count; i++) {
                double value = values[from + i];
                double remainder = value - ((value + splitter) - splitter);
                remainders[i] = remainder - ((remainder + second) - second);
            }
            addBlock(sum, remainders, 0, count, Math.scalb(1.0, exponent - 2 * (BITS + 1))); // half of such a multiple
        }
    }

    /** The largest size of one of the first numbers of an array; NaN if one is. */
    static double largest(double[] values, int count) {
        return largest(values, 0, count);
    }

    /**
     * The largest size of a number; NaN if one is. Bits are in the order of sizes, and those of NaN above all others.
     */
    private static double largest(double[] values, int from, int count) {
        long a = 0;
        long b = 0;
        int to = from + count;
        int i = from;
        for (; i + 1 < to; i += 2) {
            a = Math.max(a, Double.doubleToRawLongBits(values[i]) & Long.MAX_VALUE);
            b = Math.max(b, Double.doubleToRawLongBits(values[i + 1]) & Long.MAX_VALUE);
        }
        if (i < to) {
            a = Math.max(a, Double.doubleToRawLongBits(values[i]) & Long.MAX_VALUE);
        }
        return Double.longBitsToDouble(Math.max(a, b));
    }

    /**
     * What is added and taken away again to round numbers of up to 2^exponent to multiples of 2^(exponent - BITS), in
     * the middle of those that are 2^53 such multiples apart.
     */
    private static double splitter(int exponent) {
        return Math.scalb(1.5, exponent + BLOCK_BITS);
    }

    private void clear(int count) {
        Arrays.fill(multiples, 0, count, 0);
        Arrays.fill(restMultiples, 0, count, 0);
        Arrays.fill(rests, 0, count, 0);
    }

    /**
     * Adds, each in its place, the rounded numbers, what rounding has taken away rounded to smaller multiples, and the
     * size of what that has taken away. No number waits for another, all arrays are gone through by the same places,
     * and the loop is short: else the compiler makes no vectors.
     */
    private void split(int count, double splitter, double second) {
        double[] some = this.some;
        double[] multiples = this.multiples;
        double[] restMultiples = this.restMultiples;
        double[] rests = this.rests;
        for (int i = 0; i < count; i++) {
            double value = some[i];
            double multiple = (value + splitter) - splitter;
            multiples[i] += multiple;
            value -= multiple;
            multiple = (value + second) - second;
            restMultiples[i] += multiple;
            rests[i] += Math.abs(value - multiple);
        }
    }

    /** Adds up in sums none of which waits for another. */
    private static double sum(double[] values, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += values[i];
            b += values[i + 1];
            c += values[i + 2];
            d += values[i + 3];
        }
        for (; i < count; i++) {
            a += values[i];
        }
        return (a + b) + (c + d);
    }
}
