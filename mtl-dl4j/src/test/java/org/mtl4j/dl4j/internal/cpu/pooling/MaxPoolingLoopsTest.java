package org.mtl4j.dl4j.internal.cpu.pooling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaxPoolingLoopsTest {
    @Test
    void places_are_packed_four_in_an_int() {
        int count = 33; // of 132 places, in which all of -1 to 127 occur
        int[] places = IntStream.range(0, 4 * count).map(i -> i * 7 % 129 - 1).toArray();
        int[] packed = new int[count + 2];
        MaxPoolingLoops.pack(places, packed, 1, count);
        assertThat(packed[0]).isZero();
        assertThat(packed[count + 1]).isZero();
        int[] again = new int[4 * count];
        MaxPoolingLoops.unpack(packed, 1, count, again);
        assertThat(again).containsExactly(places);
    }
}
