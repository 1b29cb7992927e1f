package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PixelScaleTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 39 * 39, 224 * 224})
    void levels_become_the_numbers_that_are_documented(int count) {
        byte[] gray = new byte[count + 7];
        new Random(count).nextBytes(gray);
        float[] standardized = new float[count + 3];
        PixelScale.STANDARDIZED.write(gray, 7, count, standardized, 3);
        float[] fractions = new float[count + 3];
        PixelScale.UNIT_RANGE.write(gray, 7, count, fractions, 3);
        long sum = 0;
        long squares = 0;
        for (int i = 0; i < count; i++) {
            int level = gray[7 + i] & 0xff;
            sum += level;
            squares += level * level;
        }
        double mean = (double) sum / count;
        double variance = (squares * (double) count - (double) sum * sum) / ((double) count * count);
        double deviation = Math.max(1, Math.sqrt(variance));
        for (int i = 0; i < count; i++) {
            int level = gray[7 + i] & 0xff;
            assertThat(standardized[3 + i]).isEqualTo((float) ((level - mean) / deviation));
            assertThat(fractions[3 + i]).isEqualTo(level / 255f);
        }
        assertThat(standardized).startsWith(0, 0, 0);
        assertThat(fractions).startsWith(0, 0, 0);
    }
}
