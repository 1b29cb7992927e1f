package org.mtl4j.balance;

import org.mtl4j.internal.linear.QuadraticProgram;

/** The mean of the gradients after each is projected onto the directions that conflict with none. */
record UpGrad() implements GradientBalance {

    @Override
    public BalancedStep balance(GradientStep step) {
        int n = step.size();
        double[][] ridged = ridged(step.gramian());
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            double[] least = new double[n];
            least[i] = 1.0 / n;
            double[] projected = QuadraticProgram.above(ridged, least);
            for (int j = 0; j < n; j++) {
                weights[j] += projected[j];
            }
        }
        return step.balanced(weights);
    }

    /** {@return G divided by its trace, plus 1e-4 on the diagonal, as the authors have it} */
    static double[][] ridged(Gramian gramian) {
        double[][] ridged = gramian.normalized();
        for (int i = 0; i < ridged.length; i++) {
            ridged[i][i] += 1e-4;
        }
        return ridged;
    }
}
