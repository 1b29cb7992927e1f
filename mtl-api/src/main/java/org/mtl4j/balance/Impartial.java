package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.linear.SymmetricEigen;

/** Directions that have equal products with all unit gradients. */
final class Impartial {
    /** Of the largest eigenvalue; smaller ones count as 0. */
    private static final double NEGLIGIBLE = 1e-12;

    /** Of unit gradients: C⁺·1 is at least 1/T long, unless all of it is rounding. */
    private static final double LEAST_WEIGHT = 1e-9;

    private Impartial() {}

    /**
     * {@return C⁺·1, where C are the cosines of the gradients: the weights of unit gradients whose sum has the same
     * product with each} All 0 where there is no such direction.
     */
    static double[] weightsOfUnits(Gramian gramian) {
        int n = gramian.size();
        double[][] cosines = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                cosines[i][j] = i == j ? 1 : gramian.cosine(i, j);
            }
        }
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        double[] weights = timesPower(cosines, -1, ones);
        boolean none = Arrays.stream(weights).allMatch(weight -> Math.abs(weight) < LEAST_WEIGHT);
        return none ? new double[n] : weights;
    }

    /** {@return A^power·vector for a positive semidefinite A, by its eigenvalues that are not negligible} */
    static double[] timesPower(double[][] matrix, double power, double[] vector) {
        SymmetricEigen eigen = SymmetricEigen.of(matrix);
        double[] result = new double[vector.length];
        for (int k = 0; k < vector.length && isPositive(eigen, k); k++) {
            double share = 0;
            for (int i = 0; i < vector.length; i++) {
                share += eigen.vector(k, i) * vector[i];
            }
            share *= Math.pow(eigen.value(k), power);
            for (int i = 0; i < vector.length; i++) {
                result[i] += share * eigen.vector(k, i);
            }
        }
        return result;
    }

    /** {@return whether an eigenvalue counts as above 0} */
    static boolean isPositive(SymmetricEigen eigen, int index) {
        return eigen.value(index) > NEGLIGIBLE * eigen.value(0);
    }
}
