package org.mtl4j.internal.sum;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * A sum of doubles without rounding error: its value is the exact sum of all numbers added, rounded once, and so does
 * not depend on their order or grouping. The sum is held as a whole number of so many of the smallest doubles, in
 * chunks of 32 bits with room for carries (Neal, "Fast exact summation using small and large superaccumulators", 2015);
 * of the range of a double only those chunks are there that numbers have come to.
 *
 * <p>Infinities and NaN follow IEEE addition: one infinity makes the sum infinite, two of opposite sign NaN. Not
 * thread-safe.
 */
public final class ExactSum implements Serializable {
    private static final long serialVersionUID = 2L;

    private static final int BITS = 32;
    private static final long DIGIT = 0xffffffffL;
    /** The exponent of the smallest double, of which everything is a multiple. */
    private static final int LEAST_EXPONENT = -1074;

    private static final int FRACTION_BITS = 52;
    private static final long FRACTION = (1L << FRACTION_BITS) - 1;
    private static final int LARGEST_EXPONENT_FIELD = 0x7ff;
    /** After so many numbers chunks, of which one takes up to 52 bits of each, are carried. */
    private static final int MOST_PENDING = 1000;

    /** Lowest first: the sum of {@code chunks[i] * 2^(32 * (first + i))} smallest doubles. */
    private long[] chunks = {};

    private int first;
    private int pending;

    /** Sum of the numbers added that are not finite; 0 if there were none. */
    private double special;

    /** Adds a number. */
    public void add(double value) {
        long bits = Double.doubleToRawLongBits(value);
        int exponent = (int) (bits >>> FRACTION_BITS) & LARGEST_EXPONENT_FIELD;
        if (exponent == LARGEST_EXPONENT_FIELD) {
            special += value;
            return;
        }
        long fraction = bits & FRACTION;
        int power = 0;
        if (exponent > 0) {
            fraction |= 1L << FRACTION_BITS;
            power = exponent - 1;
        }
        int place = (power >>> 5) - first;
        if (place < 0 || place + 1 >= chunks.length) {
            makeRoom(power >>> 5);
            place = (power >>> 5) - first;
        }
        int shift = power & (BITS - 1);
        long sign = bits >> 63;
        chunks[place] += ((fraction << shift & DIGIT) ^ sign) - sign;
        chunks[place + 1] += ((fraction >>> (BITS - shift)) ^ sign) - sign;
        if (++pending == MOST_PENDING) {
            carry();
        }
    }

    /** Makes sure that this chunk and two more are there. */
    private void makeRoom(int chunk) {
        int from = chunks.length == 0 ? chunk : Math.min(first, chunk);
        int to = Math.max(chunks.length == 0 ? 0 : first + chunks.length, chunk + 3);
        long[] wider = new long[to - from];
        if (chunks.length > 0) {
            System.arraycopy(chunks, 0, wider, first - from, chunks.length);
        }
        chunks = wider;
        first = from;
    }

    /** Leaves 32 bits in each chunk; the highest has the sign. */
    private void carry() {
        pending = 0;
        if (chunks.length == 0) {
            return;
        }
        for (int i = 0; i < chunks.length - 1; i++) {
            chunks[i + 1] += chunks[i] >> BITS;
            chunks[i] &= DIGIT;
        }
        int top = chunks.length - 1;
        if (chunks[top] >> BITS != 0 && chunks[top] >> BITS != -1) {
            chunks = Arrays.copyOf(chunks, chunks.length + 1);
            chunks[top + 1] = chunks[top] >> BITS;
            chunks[top] &= DIGIT;
        }
    }

    /** Adds what another sum has come to. */
    public void add(ExactSum other) {
        special += other.special;
        other.carry();
        if (other.chunks.length == 0) {
            return;
        }
        long[] more = other.chunks.clone(); // other may be this
        int from = other.first;
        carry();
        makeRoom(from);
        makeRoom(from + more.length - 1);
        for (int i = 0; i < more.length; i++) {
            chunks[from - first + i] += more[i];
        }
        carry();
    }

    /** {@return the exact sum, rounded to the nearest double, ties to even} */
    public double value() {
        if (special != 0 || Double.isNaN(special)) {
            return special;
        }
        carry();
        int top = chunks.length - 1;
        while (top >= 0 && chunks[top] == 0) {
            top--;
        }
        if (top < 0) {
            return 0;
        }
        if (chunks[top] > 0) {
            return rounded(chunks, top);
        }
        ExactSum negative = new ExactSum();
        negative.first = first;
        negative.chunks = new long[chunks.length];
        Arrays.setAll(negative.chunks, i -> -chunks[i]);
        negative.carry();
        return -negative.value();
    }

    /** Rounds what is above 0, all chunks being carried. */
    private double rounded(long[] digits, int top) {
        int highest = BITS * (first + top) + (63 - Long.numberOfLeadingZeros(digits[top]));
        int lowest = Math.max(0, highest - FRACTION_BITS);
        long fraction = bits(digits, lowest, highest - lowest + 1);
        if (lowest > 0) {
            boolean half = bits(digits, lowest - 1, 1) == 1;
            if (half && ((fraction & 1) == 1 || isAnythingBelow(digits, lowest - 1))) {
                fraction++;
            }
        }
        // of the smallest doubles, which have no leading bit, lowest is 0 and the bits are the number
        long bits = highest < FRACTION_BITS ? fraction : ((long) lowest << FRACTION_BITS) + fraction;
        return bits >>> FRACTION_BITS >= LARGEST_EXPONENT_FIELD
                ? Double.POSITIVE_INFINITY
                : Double.longBitsToDouble(bits);
    }

    /** Some bits, at most 53, from the lowest on, which is counted from that of the smallest double. */
    private long bits(long[] digits, int lowest, int count) {
        long result = 0;
        for (int done = 0; done < count; ) {
            int bit = lowest + done;
            int chunk = (bit >>> 5) - first;
            int within = bit & (BITS - 1);
            long digit = chunk >= 0 && chunk < digits.length ? digits[chunk] >>> within : 0;
            // the highest chunk may have 33 bits; nothing is above it
            int taken = chunk == digits.length - 1 ? count - done : Math.min(count - done, BITS - within);
            result |= (digit & (taken >= 63 ? -1 : (1L << taken) - 1)) << done;
            done += taken;
        }
        return result;
    }

    private boolean isAnythingBelow(long[] digits, int bit) {
        int chunk = (bit >>> 5) - first;
        for (int i = 0; i < Math.min(chunk, digits.length); i++) {
            if (digits[i] != 0) {
                return true;
            }
        }
        int within = bit & (BITS - 1);
        return chunk >= 0 && chunk < digits.length && (digits[chunk] & ((1L << within) - 1)) != 0;
    }

    /** {@return the sum as it is, without those numbers that were not finite} */
    public BigDecimal exact() {
        carry();
        BigInteger whole = BigInteger.ZERO;
        for (int i = chunks.length - 1; i >= 0; i--) {
            whole = whole.shiftLeft(BITS).add(BigInteger.valueOf(chunks[i]));
        }
        int exponent = BITS * first + LEAST_EXPONENT;
        int zeros = Math.max(0, whole.getLowestSetBit());
        whole = whole.shiftRight(zeros);
        exponent += zeros;
        return exponent >= 0
                ? new BigDecimal(whole.shiftLeft(exponent))
                : new BigDecimal(whole.multiply(BigInteger.valueOf(5).pow(-exponent)), -exponent);
    }

    /** {@return the sum of these} */
    public static double of(double[] values) {
        ExactSum sum = new ExactSum();
        for (double value : values) {
            sum.add(value);
        }
        return sum.value();
    }
}
