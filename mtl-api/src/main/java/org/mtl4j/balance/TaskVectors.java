package org.mtl4j.balance;

import java.util.Arrays;

/**
 * A row of numbers for each task, all of one length: gradients with respect to what tasks share, or what is remembered
 * of them. Held in double precision, 8 bytes a number. Immutable.
 */
public final class TaskVectors {
    private final double[][] rows;
    private final int length;

    private TaskVectors(double[][] rows, int length) {
        this.rows = rows;
        this.length = length;
    }

    /** Gives one number. */
    @FunctionalInterface
    public interface Element {
        /** Answers the number of a task at a place, both counted from 0. */
        double at(int task, int index);
    }

    /**
     * {@return rows of numbers that are computed one by one} The way to write a formula over all numbers without an
     * array in between: {@code TaskVectors.of(t, n, (i, k) -> 0.9 * old.get(i, k) + 0.1 * gradients.get(i, k))}.
     *
     * @param tasks how many rows, at least 0
     * @param length of each row, at least 0
     */
    public static TaskVectors of(int tasks, int length, Element element) {
        double[][] rows = new double[tasks][length];
        for (int i = 0; i < tasks; i++) {
            double[] row = rows[i];
            for (int k = 0; k < length; k++) {
                row[k] = element.at(i, k);
            }
        }
        return new TaskVectors(rows, length);
    }

    /**
     * {@return copies of these rows}
     *
     * @throws IllegalArgumentException if their lengths differ
     */
    public static TaskVectors ofRows(double[]... rows) {
        int length = rows.length == 0 ? 0 : rows[0].length;
        double[][] copies = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != length) {
                throw new IllegalArgumentException(
                        "TaskVectors: rows 0 and %d have %d and %d numbers".formatted(i, length, rows[i].length));
            }
            copies[i] = rows[i].clone();
        }
        return new TaskVectors(copies, length);
    }

    /** {@return rows of zeros} */
    public static TaskVectors zeros(int tasks, int length) {
        return new TaskVectors(new double[tasks][length], length);
    }

    /** {@return how many rows there are} */
    public int size() {
        return rows.length;
    }

    /** {@return how many numbers each row has} */
    public int length() {
        return length;
    }

    /** {@return the number of a task at a place} */
    public double get(int task, int index) {
        return rows[task][index];
    }

    /** {@return a copy of a task's row} */
    public double[] row(int task) {
        return rows[task].clone();
    }

    /** {@return the length, √Σx², of a task's row} */
    public double norm(int task) {
        return norm(task, 0, length);
    }

    /** {@return √Σx² over a part of a task's row} */
    double norm(int task, int from, int to) {
        double sum = 0;
        for (int k = from; k < to; k++) {
            sum += rows[task][k] * rows[task][k];
        }
        return Math.sqrt(sum);
    }

    /**
     * {@return Σ w_i·row_i}
     *
     * @param weights one for each row
     * @throws IllegalArgumentException if there are more or fewer of them than rows
     */
    public double[] combined(double... weights) {
        if (weights.length != rows.length) {
            throw new IllegalArgumentException(
                    "TaskVectors: %d weights for %d rows".formatted(weights.length, rows.length));
        }
        double[] sum = new double[length];
        for (int i = 0; i < rows.length; i++) {
            for (int k = 0; k < length; k++) {
                sum[k] += weights[i] * rows[i][k];
            }
        }
        return sum;
    }

    /** {@return the inner products of the rows} */
    public Gramian gramian() {
        return Gramian.ofRows(rows);
    }

    /** {@return the rows of some of the tasks, in this order} */
    public TaskVectors of(int... tasks) {
        double[][] some = new double[tasks.length][];
        for (int i = 0; i < some.length; i++) {
            some[i] = rows[tasks[i]]; // nobody changes them
        }
        return new TaskVectors(some, length);
    }

    /** {@return these rows, with those of a part in the place of some} */
    TaskVectors after(TaskVectors part, int... tasks) {
        double[][] all = rows.clone();
        for (int i = 0; i < tasks.length; i++) {
            all[tasks[i]] = part.rows[i];
        }
        return new TaskVectors(all, length);
    }

    /** {@return whether there are as many rows of as many numbers} */
    boolean hasFormOf(TaskVectors other) {
        return rows.length == other.rows.length && length == other.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskVectors vectors
                && length == vectors.length
                && Arrays.deepEquals(rows, vectors.rows);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.deepHashCode(rows) + length;
    }

    @Override
    public String toString() {
        return "%s rows of %s numbers".formatted(rows.length, length);
    }
}
