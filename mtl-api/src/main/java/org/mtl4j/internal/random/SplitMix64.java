package org.mtl4j.internal.random;

import java.util.stream.LongStream;

/**
 * Generates random numbers by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, with Stafford's variant 13 of the
 * finaliser, as in {@link java.util.SplittableRandom}): integer arithmetic alone, so the same on every platform. Not
 * safe for use by several threads.
 */
public final class SplitMix64 {
    /** What the state grows by in each step: 2⁶⁴ divided by the golden ratio, made odd. */
    static final long GAMMA = 0x9e3779b97f4a7c15L;

    /** Most numbers that are drawn together. */
    public static final int MOST_TOGETHER = 256;

    private static final long[] STEPS =
            LongStream.rangeClosed(1, MOST_TOGETHER).map(i -> i * GAMMA).toArray();

    private long state;

    /**
     * Starts a sequence.
     *
     * @param seed any number; neighbouring ones give unrelated sequences
     */
    public SplitMix64(long seed) {
        state = seed;
    }

    /** {@return the first number of the sequence of this seed} Neighbouring seeds have unrelated ones. */
    public static long mix(long seed) {
        return finalised(seed + GAMMA);
    }

    static long finalised(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** {@return the next 64 random bits} */
    public long next() {
        state += GAMMA;
        return finalised(state);
    }

    /**
     * Draws 64 random bits several times, faster than one by one.
     *
     * @param to whose first {@code count} numbers are the next; at most {@value #MOST_TOGETHER} long, all written to
     */
    public void next(long[] to, int count) {
        finalised(state, STEPS, to);
        state += count * GAMMA;
    }

    /** Written so that Java's compiler makes vector instructions of it, where there are some that multiply longs. */
    private static void finalised(long state, long[] steps, long[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = finalised(state + steps[i]);
        }
    }

    /** {@return the next number, uniform in [0, 1)} One of the 2⁵³ multiples of 2⁻⁵³. */
    public double uniform() {
        return (next() >>> 11) * 0x1p-53;
    }

    /** {@return the next number, uniform in [least, most)} */
    public double uniform(double least, double most) {
        return least + (most - least) * uniform();
    }
}
