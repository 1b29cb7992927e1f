package org.mtl4j.faces;

import java.util.stream.IntStream;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;

/** Draws random numbers that are the same on every platform, one stream for each seed, epoch and face. */
final class RandomStream {

    private static final long EVERY_OTHER_BYTE = 0x00ff00ff00ff00ffL;
    private static final long ALL_PAIRS = 0x0001000100010001L;

    /** Mean and standard deviation of the sum of eight independent uniform bytes: variance 8 (256² - 1) / 12. */
    private static final double SUM_MEAN = 8 * 127.5;

    private static final double SUM_DEVIATION = 209.02152999152983;

    /** What each sum stands for. */
    private static final double[] DEVIATES = IntStream.rangeClosed(0, 8 * 255)
            .mapToDouble(sum -> (sum - SUM_MEAN) / SUM_DEVIATION)
            .toArray();

    private final SplitMix64 numbers;

    private RandomStream(SplitMix64 numbers) {
        this.numbers = numbers;
    }

    /** Makes the stream of one face in one epoch; different ones are unrelated. */
    static RandomStream of(long seed, int epoch, int face) {
        return new RandomStream(new SplitMix64(Seeds.mixed(seed, epoch, face)));
    }

    /** Draws 64 random bits. */
    long next() {
        return numbers.next();
    }

    /** Draws from [0, 1), uniformly. */
    double uniform() {
        return numbers.uniform();
    }

    /** Draws from [min, max), uniformly. */
    double uniform(double min, double max) {
        return numbers.uniform(min, max);
    }

    /**
     * Draws from a nearly normal distribution of mean 0 and variance 1, never beyond 4.9: a sum of eight uniform bytes.
     */
    double normal() {
        long bits = numbers.next();
        long pairs = (bits & EVERY_OTHER_BYTE) + (bits >>> 8 & EVERY_OTHER_BYTE);
        return DEVIATES[(int) (pairs * ALL_PAIRS >>> 48)];
    }
}
