package org.mtl4j.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PermutationsTest {

    /** Orders of rows and of faces were made in these two ways before; runs that are taken up again rest on them. */
    @Test
    void orders_are_those_of_java_util_with_mixed_seeds() {
        for (int epoch = 0; epoch < 5; epoch++) {
            List<Integer> rows = new ArrayList<>(IntStream.range(0, 37).boxed().toList());
            long start = new SplittableRandom(9).nextLong();
            Collections.shuffle(rows, new Random(new SplittableRandom(start + epoch).nextLong()));
            assertThat(Permutations.shuffled(37, 9, epoch))
                    .containsExactly(rows.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void every_number_comes_once() {
        int[] order = Permutations.shuffled(1000, -3, 2);
        assertThat(order).isNotEqualTo(Permutations.identity(1000));
        Arrays.sort(order);
        assertThat(order).isEqualTo(IntStream.range(0, 1000).toArray());
        assertThat(Permutations.shuffled(0, 1, 1)).isEmpty();
        assertThat(Permutations.shuffled(1, 1, 1)).containsExactly(0);
    }
}
