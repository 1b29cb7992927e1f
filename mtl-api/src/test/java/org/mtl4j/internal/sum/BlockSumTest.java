package org.mtl4j.internal.sum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockSumTest {

    @ParameterizedTest(name = "numbers of 2^{0} to 2^{1}")
    @CsvSource({"-1, 1", "-20, 3", "-70, 0", "-200, 5", "-1074, -990", "-1074, 1020", "-850, -700", "850, 1020"})
    void is_the_sum_one_by_one_to_the_last_bit(int least, int most) {
        Random random = new Random(most * 31L + least);
        BlockSum adder = new BlockSum();
        for (int count : new int[] {1, 31, 32, 33, 1023, 1024, 1025, 3000}) {
            double[] values = new double[count];
            ExactSum oneByOne = new ExactSum();
            for (int i = 0; i < count; i++) {
                double size = Math.scalb(1 + random.nextDouble(), least + random.nextInt(most - least));
                values[i] = random.nextInt(9) == 0 ? 0 : random.nextBoolean() ? size : -size;
                oneByOne.add(values[i]);
            }
            ExactSum inBlocks = new ExactSum();
            adder.add(inBlocks, values, count);
            assertThat(inBlocks.exact()).isEqualByComparingTo(oneByOne.exact());
            assertThat(inBlocks.value()).isEqualTo(oneByOne.value());
        }
    }

    @Test
    void equal_numbers_of_one_sign_add_up_to_the_most_that_a_part_can_hold() {
        double[] values = new double[BlockSum.BLOCK];
        double justBelowTwo = Math.nextDown(2.0);
        java.util.Arrays.fill(values, justBelowTwo);
        ExactSum sum = new ExactSum();
        new BlockSum().add(sum, values, values.length);
        assertThat(sum.value()).isEqualTo(BlockSum.BLOCK * justBelowTwo); // exact, as the factor is a power of 2
    }

    @Test
    void what_is_not_finite_stays_so() {
        double[] values = new double[100];
        values[70] = Double.NEGATIVE_INFINITY;
        assertThat(of(values)).isEqualTo(Double.NEGATIVE_INFINITY);
        values[71] = Double.NaN;
        assertThat(of(values)).isNaN();
        values[71] = Double.POSITIVE_INFINITY;
        assertThat(of(values)).isNaN();
    }

    private static double of(double[] values) {
        ExactSum sum = new ExactSum();
        new BlockSum().add(sum, values, values.length);
        return sum.value();
    }

    @Test
    void moments_of_differences_of_floats_are_those_one_by_one() {
        Random random = new Random(5);
        double[] values = new double[700];
        Moments oneByOne = new Moments();
        ExactSum sizes = new ExactSum();
        for (int i = 0; i < values.length; i++) {
            float scale = i % 7 == 0 ? 1e-30f : i % 11 == 0 ? 1e30f : 1;
            values[i] = (double) (random.nextFloat() * scale) - (i % 5 == 0 ? 0 : random.nextFloat());
            oneByOne.add(values[i], 1);
            sizes.add(Math.abs(values[i]));
        }
        Moments inBlocks = new Moments();
        ExactSum sizesInBlocks = new ExactSum();
        assertThat(inBlocks.addDifferences(values, values.length, new BlockSum(), sizesInBlocks))
                .isTrue();
        assertThat(inBlocks.mean()).isEqualTo(oneByOne.mean());
        assertThat(inBlocks.squares()).isEqualTo(oneByOne.squares());
        assertThat(inBlocks.variance()).isEqualTo(oneByOne.variance());
        assertThat(sizesInBlocks.value()).isEqualTo(sizes.value());
        values[3] = Double.NaN;
        assertThat(inBlocks.addDifferences(values, values.length, new BlockSum(), sizesInBlocks))
                .isFalse();
        assertThat(inBlocks.weight()).isEqualTo(values.length); // nothing was added
    }
}
