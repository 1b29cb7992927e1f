package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.linear.QuadraticProgram;

/** The mean gradient, projected onto the directions that conflict with none. */
record DualProj() implements GradientBalance {

    @Override
    public BalancedStep balance(GradientStep step) {
        double[] least = new double[step.size()];
        Arrays.fill(least, 1.0 / least.length);
        return step.balanced(QuadraticProgram.above(UpGrad.ridged(step.gramian()), least));
    }
}
