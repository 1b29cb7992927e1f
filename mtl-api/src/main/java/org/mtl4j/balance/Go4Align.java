package org.mtl4j.balance;

import java.util.Arrays;
import java.util.Comparator;
import org.mtl4j.internal.check.Check;

/** The mean of v = p·ΣL/L over groups of tasks that are alike in it. */
record Go4Align(int groups, double rate) implements StepWeighting {
    Go4Align {
        Check.atLeast(1, groups, "GO4Align: groups");
        Check.finiteAtLeastZero(rate, "GO4Align: rate");
    }

    @Override
    public LossStep.Known needs() {
        return LossStep.Known.LOSSES;
    }

    /** {@return logarithms of p, up to a number that all have} */
    @Override
    public BalanceState initialState(int tasks) {
        return BalanceState.byTask(new double[tasks]);
    }

    @Override
    public double[] factors(LossStep step) {
        double[] losses = step.lossesAboveZero("GO4Align");
        double[] values = Softmax.of(moved(step));
        double sum = Arrays.stream(losses).sum();
        for (int i = 0; i < values.length; i++) {
            values[i] *= sum / losses[i];
        }
        return meansOfGroups(values, Math.min(groups, values.length));
    }

    @Override
    public BalanceState next(LossStep step, double... after) {
        return BalanceState.byTask(moved(step));
    }

    private double[] moved(LossStep step) {
        double[] logarithms = step.state().byTask(0);
        for (int i = 0; i < logarithms.length; i++) {
            logarithms[i] -= rate * step.loss(i);
        }
        return logarithms;
    }

    /**
     * {@return for each value the mean of its group} Groups are runs of the sorted values, with the least sum of
     * squared distances from their means, found by dynamic programming over where the last run begins.
     */
    static double[] meansOfGroups(double[] values, int groups) {
        int n = values.length;
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[][] least = new double[groups + 1][n + 1];
        int[][] from = new int[groups + 1][n + 1];
        for (double[] row : least) {
            Arrays.fill(row, Double.POSITIVE_INFINITY);
        }
        least[0][0] = 0;
        for (int group = 1; group <= groups; group++) {
            for (int end = group; end <= n; end++) {
                for (int start = group - 1; start < end; start++) {
                    double sum = least[group - 1][start] + squares(values, order, start, end);
                    if (sum < least[group][end]) {
                        least[group][end] = sum;
                        from[group][end] = start;
                    }
                }
            }
        }
        double[] means = new double[n];
        int end = n;
        for (int group = groups; group > 0; group--) {
            int start = from[group][end];
            double mean = mean(values, order, start, end);
            for (int i = start; i < end; i++) {
                means[order[i]] = mean;
            }
            end = start;
        }
        return means;
    }

    private static double squares(double[] values, Integer[] order, int start, int end) {
        double mean = mean(values, order, start, end);
        double sum = 0;
        for (int i = start; i < end; i++) {
            sum += (values[order[i]] - mean) * (values[order[i]] - mean);
        }
        return sum;
    }

    private static double mean(double[] values, Integer[] order, int start, int end) {
        double sum = 0;
        for (int i = start; i < end; i++) {
            sum += values[order[i]];
        }
        return sum / (end - start);
    }
}
