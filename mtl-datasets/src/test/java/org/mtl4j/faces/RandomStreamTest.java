package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RandomStreamTest {

    @Test
    void draws_are_pinned() {
        // figures and resumed runs depend on these; from a second implementation of SplitMix64, in Python
        RandomStream random = RandomStream.of(1, 2, 3);
        assertThat(random.next()).isEqualTo(2399657773382937285L);
        assertThat(random.next()).isEqualTo(8067101194408944102L);
        assertThat(RandomStream.of(1, 3, 2).next()).isEqualTo(-528222719588680318L);
    }

    @Test
    void normal_draws_are_sums_of_eight_bytes() {
        RandomStream random = RandomStream.of(4, 5, 6);
        RandomStream bits = RandomStream.of(4, 5, 6);
        for (int draw = 0; draw < 1000; draw++) {
            long eight = bits.next();
            long sum = 0;
            for (int shift = 0; shift < 64; shift += 8) {
                sum += eight >>> shift & 0xff;
            }
            // variance 8 (256² - 1) / 12
            assertThat(random.normal()).isEqualTo((sum - 1020) / 209.02152999152983);
        }
    }
}
