package org.mtl4j.internal.random;

/**
 * Makes seeds of a seed and the number of what they are for, so that what is drawn there depends on nothing that was
 * drawn before. Results that can be repeated rest on these functions: each one stays as it is, to the bit, and new uses
 * take {@link #mixed(long, long)}.
 */
public final class Seeds {
    /** A prime, so that the seeds of several small numbers are different ones. */
    private static final long SPACING = 1_000_003;

    private Seeds() {}

    /** {@return a seed for one number, such as that of an epoch} Neighbouring seeds and numbers give unrelated ones. */
    public static long mixed(long seed, long number) {
        return SplitMix64.mix(SplitMix64.mix(seed) + number);
    }

    /** {@return a seed for two numbers in this order, such as those of an epoch and of an example in it} */
    public static long mixed(long seed, long first, long second) {
        return SplitMix64.mix(mixed(seed, first) + second);
    }

    /** {@return a seed for the element of this index} As {@link #mixed(long, long)}, by another formula. */
    public static long ofElement(long seed, long index) {
        return SplitMix64.finalised(SplitMix64.mix(seed) + index * SplitMix64.GAMMA);
    }

    /** {@return a hash of bytes, 64 bits, another one for each seed} */
    public static long ofBytes(long seed, byte[] bytes) {
        long hash = SplitMix64.mix(seed ^ bytes.length);
        for (int from = 0; from < bytes.length; from += Long.BYTES) {
            long word = 0;
            for (int i = from; i < Math.min(bytes.length, from + Long.BYTES); i++) {
                word = word << Byte.SIZE | bytes[i] & 0xff;
            }
            hash = SplitMix64.mix(hash ^ word);
        }
        return hash;
    }

    /** {@return the seed of what layers draw in an epoch, counted from 0} */
    public static long ofEpoch(long seed, int epoch) {
        return seed + SPACING * (epoch + 1);
    }

    /** {@return the seed of what layers draw in a step, counted from 0, for one part of its batch} */
    public static long ofStep(long seed, int step, int part) {
        return seed + SPACING * (1L + step) + part;
    }

    /** {@return the seed of the configuration of a trial, counted from 0} */
    public static long ofTrial(long seed, int trial) {
        return seed * SPACING + trial;
    }
}
