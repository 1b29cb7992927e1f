package org.mtl4j.dl4j.layer;

import java.util.Objects;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Any loss times a constant: the weight λ of a task in the sum of losses. (A fractional label mask is no weight: it
 * scales the score and the gradient by different amounts.)
 */
public final class WeightedLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    private final ILossFunction loss;
    private final double weight;

    /**
     * @param loss what is weighted
     * @param weight λ, finite and above 0
     * @throws IllegalArgumentException if the weight is out of its range
     */
    public WeightedLoss(@JsonProperty("loss") ILossFunction loss, @JsonProperty("weight") double weight) {
        this.loss = Objects.requireNonNull(loss, "loss");
        this.weight = weight;
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("WeightedLoss: weight must be finite and above 0, got " + weight);
        }
    }

    /** What is weighted. */
    @JsonProperty("loss")
    public ILossFunction loss() {
        return loss;
    }

    /** λ. */
    @JsonProperty("weight")
    public double weight() {
        return weight;
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        if (!ofExamples(mask)) {
            return weight * loss.computeScore(labels, preOutput, activation, mask, average);
        }
        double sum = scores(labels, preOutput, activation, mask).sumNumber().doubleValue();
        return weight * (average ? sum / preOutput.size(0) : sum);
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return scores(labels, preOutput, activation, mask).muli(weight);
    }

    /** {@code [batch, 1]}. */
    private INDArray scores(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        if (!ofExamples(mask)) {
            return loss.computeScoreArray(labels, preOutput, activation, mask);
        }
        INDArray scores = loss.computeScoreArray(labels, preOutput, activation, null);
        scores.muli(mask.castTo(scores.dataType()).reshape(scores.shape()));
        return withoutThoseMasked(scores, mask);
    }

    /** A loss may divide by a label, and what is not finite does not become 0 by a factor 0. */
    private static INDArray withoutThoseMasked(INDArray numbers, INDArray mask) {
        return Double.isFinite(numbers.sumNumber().doubleValue()) ? numbers : LabelMask.clear(numbers, mask);
    }

    /** Stock losses apply such a mask by what {@link SafeBroadcast} is there to avoid. */
    private static boolean ofExamples(INDArray mask) {
        return mask != null && mask.isColumnVectorOrScalar();
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        boolean ofExamples = ofExamples(mask);
        INDArray gradient = loss.computeGradient(labels, preOutput, activation, ofExamples ? null : mask);
        if (ofExamples) {
            SafeBroadcast.scale(gradient, mask);
        }
        return (mask == null ? gradient : withoutThoseMasked(gradient, mask)).muli(weight);
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        return new Pair<>(
                computeScore(labels, preOutput, activation, mask, average),
                computeGradient(labels, preOutput, activation, mask));
    }

    @Override
    public String name() {
        return weight + " x " + loss.name();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightedLoss weighted && loss.equals(weighted.loss) && weight == weighted.weight;
    }

    @Override
    public int hashCode() {
        return Objects.hash(loss, weight);
    }

    @Override
    public String toString() {
        return name();
    }
}
