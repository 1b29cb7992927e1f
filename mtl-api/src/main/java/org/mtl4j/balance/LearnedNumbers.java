package org.mtl4j.balance;

/**
 * One number for each task that is learned with Adam (Kingma and Ba, ICLR 2015; β 0.9 and 0.999, ε 1e-8): rows of
 * values, means and mean squares of gradients, and how many steps each task has made.
 */
final class LearnedNumbers {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    private LearnedNumbers() {}

    /** {@return a state in which all numbers are 0} */
    static BalanceState initial(int tasks) {
        return BalanceState.byTask(new double[tasks], new double[tasks], new double[tasks], new double[tasks]);
    }

    static double[] values(BalanceState state) {
        return state.byTask(0);
    }

    /** {@return the state after a step down these gradients, values kept within ±limit} */
    static BalanceState stepped(BalanceState state, double[] gradients, double learningRate, double limit) {
        double[] values = state.byTask(0);
        double[] means = state.byTask(1);
        double[] squares = state.byTask(2);
        double[] steps = state.byTask(3);
        for (int i = 0; i < values.length; i++) {
            steps[i]++;
            means[i] = BETA_1 * means[i] + (1 - BETA_1) * gradients[i];
            squares[i] = BETA_2 * squares[i] + (1 - BETA_2) * gradients[i] * gradients[i];
            double mean = means[i] / (1 - Math.pow(BETA_1, steps[i]));
            double square = squares[i] / (1 - Math.pow(BETA_2, steps[i]));
            values[i] -= learningRate * mean / (Math.sqrt(square) + EPSILON);
            values[i] = Math.max(-limit, Math.min(limit, values[i]));
        }
        return state.withByTask(values, means, squares, steps);
    }
}
