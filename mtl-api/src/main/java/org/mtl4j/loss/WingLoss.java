package org.mtl4j.loss;

import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Wing loss for landmarks (Feng et al., CVPR 2018, eq. 5): of each error d
 *
 * <pre>{@literal
 * w ln(1 + |d| / ε)    where |d| < w
 * |d| - C              elsewhere,  C = w - w ln(1 + w / ε)
 * }</pre>
 *
 * mean over outputs and examples. Small errors weigh more than by a squared error, large ones grow linearly. At d = 0
 * the slope, which jumps there from -w/ε to w/ε, is taken as 0.
 */
public final class WingLoss extends ElementwiseLoss {
    private static final long serialVersionUID = 1L;

    private final double width;
    private final double epsilon;

    /**
     * Makes a loss from its two parameters, both in the unit of the labels. The paper's w = 10 and ε = 2 are for
     * coordinates in pixels of a 224 pixel face; for coordinates relative to the face's box that is about {@code new
     * WingLoss(0.045, 0.009)}.
     *
     * @param width w, where the logarithm ends; above 0
     * @param epsilon ε, how sharply the logarithm bends; above 0. Small values give steep slopes at small errors
     * @throws IllegalArgumentException if one is out of range
     */
    public WingLoss(@JsonProperty("width") double width, @JsonProperty("epsilon") double epsilon) {
        this.width = Check.finiteAboveZero(width, "WingLoss: width");
        this.epsilon = Check.finiteAboveZero(epsilon, "WingLoss: epsilon");
    }

    /** {@return w, where the logarithm ends} */
    @JsonProperty("width")
    public double width() {
        return width;
    }

    /** {@return ε, how sharply the logarithm bends} */
    @JsonProperty("epsilon")
    public double epsilon() {
        return epsilon;
    }

    @Override
    protected INDArray value(INDArray error) {
        INDArray size = Transforms.abs(error, false);
        INDArray near = Transforms.min(size, width, true); // the quotient of a large one may not be finite
        return size.subi(near)
                .addi(Transforms.log(near.divi(epsilon).addi(1), false).muli(width));
    }

    /** {@code condition ? yes : no} of finite arrays, by a condition of zeros and ones; changes both. */
    private static INDArray choose(INDArray condition, INDArray yes, INDArray no) {
        INDArray where = condition.castTo(yes.dataType());
        return yes.muli(where).addi(no.muli(where.rsub(1)));
    }

    @Override
    protected INDArray slope(INDArray error) {
        INDArray sign = Transforms.sign(error, true);
        INDArray size = Transforms.abs(error, false);
        INDArray small = size.lt(width);
        INDArray curved = size.addi(epsilon).rdivi(width);
        INDArray ones = curved.dup().assign(1);
        return choose(small, curved, ones).muli(sign);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WingLoss loss && width == loss.width && epsilon == loss.epsilon;
    }

    @Override
    public int hashCode() {
        return Double.hashCode(width) * 31 + Double.hashCode(epsilon);
    }

    @Override
    public String toString() {
        return "WingLoss(width=%s, epsilon=%s)".formatted(width, epsilon);
    }
}
