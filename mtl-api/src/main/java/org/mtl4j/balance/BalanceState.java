package org.mtl4j.balance;

import java.util.Arrays;

/**
 * What a balance remembers from step to step: numbers for each task, for each pair of tasks, or of the whole, and rows
 * for each task that are as long as what tasks share. It is part of each checkpoint, so a run that was cut off goes on
 * with it. Immutable.
 *
 * <p>A task that takes no part in a step, having no labels there or no gradient, is left out of the state that the step
 * sees; what is remembered of it stays.
 */
public final class BalanceState {
    private static final BalanceState NOTHING =
            new BalanceState(new double[0][], new double[0][][], new double[0], new TaskVectors[0]);

    private final double[][] byTask;
    private final double[][][] byPair;
    private final double[] numbers;
    private final TaskVectors[] byParameter;

    private BalanceState(double[][] byTask, double[][][] byPair, double[] numbers, TaskVectors[] byParameter) {
        this.byTask = byTask;
        this.byPair = byPair;
        this.numbers = numbers;
        this.byParameter = byParameter;
    }

    /** {@return the state of a balance that remembers nothing} */
    public static BalanceState nothing() {
        return NOTHING;
    }

    /** {@return a state of rows of numbers, each with one for each task} */
    public static BalanceState byTask(double[]... rows) {
        return NOTHING.withByTask(rows);
    }

    /** {@return this state with these rows, each with a number for each task} */
    public BalanceState withByTask(double[]... rows) {
        return new BalanceState(copy(rows), byPair, numbers, byParameter);
    }

    /** {@return this state with these matrices, each with a number for each pair of tasks} */
    public BalanceState withByPair(double[][]... matrices) {
        double[][][] copies = new double[matrices.length][][];
        for (int i = 0; i < copies.length; i++) {
            copies[i] = copy(matrices[i]);
        }
        return new BalanceState(byTask, copies, numbers, byParameter);
    }

    /** {@return this state with these numbers, which belong to no task} */
    public BalanceState withNumbers(double... numbers) {
        return new BalanceState(byTask, byPair, numbers.clone(), byParameter);
    }

    /** {@return this state with these vectors, each a row for each task with a number for each shared parameter} */
    public BalanceState withByParameter(TaskVectors... vectors) {
        return new BalanceState(byTask, byPair, numbers, vectors.clone());
    }

    /** {@return a copy of a row of numbers, one for each task} */
    public double[] byTask(int row) {
        return byTask[row].clone();
    }

    /** {@return how many rows there are with a number for each task} */
    public int rows() {
        return byTask.length;
    }

    /** {@return a copy of a matrix with a number for each pair of tasks} */
    public double[][] byPair(int matrix) {
        return copy(byPair[matrix]);
    }

    /** {@return how many matrices there are with a number for each pair of tasks} */
    public int matrices() {
        return byPair.length;
    }

    /** {@return a copy of the numbers that belong to no task} */
    public double[] numbers() {
        return numbers.clone();
    }

    /** {@return a row for each task with a number for each shared parameter} */
    public TaskVectors byParameter(int index) {
        return byParameter[index];
    }

    /** {@return how many there are of {@link #byParameter}} */
    public int vectors() {
        return byParameter.length;
    }

    /** {@return what is remembered of some of the tasks, in this order} */
    public BalanceState of(int... tasks) {
        double[][] rows = new double[byTask.length][tasks.length];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < tasks.length; i++) {
                rows[row][i] = byTask[row][tasks[i]];
            }
        }
        double[][][] matrices = new double[byPair.length][tasks.length][tasks.length];
        for (int matrix = 0; matrix < matrices.length; matrix++) {
            for (int i = 0; i < tasks.length; i++) {
                for (int j = 0; j < tasks.length; j++) {
                    matrices[matrix][i][j] = byPair[matrix][tasks[i]][tasks[j]];
                }
            }
        }
        TaskVectors[] vectors = new TaskVectors[byParameter.length];
        Arrays.setAll(vectors, i -> byParameter[i].of(tasks));
        return new BalanceState(rows, matrices, numbers, vectors);
    }

    /**
     * {@return this state after a step of some of the tasks}
     *
     * @param part what {@link #of(int...)} gave for them, as the step left it
     * @throws IllegalArgumentException if it has another form
     */
    public BalanceState after(BalanceState part, int... tasks) {
        if (!part.hasFormOf(of(tasks))) {
            throw new IllegalArgumentException(
                    "the state after the step has another form: %s, where before it was %s".formatted(part, of(tasks)));
        }
        double[][] rows = copy(byTask);
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < tasks.length; i++) {
                rows[row][tasks[i]] = part.byTask[row][i];
            }
        }
        double[][][] matrices = new double[byPair.length][][];
        for (int matrix = 0; matrix < matrices.length; matrix++) {
            matrices[matrix] = copy(byPair[matrix]);
            for (int i = 0; i < tasks.length; i++) {
                for (int j = 0; j < tasks.length; j++) {
                    matrices[matrix][tasks[i]][tasks[j]] = part.byPair[matrix][i][j];
                }
            }
        }
        TaskVectors[] vectors = new TaskVectors[byParameter.length];
        Arrays.setAll(vectors, i -> byParameter[i].after(part.byParameter[i], tasks));
        return new BalanceState(rows, matrices, part.numbers, vectors);
    }

    /** {@return whether there are as many rows, matrices, numbers and vectors, for as many tasks and parameters} */
    public boolean hasFormOf(BalanceState other) {
        return numbers.length == other.numbers.length
                && haveOneForm(byTask, other.byTask)
                && byPair.length == other.byPair.length
                && matricesHaveFormOf(other)
                && byParameter.length == other.byParameter.length
                && vectorsHaveFormOf(other);
    }

    private boolean matricesHaveFormOf(BalanceState other) {
        for (int i = 0; i < byPair.length; i++) {
            if (!haveOneForm(byPair[i], other.byPair[i])) {
                return false;
            }
        }
        return true;
    }

    private boolean vectorsHaveFormOf(BalanceState other) {
        for (int i = 0; i < byParameter.length; i++) {
            if (!byParameter[i].hasFormOf(other.byParameter[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean haveOneForm(double[][] one, double[][] other) {
        boolean alike = one.length == other.length;
        for (int i = 0; alike && i < one.length; i++) {
            alike = one[i].length == other[i].length;
        }
        return alike;
    }

    private static double[][] copy(double[][] rows) {
        double[][] copy = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            copy[i] = rows[i].clone();
        }
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BalanceState state
                && Arrays.deepEquals(byTask, state.byTask)
                && Arrays.deepEquals(byPair, state.byPair)
                && Arrays.equals(numbers, state.numbers)
                && Arrays.equals(byParameter, state.byParameter);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(new Object[] {byTask, byPair, numbers, byParameter});
    }

    @Override
    public String toString() {
        return "by task %s, by pair %s, numbers %s%s"
                .formatted(
                        Arrays.deepToString(byTask),
                        Arrays.deepToString(byPair),
                        Arrays.toString(numbers),
                        byParameter.length == 0 ? "" : ", by parameter " + Arrays.toString(byParameter));
    }
}
