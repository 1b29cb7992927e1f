package org.mtl4j.internal.sum;

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

    private final double[] multiples = new double[BLOCK];
    private final double[] rests = new double[BLOCK];

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
    void add(ExactSum sum, double[] values, int count, double bound) {
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
        split(values, from, count, splitter(exponent));
        sum.add(sum(multiples, count));
        split(rests, 0, count, splitter(exponent - BITS - 1));
        sum.add(sum(multiples, count));
        if (sumOfSizes(rests, count) != 0) { // of numbers far smaller than the largest
            for (int i = 0; i < count; i++) {
                sum.add(rests[i]);
            }
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

    /** Leaves the rounded numbers and what rounding has taken away; no number waits for another. */
    private void split(double[] values, int from, int count, double splitter) {
        double[] multiples = this.multiples;
        double[] rests = this.rests;
        for (int i = 0; i < count; i++) {
            double value = values[from + i];
            double multiple = (value + splitter) - splitter;
            multiples[i] = multiple;
            rests[i] = value - multiple;
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

    private static double sumOfSizes(double[] values, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += Math.abs(values[i]);
            b += Math.abs(values[i + 1]);
            c += Math.abs(values[i + 2]);
            d += Math.abs(values[i + 3]);
        }
        for (; i < count; i++) {
            a += Math.abs(values[i]);
        }
        return (a + b) + (c + d);
    }
}
