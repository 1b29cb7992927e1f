package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.linear.SymmetricEigen;

/**
 * Solves {@code G·x = x^(−p)}, x > 0, for p > 0. With unit gradients, whose Gramian are the cosines C, and x = y
 * divided by the gradients' lengths n, that is {@code C·y = n^(p−1)·y^(−p)}: where the convex function {@code ½yᵀCy − Σ
 * n^(p−1)·∫y^(−p)} is least. Newton's method finds it, with steps that are halved until the function falls. A ridge
 * keeps y finite where a combination of gradients with positive weights is 0.
 */
final class FairWeights {
    private static final double RIDGE = 1e-10; // beside cosines of 1
    private static final int MOST_STEPS = 200;
    private static final double TOLERANCE = 1e-12;

    private final int n;
    private final double[][] g;
    private final double power;
    /** Factors of y^(−p). */
    private final double[] shares;

    private FairWeights(Gramian gramian, double power) {
        this.n = gramian.size();
        this.g = new double[n][n];
        this.power = power;
        this.shares = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                g[i][j] = i == j ? 1 + RIDGE : gramian.cosine(i, j);
            }
            shares[i] = Math.pow(gramian.norm(i), power - 1);
        }
    }

    /** {@return x, of gradients none of which is 0} */
    static double[] of(Gramian gramian, double power) {
        double[] x = new FairWeights(gramian, power).minimum();
        for (int i = 0; i < x.length; i++) {
            x[i] /= gramian.norm(i);
        }
        return x;
    }

    private double[] minimum() {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = Math.pow(shares[i], 1 / (1 + power)); // exact for orthogonal gradients
        }
        for (int round = 0; round < MOST_STEPS; round++) {
            double[] residual = residual(x);
            double[] move = newtonStep(x, residual);
            double decrease = 0;
            for (int i = 0; i < n; i++) {
                decrease -= residual[i] * move[i];
            }
            if (!(decrease > TOLERANCE * TOLERANCE)) {
                break;
            }
            double[] next = moved(x, move, 1);
            double now = value(x);
            for (double length = 0.5;
                    length > 1e-12 && !(value(next) <= now - 1e-4 * 2 * length * decrease);
                    length /= 2) {
                next = moved(x, move, length);
            }
            if (!(value(next) < now)) {
                x = isBetter(next, x) ? next : x;
                break;
            }
            x = next;
        }
        return x;
    }

    /** Tells whether rounding alone keeps the function from falling, and the equation is met better. */
    private boolean isBetter(double[] next, double[] x) {
        return Double.isFinite(value(next))
                && Arrays.stream(residual(next)).map(Math::abs).max().orElse(0)
                        < Arrays.stream(residual(x)).map(Math::abs).max().orElse(0);
    }

    private double[] residual(double[] x) {
        double[] residual = new double[n];
        for (int i = 0; i < n; i++) {
            residual[i] = -shares[i] * Math.pow(x[i], -power);
            for (int j = 0; j < n; j++) {
                residual[i] += g[i][j] * x[j];
            }
        }
        return residual;
    }

    /**
     * {@return −H⁻¹r} In unknowns that are divided by x, where the matrix, X·H·X = XCX + p·diag(n^(p−1)·x^(1−p)), is
     * far from singular.
     */
    private double[] newtonStep(double[] x, double[] residual) {
        double[][] matrix = new double[n][n];
        double[] right = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                matrix[i][j] = x[i] * g[i][j] * x[j];
            }
            matrix[i][i] += shares[i] * power * Math.pow(x[i], 1 - power);
            right[i] = -x[i] * residual[i];
        }
        SymmetricEigen eigen = SymmetricEigen.of(matrix);
        double[] move = new double[n];
        for (int k = 0; k < n; k++) {
            double share = 0;
            for (int i = 0; i < n; i++) {
                share += eigen.vector(k, i) * right[i];
            }
            for (int i = 0; i < n && eigen.value(k) > 0; i++) {
                move[i] += x[i] * share / eigen.value(k) * eigen.vector(k, i);
            }
        }
        return move;
    }

    private double[] moved(double[] x, double[] move, double length) {
        double[] next = new double[n];
        for (int i = 0; i < n; i++) {
            next[i] = x[i] + length * move[i];
        }
        return next;
    }

    private double value(double[] x) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            if (!(x[i] > 0)) {
                return Double.POSITIVE_INFINITY;
            }
            sum -= shares[i] * (power == 1 ? Math.log(x[i]) : Math.pow(x[i], 1 - power) / (1 - power));
            for (int j = 0; j < n; j++) {
                sum += x[i] * g[i][j] * x[j] / 2;
            }
        }
        return sum;
    }
}
