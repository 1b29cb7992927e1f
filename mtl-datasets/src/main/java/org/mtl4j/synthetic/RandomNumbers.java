package org.mtl4j.synthetic;

import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;

/** Draws random numbers that are the same on every platform: nothing of the mathematics library is in them. */
final class RandomNumbers {

    private final SplitMix64 numbers;

    private RandomNumbers(SplitMix64 numbers) {
        this.numbers = numbers;
    }

    /** Makes independent numbers for each pair of seed and index. */
    static RandomNumbers of(long seed, long index) {
        return new RandomNumbers(new SplitMix64(Seeds.ofElement(seed, index)));
    }

    /** Draws from [0, 1), uniformly. */
    double uniform() {
        return numbers.uniform();
    }

    /** Draws from [min, max), uniformly. */
    double uniform(double min, double max) {
        return numbers.uniform(min, max);
    }

    /** Draws true with this probability. */
    boolean chance(double probability) {
        return uniform() < probability;
    }

    /** Draws from 0 … bound - 1. */
    int below(int bound) {
        return (int) (uniform() * bound);
    }

    /**
     * Draws from a nearly normal distribution of mean 0 and variance 1, never beyond 3.5: a sum of four uniform
     * numbers.
     */
    double normal() {
        long bits = numbers.next();
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum / 65536.0 - 2 + 4 * 0x1p-17) * 1.7320508075688772; // variance of the sum is 4 / 12
    }

    /** Draws from a nearly normal distribution. */
    double normal(double mean, double deviation) {
        return mean + deviation * normal();
    }

    /** Draws from a nearly normal distribution, clipped to [min, max]. */
    double normal(double mean, double deviation, double min, double max) {
        return Math.max(min, Math.min(max, normal(mean, deviation)));
    }
}
