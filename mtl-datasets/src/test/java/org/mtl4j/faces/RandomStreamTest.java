package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
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
    void noise_is_of_sums_of_eight_bytes_rounded_to_gray_levels() {
        RandomStream random = RandomStream.of(4, 5, 6);
        RandomStream bits = RandomStream.of(4, 5, 6);
        byte[] gray = new byte[1000]; // no multiple of what is drawn together
        new Random(7).nextBytes(gray);
        byte[] before = gray.clone();
        random.addNormal(60, gray);
        for (int i = 0; i < gray.length; i++) {
            long eight = bits.next();
            long sum = 0;
            for (int shift = 0; shift < 64; shift += 8) {
                sum += eight >>> shift & 0xff;
            }
            // variance 8 (256² - 1) / 12
            double level = (before[i] & 0xff) + 60 * ((sum - 1020) / 209.02152999152983);
            assertThat(gray[i] & 0xff).isEqualTo((int) Math.max(0, Math.min(255, Math.floor(level + 0.5))));
        }
        assertThat(gray).contains((byte) 0, (byte) 255);
        assertThat(random.next()).isEqualTo(bits.next());
    }
}
