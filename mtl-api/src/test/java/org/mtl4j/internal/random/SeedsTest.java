package org.mtl4j.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The formulas are fixed: checkpoints and published results rest on them. */
class SeedsTest {

    @Test
    void mixed_seeds_are_chained() {
        long start = new SplittableRandom(7).nextLong();
        long epoch = new SplittableRandom(start + 3).nextLong();
        assertThat(Seeds.mixed(7, 3)).isEqualTo(epoch);
        assertThat(Seeds.mixed(7, 3, 11)).isEqualTo(new SplittableRandom(epoch + 11).nextLong());
        assertThat(Seeds.mixed(7, 3, 11)).isNotEqualTo(Seeds.mixed(7, 11, 3));
    }

    @Test
    void seeds_of_elements_step_by_the_gamma() {
        assertThat(Seeds.ofElement(7, 5)).isEqualTo(6420546101309130790L);
        long zeroth = new SplittableRandom(7).nextLong();
        // the sequence that starts one step before the zeroth element
        SplitMix64 sequence = new SplitMix64(zeroth - SplitMix64.GAMMA);
        for (int index = 0; index < 10; index++) {
            assertThat(Seeds.ofElement(7, index)).isEqualTo(sequence.next());
        }
    }

    @Test
    void seeds_of_epochs_steps_and_trials_are_spaced() {
        assertThat(Seeds.ofEpoch(5, 0)).isEqualTo(1_000_008);
        assertThat(Seeds.ofEpoch(5, 2)).isEqualTo(3_000_014);
        assertThat(Seeds.ofStep(5, 0, 1)).isEqualTo(1_000_009);
        assertThat(Seeds.ofStep(5, 2, 1)).isEqualTo(3_000_015);
        assertThat(Seeds.ofStep(0, Integer.MAX_VALUE, 0)).isEqualTo(2147490090450944L); // no overflow
        assertThat(Seeds.ofEpoch(0, Integer.MAX_VALUE - 1)).isEqualTo(1_000_003L * Integer.MAX_VALUE);
        assertThat(Seeds.ofTrial(5, 2)).isEqualTo(5_000_017);
    }

    @Test
    void bytes_are_hashed_by_words_of_eight() {
        long empty = SplitMix64.mix(9);
        assertThat(Seeds.ofBytes(9, new byte[0])).isEqualTo(empty);
        long one = SplitMix64.mix(SplitMix64.mix(0) ^ 0x0102030405060708L); // seed and length are 9
        assertThat(Seeds.ofBytes(9, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, -1})).isEqualTo(SplitMix64.mix(one ^ 0xff));
        assertThat(Seeds.ofBytes(9, new byte[] {0})).isNotEqualTo(Seeds.ofBytes(9, new byte[] {0, 0}));
    }

    @Test
    void neighbours_are_different() {
        Set<Long> seeds = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            for (int number = 0; number < 20; number++) {
                seeds.add(Seeds.mixed(seed, number));
            }
        }
        assertThat(seeds).hasSize(400);
    }
}
