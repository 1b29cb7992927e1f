package org.mtl4j.dl4j.internal.fit;

import java.io.Serializable;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes passes over one batch for a step, wherever they are computed: one for the gradient of each task by itself, in
 * which the others weigh nothing, each with the same random numbers.
 */
@FunctionalInterface
public interface GradientPasses {
    /**
     * Says what a pass over the batch is to compute the gradients of, without terms of weight relatedness.
     *
     * @param factors per task by what its λ is multiplied
     * @param ownTerms whether {@link org.mtl4j.dl4j.internal.layer.OwnTerm}s of layers are part of the gradients
     */
    record Pass(double[] factors, boolean ownTerms) implements Serializable {}

    /**
     * What a pass over the whole batch comes to.
     *
     * @param gradient of the form of the graph's, which nobody else has; the sum over all parts of the batch
     * @param whole score and losses of the batch
     * @param parts of how many parts it is the sum
     */
    record Result(INDArray gradient, PartialStep whole, int parts) {}

    /**
     * Makes passes, in this order. Afterwards the tasks weigh what they do in the epoch, and the model's graph has
     * gradients; which, does not matter.
     */
    List<Result> make(List<Pass> passes);

    /** {@return a pass for each task that takes part; one in which all weigh nothing, if none does} */
    static List<Pass> ofTasks(double[] epochFactors, int... present) {
        List<Pass> passes = new ArrayList<>();
        for (int task : present) {
            double[] factors = new double[epochFactors.length];
            factors[task] = epochFactors[task];
            passes.add(new Pass(factors, false));
        }
        if (passes.isEmpty()) {
            passes.add(new Pass(new double[epochFactors.length], false));
        }
        return passes;
    }

    /**
     * {@return the inner products of gradients with respect to what tasks share}
     *
     * @param shared 1 where a parameter is shared, and else 0
     * @param examples by what the gradients are divided first
     */
    static double[][] products(List<INDArray> rows, INDArray shared, double examples) {
        double[][] products = FlatArrays.supports(
                        Stream.concat(Stream.of(shared), rows.stream()).toArray(INDArray[]::new))
                ? FlatArrays.products(rows, shared)
                : productsByOperations(rows, shared);
        for (double[] row : products) {
            for (int j = 0; j < row.length; j++) {
                row[j] /= examples * examples;
            }
        }
        return products;
    }

    private static double[][] productsByOperations(List<INDArray> rows, INDArray shared) {
        List<INDArray> ofShared = rows.stream().map(row -> row.mul(shared)).toList();
        double[][] products = new double[rows.size()][rows.size()];
        for (int i = 0; i < products.length; i++) {
            for (int j = 0; j <= i; j++) {
                products[i][j] = product(ofShared.get(i), ofShared.get(j));
                products[j][i] = products[i][j];
            }
        }
        return products;
    }

    private static double product(INDArray one, INDArray other) {
        INDArray products = one.mul(other);
        double sum = products.sumNumber().doubleValue();
        Reference.reachabilityFence(products);
        return sum;
    }
}
