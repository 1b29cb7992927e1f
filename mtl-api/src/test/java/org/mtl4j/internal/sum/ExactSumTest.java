package org.mtl4j.internal.sum;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExactSumTest {

    @Test
    void small_numbers_survive_large_ones_that_cancel() {
        assertThat(ExactSum.of(new double[] {1e16, 1, -1e16})).isEqualTo(1); // plain addition gives 0
        assertThat(ExactSum.of(new double[] {0.1, 0.2, 0.3, -0.6})).isEqualTo(2.7755575615628914e-17); // by BigDecimal
    }

    @Test
    void is_the_exact_sum_rounded_once_in_any_order_and_grouping() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            double[] values = new double[50];
            BigDecimal exact = BigDecimal.ZERO;
            ExactSum forward = new ExactSum();
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextGaussian() * Math.pow(10, random.nextInt(30) - 15);
                exact = exact.add(new BigDecimal(values[i]));
                forward.add(values[i]);
            }
            ExactSum first = new ExactSum();
            ExactSum second = new ExactSum();
            for (int i = values.length - 1; i >= 0; i--) {
                (i % 3 == 0 ? first : second).add(values[i]);
            }
            first.add(second);
            assertThat(forward.value()).isEqualTo(exact.doubleValue());
            assertThat(first.value()).isEqualTo(exact.doubleValue());
        }
    }

    @Test
    void a_tie_is_decided_by_what_lies_below() {
        double half = Math.ulp(1.0) / 2;
        assertThat(ExactSum.of(new double[] {1, half})).isEqualTo(1); // exactly half way: to even
        assertThat(ExactSum.of(new double[] {1e-30, 1, half})).isEqualTo(Math.nextUp(1.0));
        assertThat(ExactSum.of(new double[] {-1e-30, 1, half})).isEqualTo(1);
    }

    @Test
    void what_is_not_finite_stays_so() {
        assertThat(ExactSum.of(new double[] {1, Double.POSITIVE_INFINITY, -5})).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(ExactSum.of(new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}))
                .isNaN();
        assertThat(ExactSum.of(new double[] {1, Double.NaN})).isNaN();
        assertThat(ExactSum.of(new double[] {Double.MAX_VALUE, Double.MAX_VALUE}))
                .isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(ExactSum.of(new double[0])).isZero();
    }

    @Test
    void can_be_added_to_itself() {
        ExactSum sum = new ExactSum();
        sum.add(1e16);
        sum.add(1);
        sum.add(sum);
        sum.add(-2e16);
        assertThat(sum.value()).isEqualTo(2);
    }

    @Test
    void numbers_of_the_whole_range_of_doubles_are_summed_without_error() {
        Random random = new Random(11);
        for (int round = 0; round < 60; round++) {
            int spread = 1 + random.nextInt(2046); // from all alike in size to all sizes
            int least = random.nextInt(2047 - spread);
            BigDecimal exact = BigDecimal.ZERO;
            ExactSum sum = new ExactSum();
            for (int i = 0; i < 2500; i++) { // carries come after 1000
                long exponent = least + random.nextInt(spread);
                double value = Double.longBitsToDouble(random.nextLong() & 0x800fffffffffffffL | exponent << 52);
                sum.add(value);
                if (i % 100 == 0) {
                    exact = exact.add(new BigDecimal(value));
                } else {
                    sum.add(-value); // leaves every hundredth
                }
            }
            assertThat(sum.exact()).isEqualByComparingTo(exact);
            assertThat(sum.value()).isEqualTo(exact.doubleValue());
        }
    }

    @Test
    void the_smallest_numbers_and_those_at_the_edge_of_the_normal_ones_are_kept() {
        double least = Double.MIN_VALUE;
        assertThat(ExactSum.of(new double[] {least, least, least})).isEqualTo(3 * least);
        assertThat(ExactSum.of(new double[] {Double.MIN_NORMAL, -least})).isEqualTo(Double.MIN_NORMAL - least);
        assertThat(ExactSum.of(new double[] {Double.MAX_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE}))
                .isEqualTo(Double.MAX_VALUE);
        assertThat(ExactSum.of(new double[] {Double.MAX_VALUE, Math.ulp(Double.MAX_VALUE) / 2}))
                .isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(ExactSum.of(new double[] {-Double.MAX_VALUE, least})).isEqualTo(-Double.MAX_VALUE);
    }
}
