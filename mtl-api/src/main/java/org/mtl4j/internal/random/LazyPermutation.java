package org.mtl4j.internal.random;

import org.mtl4j.internal.check.Check;

/**
 * A random order of 0 … count - 1 of which each place can be asked for by itself, in no memory: a Feistel network over
 * the next power of 4, walked until it comes back below the count (Black and Rogaway, "Ciphers with Arbitrary Finite
 * Domains", CT-RSA 2002). For orders that several processes have parts of, and for counts that fill no array.
 */
public final class LazyPermutation {
    private static final int ROUNDS = 6;

    private final long count;
    private final int half;
    private final long mask;
    private final long[] keys = new long[ROUNDS];

    /**
     * Draws an order.
     *
     * @param count at least 1, at most 2⁶²
     * @param seed of all orders
     * @param number of this one, such as an epoch
     * @throws IllegalArgumentException if {@code count} is out of range
     */
    public LazyPermutation(long count, long seed, long number) {
        Check.atLeast(1, count, "LazyPermutation: count");
        if (count > 1L << 62) {
            throw new IllegalArgumentException("LazyPermutation: count must be at most 2^62, got " + count);
        }
        this.count = count;
        this.half = Math.max(1, (64 - Long.numberOfLeadingZeros(count - 1) + 1) / 2);
        this.mask = (1L << half) - 1;
        for (int round = 0; round < ROUNDS; round++) {
            keys[round] = Seeds.mixed(seed, number, round);
        }
    }

    /**
     * {@return the place of an element in the order, from 0} No two have the same.
     *
     * @param element from 0 to {@code count} - 1
     */
    public long placeOf(long element) {
        long place = element;
        do {
            place = enciphered(place);
        } while (place >= count);
        return place;
    }

    private long enciphered(long value) {
        long left = value >>> half;
        long right = value & mask;
        for (long key : keys) {
            long next = left ^ (SplitMix64.mix(right ^ key) & mask);
            left = right;
            right = next;
        }
        return left << half | right;
    }
}
