package org.mtl4j.balance;

import java.util.random.RandomGenerator;

/** Projects each gradient off those that it conflicts with. */
record PcGrad() implements GradientBalance {

    @Override
    public BalancedStep balance(GradientStep step) {
        Gramian gramian = step.gramian();
        int n = step.size();
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            double[] projected = new double[n];
            projected[i] = 1;
            for (int j : orderOfOthers(n, i, step.random())) {
                double product = gramian.times(projected)[j];
                if (product < 0) {
                    projected[j] -= product / gramian.product(j, j);
                }
            }
            for (int j = 0; j < n; j++) {
                weights[j] += projected[j];
            }
        }
        return step.balanced(weights);
    }

    /** {@return all tasks but one, in random order} */
    static int[] orderOfOthers(int tasks, int task, RandomGenerator random) {
        int[] order = new int[tasks - 1];
        for (int k = 0; k < order.length; k++) {
            int other = k < task ? k : k + 1;
            int place = random.nextInt(k + 1);
            order[k] = order[place];
            order[place] = other;
        }
        return order;
    }
}
