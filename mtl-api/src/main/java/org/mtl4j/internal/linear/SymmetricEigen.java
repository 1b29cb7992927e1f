package org.mtl4j.internal.linear;

/**
 * Decomposes a real symmetric matrix into eigenvalues and orthonormal eigenvectors, A = V·diag(λ)·Vᵀ, by cyclic Jacobi
 * rotations. These are accurate for small eigenvalues, also of matrices of less than full rank, and the same on every
 * platform. Meant for sizes up to some hundreds: each sweep costs some 4·n³ operations, and fewer than ten are usual.
 */
public final class SymmetricEigen {
    private static final int MOST_SWEEPS = 60;

    private final double[] values;
    private final double[][] vectors;

    private SymmetricEigen(double[] values, double[][] vectors) {
        this.values = values;
        this.vectors = vectors;
    }

    /**
     * {@return the decomposition of a matrix}
     *
     * @param matrix square, symmetric, finite; the part above the diagonal is read, and nothing is changed
     */
    public static SymmetricEigen of(double[][] matrix) {
        int n = matrix.length;
        double[][] a = new double[n][n];
        double[][] v = new double[n][n];
        for (int i = 0; i < n; i++) {
            v[i][i] = 1;
            for (int j = i; j < n; j++) {
                a[i][j] = matrix[i][j];
                a[j][i] = matrix[i][j];
            }
        }
        for (int sweep = 0; sweep < MOST_SWEEPS && rotateAll(a, v); sweep++) {
            // until a sweep finds nothing to rotate
        }
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = a[i][i];
        }
        sort(values, v);
        return new SymmetricEigen(values, v);
    }

    /** {@return the number of rows} */
    public int size() {
        return values.length;
    }

    /** {@return an eigenvalue; the largest has index 0} */
    public double value(int index) {
        return values[index];
    }

    /** {@return a component of the unit eigenvector that belongs to {@link #value} of this index} */
    public double vector(int index, int component) {
        return vectors[component][index];
    }

    /** Rotates each pair of rows once; tells whether anything was left to rotate. */
    private static boolean rotateAll(double[][] a, double[][] v) {
        boolean rotated = false;
        int n = a.length;
        for (int p = 0; p < n - 1; p++) {
            for (int q = p + 1; q < n; q++) {
                double scale = Math.sqrt(Math.abs(a[p][p])) * Math.sqrt(Math.abs(a[q][q]));
                if (Math.abs(a[p][q]) > Math.ulp(1.0) * scale && Math.abs(a[p][q]) > Double.MIN_NORMAL) {
                    rotate(a, v, p, q);
                    rotated = true;
                }
            }
        }
        return rotated;
    }

    /** Rotates by the angle that makes the element of two rows 0 (Golub and Van Loan, 8.5.2). */
    private static void rotate(double[][] a, double[][] v, int p, int q) {
        double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double tangent = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
        double cosine = 1 / Math.hypot(1, tangent);
        double sine = tangent * cosine;
        double moved = tangent * a[p][q];
        a[p][p] -= moved;
        a[q][q] += moved;
        a[p][q] = 0;
        a[q][p] = 0;
        for (int k = 0; k < a.length; k++) {
            if (k != p && k != q) {
                double kp = a[k][p];
                double kq = a[k][q];
                a[k][p] = cosine * kp - sine * kq;
                a[k][q] = sine * kp + cosine * kq;
                a[p][k] = a[k][p];
                a[q][k] = a[k][q];
            }
            double vp = v[k][p];
            double vq = v[k][q];
            v[k][p] = cosine * vp - sine * vq;
            v[k][q] = sine * vp + cosine * vq;
        }
    }

    private static void sort(double[] values, double[][] v) {
        for (int i = 0; i < values.length; i++) {
            int largest = i;
            for (int j = i + 1; j < values.length; j++) {
                if (values[j] > values[largest]) {
                    largest = j;
                }
            }
            double value = values[i];
            values[i] = values[largest];
            values[largest] = value;
            for (double[] row : v) {
                double component = row[i];
                row[i] = row[largest];
                row[largest] = component;
            }
        }
    }
}
