package org.mtl4j.balance;

import java.util.Arrays;
import org.mtl4j.internal.linear.SymmetricEigen;

/** Orthogonal gradients as long as the smallest singular value: {@code w = √λ_min·G^(−½)·1/T}. */
record AlignedMtl() implements GradientBalance {

    @Override
    public BalancedStep balance(GradientStep step) {
        int n = step.size();
        double[][] unit = step.gramian().normalized();
        SymmetricEigen eigen = SymmetricEigen.of(unit);
        double smallest = 0;
        for (int k = 0; k < n && Impartial.isPositive(eigen, k); k++) {
            smallest = eigen.value(k);
        }
        double[] mean = new double[n];
        Arrays.fill(mean, Math.sqrt(smallest) / n);
        return step.balanced(Impartial.timesPower(unit, -0.5, mean));
    }
}
