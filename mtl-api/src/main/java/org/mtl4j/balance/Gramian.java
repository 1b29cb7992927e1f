package org.mtl4j.balance;

import java.util.Arrays;

/**
 * The inner products of the tasks' gradients, {@code G = JJᵀ}, where row i of J is the gradient of task i's loss with
 * respect to the parameters that tasks share. With weights w the step's direction is {@code d = Jᵀw}; all that most
 * balances need to know of it are {@code Gw}, its products with each task's gradient, and {@code wᵀGw}, its squared
 * length. Immutable.
 */
public final class Gramian {
    private final double[][] products;

    private Gramian(double[][] products) {
        this.products = products;
    }

    /**
     * {@return a Gramian of these products}
     *
     * @param products square, of at least one row, finite, symmetric within 1e-9 of the diagonal's largest, nothing
     *     below 0 on the diagonal; copied
     * @throws IllegalArgumentException if it is not; the message says which element
     */
    public static Gramian of(double[][] products) {
        int n = products.length;
        if (n == 0) {
            throw new IllegalArgumentException("Gramian: at least one task is needed, got none");
        }
        double largest = 0;
        for (int i = 0; i < n; i++) {
            if (products[i].length != n) {
                throw new IllegalArgumentException(
                        "Gramian: row %d has %d elements of %d".formatted(i, products[i].length, n));
            }
            if (!(products[i][i] >= 0)) {
                throw new IllegalArgumentException(
                        "Gramian: element [%d][%d] must be at least 0, got %s".formatted(i, i, products[i][i]));
            }
            largest = Math.max(largest, products[i][i]);
        }
        double[][] copy = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (!Double.isFinite(products[i][j])) {
                    throw new IllegalArgumentException(
                            "Gramian: element [%d][%d] must be finite, got %s".formatted(i, j, products[i][j]));
                }
                if (Math.abs(products[i][j] - products[j][i]) > 1e-9 * largest) {
                    throw new IllegalArgumentException(
                            "Gramian: elements [%d][%d] and [%d][%d] must be equal, got %s and %s"
                                    .formatted(i, j, j, i, products[i][j], products[j][i]));
                }
                copy[i][j] = i <= j ? products[i][j] : products[j][i];
            }
        }
        return new Gramian(copy);
    }

    /**
     * {@return the Gramian of these gradients}
     *
     * @param gradients one row for each task, all of one length; finite
     */
    public static Gramian ofRows(double[]... gradients) {
        double[][] products = new double[gradients.length][gradients.length];
        for (int i = 0; i < gradients.length; i++) {
            for (int j = 0; j < gradients.length; j++) {
                if (gradients[j].length != gradients[i].length) {
                    throw new IllegalArgumentException("Gramian: gradients %d and %d have %d and %d elements"
                            .formatted(i, j, gradients[i].length, gradients[j].length));
                }
                for (int k = 0; k < gradients[i].length; k++) {
                    products[i][j] += gradients[i][k] * gradients[j][k];
                }
            }
        }
        return of(products);
    }

    /** {@return T, the number of tasks} */
    public int size() {
        return products.length;
    }

    /** {@return the inner product of the gradients of two tasks} */
    public double product(int first, int second) {
        return products[first][second];
    }

    /** {@return the length of a task's gradient} */
    public double norm(int task) {
        return Math.sqrt(products[task][task]);
    }

    /** {@return the cosine of the angle between two gradients, in [-1, 1]; 0 where one has no length} */
    public double cosine(int first, int second) {
        double lengths = norm(first) * norm(second);
        return lengths > 0 ? Math.max(-1, Math.min(1, products[first][second] / lengths)) : 0;
    }

    /** {@return the sum of the squared lengths} */
    public double trace() {
        double sum = 0;
        for (int i = 0; i < products.length; i++) {
            sum += products[i][i];
        }
        return sum;
    }

    /** {@return Gw: for each task the product of its gradient with the direction of these weights} */
    public double[] times(double[] weights) {
        double[] result = new double[products.length];
        for (int i = 0; i < result.length; i++) {
            for (int j = 0; j < result.length; j++) {
                result[i] += products[i][j] * weights[j];
            }
        }
        return result;
    }

    /** {@return the length of the direction of these weights, √(wᵀGw)} */
    public double norm(double[] weights) {
        double[] products = times(weights);
        double sum = 0;
        for (int i = 0; i < products.length; i++) {
            sum += weights[i] * products[i];
        }
        return Math.sqrt(Math.max(0, sum));
    }

    /** {@return the Gramian of some of the tasks, in this order} */
    public Gramian of(int... tasks) {
        double[][] some = new double[tasks.length][tasks.length];
        for (int i = 0; i < tasks.length; i++) {
            for (int j = 0; j < tasks.length; j++) {
                some[i][j] = products[tasks[i]][tasks[j]];
            }
        }
        return new Gramian(some);
    }

    /** {@return a copy of the products, with a factor in each row and column: of gradients that are scaled so} */
    double[][] scaled(double... factors) {
        double[][] scaled = toArray();
        for (int i = 0; i < scaled.length; i++) {
            for (int j = 0; j < scaled.length; j++) {
                scaled[i][j] *= factors[i] * factors[j];
            }
        }
        return scaled;
    }

    /** {@return a copy of the products, divided by their trace} Of all 0 where that is 0. */
    double[][] normalized() {
        double trace = trace();
        double[][] normalized = toArray();
        for (double[] row : normalized) {
            for (int j = 0; j < row.length; j++) {
                row[j] = trace > 0 ? row[j] / trace : 0;
            }
        }
        return normalized;
    }

    /** {@return a copy of the products} */
    public double[][] toArray() {
        double[][] copy = new double[products.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = products[i].clone();
        }
        return copy;
    }

    @Override
    public String toString() {
        return Arrays.deepToString(products);
    }
}
