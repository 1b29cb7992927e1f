package org.mtl4j.internal.linear;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decomposes a real symmetric matrix of tens or hundreds of rows: reflections make it tridiagonal, and shifted QR steps
 * diagonal (Golub and Van Loan, <em>Matrix Computations</em>, sections 8.3.1 to 8.3.4). Eigenvalues are right up to
 * rounding of the largest; with 240 rows it takes a twentieth of the time of {@link SymmetricEigen}, which finds small
 * ones to more digits.
 */
public final class TridiagonalEigen {
    /** Two or three steps per eigenvalue are usual. */
    private static final int MOST_STEPS_PER_ROW = 60;

    private final int size;
    private final double[] diagonal;
    /** The entry i is beside the diagonal's entries i and i + 1. */
    private final double[] beside;
    /** Row i is the eigenvector of the eigenvalue i. */
    private final double[][] vectors;
    /** What is no more than this is rounding of the matrix's largest entries. */
    private double nothing;

    private TridiagonalEigen(int size) {
        this.size = size;
        this.diagonal = new double[size];
        this.beside = new double[size];
        this.vectors = new double[size][size];
    }

    /**
     * Takes a matrix apart.
     *
     * @param matrix symmetric, finite; overwritten
     * @throws ArithmeticException if there is no end to it, which has not been seen
     */
    public static TridiagonalEigen of(double[][] matrix) {
        TridiagonalEigen eigen = new TridiagonalEigen(matrix.length);
        for (double[] row : matrix) {
            for (double entry : row) {
                eigen.nothing = Math.max(eigen.nothing, Math.ulp(1.0) / 64 * Math.abs(entry));
            }
        }
        eigen.reduce(matrix);
        eigen.diagonalize();
        return eigen;
    }

    /** {@return the eigenvalues, in no order} */
    public double[] values() {
        return diagonal;
    }

    /** {@return the eigenvectors, a row for each value in their order, of length 1 and orthogonal} */
    public double[][] vectors() {
        return vectors;
    }

    private void reduce(double[][] a) {
        List<double @Nullable []> reflections = new ArrayList<>();
        double[] image = new double[size];
        for (int k = 0; k < size - 2; k++) {
            double[] v = reflection(a, k);
            reflections.add(v);
            if (v == null) {
                continue; // nothing to get rid of
            }
            double dot = 0;
            for (int i = k + 1; i < size; i++) {
                image[i] = dot(a[i], v, k + 1);
                dot += image[i] * v[i];
            }
            for (int i = k + 1; i < size; i++) {
                image[i] -= dot / 2 * v[i];
            }
            for (int i = k + 1; i < size; i++) {
                for (int j = k + 1; j < size; j++) {
                    a[i][j] -= v[i] * image[j] + image[i] * v[j];
                }
            }
        }
        for (int i = 0; i < size; i++) {
            diagonal[i] = a[i][i];
            double[] v = i < reflections.size() ? reflections.get(i) : null;
            beside[i] = v != null ? image(a, v, i) : i < size - 1 ? a[i + 1][i] : 0;
            vectors[i][i] = 1;
        }
        for (int k = size - 3; k >= 0; k--) {
            double[] v = reflections.get(k);
            if (v != null) {
                for (double[] row : vectors) {
                    double dot = dot(row, v, k + 1);
                    for (int j = k + 1; j < size; j++) {
                        row[j] -= dot * v[j];
                    }
                }
            }
        }
    }

    /** What becomes of the first entry below the diagonal in a column when it is reflected. */
    private double image(double[][] a, double[] v, int column) {
        double dot = 0;
        for (int i = column + 1; i < size; i++) {
            dot += a[i][column] * v[i];
        }
        return a[column + 1][column] - dot * v[column + 1];
    }

    /** The v of I − v vᵀ that takes a column, below its diagonal, to a multiple of its first entry; null for I. */
    private double @Nullable [] reflection(double[][] a, int column) {
        double rest = 0;
        for (int i = column + 2; i < size; i++) {
            rest += a[i][column] * a[i][column];
        }
        if (rest == 0) {
            return null;
        }
        double first = a[column + 1][column];
        double norm = Math.sqrt(first * first + rest);
        double[] v = new double[size];
        v[column + 1] = first + Math.copySign(norm, first);
        double length = Math.sqrt((v[column + 1] * v[column + 1] + rest) / 2);
        v[column + 1] /= length;
        for (int i = column + 2; i < size; i++) {
            v[i] = a[i][column] / length;
        }
        return v;
    }

    private double dot(double[] x, double[] y, int from) {
        double sum = 0;
        for (int i = from; i < size; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    private void diagonalize() {
        int last = size - 1;
        long steps = (long) MOST_STEPS_PER_ROW * size;
        while (last > 0) {
            if (isNothing(last - 1)) {
                beside[--last] = 0;
                continue;
            }
            int first = last - 1;
            while (first > 0 && !isNothing(first - 1)) {
                first--;
            }
            if (steps-- == 0) {
                throw new ArithmeticException("the eigenvalues of a symmetric matrix of size " + size
                        + " were not found in " + MOST_STEPS_PER_ROW + " steps for each");
            }
            step(first, last);
        }
    }

    private boolean isNothing(int i) {
        return Math.abs(beside[i])
                <= Math.max(nothing, Math.ulp(1.0) * (Math.abs(diagonal[i]) + Math.abs(diagonal[i + 1])));
    }

    /** A QR step on the rows from first to last, whose entries beside the diagonal are not 0. */
    private void step(int first, int last) {
        double half = (diagonal[last - 1] - diagonal[last]) / 2;
        double corner = beside[last - 1];
        double shift = diagonal[last] - corner * (corner / (half + Math.copySign(Math.hypot(half, corner), half)));
        double x = diagonal[first] - shift;
        double z = beside[first];
        for (int k = first; k < last; k++) {
            double r = Math.hypot(x, z);
            double c = r == 0 ? 1 : x / r;
            double s = r == 0 ? 0 : z / r;
            if (k > first) {
                beside[k - 1] = r;
            }
            double upper = diagonal[k];
            double lower = diagonal[k + 1];
            double between = beside[k];
            diagonal[k] = c * c * upper + 2 * c * s * between + s * s * lower;
            diagonal[k + 1] = s * s * upper - 2 * c * s * between + c * c * lower;
            beside[k] = c * s * (lower - upper) + (c * c - s * s) * between;
            if (k < last - 1) {
                x = beside[k];
                z = s * beside[k + 1];
                beside[k + 1] *= c;
            }
            rotate(vectors[k], vectors[k + 1], c, s);
        }
    }

    private static void rotate(double[] one, double[] other, double c, double s) {
        for (int j = 0; j < one.length; j++) {
            double a = one[j];
            double b = other[j];
            one[j] = c * a + s * b;
            other[j] = c * b - s * a;
        }
    }
}
