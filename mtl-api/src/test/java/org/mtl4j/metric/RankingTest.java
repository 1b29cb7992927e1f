package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mtl4j.internal.sum.ExactSum;

/** Ranks of examples without weights are counted in a faster way; those with weights are the measure. */
class RankingTest {

    /** Numbers with ties, infinities and both signs; the weights are 2, which changes no share. */
    @Test
    void the_fast_way_and_the_one_with_weights_give_the_same() {
        Random random = new Random(9);
        int[][] sizes = {{0, 5}, {5, 0}, {1, 1}, {3, 500}, {63, 64}, {64, 63}, {500, 3}, {700, 900}, {2000, 3000}};
        for (int[] size : sizes) {
            for (int distinct : new int[] {2, 50, 1 << 20}) {
                Ranking plain = new Ranking();
                Ranking weighted = new Ranking();
                for (int i = 0; i < size[0] + size[1]; i++) {
                    boolean positive = i < size[0];
                    double number = (float) (random.nextInt(distinct) - distinct / 2 + (positive ? 1 : 0)) / distinct;
                    double ranked = random.nextInt(100) == 0 ? Double.NaN : number;
                    plain.add(ranked, positive, 1);
                    weighted.add(ranked, positive, 2);
                }
                assertSame(plain.score(), weighted.score());
                assertSame(plain.both().get(0), weighted.both().get(0));
                assertSame(plain.both().get(1), weighted.both().get(1));
            }
        }
    }

    private static void assertSame(RankingScore plain, RankingScore weighted) {
        assertThat(2 * plain.positives()).isEqualTo(weighted.positives());
        assertThat(2 * plain.negatives()).isEqualTo(weighted.negatives());
        assertThat(plain.rocAuc()).isEqualTo(Double.valueOf(weighted.rocAuc()));
        assertThat(plain.averagePrecision()).isEqualTo(Double.valueOf(weighted.averagePrecision()));
    }

    /** Weights in units of a power of 2 against exact sums: floats, doubles of 53 bits, and sizes that have no unit. */
    @Test
    void weights_in_units_rank_as_exact_sums_do() {
        Random random = new Random(6);
        for (int kind = 0; kind < 4; kind++) {
            for (int distinct : new int[] {3, 60, 1 << 20}) {
                Ranking ranking = new Ranking();
                Numbers numbers = new Numbers();
                for (int i = 0; i < 900; i++) {
                    double number = (float) (random.nextInt(distinct) - distinct / 3) / distinct;
                    double weight =
                            switch (kind) {
                                case 0 -> random.nextFloat() * 3;
                                case 1 -> random.nextInt(4) / 4.0;
                                case 2 -> 1 + random.nextDouble();
                                default -> Math.scalb(1 + random.nextDouble(), random.nextInt(80) - 40);
                            };
                    ranking.add(random.nextInt(100) == 0 ? Double.NaN : number, random.nextInt(3) == 0, weight);
                    numbers.add(number, weight);
                }
                assertThat(ranking.both()).isEqualTo(ranking.curves());
                assertThat(numbers.median()).isEqualTo(median(numbers.sorted()));
            }
        }
    }

    private static double median(Numbers sorted) {
        ExactSum below = new ExactSum();
        for (int i = 0; i < sorted.size(); i++) {
            below.add(sorted.weight(i));
            if (below.value() >= sorted.totalWeight() / 2) {
                return sorted.value(i);
            }
        }
        return Double.NaN;
    }

    @Test
    void places_in_their_order_are_those_of_sorting() {
        Random random = new Random(8);
        float[] values = new float[3000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 3 == 0 ? random.nextInt(9) - 4 : (float) random.nextGaussian();
        }
        int[] order = FloatOrder.order(values);
        float[] expected = values.clone();
        Arrays.sort(expected);
        for (int i = 0; i < order.length; i++) {
            assertThat(values[order[i]]).isEqualTo(expected[i]);
            assertThat(i > 0 && expected[i] == expected[i - 1] && order[i] < order[i - 1])
                    .isFalse();
        }
    }

    @Test
    void floats_are_sorted_and_selected_by_their_bits() {
        Random random = new Random(4);
        for (int size : new int[] {1, 2, 1000, 5000}) {
            for (float scale : new float[] {0, 1, 1e-40f, 1e30f}) {
                float[] values = new float[size];
                for (int i = 0; i < size; i++) {
                    values[i] = (float) random.nextGaussian() * scale;
                }
                values[0] = Float.NEGATIVE_INFINITY;
                values[size - 1] = Float.POSITIVE_INFINITY;
                float[] expected = values.clone();
                Arrays.sort(expected);
                for (int place : new int[] {0, size / 3, size / 2, size - 1}) {
                    assertThat(FloatOrder.select(values, size, place)).isEqualTo(expected[place]);
                }
                FloatOrder.sort(values);
                assertThat(values).isEqualTo(expected);
            }
        }
    }

    /** By {@link StrictMath}, which is within one unit in the last place. */
    @Test
    void logarithms_are_right_to_two_units_in_the_last_place() {
        Random random = new Random(2);
        for (int i = 0; i < 200_000; i++) {
            double x = i % 3 == 0
                    ? random.nextDouble()
                    : i % 3 == 1
                            ? Math.pow(10, -15 * random.nextDouble())
                            : 1 + (random.nextDouble() - 0.5) * Math.pow(10, -random.nextInt(16));
            double expected = StrictMath.log(x);
            assertThat(Logarithm.of(x)).isCloseTo(expected, within(2 * Math.ulp(expected)));
        }
        assertThat(Logarithm.of(1)).isZero();
        assertThat(Logarithm.of(1e-15)).isEqualTo(StrictMath.log(1e-15));
        assertThat(Logarithm.of(Double.NaN)).isNaN();
    }
}
