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
}
