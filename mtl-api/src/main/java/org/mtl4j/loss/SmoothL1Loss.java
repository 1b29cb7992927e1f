package org.mtl4j.loss;

import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Smooth L1 (Girshick, Fast R-CNN, ICCV 2015, eq. 3, there with β = 1): of each error d
 *
 * <pre>{@literal
 * d² / (2 β)     where |d| < β
 * |d| - β / 2    elsewhere
 * }</pre>
 *
 * mean over outputs and examples. Near zero it is a squared error, far off it grows linearly, so that few bad labels do
 * not rule. It is Huber's loss divided by β.
 */
public final class SmoothL1Loss extends ElementwiseLoss {
    private static final long serialVersionUID = 1L;

    private final double beta;

    /**
     * @param beta where the square ends, in the unit of the labels; above 0. Errors of landmarks relative to a face's
     *     box are about 0.02, so there 0.01 to 0.05 makes a difference and 1 is half the squared error
     * @throws IllegalArgumentException if it is out of range
     */
    public SmoothL1Loss(@JsonProperty("beta") double beta) {
        this.beta = Check.finiteAboveZero(beta, "SmoothL1Loss: beta");
    }

    /** {@return where the square ends} */
    @JsonProperty("beta")
    public double beta() {
        return beta;
    }

    @Override
    protected INDArray value(INDArray error) {
        INDArray size = Transforms.abs(error, true);
        INDArray near = Transforms.min(size, beta, true); // the square of a large one may not be finite
        return size.subi(near).addi(near.muli(near).divi(2 * beta));
    }

    @Override
    protected INDArray slope(INDArray error) {
        return Transforms.min(Transforms.max(error.divi(beta), -1), 1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SmoothL1Loss loss && beta == loss.beta;
    }

    @Override
    public int hashCode() {
        return Double.hashCode(beta);
    }

    @Override
    public String toString() {
        return "SmoothL1Loss(beta=" + beta + ")";
    }
}
