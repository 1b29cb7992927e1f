package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MinimalFilterTest {
    static Stream<Arguments> sizes() {
        Stream.Builder<Arguments> all = Stream.builder();
        for (int m = 1; m <= MinimalFilter.MOST_RESULTS; m++) {
            for (int r = 2; m + r - 1 <= MinimalFilter.MOST_READS; r++) {
                all.add(Arguments.of(m, r));
            }
        }
        return all.build();
    }

    @ParameterizedTest(name = "F({0}, {1})")
    @MethodSource("sizes")
    void filters_as_sums_of_products_do(int m, int r) {
        MinimalFilter filter = new MinimalFilter(m, r);
        Random random = new Random(8);
        double[] numbers = random.doubles(filter.reads(), -1, 1).toArray();
        double[] weights = random.doubles(r, -1, 1).toArray();
        double[] products = new double[filter.reads()];
        for (int k = 0; k < filter.reads(); k++) {
            products[k] = sum(filter.ofReads()[k], numbers) * sum(filter.ofWeights()[k], weights);
        }
        for (int i = 0; i < m; i++) {
            double expected = 0;
            for (int j = 0; j < r; j++) {
                expected += weights[j] * numbers[i + j];
            }
            assertThat(sum(filter.ofResults()[i], products)).isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void has_the_matrices_that_are_published() {
        MinimalFilter filter = new MinimalFilter(4, 3); // Lavin and Gray, section 4.1, equations 21 to 23
        assertThat(filter.ofReads()).isDeepEqualTo(new double[][] {
            {4, 0, -5, 0, 1, 0},
            {0, -4, -4, 1, 1, 0},
            {0, 4, -4, -1, 1, 0},
            {0, -2, -1, 2, 1, 0},
            {0, 2, -1, -2, 1, 0},
            {0, 4, 0, -5, 0, 1}
        });
        assertThat(filter.ofResults()).isDeepEqualTo(new double[][] {
            {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
        });
        assertThat(filter.ofWeights()[3]).containsExactly(1 / 24.0, 1 / 12.0, 1 / 6.0);
        assertThat(filter.ofWeights()[5]).containsExactly(0, 0, 1);
    }

    /** The kernel adds biases to the products of this point, and takes their gradients from them. */
    @ParameterizedTest(name = "F({0}, {1})")
    @MethodSource("sizes")
    void adds_what_is_added_to_the_second_product_to_all_results(int m, int r) {
        for (double[] row : new MinimalFilter(m, r).ofResults()) {
            assertThat(row[1]).isEqualTo(1);
        }
    }

    private static double sum(double[] factors, double[] numbers) {
        double sum = 0;
        for (int i = 0; i < factors.length; i++) {
            sum += factors[i] * numbers[i];
        }
        return sum;
    }
}
