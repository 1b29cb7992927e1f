package org.mtl4j.synthetic;

/** Random numbers that are the same on every platform: SplitMix64, and nothing of the mathematics library. */
final class Dice {

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private long state;

    private Dice(long state) {
        this.state = state;
    }

    /** Independent numbers for each pair of seed and index. */
    static Dice of(long seed, long index) {
        return new Dice(mix(mix(seed + GOLDEN) + index * GOLDEN));
    }

    long next() {
        state += GOLDEN;
        return mix(state);
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Uniform in [0, 1). */
    double uniform() {
        return (next() >>> 11) * 0x1p-53;
    }

    /** Uniform in [low, high). */
    double uniform(double low, double high) {
        return low + (high - low) * uniform();
    }

    /** True with this probability. */
    boolean chance(double probability) {
        return uniform() < probability;
    }

    /** 0 … bound - 1. */
    int below(int bound) {
        return (int) (uniform() * bound);
    }

    /** Bell-shaped (sum of four uniform numbers) with mean 0, variance 1, never beyond 3.5. */
    double bell() {
        long bits = next();
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum / 65536.0 - 2 + 4 * 0x1p-17) * 1.7320508075688772; // variance of the sum is 4 / 12
    }

    double bell(double mean, double deviation) {
        return mean + deviation * bell();
    }

    /** Bell-shaped, held in [low, high]. */
    double bell(double mean, double deviation, double low, double high) {
        return Math.max(low, Math.min(high, bell(mean, deviation)));
    }
}
