package org.mtl4j.internal.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LazyPermutationTest {
    private static long[] order(long count, long seed, long number) {
        LazyPermutation order = new LazyPermutation(count, seed, number);
        return LongStream.range(0, count).map(order::placeOf).toArray();
    }

    @Test
    void every_place_is_taken_once() {
        for (long count : new long[] {1, 2, 3, 4, 5, 16, 17, 1000, 4096, 4097}) {
            assertThat(LongStream.of(order(count, 5, 3)).sorted())
                    .as("%s", count)
                    .containsExactlyElementsOf(
                            LongStream.range(0, count).boxed().toList());
        }
    }

    @Test
    void orders_differ_by_seed_and_number_and_are_fixed() {
        assertThat(order(10, 5, 3)).isEqualTo(order(10, 5, 3));
        assertThat(order(100, 5, 3)).isNotEqualTo(order(100, 5, 4)).isNotEqualTo(order(100, 6, 3));
        long large = (1L << 40) + 7;
        assertThat(new LazyPermutation(large, 1, 1).placeOf(large - 1)).isBetween(0L, large - 1);
    }

    /**
     * 50 elements, 5,000 orders: each place of an element is expected 100 times, and χ² with 49 degrees is below 100.
     */
    @Test
    void each_place_is_as_likely_as_another() {
        for (int element : new int[] {0, 7, 49}) {
            long[] seen = new long[50];
            for (int number = 0; number < 5000; number++) {
                seen[(int) new LazyPermutation(50, 11, number).placeOf(element)]++;
            }
            double chiSquare = LongStream.of(seen)
                    .mapToDouble(n -> (n - 100.0) * (n - 100.0) / 100)
                    .sum();
            assertThat(chiSquare).isLessThan(100); // more in one of 20,000 cases
        }
    }

    @Test
    void counts_out_of_range_are_refused() {
        assertThatThrownBy(() -> new LazyPermutation(0, 1, 1)).hasMessageContaining("count");
        assertThatThrownBy(() -> new LazyPermutation((1L << 62) + 1, 1, 1)).hasMessageContaining("at most 2^62");
    }
}
