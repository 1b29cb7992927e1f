package org.mtl4j.dl4j.layer;

import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The term of sluice networks between the subspaces of a layer: {@code strength * sum over k < j of ‖W_kᵀ W_j‖²_F},
 * where W_k {@code [inputs, outputs / subspaces]} are the weights that make subspace k. Part of the layer's
 * regularisation, beside weight decay.
 */
public final class SubspaceOrthogonality implements Regularization {
    private static final long serialVersionUID = 1L;

    private final double strength;
    private final int subspaces;
    private final int outputs;

    /**
     * Makes the term for a convolution or a fully connected layer.
     *
     * @param strength weight of the term, finite and at least 0
     * @param subspaces S, at least 1
     * @param outputs channels of a convolution, units of a fully connected layer; a multiple of S
     * @throws IllegalArgumentException if a number is out of its range
     */
    public SubspaceOrthogonality(
            @JsonProperty("strength") double strength,
            @JsonProperty("subspaces") int subspaces,
            @JsonProperty("outputs") int outputs) {
        this.strength = Check.finiteAtLeastZero(strength, "SubspaceOrthogonality: strength");
        this.subspaces = Check.atLeast(1, subspaces, "SubspaceOrthogonality: subspaces");
        this.outputs = Check.atLeast(1, outputs, "SubspaceOrthogonality: outputs");
        if (outputs % subspaces != 0) {
            throw new IllegalArgumentException(
                    "SubspaceOrthogonality: %d subspaces do not divide %d outputs".formatted(subspaces, outputs));
        }
    }

    @Override
    public ApplyStep applyStep() {
        return ApplyStep.BEFORE_UPDATER;
    }

    @Override
    public void apply(INDArray weights, INDArray gradient, double rate, int iteration, int epoch) {
        INDArray rows = rows(weights);
        INDArray sum = rows.mul(0);
        for (int k = 0; k < subspaces; k++) {
            for (int j = k + 1; j < subspaces; j++) {
                INDArray first = part(rows, k);
                INDArray second = part(rows, j);
                INDArray products = first.mmul(second.transpose());
                part(sum, k).addi(products.mmul(second).muli(2 * strength));
                part(sum, j).addi(products.transpose().mmul(first).muli(2 * strength));
            }
        }
        // both are rows of numbers in the order in which the weights lie, output by output
        gradient.addi(sum.reshape('c', gradient.shape()));
    }

    @Override
    public double score(INDArray weights, int iteration, int epoch) {
        INDArray rows = rows(weights);
        double sum = 0;
        for (int k = 0; k < subspaces; k++) {
            for (int j = k + 1; j < subspaces; j++) {
                double norm = part(rows, k)
                        .mmul(part(rows, j).transpose())
                        .norm2Number()
                        .doubleValue();
                sum += norm * norm;
            }
        }
        return strength * sum;
    }

    /**
     * The weights of each output in a row. A convolution's lie so; a fully connected layer's are {@code [inputs,
     * outputs]} in f order, which is the same in memory, and the updater gives either as one row.
     */
    private INDArray rows(INDArray weights) {
        long inputs = weights.length() / outputs;
        boolean dense = weights.rank() == 2 && weights.size(0) == inputs && weights.size(1) == outputs && inputs != 1;
        return dense ? weights.transpose().dup('c') : weights.dup('c').reshape('c', outputs, inputs);
    }

    private INDArray part(INDArray rows, int subspace) {
        long size = outputs / subspaces;
        return rows.get(NDArrayIndex.interval(subspace * size, (subspace + 1) * size), NDArrayIndex.all());
    }

    @Override
    public Regularization clone() {
        return new SubspaceOrthogonality(strength, subspaces, outputs);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SubspaceOrthogonality term
                && strength == term.strength
                && subspaces == term.subspaces
                && outputs == term.outputs;
    }

    @Override
    public int hashCode() {
        return Double.hashCode(strength) * 31 + subspaces * 7 + outputs;
    }

    @Override
    public String toString() {
        return "SubspaceOrthogonality[strength %s, %s subspaces of %s]".formatted(strength, subspaces, outputs);
    }
}
