package org.mtl4j.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TridiagonalEigenTest {

    @Test
    void a_matrix_of_two_rows_has_the_values_of_the_quadratic_formula() {
        double[] values =
                TridiagonalEigen.of(new double[][] {{18, -22}, {-22, 38}}).values();
        Arrays.sort(values);
        double root = Math.sqrt(100 + 22 * 22); // 28 ± √(10² + 22²)
        assertThat(values[0]).isCloseTo(28 - root, within(1e-13));
        assertThat(values[1]).isCloseTo(28 + root, within(1e-13));
    }

    @Test
    void the_second_difference_has_the_values_of_its_sines() {
        int n = 50;
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            matrix[i][i] = 2;
            if (i > 0) {
                matrix[i][i - 1] = -1;
                matrix[i - 1][i] = -1;
            }
        }
        double[] values = TridiagonalEigen.of(matrix).values();
        Arrays.sort(values);
        for (int k = 1; k <= n; k++) {
            double sine = Math.sin(k * Math.PI / (2 * (n + 1)));
            assertThat(values[k - 1]).isCloseTo(4 * sine * sine, within(1e-13));
        }
    }

    @Test
    void matrices_of_any_rank_are_put_together_again() {
        Random random = new Random(6);
        for (int trial = 0; trial < 300; trial++) {
            int n = 1 + random.nextInt(trial < 290 ? 12 : 90);
            int rank = random.nextInt(n + 1);
            double scale = Math.pow(10, random.nextInt(13) - 6);
            double[][] matrix = new double[n][n];
            for (int k = 0; k < rank; k++) {
                double[] row = random.doubles(n, -scale, scale).toArray();
                for (int i = 0; i < n; i++) {
                    for (int j = 0; j < n; j++) {
                        matrix[i][j] += row[i] * row[j];
                    }
                }
            }
            double allowed = 1e-13
                    * (Double.MIN_NORMAL
                            + n
                                    * Arrays.stream(matrix)
                                            .flatMapToDouble(Arrays::stream)
                                            .map(Math::abs)
                                            .max()
                                            .orElse(0));
            double[][] given = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
            TridiagonalEigen eigen = TridiagonalEigen.of(matrix);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double again = 0;
                    double product = 0;
                    for (int k = 0; k < n; k++) {
                        again += eigen.values()[k] * eigen.vectors()[k][i] * eigen.vectors()[k][j];
                        product += eigen.vectors()[i][k] * eigen.vectors()[j][k];
                    }
                    assertThat(again).isCloseTo(given[i][j], within(allowed));
                    assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-13));
                }
            }
        }
    }
}
