package org.mtl4j.faces;

import java.util.stream.IntStream;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;

/** Draws random numbers that are the same on every platform, one stream for each seed, epoch and face. */
final class RandomStream {

    private static final long EVERY_OTHER_BYTE = 0x00ff00ff00ff00ffL;

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
     * Adds to gray levels numbers from a nearly normal distribution of mean 0, independent ones, never beyond 4.9
     * standard deviations: sums of eight uniform bytes. The results are rounded to gray levels.
     */
    void addNormal(double deviation, byte[] gray) {
        long[] drawn = new long[SplitMix64.MOST_TOGETHER];
        for (int from = 0; from < gray.length; from += drawn.length) {
            int count = Math.min(drawn.length, gray.length - from);
            numbers.next(drawn, count);
            addBytes(drawn);
            for (int i = 0; i < count; i++) {
                double value = (gray[from + i] & 0xff) + deviation * DEVIATES[(int) drawn[i]];
                gray[from + i] = (byte) Math.max(0, Math.min(255, (int) (value + 0.5)));
            }
        }
    }

    /** Sums up the eight bytes of each number. */
    private static void addBytes(long[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            long pairs = (numbers[i] & EVERY_OTHER_BYTE) + (numbers[i] >>> 8 & EVERY_OTHER_BYTE);
            pairs += pairs >>> 32;
            numbers[i] = pairs + (pairs >>> 16) & 0xffff;
        }
    }
}
