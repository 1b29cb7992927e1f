package org.mtl4j.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitMix64Test {

    /** The first five numbers of the algorithm's own test vector, seed 1234567. */
    @Test
    void the_sequence_is_that_of_the_reference_implementation() {
        SplitMix64 random = new SplitMix64(1234567);
        assertThat(LongStream.generate(random::next).limit(5))
                .containsExactly(
                        6457827717110365317L,
                        3203168211198807973L,
                        Long.parseUnsignedLong("9817491932198370423"),
                        4593380528125082431L,
                        Long.parseUnsignedLong("16408922859458223821"));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 42, Long.MIN_VALUE, Long.MAX_VALUE})
    void it_is_that_of_the_splittable_random_of_java(long seed) {
        SplitMix64 random = new SplitMix64(seed);
        SplittableRandom java = new SplittableRandom(seed);
        assertThat(SplitMix64.mix(seed)).isEqualTo(new SplittableRandom(seed).nextLong());
        for (int i = 0; i < 100; i++) {
            assertThat(random.next()).isEqualTo(java.nextLong());
        }
    }

    @Test
    void several_are_those_that_come_one_by_one() {
        SplitMix64 together = new SplitMix64(11);
        SplitMix64 oneByOne = new SplitMix64(11);
        long[] drawn = new long[SplitMix64.MOST_TOGETHER];
        for (int count : new int[] {SplitMix64.MOST_TOGETHER, 3, 0, 1}) {
            together.next(drawn, count);
            assertThat(Arrays.copyOf(drawn, count))
                    .containsExactly(
                            LongStream.generate(oneByOne::next).limit(count).toArray());
        }
        assertThat(together.next()).isEqualTo(oneByOne.next());
    }

    @Test
    void uniform_numbers_are_the_highest_53_bits() {
        assertThat(new SplitMix64(7).uniform()).isEqualTo((new SplitMix64(7).next() >>> 11) / Math.pow(2, 53));
        SplitMix64 random = new SplitMix64(3);
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            double value = random.uniform(-2, 4);
            assertThat(value).isBetween(-2.0, Math.nextDown(4.0));
            sum += value;
        }
        // mean 1, standard deviation of the mean of 10 000: 6 / sqrt(12 * 10 000) = 0.017; five of them
        assertThat(sum / 10_000).isBetween(1 - 0.087, 1 + 0.087);
    }
}
