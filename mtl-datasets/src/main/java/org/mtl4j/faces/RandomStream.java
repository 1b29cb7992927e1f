package org.mtl4j.faces;

/** Random numbers that are the same on every platform (SplitMix64), one stream for each seed, epoch and face. */
final class RandomStream {

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final long EVERY_OTHER_BYTE = 0x00ff00ff00ff00ffL;
    private static final long ALL_PAIRS = 0x0001000100010001L;

    /** Mean and standard deviation of the sum of eight independent uniform bytes: variance 8 (256² - 1) / 12. */
    private static final double BELL_MEAN = 8 * 127.5;

    private static final double BELL_DEVIATION = 209.02152999152983;

    private long state;

    private RandomStream(long state) {
        this.state = state;
    }

    /** The stream of one face in one epoch; different ones are unrelated. */
    static RandomStream of(long seed, int epoch, int face) {
        return new RandomStream(mix(mix(mix(seed) + epoch) + face));
    }

    /** SplitMix64's step: neighbouring values become unrelated ones. */
    static long mix(long value) {
        long z = value + GOLDEN;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long next() {
        long value = mix(state);
        state += GOLDEN;
        return value;
    }

    /** Uniform in [0, 1). */
    double uniform() {
        return (next() >>> 11) * 0x1p-53;
    }

    /** Uniform in [least, most). */
    double uniform(double least, double most) {
        return least + (most - least) * uniform();
    }

    /** Bell-shaped with mean 0 and variance 1, never beyond 4.9: a sum of eight uniform numbers. */
    double bell() {
        long bits = next();
        long pairs = (bits & EVERY_OTHER_BYTE) + (bits >>> 8 & EVERY_OTHER_BYTE);
        return ((pairs * ALL_PAIRS >>> 48) - BELL_MEAN) / BELL_DEVIATION;
    }
}
