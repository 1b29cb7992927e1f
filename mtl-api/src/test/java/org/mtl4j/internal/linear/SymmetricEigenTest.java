package org.mtl4j.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SymmetricEigenTest {

    @Test
    void a_matrix_of_two_rows_has_the_values_of_the_quadratic_formula() {
        SymmetricEigen eigen = SymmetricEigen.of(new double[][] {{18, -22}, {-22, 38}});
        double root = Math.sqrt(100 + 22 * 22); // 28 ± √(10² + 22²)
        assertThat(eigen.value(0)).isCloseTo(28 + root, within(1e-13));
        assertThat(eigen.value(1)).isCloseTo(28 - root, within(1e-13));
        assertThat(eigen.vector(0, 0) / eigen.vector(0, 1)).isCloseTo(-22 / (10 + root), within(1e-14));
    }

    @Test
    void random_matrices_of_any_rank_are_put_together_again() {
        Random random = new Random(5);
        for (int trial = 0; trial < 300; trial++) {
            int n = 1 + random.nextInt(12);
            int rank = random.nextInt(n + 1);
            double[][] rows = new double[n][rank];
            double scale = Math.pow(10, random.nextInt(13) - 6);
            for (double[] row : rows) {
                for (int k = 0; k < rank; k++) {
                    row[k] = scale * random.nextGaussian();
                }
            }
            double[][] matrix = new double[n][n];
            double trace = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    for (int k = 0; k < rank; k++) {
                        matrix[i][j] += rows[i][k] * rows[j][k];
                    }
                }
                trace += matrix[i][i];
            }
            SymmetricEigen eigen = SymmetricEigen.of(matrix);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double again = 0;
                    double product = 0;
                    for (int k = 0; k < n; k++) {
                        again += eigen.value(k) * eigen.vector(k, i) * eigen.vector(k, j);
                        product += eigen.vector(i, k) * eigen.vector(j, k);
                    }
                    assertThat(again).isCloseTo(matrix[i][j], within(1e-13 * trace));
                    assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-13));
                }
                assertThat(eigen.value(i)).isGreaterThan(-1e-14 * trace - Double.MIN_NORMAL);
                assertThat(i == 0 || eigen.value(i) <= eigen.value(i - 1)).isTrue();
                assertThat(i < rank || eigen.value(i) <= 1e-14 * trace).isTrue();
            }
        }
    }
}
