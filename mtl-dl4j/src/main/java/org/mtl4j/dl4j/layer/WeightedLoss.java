package org.mtl4j.dl4j.layer;

import java.util.Objects;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.loss.SafeLoss;
import org.mtl4j.internal.check.Check;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Multiplies any loss by a constant: the weight λ of a task in the sum of losses. (A fractional label mask is no
 * weight: it scales the score and the gradient by different amounts.)
 */
public final class WeightedLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    private final ILossFunction loss;
    private final double weight;

    /**
     * Weights a loss.
     *
     * @param loss what is weighted
     * @param weight λ, finite and above 0
     * @throws IllegalArgumentException if the weight is out of its range
     */
    public WeightedLoss(@JsonProperty("loss") ILossFunction loss, @JsonProperty("weight") double weight) {
        this.loss = Objects.requireNonNull(loss, "loss");
        this.weight = Check.finiteAboveZero(weight, "WeightedLoss: weight");
    }

    /** Returns what is weighted. */
    @JsonProperty("loss")
    public ILossFunction loss() {
        return loss;
    }

    /** Returns λ. */
    @JsonProperty("weight")
    public double weight() {
        return weight;
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        if (!masksExamples(mask)) {
            return weight * SafeLoss.of(loss).computeScore(labels, preOutput, activation, mask, average);
        }
        double sum = scores(labels, preOutput, activation, mask).sumNumber().doubleValue();
        return weight * (average ? sum / preOutput.size(0) : sum);
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return scores(labels, preOutput, activation, mask).muli(weight);
    }

    /** Returns the unweighted scores, {@code [batch, 1]}. */
    private INDArray scores(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        if (!masksExamples(mask)) {
            return SafeLoss.of(loss).computeScoreArray(labels, preOutput, activation, mask);
        }
        INDArray scores = SafeLoss.of(loss).computeScoreArray(labels, preOutput, activation, null);
        scores.muli(mask.castTo(scores.dataType()).reshape(scores.shape()));
        return clearMasked(scores, mask);
    }

    /** Clears masked numbers: a loss may divide by a label, and what is not finite is not cleared by a factor 0. */
    private static INDArray clearMasked(INDArray numbers, INDArray mask) {
        return Double.isFinite(numbers.sumNumber().doubleValue()) ? numbers : LabelMask.clear(numbers, mask);
    }

    /** Tells whether a mask is one by example, which stock losses apply by what {@link SafeBroadcast} avoids. */
    private static boolean masksExamples(INDArray mask) {
        return mask != null && mask.isColumnVectorOrScalar();
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        boolean byExample = masksExamples(mask);
        INDArray gradient = SafeLoss.of(loss).computeGradient(labels, preOutput, activation, byExample ? null : mask);
        if (byExample) {
            SafeBroadcast.multiplyColumn(gradient, mask);
        }
        return (mask == null ? gradient : clearMasked(gradient, mask)).muli(weight);
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
