package org.mtl4j.dl4j.vertex;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes {@link org.mtl4j.relatedness.Relatedness#l2()} and its gradients in the memory of a CPU, with the roundings
 * of ND4J's operations on one thread.
 */
final class WeightDifferences {
    private WeightDifferences() {}

    /** Tells whether weights and gradients are such that this can compute on them. */
    static boolean supports(List<INDArray> thetas, List<? extends @Nullable INDArray> gradients) {
        if (thetas.size() != 2) {
            return false;
        }
        INDArray first = thetas.get(0);
        for (INDArray gradient : gradients) {
            if (gradient != null && !FlatArrays.lieAlike(first, gradient)) {
                return false;
            }
        }
        return FlatArrays.lieAlike(first, thetas.get(1));
    }

    /**
     * Adds the gradients, times a factor.
     *
     * @return the squared norm of the difference of the weights
     */
    static double addGradients(List<INDArray> thetas, double factor, List<? extends @Nullable INDArray> gradients) {
        double norm = FlatArrays.addDifference(
                thetas.get(0), thetas.get(1), (float) (2 * factor), gradients.get(0), gradients.get(1));
        return norm * norm;
    }
}
