package org.mtl4j.internal.linear;

import java.util.Arrays;

/**
 * Minimises ½·xᵀQx + bᵀx over x ≥ l, where asked for with Σx = 1, by a primal active-set method (Nocedal and Wright,
 * Numerical Optimization, algorithm 16.3). Q is symmetric and positive semidefinite; a ridge of 1e-13 of its mean
 * diagonal makes the minimum unique. Meant for some tens of unknowns.
 */
public final class QuadraticProgram {
    private static final double RIDGE = 1e-13;
    private static final double MULTIPLIER_TOLERANCE = 1e-12;
    private static final int ROUNDS_PER_UNKNOWN = 30;

    private final double[][] q;
    private final double[] b;
    private final double[] least;
    private final boolean sumsToOne;
    private final double[] x;
    private final boolean[] bound;

    private QuadraticProgram(double[][] quadratic, double[] linear, double[] least, boolean sumsToOne) {
        int n = quadratic.length;
        this.q = new double[n][];
        this.b = linear;
        this.least = least;
        this.sumsToOne = sumsToOne;
        double trace = 0;
        for (int i = 0; i < n; i++) {
            trace += quadratic[i][i];
        }
        for (int i = 0; i < n; i++) {
            q[i] = quadratic[i].clone();
            q[i][i] += trace > 0 ? RIDGE * trace / n : 1;
        }
        x = least.clone();
        bound = new boolean[n];
        if (sumsToOne) {
            double rest = (1 - Arrays.stream(least).sum()) / n;
            for (int i = 0; i < n; i++) {
                x[i] += rest;
            }
        } else {
            Arrays.fill(bound, true);
        }
    }

    /**
     * {@return the minimum over the simplex: x ≥ 0, Σx = 1}
     *
     * @param quadratic Q, of at least one row
     * @param linear b
     */
    public static double[] overSimplex(double[][] quadratic, double[] linear) {
        return new QuadraticProgram(quadratic, linear, new double[linear.length], true).minimum();
    }

    /**
     * {@return the minimum over x ≥ l}
     *
     * @param quadratic Q, of at least one row
     * @param least l
     */
    public static double[] above(double[][] quadratic, double[] least) {
        return new QuadraticProgram(quadratic, new double[least.length], least, false).minimum();
    }

    private double[] minimum() {
        for (int round = 0; round < ROUNDS_PER_UNKNOWN * x.length; round++) {
            int[] free = free();
            if (free.length > 0 && !stepToMinimumOf(free)) {
                continue; // an unknown came to its bound
            }
            int freed = mostPullingBound(free);
            if (freed < 0) {
                break;
            }
            bound[freed] = false;
        }
        return x;
    }

    private int[] free() {
        int count = 0;
        int[] free = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            if (!bound[i]) {
                free[count++] = i;
            }
        }
        return Arrays.copyOf(free, count);
    }

    /** Goes towards the minimum over the free unknowns; tells whether it was reached before a bound. */
    private boolean stepToMinimumOf(int[] free) {
        int n = free.length;
        int rows = sumsToOne ? n + 1 : n;
        double[][] system = new double[rows][rows + 1];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                system[i][j] = q[free[i]][free[j]];
            }
            if (sumsToOne) {
                system[i][n] = 1;
                system[n][i] = 1;
            }
            system[i][rows] = -gradient(free[i]);
        }
        double[] move = solve(system);
        double length = 1;
        int blocking = -1;
        for (int i = 0; i < n; i++) {
            double room = least[free[i]] - x[free[i]];
            if (move[i] < 0 && room > length * move[i]) {
                length = room / move[i];
                blocking = free[i];
            }
        }
        for (int i = 0; i < n; i++) {
            x[free[i]] = Math.max(least[free[i]], x[free[i]] + length * move[i]);
        }
        if (blocking >= 0) {
            x[blocking] = least[blocking];
            bound[blocking] = true;
        }
        return blocking < 0;
    }

    /** {@return the unknown at its bound whose increase lowers the objective most; -1 for none} */
    private int mostPullingBound(int[] free) {
        double common = 0;
        if (sumsToOne) {
            for (int i : free) {
                common += gradient(i) / free.length;
            }
        }
        double scale = Math.abs(common);
        for (int i = 0; i < x.length; i++) {
            scale = Math.max(scale, Math.abs(gradient(i)));
        }
        int most = -1;
        double least = -MULTIPLIER_TOLERANCE * scale;
        for (int i = 0; i < x.length; i++) {
            if (bound[i] && gradient(i) - common < least) {
                least = gradient(i) - common;
                most = i;
            }
        }
        return most;
    }

    private double gradient(int row) {
        double sum = b[row];
        for (int j = 0; j < x.length; j++) {
            sum += q[row][j] * x[j];
        }
        return sum;
    }

    /** Solves by elimination with the largest pivot; a row without one gets 0. */
    private static double[] solve(double[][] system) {
        int n = system.length;
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column + 1; row < n; row++) {
                if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) {
                    pivot = row;
                }
            }
            double[] swapped = system[column];
            system[column] = system[pivot];
            system[pivot] = swapped;
            if (system[column][column] == 0) {
                continue;
            }
            for (int row = column + 1; row < n; row++) {
                double factor = system[row][column] / system[column][column];
                for (int k = column; k <= n && factor != 0; k++) {
                    system[row][k] -= factor * system[column][k];
                }
            }
        }
        double[] solution = new double[n];
        for (int row = n - 1; row >= 0; row--) {
            double sum = system[row][n];
            for (int k = row + 1; k < n; k++) {
                sum -= system[row][k] * solution[k];
            }
            solution[row] = system[row][row] == 0 ? 0 : sum / system[row][row];
        }
        return solution;
    }
}
